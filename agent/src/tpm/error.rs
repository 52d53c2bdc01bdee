//! Why a TPM is no use, in the words of whoever has to do something about it.

use std::path::PathBuf;

use capdo_checks::Value;

use crate::say::{Args, Explain, english_error};

/// Why a TPM makes no key or no signature. Each names the device or socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TpmError {
    /// Nothing is there. The owner's turn.
    Absent(PathBuf),
    /// It is there and may not be opened. The owner's turn.
    Denied(PathBuf),
    /// What stands there is no device and no socket. Whoever wrote the configuration.
    NoDevice(PathBuf),
    /// Opening, writing or reading fails, in the system's words.
    Io(PathBuf, String),
    /// No answer in time.
    Slow(PathBuf),
    /// Others keep it busy.
    Busy(PathBuf),
    /// What answers does not answer as a TPM does.
    Answer(PathBuf, String),
    /// The TPM lets nobody make keys: its owner set a password, or switched the hierarchy off.
    Owner(PathBuf),
    /// The TPM is locked, after too many wrong passwords of others.
    Lockout(PathBuf),
    /// The key is of another TPM, or of this one before it was cleared.
    Foreign(PathBuf),
    /// The TPM said no, with this code.
    Refused(PathBuf, u32),
    /// The key is in a TPM, and the configuration says to use none.
    Off,
}

impl TpmError {
    /// Whether the same may work in a while without anybody doing anything.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Io(..) | Self::Slow(_) | Self::Busy(_) | Self::Lockout(_) | Self::Answer(..)
        )
    }
}

impl Explain for TpmError {
    fn sentence(&self) -> (&'static str, Args) {
        let at = |path: &PathBuf| ("tpm", Value::from(path.display().to_string()));
        let detail = |text: String| ("detail", Value::from(text));
        match self {
            Self::Absent(path) => ("tpm-absent", vec![at(path)]),
            Self::Denied(path) => ("tpm-denied", vec![at(path)]),
            Self::NoDevice(path) => ("tpm-no-device", vec![at(path)]),
            Self::Io(path, text) => ("tpm-io", vec![at(path), detail(text.clone())]),
            Self::Slow(path) => ("tpm-slow", vec![at(path)]),
            Self::Busy(path) => ("tpm-busy", vec![at(path)]),
            Self::Answer(path, text) => ("tpm-answer", vec![at(path), detail(text.clone())]),
            Self::Owner(path) => ("tpm-owner", vec![at(path)]),
            Self::Lockout(path) => ("tpm-lockout", vec![at(path)]),
            Self::Foreign(path) => ("tpm-foreign", vec![at(path)]),
            Self::Refused(path, code) => {
                ("tpm-refused", vec![at(path), detail(format!("0x{code:X}"))])
            }
            Self::Off => ("tpm-off", vec![]),
        }
    }
}

english_error!(TpmError);
