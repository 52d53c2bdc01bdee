//! The score's properties, on random sheets and on the real catalogue.

mod properties;
mod systems;
