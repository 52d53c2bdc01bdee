//! What a zone's records mean: SPF, DMARC, CAA, MTA-STS, TLSA. The answers come in turn.

use std::cell::Cell;

use capdo_checks::{
    facts::resolver,
    probes::dns::{Answer, Asker, Kind, Proof, survey},
};

use crate::bytes::seen;
use crate::{
    bytes,
    seeds::{Seeds, joined},
};

struct Script {
    answers: Vec<Answer>,
    asked: Cell<usize>,
}

impl Asker for Script {
    fn ask(&self, _name: &str, _kind: Kind) -> Answer {
        let asked = self.asked.get();
        self.asked.set(asked + 1);
        self.answers
            .get(asked % self.answers.len())
            .cloned()
            .unwrap_or(Answer::Failed)
    }
}

fn answer(piece: &[u8]) -> Answer {
    let (mode, rest) = bytes::first(piece).unwrap_or((0, b""));
    let proof = match mode >> 4 & 3 {
        0 => Proof::Bogus,
        1 => Proof::Indeterminate,
        2 => Proof::Insecure,
        _ => Proof::Secure,
    };
    match mode % 8 {
        0 => Answer::Failed,
        1 => Answer::Bogus,
        2 => Answer::Nothing {
            exists: mode & 8 != 0,
            proof,
        },
        _ => Answer::Records(
            bytes::text(rest).lines().map(str::to_owned).collect(),
            proof,
        ),
    }
}

/// Tries one input: pieces, each one answer.
pub fn run(data: &[u8]) {
    let script = Script {
        answers: bytes::pieces(data).into_iter().map(answer).collect(),
        asked: Cell::new(0),
    };
    let found = survey(&script, "xa.tinh.gov.vn", |_| {});
    // RFC 7208, 4.6.4: ten terms, and what a survey asks besides is a few dozen.
    assert!(
        script.asked.get() <= 400,
        "{} questions",
        script.asked.get()
    );
    assert!(serde_json::to_vec(&found).is_ok());
    seen(resolver::parse(&bytes::text(data)));
}

/// Answers as zones give them.
pub fn seeds(seeds: &mut Seeds) {
    let records = [
        "3v=spf1 a mx ip4:192.0.2.0/24 include:_spf.a.vn exists:%{i}.a.vn redirect=b.vn -all",
        "7v=DMARC1; p=reject; sp=none; pct=50; rua=mailto:a@b.vn",
        "30 issue \"letsencrypt.org; accounturi=x\"\n128 iodef \"mailto:a@b.vn\"",
        "7v=STSv1; id=20260101",
        "310 mail.a.vn.\n20 mail2.a.vn.",
        "33 1 1 0d6fce3a8d1a0b",
        "7v=TLSRPTv1; rua=mailto:a@b.vn",
        "2",
    ];
    records.iter().for_each(|r| seeds.add(*r));
    seeds.add(joined(&records));
    seeds.add(joined(&[records[4], records[0], records[0], records[7]]));
}
