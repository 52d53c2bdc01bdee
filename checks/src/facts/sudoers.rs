//! sudoers
