//! Which CAs hold now: the one that issues, those that agents are to trust, and what the collector shows
//! so that agents which trust only an older one still know it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use capdo_proto::limits::MAX_CERTIFICATE_BYTES;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};

use super::{
    Authority, CaKey, IdentityError, TokenFault, TokenKey, TokenSettings,
    authority::{CERTIFICATE_FILE, KEY_FILE, ends, point},
};
use crate::store::{
    Store,
    authority::{self, AuthorityRow, AuthorityState, KeyPlace, NewAuthority},
};

/// The most certificates of CAs that stand behind the collector's own in a handshake.
const MOST_SHOWN: usize = 8;

/// Where the keys of CAs are.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The data folder.
    pub data: PathBuf,
    /// The token, where there is one.
    pub token: Option<TokenSettings>,
}

impl Keys {
    /// The CA of a stored row, with its key.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn open(&self, row: &AuthorityRow) -> Result<Authority, IdentityError> {
        let certificate = CertificateDer::from(row.certificate.clone());
        let key = match (&row.key_file, &row.key_id) {
            (Some(name), _) => CaKey::load(&self.data.join(name))?,
            (None, id) => {
                let id = hex::decode(id.as_deref().unwrap_or_default());
                let id = id.map_err(|_| IdentityError::Certificate)?;
                let settings = self.token.as_ref().ok_or(TokenFault::Unset)?;
                CaKey::Token(TokenKey::open(settings, &id, &point(&certificate)?)?)
            }
        };
        Authority::with(key, certificate)
    }
}

/// What holds at one moment.
pub struct Snapshot {
    /// The CA that issues.
    pub issuer: Arc<Authority>,
    /// Its number.
    pub number: i64,
    /// The newest CA that agents are told to trust.
    pub newest: i64,
    /// The CAs that agents are to trust, oldest first.
    pub anchors: Vec<CertificateDer<'static>>,
    /// What is shown behind the collector's own certificate.
    pub chain: Vec<CertificateDer<'static>>,
}

impl Snapshot {
    /// The CAs that agents are to trust, as the wire has them.
    pub fn to_wire(&self) -> Vec<Vec<u8>> {
        self.anchors.iter().map(|a| a.to_vec()).collect()
    }

    /// From stored rows, newest first. The key of an issuer that was open already stays open.
    fn from_rows(
        rows: &[AuthorityRow],
        keys: &Keys,
        before: Option<&Self>,
        now_ms: i64,
    ) -> Result<Self, IdentityError> {
        use AuthorityState as S;
        let current = rows.iter().find(|r| r.state == S::Current);
        let current = current.ok_or(IdentityError::Certificate)?;
        let issuer = match before {
            Some(before) if before.number == current.number => before.issuer.clone(),
            _ => Arc::new(keys.open(current)?),
        };
        let trusted = rows.iter().rev().filter(|r| r.state != S::Retired);
        let anchors: Vec<_> = trusted.clone().map(certificate).collect();
        Ok(Self {
            issuer,
            number: current.number,
            newest: trusted.map(|r| r.number).max().unwrap_or(current.number),
            chain: chain(rows, current.number, now_ms),
            anchors,
        })
    }
}

fn certificate(row: &AuthorityRow) -> CertificateDer<'static> {
    CertificateDer::from(row.certificate.clone())
}

/// The issuer under the CAs before it, for agents that trust one of those and were away when the next
/// came, even if it was retired meanwhile; then the CAs that are trusted, for agents that know only a
/// fingerprint.
fn chain(rows: &[AuthorityRow], issuer: i64, now_ms: i64) -> Vec<CertificateDer<'static>> {
    let holds = |der: &Vec<u8>| {
        der.len() <= MAX_CERTIFICATE_BYTES
            && ends(der).is_ok_and(|e| e.unix_timestamp().saturating_mul(1000) > now_ms)
    };
    let crossed = rows.iter().filter(|r| r.number <= issuer);
    let crossed = crossed.map_while(|r| r.cross_signed.clone().filter(holds));
    let trusted = rows
        .iter()
        .filter(|r| r.number <= issuer && r.state != AuthorityState::Retired);
    let roots = trusted.map(|r| r.certificate.clone());
    let most = MOST_SHOWN.saturating_sub(roots.clone().count());
    let shown = crossed.take(most).chain(roots);
    shown.map(CertificateDer::from).collect()
}

