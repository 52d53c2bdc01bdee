//! The host's clock is set by ten years, either way: nothing waits for it, and nothing is called late.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use capdo_agent::{
    clock::{Clock, SystemClock},
    spool::Spool,
    status::{Connection, ServiceStatus},
};
use capdo_proto::{v1, v1::session_response::Payload as Say};

use crate::session::{Agent, block_on, enrolled, eventually, refusal};

const TEN_YEARS_MS: i64 = 3_653 * 86_400_000;

/// The machine's clock, wrong by as much as a test says.
#[derive(Default)]
struct Wrong(AtomicI64);

impl Clock for Wrong {
    fn now(&self) -> jiff::Timestamp {
        let wrong = jiff::SignedDuration::from_millis(self.0.load(Ordering::SeqCst));
        SystemClock.now() + wrong
    }

    fn ticks_ms(&self) -> i64 {
        SystemClock.ticks_ms()
    }
}

#[test]
fn runs_and_pauses_take_as_long_as_they_take() {
    for jump in [-TEN_YEARS_MS, TEN_YEARS_MS] {
        block_on(async {
            let (collector, dir) = enrolled().await;
            let clock = Arc::new(Wrong::default());
            collector.look(|b| b.refuse.push(refusal(v1::RefusalCode::Busy, 1_500)));
            let agent = Agent::start_by(dir.path(), &["a=1"], clock.clone());
            eventually("the refusal", || collector.look(|b| b.refuse.is_empty())).await;
            clock.0.store(jump, Ordering::SeqCst);
            eventually("the run after its pause", || {
                collector.look(|b| b.runs.len() == 1)
            })
            .await;
            agent.sees(&["a=2"]);
            let all = v1::RunNow { check_ids: vec![] };
            collector.say(Say::RunNow(all.clone())).await;
            eventually("the second run", || collector.look(|b| b.runs.len() == 2)).await;
            clock.0.store(0, Ordering::SeqCst);
            agent.sees(&["a=3"]);
            collector.say(Say::RunNow(all)).await;
            eventually("the third run", || collector.look(|b| b.runs.len() == 3)).await;
            let depth = || Spool::peek_depth(dir.path()).unwrap();
            eventually("the spool is empty", || depth() == Some(0)).await;
            collector.look(|b| {
                assert_eq!(b.hellos.len(), 1, "the session went on");
                assert_eq!(b.runs, [(1, 1, 0), (2, 1, 0), (3, 1, 0)]);
            });
            let now = SystemClock.now_ms();
            let status = ServiceStatus::load(dir.path(), now);
            assert_eq!(status.connection, Connection::Connected);
            let next = status.next_run_ms.unwrap() - now;
            assert!(
                (0..=3_600_000).contains(&next),
                "the next run is said to be in {next} ms"
            );
            agent.stop().await;
            println!("a clock set by {jump} ms and back: three runs taken in one session");
        });
    }
}
