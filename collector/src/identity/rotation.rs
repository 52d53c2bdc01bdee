//! The CA is replaced without a day on which everything changes: the next one is made and told to agents
//! beside the current; once they hold it, it issues; once nobody needs the old one, that is retired.

use capdo_proto::signing::before_bytes;
use sha2::{Digest, Sha256};

use super::{
    Authority, CaKey, IdentityError, Keys, TokenFault, TokenKey, authority::fingerprint, secret,
};
use crate::{
    say::{Args, Explain, text},
    store::{
        Db,
        authority::{self, AuthorityRow, AuthorityState, KeyPlace, NewAuthority},
        host::Host,
    },
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The most names of hosts in a sentence.
const NAMED: usize = 20;

/// Why a step cannot be taken.
#[derive(Clone, Debug)]
pub enum RotationFault {
    /// There is a next CA already.
    HasNext(i64),
    /// There is no next CA.
    NoNext,
    /// An older CA is still trusted.
    HasPrevious(i64),
    /// The CA is the one that issues, or retired already.
    NotRetirable(i64),
    /// Hosts would be cut off.
    LeftBehind(Vec<String>),
}

impl RotationFault {
    /// Hosts that would be cut off.
    fn left(hosts: &[Host]) -> Self {
        Self::LeftBehind(hosts.iter().map(|h| h.hostname.clone()).collect())
    }
}

impl Explain for RotationFault {
    fn sentence(&self) -> (&'static str, Args) {
        let number = |n: &i64| vec![("number", text(n))];
        match self {
            Self::HasNext(n) => ("identity-ca-has-next", number(n)),
            Self::NoNext => ("identity-ca-no-next", vec![]),
            Self::HasPrevious(n) => ("identity-ca-has-previous", number(n)),
            Self::NotRetirable(n) => ("identity-ca-not-retirable", number(n)),
            Self::LeftBehind(names) => {
                let mut shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>();
                if names.len() > NAMED {
                    shown.push("…".to_owned());
                }
                let args = vec![
                    ("count", text(names.len())),
                    ("names", text(shown.join(", "))),
                ];
                ("identity-ca-left-behind", args)
            }
        }
    }
}

impl From<RotationFault> for IdentityError {
    fn from(fault: RotationFault) -> Self {
        Self::Rotation(fault)
    }
}

/// A key for a CA, and where it is.
pub struct NewKey {
    key: CaKey,
    file: Option<String>,
    id: Option<String>,
}

impl NewKey {
    /// A key in the token where `in_token`, else in the file `name` of the data folder.
    ///
    /// # Errors
    /// When the token does not make one, or the file exists.
    pub fn make(keys: &Keys, in_token: bool, name: &str) -> Result<Self, IdentityError> {
        if !in_token {
            return Ok(Self {
                key: CaKey::create(&keys.data.join(name))?,
                file: Some(name.to_owned()),
                id: None,
            });
        }
        let settings = keys.token.as_ref().ok_or(TokenFault::Unset)?;
        let id = secret::random()?[..16].to_vec();
        Ok(Self {
            key: CaKey::Token(TokenKey::create(settings, &id)?),
            file: None,
            id: Some(hex::encode(&id)),
        })
    }
}

fn place<'a>(file: Option<&'a str>, id: Option<&'a str>) -> KeyPlace<'a> {
    match file {
        Some(name) => KeyPlace::File(name),
        None => KeyPlace::Token(id.unwrap_or_default()),
    }
}

/// Enters the first CA of a collector, with a key that was just made.
///
/// # Errors
/// When the key does not sign, or there is a CA already.
pub async fn begin(
    db: &mut Db,
    keys: &Keys,
    made: NewKey,
    now_ms: i64,
) -> Result<Authority, IdentityError> {
    let NewKey { key, file, id } = made;
    let first = Authority::make(key, now_ms)?;
    first.write_certificate(&keys.data)?;
    let new = NewAuthority {
        state: AuthorityState::Current,
        certificate: first.certificate(),
        sha256: &Sha256::digest(first.certificate()),
        cross_signed: None,
        vouches: None,
        key: place(file.as_deref(), id.as_deref()),
        promote_after: None,
    };
    authority::add(db, &new, now_ms).await?;
    Ok(first)
}

/// Makes the next CA beside the current one; it becomes the current one `days` from now at the latest.
///
/// # Errors
/// When there is a next one, or an older one is still trusted.
pub async fn rotate(
    db: &mut Db,
    keys: &Keys,
    in_token: bool,
    days: u32,
    now_ms: i64,
) -> Result<AuthorityRow, IdentityError> {
    let rows = authority::list(&mut *db).await?;
    for row in &rows {
        match row.state {
            AuthorityState::Next => return Err(RotationFault::HasNext(row.number).into()),
            AuthorityState::Previous => return Err(RotationFault::HasPrevious(row.number).into()),
            AuthorityState::Current | AuthorityState::Retired => {}
        }
    }
    let current = rows.iter().find(|r| r.state == AuthorityState::Current);
    let current = keys.open(current.ok_or(IdentityError::Certificate)?)?;
    // A name of its own, so that what an interrupted attempt left behind is in nobody's way.
    let name = format!("ca-key-{}.pem", hex::encode(&secret::random()?[..8]));
    let made = NewKey::make(keys, in_token, &name)?;
    let NewKey { key, file, id } = made;
    let next = Authority::make(key, now_ms)?;
    let crossed = current.cross_sign(&next, now_ms)?;
    let vouches = next.sign_bytes(&before_bytes(&current.sha256(), &next.sha256()))?;
    let new = NewAuthority {
        state: AuthorityState::Next,
        certificate: next.certificate(),
        sha256: &Sha256::digest(next.certificate()),
        cross_signed: Some(&crossed),
        vouches: Some(&vouches),
        key: place(file.as_deref(), id.as_deref()),
        promote_after: Some(now_ms + i64::from(days) * DAY_MS),
    };
    let number = authority::add(&mut *db, &new, now_ms).await?;
    Ok(authority::find(db, number).await?)
}

/// Makes the next CA the current one. Hosts that do not hold it yet know the collector by the
/// certificate that the old one gave the new one, so that none is cut off.
///
/// # Errors
/// When there is no next one, or its key cannot be used.
pub async fn promote(db: &mut Db, keys: &Keys, now_ms: i64) -> Result<AuthorityRow, IdentityError> {
    let rows = authority::list(&mut *db).await?;
    let next = rows.iter().find(|r| r.state == AuthorityState::Next);
    let next = next.ok_or(RotationFault::NoNext)?;
    keys.open(next)?;
    authority::promote(&mut *db, next.number, now_ms).await?;
    Ok(authority::find(db, next.number).await?)
}

/// The number of the next CA, where it is time to promote it: every active host holds it, or its date
/// has come.
///
/// # Errors
/// When the store fails.
pub async fn due(db: &mut Db, now_ms: i64) -> Result<Option<i64>, IdentityError> {
    let rows = authority::list(&mut *db).await?;
    let Some(next) = rows.iter().find(|r| r.state == AuthorityState::Next) else {
        return Ok(None);
    };
    let date = next.promote_after.is_some_and(|at| now_ms >= at);
    let due = date || authority::not_ready(db, next.number).await?.is_empty();
    Ok(due.then_some(next.number))
}

/// Takes a CA out of trust; the hosts that are cut off by that.
///
/// # Errors
/// When it is the one that issues, or would cut off hosts and `force` does not say that it may.
pub async fn retire(
    db: &mut Db,
    number: i64,
    force: bool,
    now_ms: i64,
) -> Result<(AuthorityRow, Vec<Host>), IdentityError> {
    let row = authority::find(&mut *db, number).await?;
    if !matches!(row.state, AuthorityState::Next | AuthorityState::Previous) {
        return Err(RotationFault::NotRetirable(number).into());
    }
    let left = authority::left_behind(&mut *db, number).await?;
    if !left.is_empty() && !force {
        return Err(RotationFault::left(&left).into());
    }
    authority::retire(&mut *db, number, now_ms).await?;
    Ok((authority::find(db, number).await?, left))
}

/// Removes the key file of a retired CA: nothing is to be signed with it again.
///
/// # Errors
/// When it cannot be removed.
pub fn forget_key(keys: &Keys, row: &AuthorityRow) -> Result<(), IdentityError> {
    let Some(name) = &row.key_file else {
        return Ok(());
    };
    let path = keys.data.join(name);
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(IdentityError::File { path, source })
        }
        _ => Ok(()),
    }
}

/// The fingerprint of a stored CA.
pub fn shown(row: &AuthorityRow) -> String {
    fingerprint(&row.sha256)
}
