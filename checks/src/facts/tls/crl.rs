//! Lists of revoked certificates (RFC 5280, 5): whether one speaks about a certificate, what it says,
//! and who said it.

use jiff::Timestamp;
use webpki::{BorrowedCertRevocationList, CertRevocationList, RevocationReason};

use super::{
    certificate::Cert,
    der::{self, Reader},
    ocsp::{self, Fault, Staple, State},
    signature::Signed,
};

/// Reads a list in DER as an answer about `cert`, whose issuer has one of `keys`.
pub(super) fn read(list: &[u8], cert: &Cert, keys: &[&[u8]]) -> Result<Staple, Fault> {
    let (signed, this_update, next_update) = frame(list).ok_or(Fault::Garbled)?;
    let parsed = BorrowedCertRevocationList::from_der(list).map_err(|_| Fault::Garbled)?;
    let parsed = CertRevocationList::Borrowed(parsed);
    let issuer = Reader::new(&cert.raw.issuer).take(der::SEQUENCE);
    let scope = parsed.issuing_distribution_point();
    if issuer != Some(parsed.issuer()) || !scope.is_none_or(|scope| covers(scope, cert)) {
        return Err(Fault::OtherCertificate);
    }
    let entry = parsed.find_serial(&cert.raw.serial);
    let entry = entry.map_err(|_| Fault::Garbled)?;
    let revoked_at = match &entry {
        // What is on hold may be taken off the list again.
        Some(entry) if entry.reason_code != Some(RevocationReason::CertificateHold) => {
            let at = i64::try_from(entry.revocation_date.as_secs()).map_err(|_| Fault::Garbled)?;
            Some(Timestamp::from_second(at).map_err(|_| Fault::Garbled)?)
        }
        _ => None,
    };
    Ok(Staple {
        state: if entry.is_some() {
            State::Revoked
        } else {
            State::Good
        },
        this_update,
        next_update: Some(next_update),
        revoked_at,
        signed: keys.iter().any(|key| signed.by(key)),
    })
}

/// What is signed, and the time that the list speaks of.
fn frame(list: &[u8]) -> Option<(Signed, Timestamp, Timestamp)> {
    let mut all = Reader::new(list).inside(der::SEQUENCE)?;
    let mut ahead = all;
    let mut content = ahead.inside(der::SEQUENCE)?;
    let signed = Signed::take(&mut all)?;
    let _version = content.take(der::INTEGER)?;
    let _algorithm = content.take(der::SEQUENCE)?;
    let _issuer = content.take(der::SEQUENCE)?;
    let (from, until) = (time(&mut content)?, time(&mut content)?);
    Some((signed, from, until))
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
            let _frame = frame(&der::write(der::SEQUENCE, &bytes));
        }
    }
}
