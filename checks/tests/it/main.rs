//! The checks against their stories, against hostile sources, and against the real programs whose
//! behaviour they model.

mod apt;
mod certificates;
mod contradiction;
mod dice;
mod distrust;
mod fixtures;
mod hostile_tls;
mod logins;
mod pam;
mod rpm;
mod sshd;
mod stories;
mod sudo;
mod versions;
