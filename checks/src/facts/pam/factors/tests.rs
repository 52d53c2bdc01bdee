use super::*;
use crate::facts::pam::{
    Target,
    parse::{Item, parse},
};

fn stack(text: &str) -> Stack {
    let rule = |(line, item): (usize, Item)| match item {
        Item::Module {
            control,
            name,
            args,
            ..
        } => Rule {
            target: Target::Module { name, args },
            control,
            level: 0,
            source: format!("t:{line}"),
        },
        other => panic!("{other:?}"),
    };
    Stack {
        rules: parse(text).into_iter().map(rule).collect(),
    }
}

/// The weakest certain way: `pt` password and token, `p`, `t`, `-` nothing, `?` unseen only.
fn weakest(text: &str) -> String {
    let ways = logins(&stack(text), &Surroundings::default()).unwrap();
    let sure = ways.iter().filter(|w| !w.marks.c);
    let letters = |m: Marks| {
        let s = [(m.a, "p"), (m.b, "t")]
            .iter()
            .filter(|x| x.0)
            .map(|x| x.1)
            .collect::<String>();
        if s.is_empty() { "-".to_owned() } else { s }
    };
    let mut all: Vec<String> = sure.map(|w| letters(w.marks)).collect();
    all.sort_by_key(|s| (s.len(), s.clone()));
    match (all.first(), ways.is_empty()) {
        (Some(s), _) => s.clone(),
        (None, false) => "?".into(),
        (None, true) => "closed".into(),
    }
}

const LABORATORY: &[(&str, &str)] = &[
    (
        "pt",
        "auth required pam_google_authenticator.so\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth required pam_google_authenticator.so nullok\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth required pam_google_authenticator.so grace_period=86400\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth sufficient pam_google_authenticator.so\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth required pam_u2f.so nouserok\nauth required pam_unix.so\n",
    ),
    (
        "pt",
        "auth required pam_u2f.so\nauth required pam_unix.so\n",
    ),
    ("p", "auth required pam_duo.so\nauth required pam_unix.so\n"),
    (
        "p",
        "auth optional pam_google_authenticator.so\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth required pam_radius_auth.so localifdown\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth [success=1 default=ignore] pam_succeed_if.so user ingroup nomfa\nauth required pam_oath.so\nauth required pam_unix.so\n",
    ),
    (
        "p",
        "auth [success=ok user_unknown=ignore default=die] pam_oath.so\nauth required pam_unix.so\n",
    ),
    (
        "t",
        "auth sufficient pam_unix.so\nauth required pam_oath.so\n",
    ),
    (
        "pt",
        "auth requisite pam_unix.so\nauth required pam_oath.so\n",
    ),
    ("?", "auth required pam_radius_auth.so\n"),
    (
        "?",
        "auth required pam_python.so /lib/x.py\nauth required pam_unix.so\n",
    ),
    (
        "-",
        "auth sufficient pam_wheel.so trust\nauth required pam_unix.so\n",
    ),
    (
        "-",
        "auth sufficient pam_faillock.so preauth\nauth required pam_unix.so\n",
    ),
    ("closed", "auth required pam_deny.so\n"),
    ("pt", "auth required pam_pkcs11.so\n"),
];

#[test]
fn laboratory_stacks() {
    for (want, text) in LABORATORY.iter().copied() {
        // `sufficient pam_unix` first: the password alone is as weak as the code alone.
        let got = weakest(text);
        assert!(
            got == want || (want == "t" && got == "p"),
            "{want} {got}: {text}"
        );
    }
}

#[test]
fn rootok_lets_everybody_into_a_service_that_runs_as_root() {
    let text =
        "auth sufficient pam_rootok.so\nauth required pam_unix.so\nauth required pam_oath.so\n";
    for (as_root, want) in [(true, "-"), (false, "pt")] {
        let around = Surroundings {
            as_root,
            ..Surroundings::default()
        };
        let ways = logins(&stack(text), &around).unwrap();
        let weakest = ways.iter().map(|w| (w.marks.a, w.marks.b)).min().unwrap();
        let got = if weakest == (false, false) { "-" } else { "pt" };
        assert_eq!(got, want);
    }
}

#[test]
fn the_common_stack_of_debian_is_one_factor() {
    let text = "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\nauth optional pam_cap.so\n";
    let ways = logins(&stack(text), &Surroundings::default()).unwrap();
    assert_eq!(ways.len(), 1);
    assert_eq!(ways[0].marks, PASSWORD);
    assert_eq!(ways[0].trace, ["t:1 pam_unix=success"]);
}
