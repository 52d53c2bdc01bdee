//! The collector of capdo.
//!
//! Agents are hostile input and the collector holds a map of every weakness of a province, so:
//!
//! * [`identity`] says who is who: the CA, one-time tokens, certificates, passwords;
//! * [`ingest`] takes what agents send, within bounds, judges it anew, and keeps only what an
//!   agent's signature vouches for;
//! * [`store`] holds all SQL, one file per table, and enforces who may see what;
//! * [`advise`] compares package lists with the advisories of distributions, which [`feeds`] imports
//!   from files;
//! * [`keys`] tells which keys several hosts hold
//! * [`assess`] turns findings into scores, off the path of ingest;
//! * [`backup`] copies the whole collector while it serves, and puts a copy in place again;
//! * [`outside`] looks at declared endpoints where an authorisation on record permits it, and compares
//!   with what agents claim;
//! * [`web`] shows it to people; [`cli`] is for who runs the collector; [`say`] holds the sentences
//!   of the command line and of errors in both languages.

#![forbid(unsafe_code)]

pub mod advise;
pub mod assess;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod export;
pub mod feeds;
pub mod file;
pub mod identity;
pub mod ingest;
pub mod keys;
pub mod limit;
pub mod logging;
pub mod metric;
pub mod outside;
pub mod say;
pub mod search;
pub mod serve;
pub mod stop;
pub mod store;
pub mod tls;
pub mod verify;
pub mod web;
