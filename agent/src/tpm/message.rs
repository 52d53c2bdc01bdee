//! The few commands that a signing key takes, and what is read from their answers. The forms are those
//! of TCG's TPM 2.0 library, parts 2 and 3, which `tpm2-protocol` writes and reads.
//!
//! An answer may come from anything that stands where a TPM should: it is read within its length, and
//! what is not understood is an error.

use tpm2_protocol::{
    TpmError as FormError, TpmField, TpmResult, TpmWriter,
    basic::TpmUint32,
    data::{
        Tpm2bAuth, Tpm2bDigest, Tpm2bEccParameter, Tpm2bNonce, Tpm2bPrivate, Tpm2bPublic, TpmAlgId,
        TpmCc, TpmEccCurve, TpmRh, TpmSt, TpmaObject, TpmaSession, TpmsAuthCommand, TpmsEccParms,
        TpmsEccPoint, TpmsSchemeHash, TpmtEccScheme, TpmtPublic, TpmtSigScheme, TpmtSignature,
        TpmtSymDef, TpmtTkHashcheck, TpmuAsymScheme, TpmuPublicId, TpmuPublicParms, TpmuSigScheme,
        TpmuSymKeyBits, TpmuSymMode,
    },
    frame::{
        TpmCreateCommand, TpmCreatePrimaryCommand, TpmFlushContextCommand, TpmFrame,
        TpmLoadCommand, TpmResponse, TpmSignCommand, tpm_marshal_command,
    },
};

/// The longest command and the longest answer, in bytes: as the kernel has it for its devices.
pub(super) const MAX_BYTES: usize = 4096;
/// The header of a command or an answer, in bytes.
pub(super) const HEADER_BYTES: usize = 10;
/// A coordinate of a point on P-256, and each half of a signature, in bytes.
const SCALAR_BYTES: usize = 32;
/// What a key is made of on disk, at most, in bytes. TPMs give less than 300.
pub(super) const MAX_PRIVATE_BYTES: usize = 1024;

/// A key as its TPM gave it away: for that TPM alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrapped {
    /// The public point: 0x04, x, y.
    pub(super) point: Vec<u8>,
    /// The private part, encrypted by the TPM.
    pub(super) private: Vec<u8>,
}

/// A command, ready to be sent.
pub(super) struct Command {
    pub(super) bytes: Vec<u8>,
    cc: TpmCc,
    handles: usize,
}

/// Why an answer is no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The TPM said no, with this code.
    Code(u32),
    /// It is not what the command calls for.
    Form(String),
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        Self::Form(error.to_string())
    }
}

/// The parent of every key: always the same one in the same TPM, until its owner is cleared. The
/// template is that of the TCG's storage root key for P-256.
pub(super) fn create_primary() -> TpmResult<Command> {
    let command = TpmCreatePrimaryCommand {
        handles: [handle(TpmRh::Owner)],
        in_sensitive: Default::default(),
        in_public: Tpm2bPublic {
            inner: storage_key(),
        },
        outside_info: Default::default(),
        creation_pcr: Default::default(),
    };
    command_of(&command, true, 1)
}

/// A new signing key below the parent.
pub(super) fn create(parent: u32) -> TpmResult<Command> {
    let command = TpmCreateCommand {
        handles: [parent.into()],
        in_sensitive: Default::default(),
        in_public: Tpm2bPublic {
            inner: signing_key(TpmsEccPoint::default()),
        },
        outside_info: Default::default(),
        creation_pcr: Default::default(),
    };
    command_of(&command, true, 0)
}

/// Brings a key back in.
pub(super) fn load(parent: u32, key: &Wrapped) -> TpmResult<Command> {
    let coordinate = |at: usize| {
        let bytes = key.point.get(at..at + SCALAR_BYTES).unwrap_or_default();
        Tpm2bEccParameter::try_from(bytes)
    };
    let unique = TpmsEccPoint {
        x: coordinate(1)?,
        y: coordinate(1 + SCALAR_BYTES)?,
    };
    let command = TpmLoadCommand {
        handles: [parent.into()],
        in_private: Tpm2bPrivate::try_from(key.private.as_slice())?,
        in_public: Tpm2bPublic {
            inner: signing_key(unique),
        },
    };
    command_of(&command, true, 1)
}

