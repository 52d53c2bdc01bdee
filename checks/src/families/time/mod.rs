//! Checks of the family `time`: whether the clock can be trusted.

mod configured_service;
mod source_approved;
mod synchronised;

use crate::{
    check::Check,
    context::Cx,
    facts::{container::Container, timesync::Keepers},
    observation::{Facts, Gap},
};

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &configured_service::ConfiguredService,
    &synchronised::Synchronised,
    &source_approved::SourceApproved,
];

/// What every check here asks first: a container has the clock of the machine below it.
fn first(cx: &Cx<'_>) -> Result<(Facts, Keepers, bool), Gap> {
    let container = cx.get::<Container>()?;
    let keepers = cx.get::<Keepers>()?;
    let names: Vec<&str> = keepers.0.iter().map(|k| k.name()).collect();
    let facts = Facts::new()
        .observed("container", container.inside, container.source)
        .observed("services", names, "/proc/*/comm");
    Ok((facts, (*keepers).clone(), container.inside))
}
