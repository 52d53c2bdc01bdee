//! The thread's side of a token: the session with its module, which is opened anew when the token was
//! away.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    IdentityError, ca_key,
    token_key::{Answer, Ask, TokenFault, TokenSettings},
};

/// The object identifier of P-256 in DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// A module is one for the whole process: nobody starts it over while another key signs.
static TURN: Mutex<()> = Mutex::new(());

/// What the thread keeps.
pub(super) struct Token {
    settings: TokenSettings,
    module: Option<Pkcs11>,
    session: Option<Session>,
    /// The PIN that the token refused.
    refused: Option<Zeroizing<String>>,
}

impl Token {
    pub(super) fn new(settings: TokenSettings) -> Self {
        Self {
            settings,
            module: None,
            session: None,
            refused: None,
        }
    }

    /// Does what is asked. Where the token is not as it was, everything is begun anew, once: many
    /// modules see a token that was put back only after they were told to start over.
    pub(super) fn answer(&mut self, ask: &Ask) -> Answer {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        match self.attempt(ask) {
            Err(
                fault @ (TokenFault::Failed(_) | TokenFault::NoKey(_) | TokenFault::NoToken(_)),
            ) => {
                tracing::debug!(%fault, "the module of the token is started over");
                self.start_over();
                self.attempt(ask)
            }
            answer => answer,
        }
    }

    /// Another key of the same module loses its session by this, and finds that out by itself.
    fn start_over(&mut self) {
        self.session = None;
        if let Some(module) = self.module.clone()
            && let Err(error) = module.finalize()
        {
            tracing::debug!(%error, "the module of the token did not end well");
        }
    }

    fn attempt(&mut self, ask: &Ask) -> Answer {
        if self.session.is_none() {
            self.session = Some(self.log_in()?);
        }
        let session = self.session.as_ref().ok_or(TokenFault::Slow)?;
        match ask {
            Ask::Make(id) => make(session, &self.settings.key, id),
            Ask::Sign(id, bytes) => {
                let key = find(session, id)?;
                let key = key.ok_or_else(|| TokenFault::NoKey(self.settings.token.clone()))?;
                let hash = Sha256::digest(bytes);
                let raw = session
                    .sign(&Mechanism::Ecdsa, key, &hash)
                    .map_err(failed)?;
                der(&raw).ok_or_else(|| TokenFault::Failed("it signed in no known form".to_owned()))
            }
        }
    }

