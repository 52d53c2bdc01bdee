use super::*;
use crate::facts::login_paths::Strength;

const MODULES: &str = "modules {\npap {\n}\nmschap {\n}\ntotp {\n}\nrest {\n}\nsql {\n}\nfiles {\n}\nrealm suffix {\n}\nalways reject {\nrcode = reject\n}\n}\n";

/// The weakest way through a server with these sections, with its sort.
fn weakest(authorize: &str, authenticate: &str, users: &str) -> Option<(Strength, Sort2)> {
    let text = format!(
        "{MODULES}server d {{\nauthorize {{\n{authorize}\n}}\nauthenticate {{\n{authenticate}\n}}\n}}\n"
    );
    let tree = parse(&text).unwrap();
    let config = Config::new(&tree, users, BTreeMap::new());
    let logins = config.logins("f");
    let ways = &logins[0].seen.as_ref().unwrap().ways;
    ways.iter().map(|w| (w.shown.strength(), w.sort)).min()
}

use super::super::Sort as Sort2;

const FORCED: &str = "update control {\n&Auth-Type := \"X\"\n}";

/// Each row was tried with radclient at FreeRADIUS 3.2.1: with the password alone the server
/// accepted exactly where the strength is one.
#[test]
fn sections_end_as_the_server_ends_them() {
    let one = Some((Strength::One, Sort2::Plain));
    let skipped = Some((Strength::One, Sort2::Skippable));
    let two = Some((Strength::Two, Sort2::Plain));
    for (section, want) in [
        ("pap", one),
        ("pap\ntotp", skipped),
        ("totp\npap", skipped),
        ("totp", one),
        ("pap\ntotp {\nnoop = reject\n}", two),
        ("pap\nif (noop) {\nreject\n}", one),
        ("pap\nif (ok) {\ntotp {\nnoop = reject\n}\n}", two),
        (
            "pap\nif (!&control:TOTP-Secret) {\nreject\n}\ntotp",
            skipped,
        ),
        (
            "pap\nif (!&control:TOTP-Secret || !&request:TOTP-Password) {\nreject\n}\ntotp",
            two,
        ),
        ("pap\nif (&control:TOTP-Secret) {\ntotp\n}", one),
        ("pap\nreject", None),
        ("pap {\nok = return\n}\ntotp {\nnoop = reject\n}", one),
        (
            "pap\nswitch &User-Name {\ncase \"a\" {\ntotp {\nnoop = reject\n}\n}\n}",
            one,
        ),
        (
            "pap\nswitch &User-Name {\ncase \"a\" {\nreject\n}\ncase {\ntotp {\nnoop = reject\n}\n}\n}",
            two,
        ),
        (
            "pap\nif (!&control:TOTP-Secret && !&request:TOTP-Password) {\nreject\n}\ntotp",
            skipped,
        ),
        (
            "pap\nif (!(!&control:TOTP-Secret || !&request:TOTP-Password)) {\nreject\n}\ntotp",
            skipped,
        ),
        ("pap\ntotp {\nnoop = return\n}", two),
        (
            "group {\npap {\nok = return\n}\n}\ntotp {\nnoop = reject\n}",
            two,
        ),
        ("group {\npap\nreturn\n}\ntotp {\nnoop = reject\n}", one),
        ("pap\nrest", Some((Strength::Unseen, Sort2::Plain))),
    ] {
        let got = weakest(FORCED, &format!("Auth-Type X {{\n{section}\n}}"), "");
        let named = |w: Option<(Strength, Sort2)>| w.map(|w| w.0);
        assert_eq!(named(got), named(want), "{section}");
        if want != one {
            assert_eq!(got, want, "{section}");
        }
    }
}

