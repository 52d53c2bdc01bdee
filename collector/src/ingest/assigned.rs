//! What a host is told to measure against, as a message.

use capdo_proto::v1::{Assignment, Endpoint};

use crate::{
    assess::measure,
    config::Agents,
    store::{host::Host, system::System},
};

/// The assignment of `revision` for a host of a system.
pub(crate) fn assigned(
    host: &Host,
    system: &System,
    (revision, nonce): (i64, &[u8; 32]),
    endpoints: Vec<Endpoint>,
    settings: &Agents,
) -> Assignment {
    let figures = measure::thresholds(&system.standard_id, system.level());
    Assignment {
        revision: revision.cast_unsigned(),
        system_level: system.level().into(),
        standard_id: measure::standard(&system.standard_id).id.to_string(),
        thresholds: figures
            .iter()
            .map(|(id, value)| (id.to_owned(), value))
            .collect(),
        endpoints,
        run_interval_s: settings.run_interval_s,
        run_jitter_s: settings.run_jitter_s,
        nonce: nonce.to_vec(),
        lang: "vi".to_owned(),
        takes_inventory: true,
        last_run_counter: host.last_counter.cast_unsigned(),
        takes_checks_sha256: true,
        checks_sha256: Vec::new(), // set where a stream begins
    }
}
