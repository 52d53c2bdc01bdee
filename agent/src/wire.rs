//! Findings as the wire has them: text made plain, lengths bounded, enums mapped.

use capdo_checks::{
    Observation, Subject, Verdict,
    observation::{SubjectKind, clean},
};
use capdo_proto::{digest::observation_sha256, limits, v1};

use crate::observing::Judged;

/// Text without any control character, cut at a character boundary to `max` bytes.
pub fn plain(text: &str, max: usize) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        let piece = if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        };
        if out.len() + piece.len() > max {
            break;
        }
        out.push_str(&piece);
    }
    out
}

/// The subject in the form that the wire allows: no name for the host, a plain one for others.
pub fn subject(subject: &Subject) -> Subject {
    let name = match subject.kind {
        SubjectKind::Host => String::new(),
        _ => match plain(&subject.name, limits::MAX_SUBJECT_LEN) {
            empty if empty.is_empty() => "?".to_owned(),
            name => name,
        },
    };
    Subject {
        kind: subject.kind,
        name,
    }
}

/// The number of a subject's kind.
pub const fn kind(kind: SubjectKind) -> v1::SubjectKind {
    match kind {
        SubjectKind::Host => v1::SubjectKind::Host,
        SubjectKind::Endpoint => v1::SubjectKind::Endpoint,
        SubjectKind::Account => v1::SubjectKind::Account,
        SubjectKind::Package => v1::SubjectKind::Package,
        SubjectKind::File => v1::SubjectKind::File,
        SubjectKind::Service => v1::SubjectKind::Service,
    }
}

/// The number of a verdict.
pub const fn verdict(verdict: Verdict) -> v1::Verdict {
    match verdict {
        Verdict::Pass => v1::Verdict::Pass,
        Verdict::Partial => v1::Verdict::Partial,
        Verdict::Fail => v1::Verdict::Fail,
        Verdict::NotApplicable => v1::Verdict::NotApplicable,
        Verdict::Unknown => v1::Verdict::Unknown,
    }
}

/// A finding ready to send.
pub fn finding(judged: &Judged) -> v1::Finding {
    let observed = &judged.observed;
    let observation = Observation {
        subject: subject(&observed.observation.subject),
        ..observed.observation.clone()
    };
    let bytes = observation.to_bytes();
    v1::Finding {
        check_id: observation.check,
        check_version: observation.version,
        subject: Some(v1::Subject {
            kind: kind(observation.subject.kind).into(),
            name: observation.subject.name,
        }),
        observed_at_ms: observed.at.as_millisecond(),
        observation_sha256: observation_sha256(&bytes).to_vec(),
        observation: bytes,
        claimed_verdict: verdict(judged.judgement.verdict).into(),
        claimed_reason_key: judged.judgement.reason.key.to_string(),
        deleted: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_control_character_and_a_bound() {
        assert_eq!(plain("a\tb\nc\u{1b}", 64), "a\\tb\\nc\\u{1b}");
        assert_eq!(plain("ếếế", 7), "ếế");
    }

    #[test]
    fn only_the_host_has_no_name() {
        let host = Subject {
            kind: SubjectKind::Host,
            name: "x".to_owned(),
        };
        assert_eq!(subject(&host), Subject::host());
        assert_eq!(subject(&Subject::new(SubjectKind::File, "")).name, "?");
    }
}
