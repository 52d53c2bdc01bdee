//! The checks against their stories, against hostile sources, and against the real programs whose
//! behaviour they model.

mod apt;
mod certificates;
mod distrust;
mod fixtures;
mod hostile_tls;
mod logins;
mod pam;
mod pam_conditions;
mod rpm;
mod sshd;
mod sudo;
mod versions;
