//! The receipt for a carried file: what the collector holds now, signed by the CA.

use capdo_proto::signing::receipt_bytes;
use serde::{Deserialize, Serialize};

use super::{CarriedError, Result, Taken, verify::Verified};
use crate::{
    identity::Authority,
    store::{
        Db, Scope, StoreError,
        carried_file::{self, CarriedFile},
        host, inventory, run,
    },
};

/// The format that this version writes.
const FORMAT: &str = "capdo-receipt/1";

/// What the collector holds of a host after a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The format.
    pub format: String,
    /// The host.
    pub host_id: String,
    /// SHA-256 of the file, in hex.
    pub file_sha256: String,
    /// The counter of the first run in the file.
    pub from_counter: i64,
    /// The counter of the last run that holds.
    pub last_counter: i64,
    /// The id of that run.
    pub run_id: String,
    /// The digest over the state after it, in hex.
    pub state_sha256: String,
    /// SHA-256 of the host's package list that the collector holds, in hex; empty where it holds none. Older
    /// collectors do not say.
    #[serde(default)]
    pub inventory_sha256: String,
    /// When the file was taken, in milliseconds since the Unix epoch, UTC.
    pub imported_ms: i64,
    /// SHA-256 of the CA's certificate, in hex.
    pub ca_sha256: String,
}

/// Enters the file with its receipt.
pub(super) async fn write(
    db: &mut Db,
    authority: &Authority,
    verified: &Verified,
    taken: &Taken,
    now: i64,
) -> Result<CarriedFile> {
    let header = &verified.header;
    let host = host::find(&mut *db, &Scope::All, &header.host_id).await?;
    let runs = run::list(&mut *db, &Scope::All, &host.id, 50).await?;
    let last = runs.iter().find(|r| r.counter == host.last_counter);
    let last = last.ok_or_else(|| StoreError::damaged("run", &host.id))?;
    let counter = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let list = inventory::head(&mut *db, &host.id).await?;
    let receipt = Receipt {
        format: FORMAT.to_owned(),
        host_id: host.id.clone(),
        file_sha256: hex::encode(verified.sha256),
        from_counter: counter(header.from_counter),
        last_counter: host.last_counter,
        run_id: last.id.clone(),
        state_sha256: hex::encode(host.state_sha256.unwrap_or_default()),
        inventory_sha256: list.map_or_else(String::new, |l| hex::encode(l.sha256)),
        imported_ms: now,
        ca_sha256: hex::encode(authority.sha256()),
    };
    let mut json = serde_json::to_vec_pretty(&receipt)
        .map_err(|_| CarriedError::Store(StoreError::damaged("host", &host.id)))?;
    json.push(b'\n');
    let file = CarriedFile {
        sha256: verified.sha256.to_vec(),
        host_id: host.id,
        from_counter: receipt.from_counter,
        to_counter: counter(header.to_counter),
        taken: taken.taken,
        known: taken.known,
        missing: taken.missing,
        made_at: header.made_ms,
        imported_at: now,
        signature: authority.sign_bytes(&receipt_bytes(&json))?,
        receipt: json,
    };
    carried_file::add(db, &file).await?;
    Ok(file)
}
