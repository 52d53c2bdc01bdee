//! A signing key inside a TPM 2.0, which never gives it away.
//!
//! The TPM keeps no key for us: it hands the new key out encrypted for itself, and that blob lies in the
//! state folder. To sign, its parent is made again (the same TPM makes the same parent from the same
//! template), the blob loaded below it, and both are thrown out afterwards, for a TPM has room for three.
//! A TPM whose owner was cleared, and every other one, makes another parent, and refuses the blob.
//!
//! * `line` reaches the TPM; `other` tells who else may; `message` has the commands and answers;
//!   [`TpmError`] what goes wrong.

mod error;
mod line;
mod message;
mod other;

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::error::TpmError;
use self::{
    line::Line,
    message::{Command, MAX_PRIVATE_BYTES, Refusal, Wrapped},
};

/// The kernel's device that several programs may use at a time.
pub const DEVICE: &str = "/dev/tpmrm0";

/// How long a signature may take: less than a handshake may, for it is made while one waits, and than
/// systemd waits for the service to stop.
const SIGN_LIMIT: Duration = Duration::from_secs(8);
/// How long a new key may take.
const MAKE_LIMIT: Duration = Duration::from_secs(30);
/// How long throwing a key out may take beyond that.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// Whether new keys are made in a TPM, and in which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TpmUse {
    /// In [`DEVICE`], where that is there and may be opened.
    #[default]
    Auto,
    /// In none.
    Off,
    /// In this one: a device, or a Unix socket.
    At(PathBuf),
}

/// Why a new key is not made in a TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The configuration says so.
    Off,
    /// There is none.
    Absent,
    /// There is one, and whoever is to use the key may not open it.
    Denied,
}

impl TpmUse {
    /// Where the TPM is that keys are in.
    pub fn place(&self) -> Option<&Path> {
        match self {
            Self::Auto => Some(Path::new(DEVICE)),
            Self::Off => None,
            Self::At(path) => Some(path),
        }
    }

    /// Where a new key is to be made, or why in a file. `user` is who will use it, where that is another than
    /// who makes it.
    ///
    /// # Errors
    /// When it is to be in a TPM that cannot be used. What is merely not there, or may not be opened, is
    /// no error unless the configuration names it.
    pub fn choose(&self, user: Option<u32>) -> Result<Result<&Path, WhyNot>, TpmError> {
        let Some(path) = self.place() else {
            return Ok(Err(WhyNot::Off));
        };
        let opened = match (Line::open(path, SIGN_LIMIT), user) {
            (Ok(line), Some(user)) => {
                drop(line); // some have room for one
                other::open_as(user, path, SIGN_LIMIT)
            }
            (opened, _) => opened.map(drop),
        };
        match (opened, self) {
            (Ok(()), _) => Ok(Ok(path)),
            (Err(TpmError::Absent(_)), Self::Auto) => Ok(Err(WhyNot::Absent)),
            (Err(TpmError::Denied(_)), Self::Auto) => Ok(Err(WhyNot::Denied)),
            (Err(error), _) => Err(error),
        }
    }
}

/// A key as it lies in the state folder. It is of use to its own TPM alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// The public point, uncompressed, in hexadecimal digits.
    public: String,
    /// The private part, encrypted by the TPM, in hexadecimal digits.
    private: String,
}

/// A key in a TPM.
#[derive(Clone)]
pub struct TpmKey {
    place: Option<PathBuf>,
    wrapped: Wrapped,
}

