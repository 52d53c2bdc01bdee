//! What a caller may see.

/// Whose data a read may return. Enforced in the SQL of every read of an agency's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The data of every agency: officers of the province, the collector itself, its command line.
    All,
    /// The data of the one agency with this id.
    Agency(String),
}

impl Scope {
    /// The value to bind in `($n IS NULL OR agency_id = $n)`.
    pub fn agency(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Agency(id) => Some(id),
        }
    }
}
