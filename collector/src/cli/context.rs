//! What every command needs: the folder, the configuration, the clock, the store.

use std::path::{Path, PathBuf};

use capdo_cli::person;
use serde_json::Value;

use super::{Cli, CliError, Command};
use crate::{
    clock::{Clock, SystemClock},
    config::{Config, DEFAULT_DATA, usual_file},
    identity::{Keys, authority},
    store::{
        Db, Scope, Store,
        audit::{self, Event},
        host::Host,
        system,
    },
};

/// What every command needs.
pub(crate) struct Context {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// The configuration.
    pub(crate) config: Config,
    /// The file of that; it need not exist.
    pub(crate) file: PathBuf,
    /// The clock.
    pub(crate) clock: SystemClock,
    /// Who types, for the audit log.
    actor: String,
}

impl Context {
    pub(crate) fn new(cli: &Cli) -> Result<Self, CliError> {
        let data = cli.data.as_deref();
        let named = cli.config.clone();
        // `init` may write the file that was named.
        let optional = named.is_none() || matches!(cli.command, Command::Init(_));
        let file = named.unwrap_or_else(|| usual_file(data));
        Ok(Self {
            config: Config::load(&file, optional)?,
            data: data.unwrap_or(Path::new(DEFAULT_DATA)).to_owned(),
            file,
            clock: SystemClock,
            actor: format!("cli:{}", person::at_the_terminal()),
        })
    }

    /// Now.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Who types.
    pub(crate) fn actor(&self) -> &str {
        &self.actor
    }

    /// Whether `init` was run on the data folder.
    pub(crate) fn is_set_up(&self) -> bool {
        self.data.join(authority::CERTIFICATE_FILE).exists()
    }

    /// Where the keys of CAs are.
    pub(crate) fn keys(&self) -> Keys {
        Keys {
            data: self.data.clone(),
            token: self.config.ca.settings(),
        }
    }

    /// Opens the store of a folder that is set up.
    pub(crate) async fn store(&self) -> Result<Store, CliError> {
        if !self.is_set_up() {
            return Err(CliError::NotSetUp(self.data.clone()));
        }
        Ok(Store::open(&self.data).await?)
    }

    /// Notes that somebody looks at data of an agency, or of all where none is named.
    pub(crate) async fn reads(
        &self,
        store: &Store,
        agency_id: Option<&str>,
        what: &str,
    ) -> Result<(), CliError> {
        let action = if agency_id.is_some() {
            "read.agency"
        } else {
            "read.all"
        };
        let event = Event {
            actor: &self.actor,
            action,
            agency_id,
            target: what,
            detail: Value::Object(serde_json::Map::new()),
        };
        Ok(audit::note_read(store, &event, self.now()).await?)
    }

    /// Notes that somebody looks at data of a host.
    pub(crate) async fn reads_host(
        &self,
        store: &Store,
        host: &Host,
        what: &str,
    ) -> Result<(), CliError> {
        let mut db = store.read().await?;
        let system = system::find(&mut db, &Scope::All, &host.system_id).await?;
        drop(db);
        let what = format!("{what} {}", host.id);
        self.reads(store, Some(&system.agency_id), &what).await
    }

    /// Writes what is being done to the audit log, in the transaction that does it.
    pub(crate) async fn audit(
        &self,
        db: &mut Db,
        action: &'static str,
        agency_id: Option<&str>,
        target: &str,
        detail: Value,
    ) -> Result<(), CliError> {
        let event = Event {
            actor: &self.actor,
            action,
            agency_id,
            target,
            detail,
        };
        Ok(audit::append(db, &event, self.now()).await?)
    }
}
