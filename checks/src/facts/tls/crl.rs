//! Lists of revoked certificates (RFC 5280, 5): whether one speaks about a certificate, what it says,
//! and who said it.

use jiff::Timestamp;
use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject};
use webpki::{BorrowedCertRevocationList, CertRevocationList, RevocationReason};

use super::{
    certificate::Cert,
    der::{self, Reader},
    ocsp::{self, Fault, Staple, State},
    signature::Signed,
};

/// Reads a list, in DER or (as small authorities serve it) in PEM, as an answer about `cert`, whose
/// issuer has one of `keys`.
pub(super) fn read(list: &[u8], cert: &Cert, keys: &[&[u8]]) -> Result<Staple, Fault> {
    let pem = list.starts_with(b"-----BEGIN ");
    let der = pem.then(|| CertificateRevocationListDer::from_pem_slice(list));
    let list = match &der {
        Some(Ok(der)) => der.as_ref(),
        Some(Err(_)) => return Err(Fault::Garbled),
        None => list,
    };
    let frame = Frame::of(list).ok_or(Fault::Garbled)?;
    if Reader::new(&cert.raw.issuer).take(der::SEQUENCE) != Some(frame.issuer) {
        return Err(Fault::OtherCertificate);
    }
    let entry = match frame.first_version {
        Some(entries) => find(entries, &cert.raw.serial).ok_or(Fault::Garbled)?,
        None => find_extended(list, cert)?,
    };
    Ok(Staple {
        state: if entry.is_some() {
            State::Revoked
        } else {
            State::Good
        },
        this_update: frame.this_update,
        next_update: Some(frame.next_update),
        revoked_at: entry.flatten(),
        signed: keys.iter().any(|key| frame.signed.by(key)),
    })
}

/// What stands of a certificate: nothing, or since when it is revoked for good (no time on hold).
type Entry = Option<Option<Timestamp>>;

/// Looks a certificate up in a list of version 2, if it speaks about it.
fn find_extended(list: &[u8], cert: &Cert) -> Result<Entry, Fault> {
    let parsed = BorrowedCertRevocationList::from_der(list).map_err(|_| Fault::Garbled)?;
    let parsed = CertRevocationList::Borrowed(parsed);
    let scope = parsed.issuing_distribution_point();
    if !scope.is_none_or(|scope| covers(scope, cert)) {
        return Err(Fault::OtherCertificate);
    }
    let entry = parsed.find_serial(&cert.raw.serial);
    let Some(entry) = entry.map_err(|_| Fault::Garbled)? else {
        return Ok(None);
    };
    // What is on hold may be taken off the list again.
    if entry.reason_code == Some(RevocationReason::CertificateHold) {
        return Ok(Some(None));
    }
    let at = i64::try_from(entry.revocation_date.as_secs()).map_err(|_| Fault::Garbled)?;
    let at = Timestamp::from_second(at).map_err(|_| Fault::Garbled)?;
    Ok(Some(Some(at)))
}

/// Looks a serial number up in the entries of a list of version 1, which knows neither reasons nor scopes
/// and which openssl makes unless told otherwise. `None` where they are not understood.
fn find(mut entries: Reader<'_>, serial: &[u8]) -> Option<Entry> {
    let mut found = None;
    while let Some((tag, entry, _)) = entries.next() {
        (tag == der::SEQUENCE).then_some(())?;
        let mut entry = Reader::new(entry);
        let (number, at) = (entry.take(der::INTEGER)?, time(&mut entry)?);
        entry.ended().then_some(())?;
        if number == serial {
            found = Some(Some(at));
        }
    }
    entries.ended().then_some(found)
}

/// What every list has.
struct Frame<'a> {
    signed: Signed,
    issuer: &'a [u8],
    this_update: Timestamp,
    next_update: Timestamp,
    /// The entries of a list of version 1.
    first_version: Option<Reader<'a>>,
}

