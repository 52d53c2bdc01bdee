//! What holds for every page together.

mod hostile;
mod messages;
mod seed;
mod tenants;
