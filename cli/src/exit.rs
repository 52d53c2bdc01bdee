//! With what status the program ends.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; for a scan: nothing fails and nothing is unknown.
    Fine,
    /// Something fails.
    Fails,
    /// Nothing fails, and something could not be assessed.
    Unknown,
    /// The command line or the configuration is wrong (`EX_USAGE`).
    Usage,
    /// A person has to act first, and trying again does harm: the unit files start nothing anew (`EX_NOPERM`).
    NotAgain,
    /// The command could not be carried out (`EX_SOFTWARE`).
    Internal,
}

impl Exit {
    /// The exit status.
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Fails => 1,
            Self::Unknown => 2,
            Self::Usage => 64,
            Self::Internal => 70,
            Self::NotAgain => 77,
        }
    }
}
