//! The collector as its agents and users see it: a real server on port 0, a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod agent;
mod apt_oracle;
mod audited;
mod backup;
mod backup_keys;
mod bans;
mod carried;
mod carried_list;
mod carried_rotation;
mod clock;
mod command;
mod crowd;
mod debsecan_oracle;
mod disk;
mod doubts;
mod enrolling;
mod feeds;
mod feeds_cli;
mod feeds_dates;
mod feeds_life;
mod flow;
mod gaps;
mod hostile;
mod hostile_text;
mod intake;
mod integrity;
mod inventory;
mod inventory_judged;
mod keys;
mod lost;
mod outside;
mod record;
mod rotation;
mod session;
mod site;
mod token;
mod upgrade;
mod verify_ca;
mod web;
mod web_hostile;
