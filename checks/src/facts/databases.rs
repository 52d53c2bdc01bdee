//! Databases that keep their data on this host, by their data folders.

use crate::{host::Host, observation::Gap};

/// One database server's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `postgresql` or `mysql`.
    pub kind: &'static str,
    /// Its data folder.
    pub path: String,
}

/// The databases whose data folders stand in the usual places.
///
/// # Errors
/// When a folder may not be looked into.
pub fn find(host: &dyn Host) -> Result<Vec<Database>, Gap> {
    let mut found = Vec::new();
    let mut postgres = |path: String| -> Result<(), Gap> {
        if host.stat_if_any(&format!("{path}/PG_VERSION"))?.is_some() {
            let kind = "postgresql";
            found.push(Database { kind, path });
        }
        Ok(())
    };
    for version in host.list_if_any("/var/lib/postgresql", 100)? {
        let dir = format!("/var/lib/postgresql/{}", version.name);
        if version.name.starts_with(|c: char| c.is_ascii_digit()) {
            for cluster in host.list_if_any(&dir, 100)? {
                postgres(format!("{dir}/{}", cluster.name))?;
            }
        }
    }
    postgres("/var/lib/pgsql/data".to_owned())?;
    if host.stat_if_any("/var/lib/mysql/ibdata1")?.is_some() {
        let path = "/var/lib/mysql".to_owned();
        found.push(Database {
            kind: "mysql",
            path,
        });
    }
    Ok(found)
}
