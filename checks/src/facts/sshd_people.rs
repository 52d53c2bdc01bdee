//! Whom a connection may stand for.
