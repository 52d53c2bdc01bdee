//! Version order of each package system.

pub mod dpkg;