impl fmt::Debug for TpmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmKey")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl TpmKey {
    /// Makes a new one: ECDSA on P-256.
    ///
    /// # Errors
    /// When the TPM does not, or its key does not sign.
    pub fn make(place: &Path) -> Result<Self, TpmError> {
        let wrapped = below_primary(place, MAKE_LIMIT, |asking, parent| {
            let command = asking.form(message::create(parent))?;
            let answer = asking.line.exchange(&command.bytes)?;
            message::created(&command, &answer).map_err(|r| asking.refused(r))
        })?;
        let key = Self {
            place: Some(place.to_owned()),
            wrapped,
        };
        key.try_out()?;
        Ok(key)
    }

    /// The key of a blob, in the TPM that the configuration names. `None` where it is no blob.
    pub fn of(blob: &Blob, tpm: &TpmUse) -> Option<Self> {
        let point = hex::decode(&blob.public).ok()?;
        let private = hex::decode(&blob.private).ok()?;
        let fits = point.len() == 65 && point[0] == 4;
        let fits = fits && (1..=MAX_PRIVATE_BYTES).contains(&private.len());
        fits.then(|| Self {
            place: tpm.place().map(Path::to_owned),
            wrapped: Wrapped { point, private },
        })
    }

    /// What is to lie in the state folder.
    pub fn blob(&self) -> Blob {
        Blob {
            public: hex::encode(&self.wrapped.point),
            private: hex::encode(&self.wrapped.private),
        }
    }

    /// The public point, uncompressed: 0x04, x, y.
    pub fn public(&self) -> &[u8] {
        &self.wrapped.point
    }

    /// Where its TPM is; `None` where the configuration says to use none.
    pub fn place(&self) -> Option<&Path> {
        self.place.as_deref()
    }

    /// Whether the TPM is there and has this key.
    ///
    /// # Errors
    /// When it does not sign.
    pub fn try_out(&self) -> Result<(), TpmError> {
        self.sign(b"capdo: is the key there").map(drop)
    }

    /// Signs bytes: ECDSA P-256 with SHA-256, in ASN.1 DER. Takes eight seconds at most.
    ///
    /// # Errors
    /// When the TPM does not.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, TpmError> {
        let place = self.place.as_deref().ok_or(TpmError::Off)?;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let signature = below_primary(place, SIGN_LIMIT, |asking, parent| {
            let command = asking.form(message::load(parent, &self.wrapped))?;
            let answer = asking.line.exchange(&command.bytes)?;
            let handle = message::handle_in(&command, &answer).map_err(|r| asking.unloaded(r))?;
            let signed = sign_with(asking, handle, &digest);
            asking.flush(handle);
            signed
        })?;
        // Whoever stands for the TPM is not believed blindly: a collector counts bad signatures.
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.wrapped.point);
        let wrong = |_| TpmError::Answer(place.to_owned(), "a wrong signature".to_owned());
        public.verify(bytes, &signature).map_err(wrong)?;
        Ok(signature)
    }
}

fn sign_with(asking: &mut Asking<'_>, key: u32, digest: &[u8; 32]) -> Result<Vec<u8>, TpmError> {
    let command = asking.form(message::sign(key, digest))?;
    let answer = asking.line.exchange(&command.bytes)?;
    message::signature(&command, &answer).map_err(|r| asking.refused(r))
}

/// Does some work below the parent of all keys, which is there only meanwhile.
fn below_primary<T>(
    place: &Path,
    limit: Duration,
    work: impl FnOnce(&mut Asking<'_>, u32) -> Result<T, TpmError>,
) -> Result<T, TpmError> {
    let line = Line::open(place, limit)?;
    let mut asking = Asking { place, line };
    let command = asking.form(message::create_primary())?;
    let answer = asking.line.exchange(&command.bytes)?;
    let parent = message::handle_in(&command, &answer).map_err(|r| asking.no_parent(r))?;
    let done = work(&mut asking, parent);
    asking.flush(parent);
    done
}

struct Asking<'a> {
    place: &'a Path,
    line: Line<'a>,
}

impl Asking<'_> {
    fn form(&self, made: tpm2_protocol::TpmResult<Command>) -> Result<Command, TpmError> {
        made.map_err(|e| TpmError::Answer(self.place.to_owned(), e.to_string()))
    }

    /// Throws a key out. Where that fails, the kernel does it once the device is let go of.
    fn flush(&mut self, handle: u32) {
        if self.line.is_late() {
            return;
        }
        self.line.grant(FLUSH_LIMIT);
        let flushed = self
            .form(message::flush(handle))
            .and_then(|command| self.line.exchange(&command.bytes));
        match flushed.as_deref().map(message::code) {
            Ok(Some(0)) => {}
            Ok(code) => tracing::warn!(?code, "The TPM does not let go of a key."),
            Err(error) => tracing::warn!(%error, "The TPM does not let go of a key."),
        }
    }

    fn refused(&self, refusal: Refusal) -> TpmError {
        let place = self.place.to_owned();
        match refusal {
            Refusal::Code(LOCKOUT) => TpmError::Lockout(place),
            Refusal::Code(code) => TpmError::Refused(place, code),
            Refusal::Form(what) => TpmError::Answer(place, what),
        }
    }

    fn no_parent(&self, refusal: Refusal) -> TpmError {
        match refusal {
            Refusal::Code(code) if OWNERS.contains(&format_one(code)) => {
                TpmError::Owner(self.place.to_owned())
            }
            other => self.refused(other),
        }
    }

    fn unloaded(&self, refusal: Refusal) -> TpmError {
        match refusal {
            Refusal::Code(code) if format_one(code) == INTEGRITY => {
                TpmError::Foreign(self.place.to_owned())
            }
            other => self.refused(other),
        }
    }
}

// Codes: TPM 2.0 library, part 2, 6.6.3.
const LOCKOUT: u32 = 0x921;
const INTEGRITY: u32 = 0x09F;
/// `TPM_RC_AUTH_FAIL`, `TPM_RC_BAD_AUTH`, `TPM_RC_HIERARCHY`.
const OWNERS: [u32; 3] = [0x08E, 0x0A2, 0x085];

/// A code without the place where the TPM saw it: which handle, session or parameter.
const fn format_one(code: u32) -> u32 {
    if code & 0x80 == 0 { code } else { code & 0xBF }
}
