//! What every command needs: the folder, the configuration, the clock, the store.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::CliError;
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    identity::authority,
    store::{
        Db, Store,
        audit::{self, Event},
    },
};

/// What every command needs.
pub(crate) struct Context {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// The configuration.
    pub(crate) config: Config,
    /// The clock.
    pub(crate) clock: SystemClock,
    /// Who types, for the audit log.
    actor: String,
}

impl Context {
    pub(crate) fn new(data: &Path, config: Option<&Path>) -> Result<Self, CliError> {
        let who = ["SUDO_USER", "USER"]
            .iter()
            .find_map(|v| std::env::var(v).ok());
        Ok(Self {
            data: data.to_owned(),
            config: Config::load(config, data)?,
            clock: SystemClock,
            actor: format!("cli:{}", who.as_deref().unwrap_or("?")),
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
        self.data.join(authority::KEY_FILE).exists()
    }

    /// Opens the store of a folder that is set up.
    pub(crate) async fn store(&self) -> Result<Store, CliError> {
        if !self.is_set_up() {
            return Err(CliError::NotSetUp(self.data.clone()));
        }
        Ok(Store::open(&self.data).await?)
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
