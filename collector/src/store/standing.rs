//! How an agency, a system, a host, an endpoint or an authorisation stands: what a score rests on that no agent sends.
//! Each act on one says it in the audit log, so that a row changed behind the collector's back no longer agrees with
//! the log; and each may change so much of it and no more, so that the next act does not make such a change good.

use serde_json::{Value, json};

use super::{
    Db, Result, Store,
    audit::{self, Event},
};

/// What can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// An agency.
    Agency,
    /// A system.
    System,
    /// A host.
    Host,
    /// An endpoint.
    Endpoint,
    /// An authorisation.
    Authorisation,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Agency,
        Self::System,
        Self::Host,
        Self::Endpoint,
        Self::Authorisation,
    ];

    /// Its table.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::System => "system",
            Self::Host => "host",
            Self::Endpoint => "endpoint",
            Self::Authorisation => "authorisation",
        }
    }

    /// What an act of the audit log is done to, such as `host.retire`; nothing where it is to something else.
    pub fn of_act(action: &str) -> Option<Self> {
        let (thing, _) = action.split_once('.')?;
        Self::ALL.into_iter().find(|t| t.table() == thing)
    }

    /// The act that says how one stands that was there before the log said so.
    const fn found(self) -> &'static str {
        match self {
            Self::Agency => "agency.found",
            Self::System => "system.found",
            Self::Host => "host.found",
            Self::Endpoint => "endpoint.found",
            Self::Authorisation => "authorisation.found",
        }
    }

    /// How all of them stand, and how the one of an id does: its id, its agency, the rest.
    const fn sql(self) -> (&'static str, &'static str) {
        macro_rules! all_and_one {
            ($all:literal) => {
                ($all, concat!($all, " WHERE id = $1"))
            };
        }
        match self {
            Self::Agency => {
                all_and_one!("SELECT id, id, json_object('archived', archived_at) FROM agency")
            }
            Self::System => all_and_one!(
                "SELECT id, agency_id, json_object('agency', agency_id, 'standard', standard_id, \
                 'proposed_level', proposed_level, 'approved_level', approved_level, \
                 'dossier', dossier, 'hosts', declared_hosts, 'archived', archived_at) FROM system"
            ),
            Self::Host => all_and_one!(
                "SELECT id, (SELECT agency_id FROM system WHERE system.id = system_id), \
                 json_object('system', system_id, 'state', state, 'carried', carried) FROM host"
            ),
            Self::Endpoint => all_and_one!(
                "SELECT id, (SELECT agency_id FROM system WHERE system.id = system_id), \
                 json_object('system', system_id, 'on', host_id, 'kind', kind, \
                 'host', host, 'port', port, 'sni', sni, 'archived', archived_at) FROM endpoint"
            ),
            Self::Authorisation => all_and_one!(
                "SELECT id, agency_id, json_object('agency', agency_id, 'system', system_id, \
                 'number', number, 'dated', dated, 'signed_by', signed_by, 'targets', targets, \
                 'from', valid_from, 'until', valid_until, 'document', hex(document_sha256), \
                 'recorded_by', recorded_by, 'revoked', revoked_at) FROM authorisation"
            ),
        }
    }
}

/// Whether with this act the log begins to say how something stands.
pub fn begins(action: &str) -> bool {
    let verb = action.split_once('.').map_or("", |(_, verb)| verb);
    matches!(verb, "add" | "enroll" | "enroll-carried" | "found")
}

/// Whether an act may change this field of how something stands. What `set` was given to change, its `detail` lists.
pub fn may_change(action: &str, detail: &Value, field: &str) -> bool {
    match action {
        "host.disable" | "host.enable" | "host.retire" => field == "state",
        "host.enroll-carried" => field == "carried",
        "authorisation.revoke" => field == "revoked",
        _ if action.ends_with(".archive") => field == "archived",
        _ if action.ends_with(".set") => {
            let listed = detail["set"].as_array();
            listed.is_some_and(|l| l.iter().any(|f| f == field))
        }
        _ => false,
    }
}

/// A row of one, as it is read.
type Row = (String, Option<String>, String);

/// How one stands; nothing where there is none.
///
/// # Errors
/// When the store fails.
pub async fn of(db: &mut Db, thing: Thing, id: &str) -> Result<Option<Value>> {
    let row: Option<Row> = sqlx::query_as(thing.sql().1)
        .bind(id)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|(_, _, how)| value(&how)))
}

/// How each stands, by its id, those taken out of service too.
///
/// # Errors
/// When the store fails.
pub async fn all(db: &mut Db, thing: Thing) -> Result<Vec<(String, Value)>> {
    let rows = rows(db, thing).await?.into_iter();
    Ok(rows.map(|(id, _, how)| (id, value(&how))).collect())
}

async fn rows(db: &mut Db, thing: Thing) -> Result<Vec<Row>> {
    Ok(sqlx::query_as(thing.sql().0).fetch_all(db).await?)
}

fn value(how: &str) -> Value {
    serde_json::from_str(how).unwrap_or_default()
}

/// Has the log of a store that an older version filled say how everything stands: that is taken as it is, `now`.
pub(super) async fn begin(store: &Store, now: i64) -> Result<()> {
    const WANTED: &str = "SELECT EXISTS (SELECT 1 FROM agency) AND NOT EXISTS \
                          (SELECT 1 FROM audit WHERE instr(detail, '\"stands\":{') > 0)";
    if super::number(&mut *store.read().await?, WANTED).await? == 0 {
        return Ok(());
    }
    let mut tx = store.write().await?;
    if super::number(&mut tx, WANTED).await? == 0 {
        return Ok(()); // another process was first
    }
    for thing in Thing::ALL {
        for (id, agency, _) in rows(&mut tx, thing).await? {
            let event = Event {
                actor: "collector",
                action: thing.found(),
                agency_id: agency.as_deref(),
                target: &id,
                detail: json!({}),
            };
            audit::append(&mut tx, &event, now).await?;
        }
    }
    Ok(tx.commit().await?)
}
