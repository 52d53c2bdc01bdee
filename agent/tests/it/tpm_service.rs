//! The service with its key in a TPM: sessions, signatures of runs, renewals, and a TPM that goes away.

use std::sync::Arc;

use capdo_agent::{
    clock::SystemClock,
    identity::Identity,
    state_dir::Existing,
    status::{Connection, ServiceStatus},
    tpm::TpmUse,
};
use capdo_proto::{v1, v1::session_response::Payload as Say};

use crate::{
    collector::{Collector, TOKEN},
    session::{Agent, block_on, eventually, join_with, pin},
    swtpm::Swtpm,
};

async fn say_run_now(collector: &Collector) {
    let run = v1::RunNow { check_ids: vec![] };
    collector.say(Say::RunNow(run)).await;
}

/// Enrols with the key as `first` says, serves with `then`, and comes back after one renewal.
async fn renewed(first: &TpmUse, then: &TpmUse) -> (Identity, Identity) {
    let collector = Collector::start().await;
    collector.look(|b| b.renew_in_ms = 300);
    let dir = tempfile::tempdir().unwrap();
    let (anchor, at) = (pin(&collector), (dir.path(), first));
    let old = join_with(&collector, at, TOKEN, anchor, Existing::Keep)
        .await
        .unwrap();
    let agent = Agent::start_with((dir.path(), then), &["a=1"], Arc::new(SystemClock));
    eventually("the renewal", || collector.look(|b| b.renewals == 1)).await;
    let load = || Identity::load(dir.path(), then).unwrap();
    eventually("the new identity", || {
        load().key().public() != old.key().public()
    })
    .await;
    let hellos = collector.look(|b| b.hellos.len());
    eventually("a new session", || {
        collector.look(|b| b.hellos.len() >= hellos.max(1))
    })
    .await;
    say_run_now(&collector).await;
    eventually("a run", || collector.look(|b| !b.runs.is_empty())).await;
    agent.stop().await;
    (old, load())
}

#[test]
fn a_key_in_a_tpm_is_followed_by_one_there() {
    let tpm = Swtpm::start();
    let at = TpmUse::At(tpm.socket());
    block_on(async {
        let (old, new) = renewed(&at, &at).await;
        assert!(old.key().is_in_tpm() && new.key().is_in_tpm());
    });
    assert_eq!(tpm.in_memory(), 0);
}

#[test]
fn a_key_in_a_file_moves_into_the_tpm_when_it_is_renewed() {
    let tpm = Swtpm::start();
    block_on(async {
        let (old, new) = renewed(&TpmUse::Off, &TpmUse::At(tpm.socket())).await;
        assert!(!old.key().is_in_tpm() && new.key().is_in_tpm());
    });
}

#[test]
fn a_key_in_a_file_is_renewed_even_where_the_tpm_makes_none() {
    let tpm = Swtpm::start();
    tpm.tool(&["tpm2_changeauth", "-c", "owner", "secret"])
        .unwrap();
    block_on(async {
        let (_, new) = renewed(&TpmUse::Off, &TpmUse::At(tpm.socket())).await;
        assert!(!new.key().is_in_tpm());
    });
}

#[test]
fn a_tpm_that_is_away_for_a_while_ends_nothing() {
    let mut tpm = Swtpm::start();
    let at = TpmUse::At(tpm.socket());
    block_on(async {
        let collector = Collector::start().await;
        let dir = tempfile::tempdir().unwrap();
        let (anchor, here) = (pin(&collector), (dir.path(), &at));
        join_with(&collector, here, TOKEN, anchor, Existing::Keep)
            .await
            .unwrap();
        tpm.stop();
        let agent = Agent::start_with(here, &["a=1"], Arc::new(SystemClock));
        let status = || ServiceStatus::load(dir.path(), 0);
        eventually("the reason", || {
            status().last_error.is_some_and(|e| e.contains("no TPM"))
        })
        .await;
        assert_ne!(status().connection, Connection::Connected);
        tpm.start_again();
        eventually("a run", || collector.look(|b| !b.runs.is_empty())).await;
        agent.stop().await;
    });
}
