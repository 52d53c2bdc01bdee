//! What `probe ssh` prints.

use capdo_checks::{
    Value,
    lang::Lang,
    probes::ssh::{Algorithms, Methods, SshFace},
};

use super::lines::Lines;

/// The face of a server, line by line.
pub fn render(face: &SshFace, lang: Lang) -> String {
    let mut out = Lines::new(lang);
    let greeting = &face.greeting;
    out.put("probe-ssh-protocol", greeting.protocol.as_str());
    out.put("probe-ssh-software", greeting.software.as_str());
    match &greeting.algorithms {
        Some(algorithms) => lists(&mut out, algorithms),
        None => out.say("probe-ssh-no-algorithms"),
    }
    if let Some(methods) = &face.methods {
        ways(&mut out, methods);
    }
    out.done()
}

fn lists(out: &mut Lines, found: &Algorithms) {
    for (key, list) in [
        ("probe-ssh-kex", &found.kex),
        ("probe-ssh-host-keys", &found.host_keys),
        ("probe-ssh-ciphers", &found.ciphers),
        ("probe-ssh-macs", &found.macs),
        ("probe-ssh-compression", &found.compression),
        ("probe-ssh-broken", &found.broken),
        ("probe-ssh-legacy", &found.legacy),
    ] {
        out.list(key, list);
    }
    out.yes_no("probe-ssh-strict-kex", found.strict_kex);
    out.yes_no("probe-ssh-terrapin", found.terrapin);
    out.yes_no("probe-ssh-post-quantum", found.post_quantum);
}

fn ways(out: &mut Lines, methods: &Methods) {
    let user = ("user", Value::from(methods.user.as_str()));
    if methods.open {
        out.with("probe-ssh-open", &[user]);
    } else {
        let list = Value::from(methods.offered.join(", "));
        out.with("probe-ssh-methods", &[user, ("methods", list)]);
    }
}