    fn log_in(&mut self) -> Result<Session, TokenFault> {
        let module = self.module()?;
        let slot = self.slot(&module)?;
        let pin = self.pin()?;
        if self.refused.as_ref() == Some(&pin) {
            return Err(self.wrong_pin());
        }
        let label = self.settings.token.clone();
        let token = module.get_token_info(slot).map_err(failed)?;
        if token.user_pin_locked() {
            return Err(TokenFault::Locked(label));
        }
        if token.user_pin_final_try() {
            return Err(TokenFault::LastTry(label));
        }
        let session = module.open_rw_session(slot).map_err(failed)?;
        let secret = AuthPin::new(pin.as_str().into());
        match session.login(UserType::User, Some(&secret)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                self.refused = None;
                Ok(session)
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenFault::Locked(label)),
            Err(Error::Pkcs11(
                RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
                _,
            )) => {
                self.refused = Some(pin);
                Err(self.wrong_pin())
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The module, ready. It stays loaded: not every one survives being unloaded.
    fn module(&mut self) -> Result<Pkcs11, TokenFault> {
        let path = &self.settings.module;
        let broken = |error: Error| TokenFault::Module {
            path: path.clone(),
            detail: error.to_string(),
        };
        let module = match self.module.clone() {
            Some(module) => module,
            None => self
                .module
                .insert(Pkcs11::new(path).map_err(broken)?)
                .clone(),
        };
        let how = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match module.initialize(how) {
            // A module is initialised once in a process, however many keys it holds.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
            Err(error) => Err(broken(error)),
        }
    }

    fn slot(&self, module: &Pkcs11) -> Result<Slot, TokenFault> {
        for slot in module.get_slots_with_token().map_err(failed)? {
            // A slot whose token was just pulled out is none of ours.
            if module
                .get_token_info(slot)
                .is_ok_and(|token| token.label() == self.settings.token)
            {
                return Ok(slot);
            }
        }
        Err(TokenFault::NoToken(self.settings.token.clone()))
    }

    fn pin(&self) -> Result<Zeroizing<String>, TokenFault> {
        let path = &self.settings.pin_file;
        // Where systemd hands a credential to a user, it does so by an access list, which shows as a right
        // of the group; nobody else gets into the folder.
        let handed = path.parent().is_some_and(|folder| {
            folder.starts_with("/run/credentials")
                || std::env::var_os("CREDENTIALS_DIRECTORY")
                    .is_some_and(|d| folder == Path::new(&d))
        });
        let text = if handed {
            ca_key::read(path)
        } else {
            ca_key::read_private(path)
        };
        let text = text.map_err(|error| TokenFault::PinFile {
            path: path.clone(),
            detail: match error {
                IdentityError::File { source, .. } => source.to_string(),
                _ => "others than its owner may read it".to_owned(),
            },
        })?;
        Ok(Zeroizing::new(
            text.trim_end_matches(['\r', '\n']).to_owned(),
        ))
    }

    fn wrong_pin(&self) -> TokenFault {
        TokenFault::PinWrong {
            token: self.settings.token.clone(),
            path: self.settings.pin_file.clone(),
        }
    }
}

/// A key on P-256 that never leaves the token.
fn make(session: &Session, label: &str, id: &[u8]) -> Answer {
    let both = [
        Attribute::Token(true),
        Attribute::KeyType(KeyType::EC),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Id(id.to_vec()),
    ];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(P256.to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let public = [&both[..], &public[..]].concat();
    let private = [&both[..], &private[..]].concat();
    let pair = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private);
    let (public, _) = pair.map_err(failed)?;
    let told = session.get_attributes(public, &[AttributeType::EcPoint]);
    let told = told.map_err(failed)?;
    let Some(Attribute::EcPoint(bytes)) = told.first() else {
        return Err(TokenFault::Failed(
            "it does not tell the public key".to_owned(),
        ));
    };
    // By the standard an OCTET STRING around the point; some modules give the point alone.
    let point = match bytes.as_slice() {
        [0x04, 0x41, point @ ..] if point.len() == 65 => point,
        point => point,
    };
    if point.len() == 65 && point.first() == Some(&4) {
        Ok(point.to_vec())
    } else {
        Err(TokenFault::Failed("its key is not on P-256".to_owned()))
    }
}

fn find(session: &Session, id: &[u8]) -> Result<Option<ObjectHandle>, TokenFault> {
    let sought = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Id(id.to_vec()),
    ];
    let found = session.find_objects(&sought).map_err(failed)?;
    Ok(found.first().copied())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: Error) -> TokenFault {
    TokenFault::Failed(error.to_string())
}

/// Two integers of 32 bytes as the SEQUENCE that X.509 wants.
fn der(raw: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(32).filter(|(_, s)| s.len() == 32)?;
    let mut body = integer(r);
    body.extend(integer(s));
    let length = u8::try_from(body.len()).ok()?;
    Some([&[0x30, length][..], &body].concat())
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let digits = &bytes[zeros.min(bytes.len() - 1)..];
    let sign = digits[0] & 0x80 != 0;
    let length = u8::try_from(digits.len() + usize::from(sign)).unwrap_or(u8::MAX);
    let mut out = vec![0x02, length];
    if sign {
        out.push(0);
    }
    out.extend_from_slice(digits);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_as_short_as_they_may_be_and_never_negative() {
        let mut raw = [0; 64];
        raw[31] = 0x7f;
        raw[32] = 0x80;
        let whole = der(&raw).unwrap();
        assert_eq!(whole[..5], [0x30, 38, 0x02, 1, 0x7f]);
        assert_eq!(whole[5..9], [0x02, 33, 0, 0x80]);
        assert_eq!(integer(&[0; 32]), [0x02, 1, 0]);
        assert_eq!(der(&raw[..63]), None);
    }
}