/// A signature over a SHA-256 digest.
pub(super) fn sign(key: u32, digest: &[u8; 32]) -> TpmResult<Command> {
    let command = TpmSignCommand {
        handles: [key.into()],
        digest: Tpm2bDigest::try_from(digest.as_slice())?,
        in_scheme: TpmtSigScheme {
            scheme: TpmAlgId::Ecdsa,
            details: TpmuSigScheme::Hash(TpmsSchemeHash {
                hash_alg: TpmAlgId::Sha256,
            }),
        },
        // Of a digest that the TPM did not make itself. A key that is not restricted signs it.
        validation: TpmtTkHashcheck {
            tag: TpmSt::HashCheck,
            hierarchy: TpmRh::Null,
            digest: Tpm2bDigest::default(),
        },
    };
    command_of(&command, true, 0)
}

/// Throws a key out of the TPM's working memory, which has room for three.
pub(super) fn flush(key: u32) -> TpmResult<Command> {
    let command = TpmFlushContextCommand {
        handles: [],
        flush_handle: key.into(),
    };
    command_of(&command, false, 0)
}

/// The code of an answer: 0 where the TPM did what it was asked. `None` where it is no answer.
pub(super) fn code(answer: &[u8]) -> Option<u32> {
    let bytes = answer.get(6..HEADER_BYTES)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The handle that an answer gives.
pub(super) fn handle_in(command: &Command, answer: &[u8]) -> Result<u32, Refusal> {
    let (handle, _) = parts(command, answer)?;
    handle.ok_or_else(|| Refusal::Form("no handle".to_owned()))
}

/// The key in the answer to [`create`].
pub(super) fn created(command: &Command, answer: &[u8]) -> Result<Wrapped, Refusal> {
    use tpm2_protocol::data::TpmuPublicIdView as View;
    let (_, parameters) = parts(command, answer)?;
    let (private, rest) = <Tpm2bPrivate as TpmField>::cast_prefix_field(parameters)?;
    let (public, _) = tpm2_protocol::data::Tpm2bPublicWire::cast_prefix(rest)?;
    let public = public.inner()?;
    let View::Ecc(unique) = public.unique else {
        return Err(Refusal::Form("another kind of key".to_owned()));
    };
    let (x, rest) = <Tpm2bEccParameter as TpmField>::cast_prefix_field(unique.as_bytes())?;
    let (y, _) = <Tpm2bEccParameter as TpmField>::cast_prefix_field(rest)?;
    // Another kind of key than was asked for would not come back in.
    let attributes = signing_key(TpmsEccPoint::default()).object_attributes;
    if public.object_type != TpmAlgId::Ecc || public.object_attributes != attributes {
        return Err(Refusal::Form("another kind of key".to_owned()));
    }
    if private.data().is_empty() || private.data().len() > MAX_PRIVATE_BYTES {
        return Err(Refusal::Form(
            "a private part of no usual length".to_owned(),
        ));
    }
    let mut point = vec![4];
    point.extend(padded(x.data())?);
    point.extend(padded(y.data())?);
    Ok(Wrapped {
        point,
        private: private.data().to_vec(),
    })
}

/// The signature in the answer to [`sign`], in ASN.1 DER.
pub(super) fn signature(command: &Command, answer: &[u8]) -> Result<Vec<u8>, Refusal> {
    use tpm2_protocol::data::TpmuSignatureView as View;
    let (_, parameters) = parts(command, answer)?;
    let ((algorithm, signature), rest) =
        <TpmtSignature as TpmField>::cast_prefix_field(parameters)?;
    let (TpmAlgId::Ecdsa, View::Ecdsa(signature), []) = (algorithm, signature, rest) else {
        return Err(Refusal::Form("no ECDSA signature".to_owned()));
    };
    let (_, halves) = <TpmAlgId as TpmField>::cast_prefix_field(signature.as_bytes())?;
    let (r, halves) = <Tpm2bEccParameter as TpmField>::cast_prefix_field(halves)?;
    let (s, _) = <Tpm2bEccParameter as TpmField>::cast_prefix_field(halves)?;
    Ok(der(&padded(r.data())?, &padded(s.data())?))
}

/// A signature as X.509 and TLS have it: a SEQUENCE of two INTEGERs.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mut integers = Vec::new();
    for scalar in [r, s] {
        let zeros = scalar.iter().take_while(|b| **b == 0).count();
        let bare = &scalar[zeros.min(scalar.len().saturating_sub(1))..];
        let sign = bare.first().is_some_and(|b| *b >= 0x80); // it would count as negative
        let length = u8::try_from(bare.len() + usize::from(sign));
        integers.push(0x02);
        integers.push(length.expect("a scalar has 32 bytes"));
        integers.extend(sign.then_some(0));
        integers.extend(bare);
    }
    let length = u8::try_from(integers.len()).expect("two scalars have 70 bytes at most");
    [&[0x30, length], integers.as_slice()].concat()
}

