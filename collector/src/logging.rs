//! Logs: one line per event on stderr, for journald to keep.

use tracing_subscriber::{EnvFilter, fmt};

use crate::{
    config::Log,
    say::{Args, Explain, english, text},
};

/// Starts logging. A second call in one process, as in tests, changes nothing.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(log: &Log) -> Result<(), BadFilter> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|_| BadFilter(log.filter.clone()))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if log.json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    Ok(())
}

/// The filter of the logs is not understood.
#[derive(Debug, thiserror::Error)]
pub struct BadFilter(String);

impl Explain for BadFilter {
    fn sentence(&self) -> (&'static str, Args) {
        ("config-log-filter", vec![("value", text(&self.0))])
    }
}

english!(BadFilter);
