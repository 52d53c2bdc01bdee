//! A CA key in a PKCS#11 token. A module may block for as long as it likes, so it is called on a thread
//! of its own, and whoever waits for it waits a bounded time.
//!
//! A PIN that was refused is not tried a second time before its file changed, and the last attempt that
//! a token allows is never used: a locked token would stop every agent from renewing.

use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::say::{Args, Explain, english, text};

/// How long a signature may take.
const LIMIT: Duration = Duration::from_secs(10);
const PROBE: &[u8] = b"capdo: is the key there";

/// Which token, and how to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// The PKCS#11 module: a shared library of the token's maker.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The label that new keys get.
    pub key: String,
    /// The file that holds the PIN; nobody but its owner may read it.
    pub pin_file: PathBuf,
}

/// Why a token does not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFault {
    /// This program was built without PKCS#11.
    Absent,
    /// The token or its module failed.
    Failed(String),
    /// One attempt is left before the token locks, and it is not ours to use.
    LastTry(String),
    /// The token is locked.
    Locked(String),
    /// The module cannot be loaded.
    Module {
        /// Which.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The token holds no such key.
    NoKey(String),
    /// No slot holds a token of this label.
    NoToken(String),
    /// The file of the PIN cannot be used.
    PinFile {
        /// Which.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The token refused the PIN.
    PinWrong {
        /// Which token.
        token: String,
        /// Where the PIN is from.
        path: PathBuf,
    },
    /// The token gave no answer in time.
    Slow,
    /// The configuration names no token.
    Unset,
}

impl Explain for TokenFault {
    fn sentence(&self) -> (&'static str, Args) {
        let token = |label: &String| vec![("token", text(label))];
        let file = |path: &PathBuf, detail: &String| {
            vec![("file", text(path.display())), ("detail", text(detail))]
        };
        match self {
            Self::Absent => ("identity-hsm-absent", vec![]),
            Self::Failed(detail) => ("identity-hsm-failed", vec![("detail", text(detail))]),
            Self::LastTry(label) => ("identity-hsm-last-try", token(label)),
            Self::Locked(label) => ("identity-hsm-locked", token(label)),
            Self::Module { path, detail } => ("identity-hsm-module", file(path, detail)),
            Self::NoKey(label) => ("identity-hsm-no-key", token(label)),
            Self::NoToken(label) => ("identity-hsm-no-token", token(label)),
            Self::PinFile { path, detail } => ("identity-hsm-pin-file", file(path, detail)),
            Self::PinWrong { token, path } => {
                let args = vec![("token", text(token)), ("file", text(path.display()))];
                ("identity-hsm-pin", args)
            }
            Self::Slow => ("identity-hsm-slow", vec![]),
            Self::Unset => ("identity-hsm-unset", vec![]),
        }
    }
}

english!(TokenFault);

/// What the thread of a token is asked.
pub(super) enum Ask {
    /// Make a key under this id; its public point.
    Make(Vec<u8>),
    /// Sign these bytes with the key of this id: ECDSA with SHA-256 in ASN.1 DER.
    Sign(Vec<u8>, Vec<u8>),
}

pub(super) type Answer = Result<Vec<u8>, TokenFault>;

/// The thread that talks to a token.
struct Line {
    asks: SyncSender<(Ask, SyncSender<Answer>)>,
}

impl Line {
    fn open(settings: TokenSettings) -> Self {
        // One ask may wait; more would wait longer than anybody listens.
        let (asks, asked): (_, Receiver<(Ask, SyncSender<Answer>)>) = sync_channel(1);
        thread::spawn(move || {
            let mut token = worker::Token::new(settings);
            while let Ok((ask, answer)) = asked.recv() {
                // Whoever asked may have given up.
                drop(answer.try_send(token.answer(&ask)));
            }
        });
        Self { asks }
    }

    fn ask(&self, ask: Ask) -> Answer {
        let (answer, answered) = sync_channel(1);
        let sent = self.asks.try_send((ask, answer));
        sent.map_err(|_| TokenFault::Slow)?;
        match answered.recv_timeout(LIMIT) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(TokenFault::Slow),
            Err(RecvTimeoutError::Disconnected) => {
                Err(TokenFault::Failed("its module crashed".to_owned()))
            }
        }
    }
}

/// A key in a token.
pub struct TokenKey {
    line: Mutex<Line>,
    id: Vec<u8>,
    point: Vec<u8>,
    fault: Mutex<Option<TokenFault>>,
}

impl TokenKey {
    /// Makes a key in the token, which will never give it away, under the id `id`.
    ///
    /// # Errors
    /// When the token does not let us.
    pub fn create(settings: &TokenSettings, id: &[u8]) -> Result<Self, TokenFault> {
        let line = Line::open(settings.clone());
        let point = line.ask(Ask::Make(id.to_vec()))?;
        Self::with(line, id, &point)
    }

    /// The key with the id `id`, whose public half is `point`.
    ///
    /// # Errors
    /// When the token has no such key or does not let us.
    pub fn open(settings: &TokenSettings, id: &[u8], point: &[u8]) -> Result<Self, TokenFault> {
        Self::with(Line::open(settings.clone()), id, point)
    }

    /// Signs once, so that what is wrong shows before an agent asks for a certificate.
    fn with(line: Line, id: &[u8], point: &[u8]) -> Result<Self, TokenFault> {
        let key = Self {
            line: Mutex::new(line),
            id: id.to_vec(),
            point: point.to_vec(),
            fault: Mutex::default(),
        };
        let signed = key.sign(PROBE)?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
        public
            .verify(PROBE, &signed)
            .map_err(|_| TokenFault::Failed("what it signs is not of the CA's key".to_owned()))?;
        Ok(key)
    }

    /// The public key: an uncompressed point on P-256.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// Signs: ECDSA with SHA-256 in ASN.1 DER.
    ///
    /// # Errors
    /// When the token does not let us, or gives no answer in time.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, TokenFault> {
        let ask = Ask::Sign(self.id.clone(), bytes.to_vec());
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = line.ask(ask);
        if let Err(fault) = &signed {
            tracing::error!(%fault, "the token of the CA did not sign");
            *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
        }
        signed
    }

    /// Why the last signature failed.
    pub fn fault(&self) -> Option<TokenFault> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.take()
    }
}

#[cfg(feature = "pkcs11")]
use super::token_worker as worker;

#[cfg(not(feature = "pkcs11"))]
mod worker {
    use super::{Answer, Ask, TokenFault, TokenSettings};

    pub(super) struct Token;

    impl Token {
        pub(super) fn new(_: TokenSettings) -> Self {
            Self
        }

        pub(super) fn answer(&mut self, _: &Ask) -> Answer {
            Err(TokenFault::Absent)
        }
    }
}
