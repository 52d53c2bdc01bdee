use super::*;
use crate::{
    facts::{login_paths::Strength, pam::walk::Marks},
    host::Fixture,
    settings::Settings,
};

fn context(root: bool, settings: &[(&str, &str)]) -> Context {
    let pairs = settings
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Context {
        user: if root { "root" } else { "an" }.into(),
        root,
        addr: "203.0.113.1".into(),
        class: String::new(),
        people: Vec::new(),
        zone: "anywhere".into(),
        endpoint: "ssh:22".into(),
        from_here: None,
        admitted: Some(true),
        configured: None,
        strangers: None,
        settings: pairs.collect(),
        vantage: Vantage::Effective,
        source: String::new(),
    }
}

fn pam(marks: &[(bool, bool, bool)]) -> Service {
    let way = |&(a, b, c): &(bool, bool, bool)| Way {
        success: true,
        marks: Marks { a, b, c },
        trace: Vec::new(),
    };
    Service {
        ways: marks.iter().map(way).collect(),
        tokens: Vec::new(),
        asks_apart: false,
    }
}

fn chains(context: &Context, pam: &Service) -> Vec<(String, Strength)> {
    chains_of(context, pam, Empty::No)
}

fn chains_of(context: &Context, pam: &Service, empty: Empty) -> Vec<(String, Strength)> {
    let means = Means {
        keys: Keys {
            plain: 1,
            ..Keys::default()
        },
        own_place: true,
        empty,
    };
    let pam = Some(pam).filter(|_| context.on("usepam", false));
    let spans = of_context(context, pam, means).into_iter();
    spans
        .map(|s| (s.path.chain, s.path.shown.strength()))
        .collect()
}

#[test]
fn a_key_alone_passes_by_a_strict_pam_stack() {
    let strict = pam(&[(true, true, false)]);
    let got = chains(&context(false, &[("usepam", "yes")]), &strict);
    assert!(got.contains(&("publickey".into(), Strength::One)));
    assert!(got.contains(&("keyboard-interactive".into(), Strength::Two)));
}

#[test]
fn chains_add_up() {
    let both = pam(&[(true, true, false)]);
    let password = pam(&[(true, false, false)]);
    let code = pam(&[(false, true, false)]);
    let unseen = pam(&[(false, false, true)]);
    let ask = |methods, pam: &Service| {
        chains(
            &context(
                false,
                &[("usepam", "yes"), ("authenticationmethods", methods)],
            ),
            pam,
        )
    };
    for (methods, pam, want) in [
        ("publickey,keyboard-interactive:pam", &both, Strength::Two),
        ("publickey,password", &password, Strength::Two),
        ("publickey,keyboard-interactive", &code, Strength::SameKind),
        ("publickey,publickey", &both, Strength::One),
        ("publickey,keyboard-interactive", &unseen, Strength::Unseen),
        ("keyboard-interactive", &password, Strength::One),
    ] {
        assert_eq!(ask(methods, pam), [(methods.to_owned(), want)], "{methods}");
    }
    assert_eq!(ask("hostbased,publickey", &both), []);
}

#[test]
fn root_is_held_to_permit_root_login() {
    let both = pam(&[(true, true, false)]);
    let ask = |value| {
        let context = context(true, &[("usepam", "yes"), ("permitrootlogin", value)]);
        chains(&context, &both)
            .into_iter()
            .map(|c| c.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("no"), Vec::<String>::new());
    assert_eq!(ask("without-password"), ["publickey"]);
    assert_eq!(
        ask("yes"),
        ["publickey", "password", "keyboard-interactive"]
    );
}

#[test]
fn device_keys_with_a_pin_are_two_factors() {
    let verify = ("pubkeyauthoptions", "verify-required");
    let only = |accepted| {
        let c = context(
            false,
            &[
                verify,
                ("authenticationmethods", "publickey"),
                ("pubkeyacceptedalgorithms", accepted),
            ],
        );
        chains(&c, &pam(&[]))[0].1
    };
    assert_eq!(only("sk-ssh-ed25519@openssh.com"), Strength::Two);
    assert_eq!(
        only("sk-ssh-ed25519@openssh.com,ssh-ed25519"),
        Strength::One
    );
}

#[test]
fn an_empty_password_that_sshd_takes_by_itself_shows_nothing() {
    let both = ("authenticationmethods", "publickey,password");
    let context = context(false, &[both]);
    let ask = |empty| chains_of(&context, &pam(&[]), empty)[0].1;
    assert_eq!(ask(Empty::No), Strength::Two);
    assert_eq!(ask(Empty::Unseen), Strength::Unseen);
    assert_eq!(ask(Empty::Yes), Strength::One);
}

#[test]
fn what_a_stranger_is_offered_is_told_apart() {
    let base = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/base/pam-debian12.toml"
    );
    let config = "PermitRootLogin no\nKbdInteractiveAuthentication no\nMatch User an\nPasswordAuthentication no\n";
    let text = format!(
        "base = {base:?}\nkind = \"image\"\n[files.\"/etc/ssh/sshd_config\"]\ntext = {config:?}\n"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let (host, settings) = (Fixture::load(file.path()).unwrap(), Settings::default());
    let found = SshPaths::gather(&Cx::new(&host, &settings)).unwrap();
    let an = found.entries.iter().find(|e| e.people == ["an"]).unwrap();
    let names = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&an.offers), "publickey");
    assert_eq!(names(&an.stranger_offers), "password publickey");
}
