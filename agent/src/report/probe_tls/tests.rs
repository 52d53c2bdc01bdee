//! What the page of a TLS probe shows, and for whom.

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
    Found::new(survey, None, &anchors, NOW.parse().unwrap(), None)
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
fn lines_fit_the_terminal() {
    let mut found = found();
    found.survey.alpn = (0..40).map(|n| format!("proto-{n}")).collect();
    found.survey.cut = (0..20).map(|n| format!("step {n}")).collect();
    for width in [60, 80, 132] {
        let screen = Screen {
            colour: false,
            width: Some(width),
        };
        for lang in Lang::ALL {
            let text = render(&found, NOW.parse().unwrap(), screen, lang);
            let long = text.lines().find(|l| l.chars().count() > width);
            assert_eq!(long, None, "{width} {lang}");
        }
    }
}

#[test]
fn words_of_the_engine_are_translated() {
    let page = Page::new(Lang::Vi, PIPE);
    let sources = include_str!("../../../../checks/src/facts/tls/chain.rs");
    let from = sources.find("fn problem(").unwrap();
    let until = sources[from..].find("#[cfg(test)]").unwrap();
    for word in sources[from..from + until].split('"').skip(1).step_by(2) {
        assert_ne!(page.word("probe-tls-problem", word), word, "{word}");
    }
    let mut refused = found();
    refused.survey.unknown_name = Some("112".to_owned());
    let text = render(&refused, NOW.parse().unwrap(), PIPE, Lang::Vi);
    assert!(text.contains("từ chối (mã cảnh báo 112)"), "{text}");
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
        "Renegotiation by the client        not asked",
        "Could not be measured, may be worse TLS 1.2, Heartbleed (CVE-2014-0160), CCS injection",
        "Compression, Secure renegotiation, suite 0xdead",
        "Satisfies neither",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// What the survey calls its parts is for programs; people read the labels above.
#[test]
fn parts_without_an_answer_are_called_as_on_the_page() {
    let engine = include_str!("../../../../checks/src/probes/tls/engine.rs");
    let from = engine.find("const DETAILS").unwrap();
    let until = engine[from..].find("];").unwrap();
    let parts = engine[from..from + until].lines();
    let parts = parts.filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next());
    let mut cut: Vec<String> = parts.map(str::to_owned).collect();
    assert!(cut.len() > 6, "{cut:?}");
    cut.extend(["suites tls12".to_owned(), "weaknesses".to_owned()]);
    for lang in Lang::ALL {
        let page = Page::new(lang, PIPE);
        let shown = labels::all(&page, &cut);
        for part in &cut {
            assert!(!shown.contains(part), "{lang}: {part}");
        }
    }
    let page = Page::new(Lang::Vi, PIPE);
    let shown = labels::all(&page, &["suites tls12".to_owned(), "groups".to_owned()]);
    assert_eq!(shown, ["Bộ mã của TLS 1.2", "Nhóm của TLS 1.3"]);
}

#[test]
fn a_greeting_names_the_option() {
    let mut found = found();
    found.survey.tls = false;
    found.greets = Some("imap");
    for lang in Lang::ALL {
        let text = render(&found, NOW.parse().unwrap(), PIPE, lang);
        assert!(text.contains("--starttls imap"), "{text}");
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
