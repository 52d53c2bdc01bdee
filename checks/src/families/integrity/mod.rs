//! Whether what was seen can be believed.

mod vantage_points;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[&vantage_points::VantagePoints];
