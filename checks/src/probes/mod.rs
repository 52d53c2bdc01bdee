//! Probes: what an address shows on the wire. A probe never judges.
