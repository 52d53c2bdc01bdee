use capdo_checks::{facts::tls::issuers::Known, probes::tls::survey::Shown};

use super::*;

const NOW: &str = "2026-11-22T00:00:00Z";

/// Certificates are read from DER elsewhere; here one is made of text that an enemy would write.
fn found() -> Found {
    let mut survey = Survey {
        tls: true,
        groups: vec![0x001d, 0x7a7a],
        alpn: vec!["h2".to_owned(), "\x1b[31mh3\u{202e}\n".to_owned()],
        unknown_name: Some("same\nchain\x07".to_owned()),
        ..Survey::default()
    };
    survey.versions.insert(Protocol::Tls10, Answered::Yes);
    survey.versions.insert(Protocol::Tls12, Answered::Unclear);
    let suites = Suites {
        codes: vec![0xc02f, 0x0005, 0xdead],
        ..Suites::default()
    };
    survey.suites.insert(Protocol::Tls10, suites);
    survey.shown.push(Shown {
        name: None,
        chain: vec![vec![0x30, 0x00]],
        staple: Some(vec![0x30]),
    });
    let anchors = Anchors {
        stores: Vec::new(),
        gap: None,
    };
    Found::new(survey, None, &anchors, NOW.parse().unwrap())
}

fn text(screen: Screen, lang: Lang) -> String {
    render(&found(), NOW.parse().unwrap(), screen, lang)
}

const PIPE: Screen = Screen {
    colour: false,
    width: None,
};

#[test]
fn what_a_peer_writes_is_harmless() {
    let text = text(PIPE, Lang::Vi);
    let odd = text
        .chars()
        .find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
    assert_eq!(odd, None, "{text}");
    assert!(text.contains("same chain\\u{7}"), "{text}");
}

#[test]
fn colour_only_where_it_is_wanted() {
    let screen = Screen {
        colour: true,
        width: Some(60),
    };
    assert!(text(screen, Lang::En).contains("\x1b[1;31moffered\x1b[0m"));
    assert!(!text(PIPE, Lang::En).contains('\x1b'));
}

#[test]
fn the_text_names_what_is_wrong() {
    let text = text(PIPE, Lang::En);
    for part in [
        "TLS 1.0                            offered",
        "TLS_RSA_WITH_RC4_128_SHA",
        "0xdead",
        "X25519, 0x7a7a",
        "a certificate cannot be read",
        "Could not be measured, may be worse tls12, suite 0xdead",
        "Satisfies neither",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn every_reason_has_a_sentence() {
    let sources = [
        include_str!("../../../../checks/src/rating/labs.rs"),
        include_str!("../../../../checks/src/rating/mozilla.rs"),
    ];
    let mut seen = 0;
    for key in sources.iter().flat_map(|s| s.split('"')) {
        if key.starts_with("labs-") || key.starts_with("mozilla-") {
            seen += 1;
            for lang in Lang::ALL {
                assert!(crate::say::messages(lang).has(key, None), "{lang}: {key}");
            }
        }
    }
    assert!(seen > 40, "{seen}");
    let known = [Known::NationalRoot, Known::Government, Known::Public];
    for known in known {
        let key = format!("probe-tls-known-{}", known.code().replace('_', "-"));
        assert!(crate::say::messages(Lang::Vi).has(&key, None));
    }
}

#[test]
fn json_has_the_survey_and_what_follows_from_it() {
    let json = serde_json::to_value(found()).unwrap();
    assert_eq!(json["survey"]["versions"]["tls10"], "yes");
    assert_eq!(json["grade"]["letter"], "T");
    assert_eq!(json["mozilla"]["satisfied"], serde_json::Value::Null);
    assert_eq!(json["chains"][0]["unreadable"], 1);
    assert_eq!(
        json["chains"][0]["staple"],
        serde_json::json!({"fault": "no_issuer"})
    );
}
