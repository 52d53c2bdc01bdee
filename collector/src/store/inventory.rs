//! Package lists: what is installed on each host, as its agent last sent it.

use std::collections::BTreeMap;

use capdo_checks::facts::{
    inventory::{Installed, Inventory},
    inventory_digest::Key,
    versions::Scheme,
};
use serde::Serialize;
use sqlx::Row as _;

use super::{Db, Result, Scope, StoreError};

/// What is known of a host's list, without the packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Head {
    /// The host.
    pub host_id: String,
    /// SHA-256 of the list.
    #[serde(skip)]
    pub sha256: Vec<u8>,
    /// Whose version order holds.
    pub scheme: String,
    /// The distribution.
    pub os: String,
    /// Its release.
    pub os_version: String,
    /// The running kernel.
    pub kernel: String,
    /// What it was built as.
    pub kernel_build: String,
    /// Repositories beside the ordinary ones, as JSON.
    pub channels: String,
    /// How many packages the list has.
    pub packages: i64,
    /// When it came.
    pub received_at: i64,
}

impl Head {
    /// The version order, where it is one that this version knows.
    pub fn scheme(&self) -> Option<Scheme> {
        serde_json::from_value(self.scheme.as_str().into()).ok()
    }

    fn with(self, packages: Vec<Installed>) -> Result<Inventory> {
        let damaged = || StoreError::damaged("host", &self.host_id);
        Ok(Inventory {
            scheme: self.scheme().ok_or_else(damaged)?,
            channels: serde_json::from_str(&self.channels).map_err(|_| damaged())?,
            os: self.os,
            os_version: self.os_version,
            kernel: self.kernel,
            kernel_build: self.kernel_build,
            packages,
        })
    }
}

/// What is known of a host's list, where it has sent one.
///
/// # Errors
/// When the store fails.
pub async fn head(db: &mut Db, host_id: &str) -> Result<Option<Head>> {
    Ok(sqlx::query_as("SELECT * FROM inventory WHERE host_id = $1")
        .bind(host_id)
        .fetch_optional(db)
        .await?)
}

/// A host's list.
///
/// # Errors
/// When the store fails, or holds what this version cannot read.
pub async fn find(db: &mut Db, host_id: &str) -> Result<Option<Inventory>> {
    let Some(head) = head(&mut *db, host_id).await? else {
        return Ok(None);
    };
    let packages = packages(db, host_id).await?;
    head.with(packages).map(Some)
}

async fn packages(db: &mut Db, host_id: &str) -> Result<Vec<Installed>> {
    let rows = sqlx::query(
        "SELECT name, version, arch, source, source_version, vendor, module FROM package \
         WHERE host_id = $1",
    )
    .bind(host_id)
    .fetch_all(db)
    .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        all.push(Installed {
            name: row.try_get(0)?,
            version: row.try_get(1)?,
            arch: row.try_get(2)?,
            source: row.try_get(3)?,
            source_version: row.try_get(4)?,
            vendor: row.try_get(5)?,
            module: row.try_get(6)?,
        });
    }
    all.sort();
    Ok(all)
}

