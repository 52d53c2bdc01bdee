//! The program as people and packages call it.

mod checks;
mod config;
mod pages;
mod program;
mod scan;
mod usage;
