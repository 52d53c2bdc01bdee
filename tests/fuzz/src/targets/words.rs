//! Parsers that take a text and nothing else, wherever checks use them.

use capdo_checks::facts::{
    backup::{sources, tools},
    boot_rules, coredump, firewall, glob, inetd, ini, iptables, login_services, mac, mounts, nft,
    pwpolicy, resolver, restore_tests, shell_words, snmp, sockets, sshd, sshd_match, su,
    sudo_grants, sysctl, systemd_conf, systemd_units, text, yum,
};

use crate::bytes::seen;
use crate::{bytes, seeds::Seeds, story, window::Window};

const ALL: &[fn(&str)] = &[
    |t| seen(mac::parse(t)),
    |t| seen(su::wheel(t)),
    |t| {
        seen(sudo_grants::grants(
            t,
            "/etc/sudoers",
            &sudo_grants::Aliases::default(),
        ));
    },
    |t| {
        firewall::follow(&iptables::parse(t));
    },
    |t| {
        if let Some(tables) = nft::parse(t) {
            seen(tables);
        }
    },
    |t| seen(boot_rules::nft_script(t)),
    |t| seen(ini::parse(t)),
    |t| seen(sysctl::parse(t, "/etc/sysctl.conf")),
    |t| seen(yum::frozen(&Window::holding(yum::LOCKS, t.as_bytes()))),
    |t| seen(mounts::effective(t, "/tmp")),
    |t| seen(mounts::configured(t, "/tmp")),
    |t| seen(systemd_conf::span_days(t)),
    |t| seen(shell_words::commands(&shell_words::joined(t))),
    |t| seen(sshd::seconds(t)),
    |t| seen((inetd::inetd(t), inetd::xinetd(t))),
    |t| seen(resolver::parse(t)),
    |t| seen((restore_tests::parse(t), restore_tests::mark(t))),
    |t| seen(snmp::parse(t)),
    |t| seen(coredump::taker(t)),
    |t| seen(pwpolicy::encrypt_method(t)),
    |t| seen(sockets::rows(t)),
    |t| seen(login_services::php::assigned(t, "CONFIG")),
    |t| seen(login_services::radius::unlang::parse(t)),
    |t| {
        seen((tools::tools_in(t), tools::snapshots_in(t)));
    },
    |t| seen(tools::targets_in(t)),
    |t| seen(sources::sources_in(t)),
    |t| {
        seen((
            tools::classify(t),
            tools::host_of(t).is_some(),
            tools::is_loopback(t),
        ));
    },
    |t| seen(systemd_units::template_of(t)),
    |t| {
        sshd_match::network(t);
        sshd_match::in_addresses("10.0.0.1", t);
        sshd_match::in_addresses(t, "10.0.0.0/8,!192.0.2.1,2001:db8::/32");
    },
    |t| {
        let (pattern, name) = t.split_once('\n').unwrap_or((t, t));
        glob::matches(pattern, name);
        glob::is_pattern(pattern);
    },
    |t| assert!(text::lines(t).count() <= t.lines().count()),
];

/// Tries one input: a byte chooses the parser.
pub fn run(data: &[u8]) {
    if let Some((mode, held)) = bytes::first(data) {
        ALL[usize::from(mode) % ALL.len()](&bytes::text(held));
    }
}

/// Texts of the stories, before every parser.
pub fn seeds(seeds: &mut Seeds) {
    let mut texts = Seeds::default();
    story::texts(
        &story::of(&[
            "net.",
            "backup.automatic",
            "backup.copies",
            "sudo.",
            "kernel.",
        ]),
        &mut texts,
    );
    texts.0.sort_by_key(Vec::len);
    for (n, text) in texts.0.iter().enumerate().filter(|(_, t)| t.len() <= 4096) {
        seeds.choosing(n % ALL.len(), text);
        seeds.choosing((n / ALL.len()) % ALL.len(), text);
    }
    let deep = "[".repeat(3000);
    let groups = "a { ".repeat(3000);
    let stars = format!("{}\n{}", "*a".repeat(60), "a".repeat(4000));
    for n in 0..ALL.len() {
        for text in [
            deep.as_str(),
            groups.as_str(),
            stars.as_str(),
            "array(array(1=>'a'))",
        ] {
            seeds.choosing(n, text.as_bytes());
        }
    }
}
