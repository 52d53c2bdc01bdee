//! Enrolment from file to file. The key is made here and never leaves: it waits in the state folder
//! until the grant for it comes back.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::Path,
};

use capdo_proto::{
    Validate as _,
    carried::Reader,
    signing::grant_bytes,
    v1::{self, carried_record::Record},
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{CarryError, file, is_signed_by};
use crate::{
    clock::Clock,
    enroll,
    host_facts::HostFacts,
    identity::{self, Grant, Identity, IdentityError},
    key::{HostKey, Kept},
    spool::Spool,
    state_dir::{self, Existing},
    tls::Anchor,
    tpm::{TpmUse, WhyNot},
};

/// The file in the state folder that holds the key until the grant comes.
const PENDING: &str = "identity.pending";

/// Writes a request for an identity to `out`. A host that has one proves its key, and keeps it. Tells why
/// the new key is in a file where it is not in a TPM.
///
/// # Errors
/// When a file cannot be written, or there is an identity that is to be kept as it is.
pub fn request(
    state_dir: &Path,
    facts: &HostFacts,
    out: &Path,
    (existing, tpm): (Existing, &TpmUse),
    clock: &dyn Clock,
) -> Result<Option<WhyNot>, CarryError> {
    let standing = state_dir.join(identity::FILE);
    if existing == Existing::Keep && standing.exists() {
        return Err(IdentityError::Exists(standing).into());
    }
    let user = state_dir::keeper(state_dir);
    let (key, why_not) = HostKey::make(tpm, user).map_err(IdentityError::from)?;
    let csr_der = key.request().map_err(IdentityError::from)?;
    // An identity that cannot be read proves nothing, and is about to be replaced.
    let old = Identity::load(state_dir, tpm).ok();
    let previous = enroll::proof(old.as_ref(), &csr_der)?;
    let pending = state_dir.join(PENDING);
    let text = serde_json::to_string_pretty(&key.kept());
    let text = Zeroizing::new(text.expect("a key is kept as text, so it serialises"));
    state_dir::create(state_dir)
        .and_then(|()| state_dir::write(&pending, text.as_bytes(), 0o600, Existing::Replace))
        .map_err(|source| CarryError::file(&pending, source))?;
    let message = v1::CarriedEnrolment {
        csr_der,
        facts: Some(facts.to_wire(key.place())),
        clock_ms: clock.now_ms(),
        previous,
    };
    file::write(out, |writer| {
        file::put(writer, out, Record::Enrolment(message))
    })?;
    Ok(why_not)
}

/// Takes the grant that answers the request made here, where a CA that `anchor` trusts signed it.
///
/// # Errors
/// When the grant is not by that CA or not for this request, or the state folder cannot be written.
pub fn accept(
    state_dir: &Path,
    grant: &Path,
    anchor: &Anchor,
    (existing, tpm): (Existing, &TpmUse),
) -> Result<Identity, CarryError> {
    let pending = state_dir.join(PENDING);
    let text = match fs::read_to_string(&pending) {
        Ok(text) => Zeroizing::new(text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(CarryError::NoRequest),
        Err(source) => return Err(CarryError::file(&pending, source)),
    };
    let kept = serde_json::from_str(&text).unwrap_or_else(|_| Kept::in_file(&text));
    let key = HostKey::from_kept(&kept, tpm).map_err(IdentityError::from)?;
    let (response, assignment) = read(grant, anchor)?;
    let counter = response.last_run_counter;
    let identity = match Identity::new("", key, Grant::from(response)) {
        Err(IdentityError::Broken { .. }) => return Err(CarryError::NoRequest), // for another key
        other => other?.carried(),
    };
    // The spool first: an identity without an assignment would never make a run.
    let mut spool = Spool::open(state_dir)?;
    spool.keep_assignment(&assignment)?;
    spool.count_from(counter)?;
    identity.save(state_dir, existing)?;
    drop(fs::remove_file(&pending)); // its key stands in the identity now
    Ok(identity)
}

/// Reads a grant: by a trusted CA, whole, and within its bounds.
fn read(path: &Path, anchor: &Anchor) -> Result<(v1::EnrollResponse, v1::Assignment), CarryError> {
    let kind = || CarryError::Kind(path.to_owned());
    let frame = |source| CarryError::Frame {
        path: path.to_owned(),
        source,
    };
    let opened = File::open(path).map_err(|source| CarryError::file(path, source))?;
    let mut reader = Reader::new(BufReader::new(opened)).map_err(frame)?;
    let first = reader.next_record().map_err(frame)?;
    let (Some(Record::Grant(grant)), None) = (first, reader.next_record().map_err(frame)?) else {
        return Err(kind());
    };
    let response = v1::EnrollResponse::decode(grant.enroll_response.as_slice());
    let assignment = v1::Assignment::decode(grant.assignment.as_slice());
    let (Ok(response), Ok(assignment)) = (response, assignment) else {
        return Err(kind());
    };
    if response.validate().is_err() || assignment.validate().is_err() {
        return Err(kind());
    }
    let signed = grant_bytes(&grant.enroll_response, &grant.assignment);
    let trusted = |ca: &&Vec<u8>| match anchor {
        Anchor::Ca(all) => all.contains(ca),
        Anchor::Pin(pin) => Sha256::digest(ca)[..] == pin[..],
    };
    let mut cas = response.ca_certificates_der.iter().filter(trusted);
    if cas.any(|ca| is_signed_by(ca, &signed, &grant.signature)) {
        Ok((response, assignment))
    } else {
        Err(CarryError::Signature(path.to_owned()))
    }
}
