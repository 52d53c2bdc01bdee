//! What the last run cost a host stands on its page, and that it was over budget.

use super::seed::{self, get, plain};
use crate::store::run::{self, Ending, Run, RunState};

fn announced(host_id: &str, counter: i64) -> Run {
    Run {
        id: crate::store::new_id(),
        host_id: host_id.to_owned(),
        counter,
        revision: 1,
        nonce: vec![1; 32],
        catalogue_sha256: vec![2; 32],
        checks: "[]".to_owned(),
        checks_sha256: None,
        state: RunState::Open,
        received_at: seed::NOW,
        started_at: seed::NOW,
        finished_at: None,
        state_sha256: None,
        state_findings: None,
        unchanged: None,
        cpu_ms: None,
        peak_rss_kib: None,
        cpu_limit_ms: None,
        rss_limit_kib: None,
        over_budget: None,
        missing_runs: None,
        missing_first_at: None,
        missing_last_at: None,
        signature: None,
        refused_why: None,
    }
}

#[tokio::test]
async fn a_hosts_page_shows_the_cost_of_its_last_run_and_what_it_left_out() {
    let province = seed::province(&plain("A", "one"), &plain("B", "two")).await;
    let page = province.a.path("/hosts/{id}");
    // An agent before this one stated no limits; the next run was over budget; the one after was not.
    let runs = [
        (1_001, None, 0),
        (1_002, Some(300_000), 7),
        (1_003, Some(300_000), 0),
    ];
    for (counter, cpu_limit_ms, over_budget) in runs {
        let mut db = province.store.write().await.unwrap();
        let run = announced(&province.a.host, counter);
        run::add(&mut db, &run).await.unwrap();
        let ending = Ending {
            finished_at: seed::NOW,
            state_sha256: &[3; 32],
            state_findings: 0,
            unchanged: 0,
            cpu_ms: 1_460,
            peak_rss_kib: 17_000,
            cpu_limit_ms,
            rss_limit_kib: cpu_limit_ms.map(|_| 80 << 10),
            over_budget,
            signature: &[4; 70],
        };
        run::set_ending(&mut db, &run.id, &ending).await.unwrap();
        run::set_state(&mut db, &run.id, RunState::Finished, None)
            .await
            .unwrap();
        db.commit().await.unwrap();
        let (_, _, body) = get(&province.app, &page, &province.officer).await;
        assert!(body.contains("1,4 giây"), "{counter}: {body}");
        assert_eq!(
            body.contains("hạn mức 300 giây"),
            cpu_limit_ms.is_some(),
            "{counter}"
        );
        assert_eq!(
            body.contains("id=\"over-budget\""),
            over_budget > 0,
            "{counter}"
        );
    }
}
