//! The checks against their stories, against hostile sources, and against the real programs whose
//! behaviour they model.

mod apt;
mod apt_phased;
mod certificates;
mod chains;
mod contradiction;
mod dice;
mod distrust;
mod fixtures;
mod hostile_tls;
mod logins;
mod middleboxes;
mod needrestart;
mod pam;
mod pam_conditions;
mod pki;
mod recorded_tls;
mod renegotiation;
mod revocation;
mod robot;
mod rpm;
mod rpm_database;
mod sshd;
mod stories;
mod sudo;
mod versions;
mod weak_tls;
