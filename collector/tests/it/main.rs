//! The collector as its agents and users see it: a real server on port 0, a folder of its own.

mod agent;
mod enrolling;
mod session;
mod site;
mod web;