/// At its full length: a TPM may leave leading zeros out.
fn padded(scalar: &[u8]) -> Result<[u8; SCALAR_BYTES], Refusal> {
    let mut whole = [0; SCALAR_BYTES];
    let start = SCALAR_BYTES
        .checked_sub(scalar.len())
        .filter(|start| *start < SCALAR_BYTES)
        .ok_or_else(|| Refusal::Form("a number of no usual length".to_owned()))?;
    whole[start..].copy_from_slice(scalar);
    Ok(whole)
}

/// The handle of an answer, and its parameters.
fn parts<'a>(command: &Command, answer: &'a [u8]) -> Result<(Option<u32>, &'a [u8]), Refusal> {
    match code(answer) {
        Some(0) => {}
        Some(refused) => return Err(Refusal::Code(refused)),
        None => return Err(Refusal::Form("too short".to_owned())),
    }
    let whole = TpmResponse::cast(answer)?;
    whole.validate(command.cc)?;
    let mut body = whole.body();
    let mut handle = None;
    if command.handles == 1 {
        let (value, rest) = TpmUint32::cast_prefix(body)?;
        handle = Some(value.value());
        body = rest;
    }
    if whole.tag()? == TpmSt::Sessions {
        let (length, rest) = TpmUint32::cast_prefix(body)?;
        let length = usize::try_from(length.value()).unwrap_or(usize::MAX);
        let inside = rest.get(..length);
        body = inside.ok_or_else(|| Refusal::Form("parameters beyond its end".to_owned()))?;
    }
    Ok((handle, body))
}

fn command_of<C: TpmFrame>(command: &C, with_auth: bool, handles: usize) -> TpmResult<Command> {
    let mut bytes = vec![0; MAX_BYTES];
    let mut writer = TpmWriter::new(&mut bytes);
    // The empty password: what guards the key is that it leaves neither the TPM nor the folder.
    let empty_password = TpmsAuthCommand {
        session_handle: handle(TpmRh::Pw),
        nonce: Tpm2bNonce::default(),
        session_attributes: TpmaSession::CONTINUE_SESSION,
        hmac: Tpm2bAuth::default(),
    };
    let (tag, sessions) = if with_auth {
        (TpmSt::Sessions, vec![empty_password])
    } else {
        (TpmSt::NoSessions, Vec::new())
    };
    tpm_marshal_command(command, tag, &sessions, &mut writer)?;
    let length = writer.len();
    bytes.truncate(length);
    Ok(Command {
        bytes,
        cc: command.cc(),
        handles,
    })
}

fn handle(permanent: TpmRh) -> TpmUint32 {
    TpmUint32::new(permanent as u32)
}

/// What all keys here have: made inside, and bound to this TPM. Somebody else's wrong passwords, which
/// lock a TPM for a while, do not concern them (`NO_DA`): they have none.
fn attributes() -> TpmaObject {
    TpmaObject::FIXED_TPM
        | TpmaObject::FIXED_PARENT
        | TpmaObject::SENSITIVE_DATA_ORIGIN
        | TpmaObject::USER_WITH_AUTH
        | TpmaObject::NO_DA
}

