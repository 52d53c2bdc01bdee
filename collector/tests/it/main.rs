//! The collector as its agents and users see it: a real server on port 0, a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod agent;
mod apt_oracle;
mod backup;
mod carried;
mod command;
mod disk;
mod enrolling;
mod feeds;
mod feeds_cli;
mod inventory;
mod session;
mod site;
mod web;
