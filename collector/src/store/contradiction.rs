//! What hosts claim and what their endpoints do not show from outside.

use capdo_checks::score::Contest;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Db, Result, Scope, endpoint, record};
use crate::clock::timestamp;

/// A stored contradiction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Contradiction {
    /// The endpoint.
    pub endpoint_id: String,
    /// The host that claims otherwise.
    pub host_id: String,
    /// The check of the agent that does.
    pub check_id: String,
    /// What about, such as `tls10`.
    pub topic: String,
    /// At which of the endpoint's addresses; empty where an earlier version saw it.
    pub address: String,
    /// What the host says.
    pub claimed: String,
    /// What was seen.
    pub seen: String,
    /// When it was first seen without a break.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
    /// When it was seen again after the host had repeated its claim; none before.
    pub proved_at: Option<i64>,
    /// Until when it counts in the score: by then there should have been another look.
    pub counts_until: i64,
}

impl Contradiction {
    /// Whether it counts no more at `now`: nobody looked there again in time.
    pub fn has_lapsed(&self, now: i64) -> bool {
        self.counts_until < now
    }

    /// What was seen, and at which address.
    pub fn seen_where(&self) -> String {
        match self.address.as_str() {
            "" => self.seen.clone(),
            address => format!("{} ({address})", self.seen),
        }
    }
}

/// A contradiction with the endpoint at which it shows.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// The contradiction.
    #[sqlx(flatten)]
    pub row: Contradiction,
    /// Name or address of the endpoint.
    pub name: String,
    /// Its port.
    pub port: u16,
}

impl Standing {
    /// As the score takes it.
    pub fn contest(&self) -> Contest {
        Contest {
            check: self.row.check_id.clone(),
            endpoint: endpoint::label(&self.name, self.port),
            claimed: self.row.claimed.clone(),
            seen: self.row.seen.clone(),
            seen_at: timestamp(self.row.last_at),
            proved: self.row.proved_at.is_some(),
            until: timestamp(self.row.counts_until),
        }
    }
}

/// What looks at endpoints that are in use show against a host.
///
/// # Errors
/// When the store fails.
pub async fn against(db: &mut Db, scope: &Scope, host_id: &str) -> Result<Vec<Standing>> {
    Ok(sqlx::query_as(
        "SELECT contradiction.*, endpoint.host AS name, endpoint.port FROM contradiction \
         JOIN endpoint ON endpoint.id = contradiction.endpoint_id \
         JOIN system ON system.id = endpoint.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND contradiction.host_id = $2 \
         AND endpoint.archived_at IS NULL ORDER BY endpoint_id, check_id, topic, address",
    )
    .bind(scope.agency())
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// The rows of an endpoint as the record says them, or nothing where there are none. The address comes last
/// and only where there is one: what earlier versions recorded has none.
pub fn said(rows: &[Contradiction]) -> Value {
    let said = rows.iter().map(|r| {
        let mut said = vec![
            json!(r.host_id),
            json!(r.check_id),
            json!(r.topic),
            json!(r.claimed),
            json!(r.seen),
            json!(r.first_at),
            json!(r.last_at),
            json!(r.proved_at),
            json!(r.counts_until),
        ];
        let address = Some(&r.address).filter(|a| !a.is_empty());
        said.extend(address.map(|a| json!(a)));
        said
    });
    said.collect()
}

/// What the record calls an endpoint's contradictions.
pub fn subject(endpoint_id: &str) -> String {
    json!(["outside", endpoint_id]).to_string()
}

/// The endpoints at which something contradicts a host.
///
/// # Errors
/// When the store fails.
pub async fn endpoints(db: &mut Db) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT endpoint_id FROM contradiction ORDER BY endpoint_id";
    Ok(sqlx::query_scalar(sql).fetch_all(db).await?)
}

/// The contradictions of an endpoint. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn of_endpoint(
    db: &mut Db,
    scope: &Scope,
    endpoint_id: &str,
) -> Result<Vec<Contradiction>> {
    Ok(sqlx::query_as(
        "SELECT contradiction.* FROM contradiction \
         JOIN endpoint ON endpoint.id = contradiction.endpoint_id \
         JOIN system ON system.id = endpoint.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND endpoint_id = $2 \
         ORDER BY check_id, topic, contradiction.host_id, address",
    )
    .bind(scope.agency())
    .bind(endpoint_id)
    .fetch_all(db)
    .await?)
}

/// Puts what a look showed in the place of everything before, and on record where that changes anything: a
/// score rests on it.
///
/// # Errors
/// When the store fails.
pub async fn replace(
    db: &mut Db,
    endpoint_id: &str,
    found: &[Contradiction],
    now: i64,
) -> Result<()> {
    let before = of_endpoint(&mut *db, &Scope::All, endpoint_id).await?;
    sqlx::query("DELETE FROM contradiction WHERE endpoint_id = $1")
        .bind(endpoint_id)
        .execute(&mut *db)
        .await?;
    for one in found {
        sqlx::query(
            "INSERT INTO contradiction (endpoint_id, host_id, check_id, topic, claimed, seen, \
             first_at, last_at, proved_at, counts_until, address) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(endpoint_id)
        .bind(&one.host_id)
        .bind(&one.check_id)
        .bind(&one.topic)
        .bind(&one.claimed)
        .bind(&one.seen)
        .bind(one.first_at)
        .bind(one.last_at)
        .bind(one.proved_at)
        .bind(one.counts_until)
        .bind(&one.address)
        .execute(&mut *db)
        .await?;
    }
    let held = said(&of_endpoint(&mut *db, &Scope::All, endpoint_id).await?);
    if held == said(&before) {
        return Ok(());
    }
    let (subject, detail) = (subject(endpoint_id), json!({ "against": held }));
    record::append(db, record::Kind::Event, None, &subject, &detail, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_versions_recorded_reads_the_same() {
        let mut row = Contradiction {
            endpoint_id: "e".into(),
            host_id: "h".into(),
            check_id: "c".into(),
            topic: "t".into(),
            address: String::new(),
            claimed: "a".into(),
            seen: "b".into(),
            first_at: 1,
            last_at: 2,
            proved_at: None,
            counts_until: 3,
        };
        let before = r#"[["h","c","t","a","b",1,2,null,3]]"#;
        assert_eq!(said(std::slice::from_ref(&row)).to_string(), before);
        row.address = "203.0.113.7:443".into();
        let now = r#"[["h","c","t","a","b",1,2,null,3,"203.0.113.7:443"]]"#;
        assert_eq!(said(&[row]).to_string(), now);
    }
}
