//! Package lists: parts are gathered, and hold only if together they give the list that was named.

use std::collections::BTreeMap;

use capdo_checks::facts::{
    inventory::{Installed, Inventory},
    inventory_digest::Key,
    versions::Scheme,
};
use capdo_proto::{
    limits::MAX_PACKAGES,
    v1::{
        InventoryAck, InventoryDelta, InventoryHeader, InventoryRequest, Package, RefusalCode,
        session_response::Payload,
    },
};

use super::{Ingest, refusal::Refusal};
use crate::{
    advise, keys,
    store::{Db, StoreError, inventory},
};

/// The SHA-256 of the list that the host signed last, where another or none is held: the host takes it
/// for delivered and would not send it again by itself, as after the collector went back to a copy.
pub(super) async fn lost(db: &mut Db, host_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let Some((signed, _)) = advise::signed(&mut *db, host_id).await? else {
        return Ok(None);
    };
    let signed = hex::decode(signed).unwrap_or_default();
    let held = inventory::head(db, host_id).await?;
    let lost = signed.len() == 32 && held.is_none_or(|h| h.sha256 != signed);
    Ok(lost.then_some(signed))
}

/// The parts of a list that came so far on a stream.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<InventoryDelta>);

impl Parts {
    /// Takes in the next part; all of them when it is the last.
    pub(super) fn gather(
        &mut self,
        part: InventoryDelta,
    ) -> Result<Option<Vec<InventoryDelta>>, Refusal> {
        if part.sequence == 0 {
            self.0.clear();
        }
        let fits = usize::try_from(part.sequence).is_ok_and(|n| n == self.0.len())
            && self
                .0
                .first()
                .is_none_or(|f| f.sha256 == part.sha256 && f.base_sha256 == part.base_sha256);
        if !fits {
            self.0.clear();
            let text = "A part of the package list is missing or of another list.";
            return Err(refused("inventory.out-of-order", text));
        }
        let last = part.last;
        self.0.push(part);
        let entries: usize = self.0.iter().map(entries).sum();
        if entries > 2 * MAX_PACKAGES {
            self.0.clear();
            return Err(refused(
                "inventory.too-large",
                "The package list is too long.",
            ));
        }
        Ok(last.then(|| std::mem::take(&mut self.0)))
    }
}

/// What is said of a list that is [`Listed::Broken`].
pub(super) const BROKEN: &str = "The package list does not give the SHA-256 that came with it.";

/// What becomes of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It was here before.
    Held,
    /// It is what the host has now.
    Taken,
    /// It changes a list that is not here: the whole list is wanted.
    Unfit,
    /// It does not give the list that it names.
    Broken,
}

/// Makes the list that all of `parts` give a host's list.
///
/// # Errors
/// When the store fails.
pub(super) async fn take(
    db: &mut Db,
    host_id: &str,
    parts: &[InventoryDelta],
    now: i64,
) -> Result<Listed, StoreError> {
    let Some(InventoryDelta {
        sha256,
        base_sha256: base,
        ..
    }) = parts.first()
    else {
        return Ok(Listed::Broken);
    };
    let held = inventory::find(&mut *db, host_id).await?;
    if held.as_ref().is_some_and(|h| h.sha256()[..] == sha256[..]) {
        return Ok(Listed::Held);
    }
    let before = held.as_ref().map_or_else(BTreeMap::new, by_key);
    let known = held.is_some_and(|h| h.sha256()[..] == base[..]);
    let start = if known {
        before.clone()
    } else {
        BTreeMap::new()
    };
    let next = (known || base.is_empty())
        .then(|| applied(start, parts))
        .flatten();
    let Some(next) = next.filter(|n| n.sha256()[..] == sha256[..]) else {
        return Ok(if base.is_empty() {
            Listed::Broken
        } else {
            Listed::Unfit
        });
    };
    inventory::put(db, host_id, &before, &next, now).await?;
    tracing::info!(
        host = host_id,
        packages = next.packages.len(),
        changes = parts.iter().map(entries).sum::<usize>(),
        bytes = parts.iter().map(prost::Message::encoded_len).sum::<usize>(),
        whole = base.is_empty(),
        "package list taken"
    );
    Ok(Listed::Taken)
}