fn storage_key() -> TpmtPublic {
    ecc_key(
        attributes() | TpmaObject::RESTRICTED | TpmaObject::DECRYPT,
        TpmtSymDef {
            algorithm: TpmAlgId::Aes,
            key_bits: TpmuSymKeyBits::Aes(128.into()),
            mode: TpmuSymMode::Aes(TpmAlgId::Cfb),
        },
        TpmtEccScheme::default(),
        TpmsEccPoint::default(),
    )
}

fn signing_key(unique: TpmsEccPoint) -> TpmtPublic {
    ecc_key(
        attributes() | TpmaObject::SIGN_ENCRYPT,
        TpmtSymDef {
            algorithm: TpmAlgId::Null,
            ..TpmtSymDef::default()
        },
        TpmtEccScheme {
            scheme: TpmAlgId::Ecdsa,
            details: TpmuAsymScheme::Hash(TpmsSchemeHash {
                hash_alg: TpmAlgId::Sha256,
            }),
        },
        unique,
    )
}

fn ecc_key(
    object_attributes: TpmaObject,
    symmetric: TpmtSymDef,
    scheme: TpmtEccScheme,
    unique: TpmsEccPoint,
) -> TpmtPublic {
    TpmtPublic {
        object_type: TpmAlgId::Ecc,
        name_alg: TpmAlgId::Sha256,
        object_attributes,
        auth_policy: Tpm2bDigest::default(),
        parameters: TpmuPublicParms::Ecc(TpmsEccParms {
            symmetric,
            scheme,
            curve_id: TpmEccCurve::NistP256,
            kdf: Default::default(),
        }),
        unique: TpmuPublicId::Ecc(unique),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_of_a_signature_are_positive_and_as_short_as_can_be() {
        assert_eq!(der(&[0; 32], &[0; 32]), [0x30, 6, 2, 1, 0, 2, 1, 0]);
        let high = [&[0; 30][..], &[0x80, 1]].concat();
        let low = [&[0; 31][..], &[0x7F]].concat();
        let want = [0x30, 8, 2, 3, 0, 0x80, 1, 2, 1, 0x7F];
        assert_eq!(der(&high, &low), want);
        assert_eq!(der(&[0xFF; 32], &[0xFF; 32]).len(), 72);
    }

    fn commands() -> Vec<Command> {
        let key = Wrapped {
            point: vec![4; 65],
            private: vec![1; 100],
        };
        vec![
            create_primary().unwrap(),
            create(0x8000_0000).unwrap(),
            load(0x8000_0000, &key).unwrap(),
            sign(0x8000_0001, &[7; 32]).unwrap(),
            flush(0x8000_0001).unwrap(),
        ]
    }

    #[test]
    fn a_key_of_no_possible_length_is_no_command() {
        let key = Wrapped {
            point: vec![4; 65],
            private: vec![1; 5000],
        };
        assert!(load(0x8000_0000, &key).is_err());
        assert!(commands().iter().all(|c| c.bytes.len() <= 512));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Nothing that may come as an answer makes anything of it panic.
        #[test]
        fn any_answer_is_taken_or_refused(
            tag in prop_oneof![Just(0x8001_u16), Just(0x8002), any::<u16>()],
            code in prop_oneof![4 => Just(0_u32), 1 => any::<u32>()],
            // Small numbers, for most of what is read are lengths.
            body in prop::collection::vec(prop_oneof![3 => 0_u8..40, 1 => any::<u8>()], 0..200),
            length in prop_oneof![9 => Just(None), 1 => any::<u32>().prop_map(Some)],
        ) {
            let right = u32::try_from(HEADER_BYTES + body.len()).unwrap();
            let length = length.unwrap_or(right);
            let head = [&tag.to_be_bytes()[..], &length.to_be_bytes(), &code.to_be_bytes()];
            let answer = [&head.concat()[..], &body].concat();
            for command in commands() {
                drop((
                    handle_in(&command, &answer),
                    created(&command, &answer),
                    signature(&command, &answer),
                ));
            }
        }
    }
}
