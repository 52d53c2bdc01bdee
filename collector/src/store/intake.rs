//! How much each host brought to be kept on one day: evidence is kept for years, so that no host may bring any
//! amount of it.

use super::{Db, Result};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Counts bytes that a host brings; how many it brought on this day, in UTC, with them.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, host_id: &str, bytes: i64, now: i64) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "INSERT INTO intake (host_id, day, bytes) VALUES ($1, $2, $3) \
         ON CONFLICT (host_id) DO UPDATE SET day = excluded.day, bytes = excluded.bytes + \
         CASE WHEN day = excluded.day THEN bytes ELSE 0 END RETURNING bytes",
    )
    .bind(host_id)
    .bind(now.div_euclid(DAY_MS))
    .bind(bytes)
    .fetch_one(db)
    .await?)
}

/// How many seconds there are until the count begins anew.
pub fn seconds_left(now: i64) -> u64 {
    let left = DAY_MS - now.rem_euclid(DAY_MS);
    left.unsigned_abs().div_ceil(1000)
}