/// Makes `next` a host's list; only what differs from the one that it has is written.
///
/// # Errors
/// When the store fails.
pub async fn put(
    db: &mut Db,
    host_id: &str,
    before: &BTreeMap<Key, Installed>,
    next: &Inventory,
    at: i64,
) -> Result<()> {
    let after: BTreeMap<Key, &Installed> = next.packages.iter().map(|p| (p.key(), p)).collect();
    for (name, arch, version) in before.keys().filter(|key| !after.contains_key(*key)) {
        sqlx::query(
            "DELETE FROM package WHERE host_id = $1 AND name = $2 AND arch = $3 AND version = $4",
        )
        .bind(host_id)
        .bind(name)
        .bind(arch)
        .bind(version)
        .execute(&mut *db)
        .await?;
    }
    for (key, package) in &after {
        if before.get(key) != Some(*package) {
            insert(&mut *db, host_id, package).await?;
        }
    }
    let scheme = serde_json::to_value(next.scheme).unwrap_or_default();
    sqlx::query(
        "INSERT INTO inventory (host_id, sha256, scheme, os, os_version, kernel, kernel_build, \
         channels, packages, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (host_id) DO UPDATE SET sha256 = excluded.sha256, scheme = excluded.scheme, \
         os = excluded.os, os_version = excluded.os_version, kernel = excluded.kernel, \
         kernel_build = excluded.kernel_build, channels = excluded.channels, \
         packages = excluded.packages, received_at = excluded.received_at",
    )
    .bind(host_id)
    .bind(next.sha256().as_slice())
    .bind(scheme.as_str().unwrap_or_default())
    .bind(&next.os)
    .bind(&next.os_version)
    .bind(&next.kernel)
    .bind(&next.kernel_build)
    .bind(serde_json::to_string(&next.channels).unwrap_or_default())
    .bind(i64::try_from(next.packages.len()).unwrap_or(i64::MAX))
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

async fn insert(db: &mut Db, host_id: &str, package: &Installed) -> Result<()> {
    sqlx::query(
        "INSERT INTO package (host_id, name, arch, version, source, source_version, vendor, module) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (host_id, name, arch, version) \
         DO UPDATE SET source = excluded.source, source_version = excluded.source_version, \
         vendor = excluded.vendor, module = excluded.module",
    )
    .bind(host_id)
    .bind(&package.name)
    .bind(&package.arch)
    .bind(&package.version)
    .bind(&package.source)
    .bind(&package.source_version)
    .bind(&package.vendor)
    .bind(&package.module)
    .execute(db)
    .await?;
    Ok(())
}

/// A package on a host, for searches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Found {
    /// The host.
    pub host_id: String,
    /// What it calls itself.
    pub hostname: String,
    /// Its system.
    pub system_id: String,
    /// The name of that.
    pub system_name: String,
    /// The name of its agency.
    pub agency_name: String,
    /// Whose version order holds.
    pub scheme: String,
    /// The distribution and its release.
    pub release: String,
    /// The binary package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    pub arch: String,
    /// The source package.
    pub source: String,
    /// When the list came.
    pub received_at: i64,
}

/// The packages of the scope's hosts whose name, or source's name, is `name`.
///
/// # Errors
/// When the store fails.
pub async fn named(db: &mut Db, scope: &Scope, name: &str, limit: u32) -> Result<Vec<Found>> {
    Ok(sqlx::query_as(
        "SELECT package.host_id, host.hostname, system.id AS system_id, \
         system.name AS system_name, agency.name AS agency_name, inventory.scheme, \
         inventory.os || ' ' || inventory.os_version AS release, package.name, package.version, \
         package.arch, package.source, inventory.received_at \
         FROM package JOIN inventory ON inventory.host_id = package.host_id \
         JOIN host ON host.id = package.host_id JOIN system ON system.id = host.system_id \
         JOIN agency ON agency.id = system.agency_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.state <> 'retired' \
         AND (package.name = $2 OR package.source = $2) \
         ORDER BY agency.name, system.name, host.hostname, host.id, package.name, \
         package.version LIMIT $3",
    )
    .bind(scope.agency())
    .bind(name)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// A host and how much its list holds, for the overview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Listing {
    /// The host.
    pub host_id: String,
    /// What it calls itself.
    pub hostname: String,
    /// Its system.
    pub system_id: String,
    /// The name of that.
    pub system_name: String,
    /// The name of its agency.
    pub agency_name: String,
    /// The distribution and its release, where it sent a list.
    pub release: Option<String>,
    /// How many packages, where it sent a list.
    pub packages: Option<i64>,
    /// When the list came.
    pub received_at: Option<i64>,
}

/// The scope's hosts with what their lists hold; those without a list too.
///
/// # Errors
/// When the store fails.
pub async fn listings(db: &mut Db, scope: &Scope, limit: u32) -> Result<Vec<Listing>> {
    Ok(sqlx::query_as(
        "SELECT host.id AS host_id, host.hostname, system.id AS system_id, \
         system.name AS system_name, agency.name AS agency_name, \
         inventory.os || ' ' || inventory.os_version AS release, inventory.packages, \
         inventory.received_at FROM host JOIN system ON system.id = host.system_id \
         JOIN agency ON agency.id = system.agency_id \
         LEFT JOIN inventory ON inventory.host_id = host.id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.state <> 'retired' \
         ORDER BY agency.name, system.name, host.hostname, host.id LIMIT $2",
    )
    .bind(scope.agency())
    .bind(limit)
    .fetch_all(db)
    .await?)
}
