//! PAM's stacks: from lines to the ways through them.

use std::collections::BTreeSet;

use capdo_checks::facts::pam::{
    codes::Control, factors, load, parse, surroundings::Surroundings, walk,
};

use crate::bytes::seen;
use crate::{bytes, repository, seeds::Seeds, window::Window};

/// Tries one input: pieces, each one service of `/etc/pam.d`; the first is asked for.
pub fn run(data: &[u8]) {
    let names = ["sshd", "common-auth", "system-auth", "other", "login"];
    let mut window = Window::default();
    let mut modules = BTreeSet::new();
    for (piece, name) in bytes::pieces(data).into_iter().zip(names) {
        let text = bytes::text(piece);
        assert!(parse::parse(&text).len() <= text.lines().count().max(1));
        seen(parse::parse_conf(&text, "sshd"));
        seen(Control::parse(&text));
        modules.extend(text.split_whitespace().take(8).map(str::to_owned));
        window
            .files
            .insert(format!("/etc/pam.d/{name}"), piece.to_vec());
    }
    for facility in [
        parse::Facility::Auth,
        parse::Facility::Account,
        parse::Facility::Password,
    ] {
        let Ok(stack) = load::stack(&window, "sshd", facility) else {
            continue;
        };
        if let Ok(around) = Surroundings::of(&window, "sshd", &stack) {
            seen(factors::logins(&stack, &around));
        }
        walk::succeeds(&stack, |_| capdo_checks::facts::pam::codes::Code::Success);
    }
}

/// The stacks that the fixtures hold.
pub fn seeds(seeds: &mut Seeds) {
    let text = String::from_utf8_lossy(&repository::bytes("checks/fixtures/facts/pam-stacks.txt"))
        .into_owned();
    text.split("\n\n").for_each(|part| seeds.add(part));
    seeds.add(text.as_str());
    let debian =
        "auth required pam_env.so\n@include common-auth\naccount required pam_nologin.so\n";
    let common = "auth [success=2 default=ignore] pam_unix.so nullok\nauth [success=1 default=ignore] \
        pam_sss.so use_first_pass\nauth requisite pam_deny.so\nauth required pam_permit.so\n";
    seeds.add(crate::seeds::joined(&[debian, common]));
}