impl Ingest {
    /// Takes a part of a package list; the answer, when there is one.
    pub(super) async fn listed(
        &self,
        host_id: &str,
        parts: &mut Parts,
        part: InventoryDelta,
    ) -> Result<Option<Payload>, Refusal> {
        let sha256 = part.sha256.clone();
        let Some(parts) = parts.gather(part)? else {
            return Ok(None);
        };
        let mut tx = self.store.write().await?;
        Ok(Some(
            match take(&mut tx, host_id, &parts, self.clock.now_ms()).await? {
                Listed::Held => Payload::InventoryAck(InventoryAck { sha256 }),
                Listed::Taken => {
                    tx.commit().await?;
                    self.advise(host_id).await;
                    Payload::InventoryAck(InventoryAck { sha256 })
                }
                Listed::Unfit => Payload::InventoryRequest(InventoryRequest { sha256 }),
                Listed::Broken => return Err(refused("inventory.sha256", BROKEN)),
            },
        ))
    }

    /// Judges the keys of a host anew; the others that hold one follow. What fails here is done with the
    /// host's next run.
    pub(super) async fn judge_keys(&self, host_id: &str) {
        match keys::host(&self.store, host_id, self.clock.now_ms()).await {
            Ok(_) => {} // the run itself marks the system
            Err(error) => tracing::warn!(%error, host = host_id, "keys wait for the next run"),
        }
    }

    /// Compares a host with the advisories anew. What fails here is done at the next sweep.
    pub(super) async fn advise(&self, host_id: &str) {
        let now = self.clock.now_ms();
        match advise::host(&self.store, host_id, now).await {
            Ok(Some(system_id)) => self.changed.mark(&system_id),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, host = host_id, "advisories wait for the sweep"),
        }
    }
}

fn entries(part: &InventoryDelta) -> usize {
    part.upserts.len() + part.removals.len()
}

fn by_key(inventory: &Inventory) -> BTreeMap<Key, Installed> {
    let all = inventory.packages.iter();
    all.map(|p| (p.key(), p.clone())).collect()
}

/// What results from the parts; nothing where they hold what no list may hold.
fn applied(mut packages: BTreeMap<Key, Installed>, parts: &[InventoryDelta]) -> Option<Inventory> {
    for part in parts {
        for gone in &part.removals {
            packages.remove(&(gone.name.clone(), gone.arch.clone(), gone.version.clone()));
        }
        for package in &part.upserts {
            let package = installed(package);
            packages.insert(package.key(), package);
        }
    }
    if packages.len() > MAX_PACKAGES {
        return None;
    }
    let header: &InventoryHeader = parts.last()?.header.as_ref()?;
    let scheme: Scheme = serde_json::from_value(header.scheme.as_str().into()).ok()?;
    let mut packages: Vec<Installed> = packages.into_values().collect();
    packages.sort();
    Some(Inventory {
        scheme,
        os: header.os.clone(),
        os_version: header.os_version.clone(),
        kernel: header.kernel.clone(),
        kernel_build: header.kernel_build.clone(),
        channels: header.channels.clone(),
        packages,
    })
}

fn installed(p: &Package) -> Installed {
    Installed {
        name: p.name.clone(),
        version: p.version.clone(),
        arch: p.arch.clone(),
        source: p.source.clone(),
        source_version: p.source_version.clone(),
        vendor: p.vendor.clone(),
        module: p.module.clone(),
    }
}

/// The stream goes on: findings are worth more than a package list. Nothing more of this list is
/// taken until the next session.
fn refused(code: &str, text: &str) -> Refusal {
    Refusal::never(RefusalCode::InvalidMessage, code, text)
}
