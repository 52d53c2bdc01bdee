//! Tests of the wire format from outside the crate.

#[cfg(test)]
mod proto_lint;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod validation;
