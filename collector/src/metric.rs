//! The names of all metrics.

use metrics::{counter, gauge};

use crate::ingest::strikes::Offence;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Hosts that enrolled.
    Enrolled,
    /// Enrolments that were refused.
    EnrolmentRefused,
    /// Hosts with an open stream.
    HostsConnected,
    /// Agents and addresses that are turned away now, for what they did.
    Offenders,
    /// Messages of agents that were refused.
    MessageRefused,
    /// Messages of agents that were taken.
    MessageTaken,
    /// Scores that were computed.
    ScoreComputed,
    /// Scores that could not be computed.
    ScoreFailed,
    /// Sign-ins that were refused.
    SignInRefused,
}

impl Metric {
    /// The name under which it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enrolled => "capdo_enrolled_total",
            Self::EnrolmentRefused => "capdo_enrolment_refused_total",
            Self::HostsConnected => "capdo_hosts_connected",
            Self::Offenders => "capdo_offenders",
            Self::MessageRefused => "capdo_message_refused_total",
            Self::MessageTaken => "capdo_message_taken_total",
            Self::ScoreComputed => "capdo_score_computed_total",
            Self::ScoreFailed => "capdo_score_failed_total",
            Self::SignInRefused => "capdo_sign_in_refused_total",
        }
    }

    /// Counts `n` more.
    pub fn add(self, n: u64) {
        counter!(self.name()).increment(n);
    }

    /// Counts an offence of an agent or a stranger, by what it was. Not by who: the names of offenders
    /// are as many as they like, and stand in the log and on their hosts.
    pub fn offence(what: Offence) {
        counter!("capdo_offence_total", "what" => what.code()).increment(1);
    }

    /// Sets what it is now.
    pub fn set(self, value: f64) {
        gauge!(self.name()).set(value);
    }
}
