//! Parsers: what the window shows, understood. A parser never judges and never panics.

pub mod accounts;
pub mod pam;
pub mod text;
