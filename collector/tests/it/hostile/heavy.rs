//! Evidence that is small on the wire and large in memory: valid observations of long lists, as many as a state
//! may hold and more.

use capdo_checks::{Facts, Observation, Subject, Value, observation::SubjectKind};
use capdo_proto::{
    digest::{StateItem, observation_sha256, state_digest},
    limits::{MAX_OBSERVATION_BYTES, MAX_STATE_BYTES},
    v1::{
        self, Assignment, Finding, RefusalCode, session_request::Payload as Out,
        session_response::Payload as In,
    },
};

use super::target::Target;
use crate::agent::{Agent, Run, Stream, blind, checks};

/// The findings of one batch: within what a batch may be.
const BATCH: usize = 30;

/// Valid observations of nearly as many bytes and values as one may have: 40 lists of 200 numbers.
fn heavy(check: &str, many: usize) -> Vec<Finding> {
    let lists: Vec<Value> = (0..40)
        .map(|_| Value::from(vec![1_000_000_i64; 200]))
        .collect();
    let mut one = blind(check, "x");
    let observation = Observation {
        check: check.to_owned(),
        version: one.check_version,
        subject: Subject::new(SubjectKind::File, "/N"),
        facts: Facts::new().configured("many", lists, "/etc").facts,
        gap: None,
    };
    let bytes = String::from_utf8(observation.to_bytes()).unwrap();
    let (head, tail) = bytes.split_once("/N").unwrap();
    let another = |n| {
        let name = format!("/{n}");
        one.observation = [head, &name, tail].concat().into_bytes();
        assert!(one.observation.len() <= MAX_OBSERVATION_BYTES);
        one.observation_sha256 = observation_sha256(&one.observation).to_vec();
        one.subject = Some(v1::Subject {
            kind: v1::SubjectKind::File.into(),
            name,
        });
        one.clone()
    };
    (0..many).map(another).collect()
}

/// A run over this state that says it made the check `made`.
fn run(foe: &Agent, told: &Assignment, counter: u64, made: &str, state: &[Finding]) -> Run {
    let mut run = foe.run(counter, told, &[]);
    run.started.checks = vec![v1::CheckRef {
        check_id: made.to_owned(),
        check_version: 1,
    }];
    let mut items: Vec<(&str, &[u8])> = state
        .iter()
        .map(|f| {
            (
                f.subject.as_ref().unwrap().name.as_str(),
                &f.observation_sha256[..],
            )
        })
        .collect();
    items.sort_unstable();
    let hashes: Vec<[u8; 32]> = items.iter().map(|i| i.1.try_into().unwrap()).collect();
    let items = items
        .iter()
        .zip(&hashes)
        .map(|((name, _), sha256)| StateItem {
            check_id: &state[0].check_id,
            subject_kind: v1::SubjectKind::File,
            subject_name: name,
            observation_sha256: sha256,
        });
    run.finished.state_sha256 = state_digest(items).to_vec();
    run.finished.state_findings = u32::try_from(state.len()).unwrap();
    run.finished.signature = foe.sign(&run.started, &run.finished);
    run
}

/// Sends a run whole; the code of the refusal where it is not taken.
async fn send(stream: &mut Stream, run: &Run, state: &[Finding]) -> Result<(), RefusalCode> {
    stream.send(Out::RunStarted(run.started.clone())).await;
    for (sequence, part) in (0..).zip(state.chunks(BATCH)) {
        stream
            .send(Out::FindingBatch(run.batch(sequence, part, false)))
            .await;
        match stream.next_within(120).await.unwrap().unwrap() {
            In::Ack(_) => {}
            In::Refused(refused) => return Err(refused.code()),
            other => panic!("{other:?}"),
        }
    }
    stream.send(Out::RunFinished(run.finished.clone())).await;
    match stream.next_within(120).await.unwrap().unwrap() {
        In::Ack(_) => Ok(()),
        In::Refused(refused) => Err(refused.code()),
        other => panic!("{other:?}"),
    }
}

/// A state as large as may be is taken; one of `more` observations is not.
async fn attack(foe: &Agent, (made, check): (&str, &str), more: usize) {
    // Not here: meanwhile the honest agent would stand still.
    let check = check.to_owned();
    let state = tokio::task::spawn_blocking(move || heavy(&check, 1_500))
        .await
        .unwrap();
    let within = MAX_STATE_BYTES / state[1_499].observation.len();
    let (mut stream, told) = foe.open().await;
    let small = run(foe, &told, 1, made, &state[..within]);
    assert_eq!(send(&mut stream, &small, &state[..within]).await, Ok(()));
    // The score is computed a moment later.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let more = &state[..more.max(within + 1)];
    let large = run(foe, &told, 2, made, more);
    let answer = send(&mut stream, &large, more).await;
    assert_eq!(answer, Err(RefusalCode::RunTooLarge));
}

pub(super) async fn announced(_: &Target, foe: &Agent) {
    attack(foe, (checks(1)[0], checks(1)[0]), 1_500).await;
}

/// Of a check that the run does not say it made: not looked at for contradictions, and scored all the same.
pub(super) async fn not_announced(_: &Target, foe: &Agent) {
    attack(foe, (checks(2)[1], checks(2)[0]), 0).await;
}
