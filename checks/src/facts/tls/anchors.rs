//! Whose word counts: named stores of root certificates.
//!
//! A chain is asked about in each store by itself, and the answer says which of them vouch for it.
//! The agency's own authority is not "untrusted": it is not public.

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, TrustAnchor, pem::PemObject},
};
use serde::Serialize;
use x509_parser::prelude::{FromDer, X509Name};

use super::certificate::parse;
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::{Gap, GapReason, clean},
};

const BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];
const BUNDLE_CAP: usize = 4 << 20;
const MAX_AGENCY_FILES: usize = 16;

/// Which store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// Mozilla's roots, as they were when this program was built. The host cannot change them.
    Public,
    /// What the agency declared as its own (`trusted_cas`).
    Agency,
    /// The host's own store, to which its administrator may add.
    System,
}

impl StoreKind {
    /// The word in facts and message keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Agency => "agency",
            Self::System => "system",
        }
    }
}

/// Roots from one source.
#[derive(Clone, Debug)]
pub struct Store {
    /// Which.
    pub kind: StoreKind,
    /// The file, or the list that was built in.
    pub source: String,
    pub(super) roots: Vec<TrustAnchor<'static>>,
}

/// All stores.
#[derive(Clone, Debug)]
pub struct Anchors {
    /// Those that could be read.
    pub stores: Vec<Store>,
    /// Those that could not: a chain that no other store vouches for is then not assessed.
    pub gap: Option<Gap>,
}

impl Anchors {
    /// Reads the host's store and the agency's files.
    pub fn read(host: &dyn Host, agency: &[String]) -> Self {
        let mut all = Self {
            stores: vec![Store {
                kind: StoreKind::Public,
                source: "Mozilla CA program".to_owned(),
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            }],
            gap: None,
        };
        for path in agency.iter().take(MAX_AGENCY_FILES) {
            match store(host, StoreKind::Agency, path) {
                Ok(store) => all.stores.push(store),
                Err(gap) => all.gap = Some(gap),
            }
        }
        match system(host) {
            Ok(store) => all.stores.push(store),
            Err(gap) => all.gap = Some(gap),
        }
        all
    }

    /// All roots together, for a connection over which a secret goes.
    pub fn roots(&self) -> RootCertStore {
        let mut all = RootCertStore::empty();
        let each = self.stores.iter().flat_map(|s| &s.roots);
        all.extend(each.cloned());
        all
    }

    /// Whether a store holds a root of that name (its DER, as it stands in a certificate).
    pub(super) fn know(&self, name: &[u8]) -> bool {
        let bare = |name: &[u8]| {
            super::der::Reader::new(name)
                .take(super::der::SEQUENCE)
                .map(<[u8]>::to_vec)
        };
        let Some(name) = bare(name) else {
            return false;
        };
        let mut roots = self.stores.iter().flat_map(|s| &s.roots);
        roots.any(|root| root.subject.as_ref() == name)
    }

    /// Public keys (without the outer tag) of roots of that name.
    pub(super) fn keys_of(&self, name: &[u8]) -> Vec<&[u8]> {
        let Some(name) = super::der::Reader::new(name).take(super::der::SEQUENCE) else {
            return Vec::new();
        };
        let roots = self.stores.iter().flat_map(|s| &s.roots);
        roots
            .filter(|root| root.subject.as_ref() == name)
            .map(|root| root.subject_public_key_info.as_ref())
            .collect()
    }
}

impl Gather for Anchors {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        Ok(Self::read(cx.host(), &cx.settings().trusted_cas))
    }
}

fn system(host: &dyn Host) -> Result<Store, Gap> {
    for path in BUNDLES {
        if host.stat_if_any(path)?.is_some() {
            return store(host, StoreKind::System, path);
        }
    }
    Err(Gap::new(GapReason::ToolMissing, BUNDLES[0]))
}

fn store(host: &dyn Host, kind: StoreKind, path: &str) -> Result<Store, Gap> {
    let pem = host.read(path, BUNDLE_CAP)?;
    let mut roots = RootCertStore::empty();
    let mut all = 0_usize;
    let certs = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
    // A verifier asks a root for its name and key alone; clients ask for its age as well.
    let now = host.now();
    let valid = certs
        .inspect(|_| all += 1)
        .filter(|der| parse(der).is_none_or(|c| c.not_before <= now && now <= c.not_after));
    let (read, _) = roots.add_parsable_certificates(valid);
    if read == 0 && all == 0 {
        return Err(Gap::parse(path));
    }
    Ok(Store {
        kind,
        source: path.to_owned(),
        roots: roots.roots,
    })
}

/// The name of a root as text.
pub(super) fn label(root: &TrustAnchor<'_>) -> String {
    let name = super::der::write(super::der::SEQUENCE, root.subject.as_ref());
    let text = X509Name::from_der(&name).map_or_else(|_| String::new(), |(_, n)| n.to_string());
    clean(&text.chars().take(256).collect::<String>())
}
