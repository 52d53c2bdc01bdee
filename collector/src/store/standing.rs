//! How an agency, a system or a host stands: what a score rests on that no agent sends. Each act on one says it in
//! the audit log, so that a row changed behind the collector's back no longer agrees with the log.

use serde_json::Value;

use super::{Db, Result};

/// What can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// An agency.
    Agency,
    /// A system.
    System,
    /// A host.
    Host,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Agency, Self::System, Self::Host];

    /// Its table.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::System => "system",
            Self::Host => "host",
        }
    }

    /// What an act of the audit log is done to, such as `host.retire`; nothing where it is to something else.
    pub fn of_act(action: &str) -> Option<Self> {
        let (thing, _) = action.split_once('.')?;
        Self::ALL.into_iter().find(|t| t.table() == thing)
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Agency => {
                "SELECT id, json_object('archived', archived_at) FROM agency \
                 WHERE $1 IS NULL OR id = $1"
            }
            Self::System => {
                "SELECT id, json_object('agency', agency_id, 'standard', standard_id, \
                 'proposed_level', proposed_level, 'approved_level', approved_level, \
                 'dossier', dossier, 'hosts', declared_hosts, 'archived', archived_at) \
                 FROM system WHERE $1 IS NULL OR id = $1"
            }
            Self::Host => {
                "SELECT id, json_object('system', system_id, 'state', state, 'carried', carried) \
                 FROM host WHERE $1 IS NULL OR id = $1"
            }
        }
    }
}

/// How one stands; nothing where there is none.
///
/// # Errors
/// When the store fails.
pub async fn of(db: &mut Db, thing: Thing, id: &str) -> Result<Option<Value>> {
    Ok(read(db, thing, Some(id)).await?.pop().map(|(_, how)| how))
}

/// How each stands, by its id, those taken out of service too.
///
/// # Errors
/// When the store fails.
pub async fn all(db: &mut Db, thing: Thing) -> Result<Vec<(String, Value)>> {
    read(db, thing, None).await
}

async fn read(db: &mut Db, thing: Thing, id: Option<&str>) -> Result<Vec<(String, Value)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(thing.sql()).bind(id).fetch_all(db).await?;
    let read = |(id, how): (String, String)| {
        let how = serde_json::from_str(&how).unwrap_or_default();
        (id, how)
    };
    Ok(rows.into_iter().map(read).collect())
}
