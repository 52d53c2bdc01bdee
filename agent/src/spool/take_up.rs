//! Working out what of a run is to be sent, once it is the oldest that is not settled.
//!
//! Not earlier: only then it is known what the collector holds, so that a change travels once,
//! however many runs wait behind it. From then on the batches stay as they are until the run is
//! settled, for the collector may have some of them.

use capdo_proto::limits::{MAX_BATCH_BYTES, MAX_BATCH_SEQUENCE, MAX_FINDINGS_PER_BATCH};
use rusqlite::{Connection, params};

use super::{
    DbResult,
    state::{self, Key, State},
};

/// Room that a batch keeps for its own fields.
const BATCH_MARGIN: usize = 1_024;
/// Room that one finding needs besides its observation: ids, name, hash, framing.
const FINDING_MARGIN: usize = 1_024;

/// What is to be said of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) key: Key,
    pub(super) version: u32,
    pub(super) deleted: bool,
}

/// Takes up the run `counter`, if it was not taken up before.
pub(super) fn take_up(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "SELECT taken_up FROM run WHERE counter = ?1";
    if db.query_row(sql, [counter], |r| r.get(0))? {
        return Ok(());
    }
    let state = state::after(db, counter)?;
    let changes = changes(db, &state)?;
    let batches = split(&changes, &state);
    let changed = changes.iter().filter(|c| !c.deleted).count();
    let count = batches.last().map_or(0, |last| last + 1);
    let sql = "UPDATE run SET taken_up = 1, batches = ?2, unchanged = ?3 WHERE counter = ?1";
    db.execute(sql, params![counter, count, state.len() - changed])?;
    let sql = "INSERT INTO outbox VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)";
    let mut insert = db.prepare_cached(sql)?;
    for (change, sequence) in changes.iter().zip(batches) {
        let (check, kind, name) = &change.key;
        insert.execute(params![
            counter,
            sequence,
            check,
            kind,
            name,
            change.version,
            change.deleted
        ])?;
    }
    Ok(())
}

/// What differs from what the collector holds, or is in doubt there.
pub(super) fn changes(db: &Connection, state: &State) -> DbResult<Vec<Change>> {
    let sql = "SELECT check_id, kind, name, version, sha FROM known";
    let mut statement = db.prepare_cached(sql)?;
    let known = statement.query_map([], |r| {
        let key: Key = (r.get(0)?, r.get(1)?, r.get(2)?);
        Ok((key, r.get(3)?, r.get(4)?))
    })?;
    over(known, state)
}

/// What differs from the state `before`.
pub(super) fn changes_over(before: &State, state: &State) -> DbResult<Vec<Change>> {
    let rows = before.iter();
    over(
        rows.map(|(key, row)| Ok((key.clone(), row.version, row.sha.to_vec()))),
        state,
    )
}

fn over(
    before: impl Iterator<Item = DbResult<(Key, u32, Vec<u8>)>>,
    state: &State,
) -> DbResult<Vec<Change>> {
    let mut unsaid = state.clone();
    let mut changes = Vec::new();
    for held in before {
        let (key, version, sha) = held?;
        match state.get(&key) {
            None => changes.push(Change {
                key,
                version,
                deleted: true,
            }),
            Some(row) if row.sha == *sha => drop(unsaid.remove(&key)),
            Some(_) => {}
        }
    }
    changes.extend(unsaid.into_iter().map(|(key, row)| Change {
        key,
        version: row.version,
        deleted: false,
    }));
    Ok(changes)
}

/// The batch of each change, filled up to the wire's bounds.
pub(super) fn split(changes: &[Change], state: &State) -> Vec<u32> {
    let (mut sequence, mut count, mut bytes) = (0, 0, BATCH_MARGIN);
    let mut batches = Vec::with_capacity(changes.len());
    for change in changes {
        let size = state.get(&change.key).map_or(0, |row| row.size) + FINDING_MARGIN;
        let full = count == MAX_FINDINGS_PER_BATCH || bytes + size > MAX_BATCH_BYTES;
        if full && sequence < MAX_BATCH_SEQUENCE {
            (sequence, count, bytes) = (sequence + 1, 0, BATCH_MARGIN);
        }
        count += 1;
        bytes += size;
        batches.push(sequence);
    }
    batches
}
