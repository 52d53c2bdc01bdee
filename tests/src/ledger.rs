//! Compares what scripted agents observed with what the collector's store holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use capdo_proto::{
    digest::{StateItem, state_digest},
    v1::SubjectKind,
};
use rusqlite::{Connection, OpenFlags};

/// What was found equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Passes that were observed.
    pub observed: usize,
    /// Runs that came into the spool, all of which are held.
    pub runs: usize,
    /// Runs of which the agent heard that they are held.
    pub heard: usize,
    /// Changes in the history.
    pub changes: usize,
}

type State = BTreeMap<String, Vec<u8>>;

/// The journal: what was seen, by its digest.
fn journal(path: &Path) -> BTreeMap<Vec<u8>, (u64, State)> {
    let text = fs::read_to_string(path).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut passes = BTreeMap::new();
    for line in whole.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let state: State = line["state"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), hex::decode(v.as_str().unwrap()).unwrap()))
            .collect();
        let pass = line["pass"].as_u64().unwrap();
        let old = passes.insert(digest(&state), (pass, state));
        assert!(old.is_none(), "pass {pass} sees what another pass saw");
    }
    passes
}

fn digest(state: &State) -> Vec<u8> {
    let hashed: Vec<(&String, [u8; 32])> = state
        .iter()
        .map(|(k, v)| (k, v.as_slice().try_into().unwrap()))
        .collect();
    state_digest(hashed.iter().map(|(check, sha)| StateItem {
        check_id: check,
        subject_kind: SubjectKind::Host,
        subject_name: "",
        observation_sha256: sha,
    }))
    .to_vec()
}

/// Compares the store in `data` with one agent: its journal, its spool in `state`, and its log. To be
/// called once nothing waits in the spool.
pub fn compare(data: &Path, host: &str, state: &Path, journal_file: &Path, log: &str) -> Tally {
    let passes = journal(journal_file);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = Connection::open_with_flags(data.join("capdo.db"), flags).unwrap();
    let runs = finished(&db, host);
    let counters: Vec<u64> = runs.iter().map(|(_, counter, _)| *counter).collect();
    let spool = capdo_agent::spool::Spool::open(state).unwrap();
    assert_eq!(
        (spool.depth().unwrap(), spool.gaps().unwrap()),
        (0, 0),
        "{host}"
    );
    let wanted: Vec<u64> = (1..=spool.last_counter().unwrap()).collect();
    assert_eq!(counters, wanted, "{host}: each run once and in order");
    let mut order = Vec::new();
    for (id, counter, sha) in &runs {
        let pass = passes.get(sha);
        let pass =
            pass.unwrap_or_else(|| panic!("{host}: run {id} ({counter}) was never observed"));
        order.push(pass.0);
    }
    assert!(
        order.is_sorted_by(|a, b| a < b),
        "{host}: out of order: {order:?}"
    );
    let held: BTreeSet<&str> = runs.iter().map(|(id, ..)| id.as_str()).collect();
    let heard = settled(log);
    for id in &heard {
        assert!(
            held.contains(id.as_str()),
            "{host}: run {id} was acked and is lost"
        );
    }
    let changes = history(&db, host, &runs, &passes);
    let last = runs.last().map(|(_, _, sha)| passes[sha].1.clone());
    assert_eq!(
        now(&db, host),
        last.unwrap_or_default(),
        "{host}: what holds now"
    );
    Tally {
        observed: passes.len(),
        runs: runs.len(),
        heard: heard.len(),
        changes,
    }
}

type Run = (String, u64, Vec<u8>);

fn finished(db: &Connection, host: &str) -> Vec<Run> {
    let sql = "SELECT id, counter, state_sha256 FROM run WHERE host_id = ?1 AND state = 'finished' \
               ORDER BY rowid";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([host], |r| {
        Ok((r.get(0)?, r.get::<_, i64>(1)?.cast_unsigned(), r.get(2)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The ids of the runs of which the agent logged that they are settled.
fn settled(log: &str) -> BTreeSet<String> {
    log.lines()
        .filter(|line| line.contains("A run is settled."))
        .filter_map(|line| line.split("run_id=").nth(1))
        .map(|rest| rest.trim_matches('"').chars().take(36).collect())
        .collect()
}

/// Plays the history: after the changes of each run the state is the one that it saw.
fn history(
    db: &Connection,
    host: &str,
    runs: &[Run],
    passes: &BTreeMap<Vec<u8>, (u64, State)>,
) -> usize {
    let sql = "SELECT run_id, kind, check_id, observation_sha256 FROM finding_change \
               WHERE host_id = ?1 ORDER BY seq";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([host], |r| {
        Ok((
            r.get::<_, String>(0)?,
            r.get::<_, String>(1)?,
            r.get::<_, String>(2)?,
            r.get::<_, Option<Vec<u8>>>(3)?,
        ))
    });
    let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    let collected = |check: &str| capdo_checks::registry::is_collected(check);
    let rows: Vec<_> = rows.iter().filter(|r| !collected(&r.2)).collect();
    let (mut state, mut played) = (State::new(), 0);
    for (id, counter, sha) in runs {
        while let Some((_, kind, check, sha)) = rows.get(played).filter(|r| r.0 == *id) {
            if kind == "gone" {
                assert!(
                    state.remove(check).is_some(),
                    "{host}: {check} is gone twice"
                );
            } else {
                let old = state.insert(check.clone(), sha.clone().unwrap());
                assert_eq!(
                    old.is_none(),
                    kind == "appeared",
                    "{host}: {check} in {counter}"
                );
                assert_ne!(old.as_ref(), sha.as_ref(), "{host}: {check} stands twice");
            }
            played += 1;
        }
        assert_eq!(
            state, passes[sha].1,
            "{host}: the state after run {counter}"
        );
    }
    assert_eq!(played, rows.len(), "{host}: changes of no run");
    played
}

fn now(db: &Connection, host: &str) -> State {
    let sql = "SELECT check_id, observation_sha256 FROM finding WHERE host_id = ?1";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([host], |r| Ok((r.get::<_, String>(0)?, r.get(1)?)));
    rows.unwrap()
        .map(Result::unwrap)
        .filter(|(check, _)| !capdo_checks::registry::is_collected(check))
        .collect()
}
