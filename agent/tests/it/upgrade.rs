//! A spool that an earlier version left, with runs that were not acked, is brought up to date and reaches the
//! collector.

use std::path::Path;

use capdo_agent::spool::{FILE, Spool};
use rusqlite::Connection;

use crate::session::{Agent, block_on, enrolled, eventually};

/// What versions left: two runs that wait. Never changed: a
/// version that is out cannot be changed either.
const LEFT: [(&str, &str); 2] = [
    ("1", include_str!("../spools/step-1.sql")),
    ("2", include_str!("../spools/step-2.sql")),
];

fn leave(dir: &Path, sql: &str) {
    let db = Connection::open(dir.join(FILE)).unwrap();
    db.execute_batch(sql).unwrap();
}

#[test]
fn runs_that_an_earlier_version_left_are_brought_to_the_collector() {
    for (step, sql) in LEFT {
        block_on(async {
            let (collector, dir) = enrolled().await;
            leave(dir.path(), sql);
            let spool = Spool::open(dir.path()).unwrap();
            assert_eq!(
                (spool.depth().unwrap(), spool.last_counter().unwrap()),
                (2, 2)
            );
            drop(spool);
            let agent = Agent::start(dir.path(), &["a=3", "c=1"]);
            eventually("the runs", || collector.look(|b| b.runs.len() == 3)).await;
            collector.look(|b| {
                let counters: Vec<u64> = b.runs.iter().map(|r| r.0).collect();
                assert_eq!(counters, [1, 2, 3], "step {step}");
                assert_eq!(b.state.len(), 2, "step {step}");
            });
            let depth = || Spool::peek_depth(dir.path()).unwrap();
            eventually("the spool is empty", || depth() == Some(0)).await;
            agent.stop().await;
            println!("a spool of step {step} with two runs: both brought, then the next one");
        });
    }
}