impl<'a> Frame<'a> {
    fn of(list: &'a [u8]) -> Option<Self> {
        let mut all = Reader::new(list).inside(der::SEQUENCE)?;
        let mut ahead = all;
        let mut content = ahead.inside(der::SEQUENCE)?;
        let signed = Signed::take(&mut all)?;
        let version = content.take(der::INTEGER);
        let _algorithm = content.take(der::SEQUENCE)?;
        let issuer = content.take(der::SEQUENCE)?;
        let (this_update, next_update) = (time(&mut content)?, time(&mut content)?);
        let first_version = match version {
            Some(_) => None,
            None => {
                let entries = content.inside(der::SEQUENCE);
                content.ended().then_some(())?;
                Some(entries.unwrap_or(Reader::new(&[])))
            }
        };
        Some(Self {
            signed,
            issuer,
            this_update,
            next_update,
            first_version,
        })
    }
}

/// UTCTime or GeneralizedTime, in the forms that RFC 5280 allows.
fn time(content: &mut Reader<'_>) -> Option<Timestamp> {
    if let Some(text) = content.take(der::TIME) {
        return ocsp::time(text);
    }
    let text = content.take(der::UTC_TIME)?;
    let century: &[u8] = if text.first()? < &b'5' { b"20" } else { b"19" };
    ocsp::time(&[century, text].concat())
}

/// Whether the scope of a list (IssuingDistributionPoint) takes in a certificate. Large authorities
/// publish many lists, and one that is about others says nothing about this certificate.
fn covers(scope: &[u8], cert: &Cert) -> bool {
    let Some(mut scope) = Reader::new(scope).inside(der::SEQUENCE) else {
        return false;
    };
    while let Some((tag, content, _)) = scope.next() {
        let fits = match tag {
            // distributionPoint, fullName
            0xa0 => Reader::new(content)
                .inside(0xa0)
                .is_some_and(|names| named(names, cert)),
            // onlyContainsUserCerts, onlyContainsCACerts
            0x81 => content == [0] || !cert.ca,
            0x82 => content == [0] || cert.ca,
            // indirectCRL, onlyContainsAttributeCerts
            0x84 | 0x85 => content == [0],
            // onlySomeReasons, and what nobody knows
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    true
}

/// Whether the certificate points at one of the names of a list.
fn named(mut names: Reader<'_>, cert: &Cert) -> bool {
    std::iter::from_fn(|| names.next())
        .any(|(tag, name, _)| tag == 0x86 && cert.raw.lists.iter().any(|l| l.as_bytes() == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pointing_at(url: &str, ca: bool) -> Cert {
        let mut cert = Cert::sound();
        cert.ca = ca;
        cert.raw.lists = vec![url.to_owned()];
        cert
    }

    #[test]
    fn a_list_about_others_says_nothing() {
        let url = "http://ca.example/7.crl";
        let leaf = pointing_at(url, false);
        let name = der::write(0x86, url.as_bytes());
        let point = der::write(0xa0, &der::write(0xa0, &name));
        let other = der::write(
            0xa0,
            &der::write(0xa0, &der::write(0x86, b"http://ca.example/8.crl")),
        );
        let scope = |parts: &[&[u8]]| der::write(der::SEQUENCE, &parts.concat());
        let (users, authorities) = (&[0x81, 1, 0xff][..], &[0x82, 1, 0xff][..]);
        assert!(covers(&scope(&[&point, users]), &leaf));
        assert!(covers(&scope(&[]), &leaf));
        for parts in [
            &[other.as_slice()][..],
            &[&point, authorities],
            &[&[0x83, 2, 1, 0x60]],
            &[&[0x84, 1, 0xff]],
            &[&[0x85, 1, 0xff]],
            &[&[0xa0, 2, 0xa1, 0]],
        ] {
            assert!(!covers(&scope(parts), &leaf), "{parts:02x?}");
        }
        assert!(!covers(&scope(&[users]), &pointing_at(url, true)));
        assert!(covers(&scope(&[authorities]), &pointing_at(url, true)));
        assert!(!covers(b"", &leaf));
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let cert = Cert::sound();
            let _read = read(&bytes, &cert, &[]);
            let _scope = covers(&der::write(der::SEQUENCE, &bytes), &cert);
            let _frame = Frame::of(&der::write(der::SEQUENCE, &bytes)).is_some();
            let _found = find(Reader::new(&bytes), &[1]);
        }
    }
}
