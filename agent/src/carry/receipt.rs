//! Taking a receipt: the collector holds what a file brought, so that the next file holds only what
//! changed since.

use std::{
    ffi::OsString,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use capdo_checks::facts::inventory::Inventory;
use capdo_proto::signing::receipt_bytes;
use serde::Deserialize;

use super::{CarryError, is_signed_by};
use crate::{
    identity::Identity,
    spool::{Receipted, Spool},
};

const FORMAT: &str = "capdo-receipt/1";
/// The most bytes of a receipt or its signature.
const MAX: u64 = 64 * 1024;

/// What the collector says that it holds. Of its fields, those that are used here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Receipt {
    format: String,
    host_id: String,
    /// The counter of the last run that the collector holds.
    pub last_counter: u64,
    run_id: String,
    state_sha256: String,
    /// The package list that the collector holds; older collectors do not say.
    inventory_sha256: Option<String>,
    /// When the collector took the file, in milliseconds since the Unix epoch.
    pub imported_ms: i64,
}

/// Settles the runs that a receipt vouches for; how many. Its signature stands beside it, in a file of
/// the same name that ends in `.sig`.
///
/// # Errors
/// When a CA that this host trusts did not sign it, or it speaks of another host or state.
pub fn settle(
    spool: &mut Spool,
    identity: &Identity,
    path: &Path,
) -> Result<(Receipt, u32), CarryError> {
    if !identity.is_carried() {
        return Err(CarryError::Connects);
    }
    let json = read(path)?;
    let beside = signature_path(path);
    let signature = read(&beside)?;
    let signature = hex::decode(signature.trim_ascii()).map_err(|_| CarryError::Kind(beside))?;
    let signed = receipt_bytes(&json);
    if !identity
        .ca()
        .any(|ca| is_signed_by(ca, &signed, &signature))
    {
        return Err(CarryError::Signature(path.to_owned()));
    }
    let kind = || CarryError::Kind(path.to_owned());
    let receipt: Receipt = serde_json::from_slice(&json).map_err(|_| kind())?;
    let state = hex::decode(&receipt.state_sha256).map_err(|_| kind())?;
    if receipt.format != FORMAT {
        return Err(kind());
    }
    if receipt.host_id != identity.host_id() {
        return Err(CarryError::OtherHost(path.to_owned()));
    }
    spool.keep_heard_ms(spool.heard_ms()?.max(receipt.imported_ms))?;
    match spool.settle_to(&receipt.run_id, &state)? {
        Receipted::Runs(runs) => {
            spool.count_from(receipt.last_counter)?;
            settle_list(spool, &receipt)?;
            Ok((receipt, runs))
        }
        Receipted::OtherState => Err(CarryError::OtherState(path.to_owned())),
    }
}

/// What the collector holds of the package list: what the last run saw, or what it was known to hold, or
/// something else. Then the next file brings all of it.
fn settle_list(spool: &Spool, receipt: &Receipt) -> Result<(), CarryError> {
    let Some(held) = &receipt.inventory_sha256 else {
        return Ok(());
    };
    let (now, before) = spool.inventories()?;
    let is_held = |list: &Inventory| hex::encode(list.sha256()) == *held;
    match now.filter(is_held) {
        Some(now) => spool.ack_inventory(&now)?,
        None if before.as_ref().is_some_and(is_held) => {}
        None => spool.doubt_inventory()?,
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, CarryError> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| CarryError::file(path, source))
}

fn signature_path(receipt: &Path) -> PathBuf {
    let mut name: OsString = receipt.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}
