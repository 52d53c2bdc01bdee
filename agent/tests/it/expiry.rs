//! A certificate that runs out while a run is under way.

use std::time::Duration;

use capdo_agent::{identity::Identity, state_dir::Existing, tpm::TpmUse};
use tokio::time::sleep;

use crate::{
    collector::{Collector, TOKEN},
    session::{Agent, block_on, eventually, eventually_within, join, pin},
};

#[test]
fn who_lost_the_certificate_in_the_middle_of_a_run_comes_back_by_the_key() {
    block_on(async {
        let collector = Collector::start().await;
        collector.look(|b| (b.life_s, b.cut) = (Some(2), u32::MAX));
        let dir = tempfile::tempdir().unwrap();
        let first = join(
            &collector,
            dir.path(),
            TOKEN,
            pin(&collector),
            Existing::Keep,
        )
        .await;
        let first = first.unwrap();
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("a session", || collector.look(|b| !b.hellos.is_empty())).await;
        sleep(Duration::from_secs(3)).await; // every session so far was cut in the middle of the run
        collector.look(|b| b.cut = 0);
        let begun = std::time::Instant::now();
        // After so many sessions that broke at once the agent may wait long before the next one.
        let came = || collector.look(|b| b.runs.len() == 1);
        eventually_within(300, "the run", came).await;
        collector.look(|b| assert_eq!((b.back_by_key, &b.runs[..]), (1, &[(1, 1, 0)][..])));
        let second = Identity::load(dir.path(), &TpmUse::Off).unwrap();
        assert!(
            second.key().public() != first.key().public() && second.host_id() == first.host_id()
        );
        println!(
            "a certificate that ran out in the middle of a run: back after {:.1?}",
            begun.elapsed()
        );
        agent.stop().await;
    });
}
