//! What one host may bring to be kept on one day. Runs that a person carries in a file are not counted: a file may
//! hold months.

use capdo_proto::v1::RefusalCode;

use super::refusal::Refusal;
use crate::store::{Db, intake, integrity::IntegrityKind};

/// The most bytes that a host may bring on one day, in UTC: four times the largest state. What is known already
/// costs nothing, so that an ordinary host brings some kilobytes.
pub const MOST_A_DAY: i64 = 64 * 1024 * 1024;
/// What a change of a finding takes in the history.
const CHANGE_BYTES: i64 = 512;

/// New evidence of so many bytes is kept.
///
/// # Errors
/// When that is more than the host may bring today.
pub(super) async fn evidence(
    db: &mut Db,
    host_id: &str,
    bytes: usize,
    now: i64,
) -> Result<(), Refusal> {
    spend(db, host_id, i64::try_from(bytes).unwrap_or(i64::MAX), now).await
}

/// So many findings changed.
///
/// # Errors
/// When that is more than the host may bring today.
pub(super) async fn changes(
    db: &mut Db,
    host_id: &str,
    changes: usize,
    now: i64,
) -> Result<(), Refusal> {
    let changes = i64::try_from(changes).unwrap_or(i64::MAX);
    spend(db, host_id, changes.saturating_mul(CHANGE_BYTES), now).await
}

async fn spend(db: &mut Db, host_id: &str, bytes: i64, now: i64) -> Result<(), Refusal> {
    if bytes == 0 || intake::add(db, host_id, bytes, now).await? <= MOST_A_DAY {
        return Ok(());
    }
    let text = "The host has brought more new evidence today than one host may.";
    let left = intake::seconds_left(now);
    Err(
        Refusal::later(RefusalCode::Busy, "host.over-budget", text, left)
            .suspicious(IntegrityKind::SentTooMuch, "host.over-budget"),
    )
}