#[test]
fn what_authorize_leaves_open_counts() {
    let x = "Auth-Type X {\npap\ntotp {\nnoop = reject\n}\n}\nAuth-Type PAP {\npap\n}";
    let strength = |authorize: &str, users: &str| weakest(authorize, x, users).map(|w| w.0);
    assert_eq!(strength(FORCED, ""), Some(Strength::Two));
    assert_eq!(
        strength(&format!("{FORCED}\npap"), ""),
        Some(Strength::Two),
        "set already"
    );
    assert_eq!(
        strength(
            &format!("pap\nif (!&control:Auth-Type) {{\n{FORCED}\n}}"),
            ""
        ),
        Some(Strength::One)
    );
    assert_eq!(
        strength(
            &format!("if (&User-Name == \"a\") {{\n{FORCED}\n}}\npap"),
            ""
        ),
        Some(Strength::One)
    );
    assert_eq!(
        strength(&format!("{FORCED}\nfiles"), "bob Auth-Type := Accept\n"),
        Some(Strength::One)
    );
    assert_eq!(
        strength(&format!("files\n{FORCED}"), "bob Auth-Type := Accept\n"),
        Some(Strength::Two)
    );
    assert_eq!(
        strength("files", "DEFAULT Auth-Type := X\n"),
        Some(Strength::Two)
    );
    assert_eq!(
        strength(&format!("{FORCED}\nsql"), ""),
        Some(Strength::Unseen)
    );
    assert_eq!(strength("", ""), None);
}

/// Each row was tried with radclient at FreeRADIUS 3.2.1: the password alone is accepted, and
/// not where two are asked for.
#[test]
fn whoever_leaves_authorize_early_keeps_the_kind_of_then() {
    let x = "Auth-Type X {\npap\ntotp {\nnoop = reject\n}\n}\nAuth-Type PAP {\npap\n}";
    let p = FORCED.replace('X', "PAP");
    let all = "DEFAULT Auth-Type := X\n";
    let (one, two) = (Strength::One, Strength::Two);
    for (authorize, users, want) in [
        ("files\npap", "bob Cleartext-Password := \"a, b\"\n", one),
        (
            "files\npap",
            "bob Cleartext-Password := \"a\"\n\tFall-Through = Yes\n",
            two,
        ),
        ("files", "monitor Auth-Type := Accept\n", one),
        ("files\npap", "DEFAULT Framed-Protocol == PPP\n", one),
        (
            "files\npap",
            "DEFAULT Auth-Type := X\nbob Auth-Type := Accept\n",
            two,
        ),
        (&format!("{p}\nreturn\n{FORCED}"), "", one),
        (&format!("{p}\ngroup {{\nreturn\n}}\n{FORCED}"), "", one),
        (&format!("{p}\npap {{\nok = return\n}}\n{FORCED}"), "", one),
        (
            &format!("{p}\ngroup {{\npap {{\nok = return\n}}\n}}\n{FORCED}"),
            "",
            two,
        ),
        (
            &format!("switch &User-Name {{\ncase a {{\n{p}\n}}\ncase {{\n{FORCED}\n}}\n}}"),
            "",
            one,
        ),
    ] {
        let got = weakest(authorize, x, &format!("{users}{all}"));
        assert_eq!(got.map(|w| w.0), Some(want), "{authorize} {users}");
    }
}

#[test]
fn the_configuration_of_the_package_is_read() {
    let eap = "modules {\neap {\nmd5 {\n}\nttls {\nvirtual_server = \"inner\"\n}\n}\npap {\n}\n}\n";
    let text = format!(
        "{eap}server d {{\nauthorize {{\neap {{\nok = return\n}}\n}}\nauthenticate {{\neap\n}}\n}}\nserver inner {{\nauthorize {{\npap\n}}\nauthenticate {{\nAuth-Type PAP {{\npap\n}}\n}}\n}}\n"
    );
    let tree = parse(&text).unwrap();
    let logins = Config::new(&tree, "", BTreeMap::new()).logins("f");
    assert_eq!(logins.len(), 1, "the inner server is no door of its own");
    let ways = &logins[0].seen.as_ref().unwrap().ways;
    assert!(ways.iter().all(|w| w.shown.strength() == Strength::One));
}