/// Which CAs hold, kept up to date.
pub struct Trust {
    store: Store,
    keys: Keys,
    now: RwLock<Arc<Snapshot>>,
}

impl Trust {
    /// Reads the CAs; where none is stored yet, that of the data folder becomes the first.
    ///
    /// # Errors
    /// When there is none, or its key cannot be used.
    pub async fn load(store: Store, keys: Keys, now_ms: i64) -> Result<Self, IdentityError> {
        adopt(&store, &keys.data, now_ms).await?;
        let rows = authority::list(&mut *store.read().await?).await?;
        let now = Snapshot::from_rows(&rows, &keys, None, now_ms)?;
        write_current(&keys.data, now.issuer.certificate())?;
        let now = RwLock::new(Arc::new(now));
        Ok(Self { store, keys, now })
    }

    /// What holds now.
    pub fn now(&self) -> Arc<Snapshot> {
        self.now
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Where the keys are.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Reads the CAs again; whether anything changed.
    ///
    /// # Errors
    /// When the key of a new issuer cannot be used: what held stays.
    pub async fn reload(&self, now_ms: i64) -> Result<bool, IdentityError> {
        let rows = authority::list(&mut *self.store.read().await?).await?;
        let old = self.now();
        let new = Snapshot::from_rows(&rows, &self.keys, Some(&old), now_ms)?;
        if new.number == old.number && new.anchors == old.anchors {
            return Ok(false);
        }
        write_current(&self.keys.data, new.issuer.certificate())?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(true)
    }
}

/// The stored row of the CA that issues.
///
/// # Errors
/// When there is none.
pub async fn current(
    store: &Store,
    data: &Path,
    now_ms: i64,
) -> Result<AuthorityRow, IdentityError> {
    adopt(store, data, now_ms).await?;
    let rows = authority::list(&mut *store.read().await?).await?;
    let current = rows
        .into_iter()
        .find(|r| r.state == AuthorityState::Current);
    current.ok_or(IdentityError::Certificate)
}

/// Enters the CA whose files stand in the data folder, where none is entered yet.
async fn adopt(store: &Store, data: &Path, now_ms: i64) -> Result<(), IdentityError> {
    if !authority::list(&mut *store.read().await?).await?.is_empty() {
        return Ok(());
    }
    let path = data.join(CERTIFICATE_FILE);
    let certificate = CertificateDer::from_pem_file(&path).map_err(|error| {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidData, error.to_string());
        IdentityError::File { path, source }
    })?;
    let mut tx = store.write().await?;
    if authority::list(&mut tx).await?.is_empty() {
        let new = NewAuthority {
            state: AuthorityState::Current,
            certificate: &certificate,
            sha256: &Sha256::digest(&certificate),
            cross_signed: None,
            vouches: None,
            key: KeyPlace::File(KEY_FILE),
            promote_after: None,
        };
        authority::add(&mut tx, &new, now_ms).await?;
    }
    Ok(tx.commit().await.map_err(crate::store::StoreError::from)?)
}

/// Keeps `ca.pem` the certificate of the CA that issues: it is what is handed out to new agents.
fn write_current(data: &Path, current: &[u8]) -> Result<(), IdentityError> {
    let path = data.join(CERTIFICATE_FILE);
    let text = super::authority::pem(current);
    if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let beside = data.join(format!("{CERTIFICATE_FILE}.new"));
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, &path))
        .map_err(|source| IdentityError::File { path, source })
}
