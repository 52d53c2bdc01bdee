//! A certificate authority: one key that vouches for the collector towards agents and for agents towards
//! the collector, and for nobody else.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SigningKey as _,
    SubjectPublicKeyInfo,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509CertificationRequest};

use super::{CaKey, IdentityError, ca_key::write_new, secret};

/// The file of the first CA's private key in the data folder.
pub const KEY_FILE: &str = "ca-key.pem";
/// The file of the current CA's certificate in the data folder.
pub const CERTIFICATE_FILE: &str = "ca.pem";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long the CA lives.
const CA_LIFE_MS: i64 = 10 * 365 * DAY_MS;
/// How long a host's or the collector's certificate lives.
pub const LEAF_LIFE_MS: i64 = 90 * DAY_MS;
/// After how much of its life a certificate is to be renewed.
pub const RENEW_AFTER_MS: i64 = LEAF_LIFE_MS / 3 * 2;
/// By how much other clocks may be behind ours.
pub const SKEW_MS: i64 = 60 * 60 * 1000;

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, CaKey>,
    certificate: CertificateDer<'static>,
    since_ms: i64,
}

/// A certificate that was just made.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// Its serial number, in lower-case hex.
    pub serial: String,
    /// The public key in it: an uncompressed point on P-256.
    pub public_key: Vec<u8>,
    /// When it expires.
    pub not_after_ms: i64,
    /// When it is to be renewed.
    pub renew_after_ms: i64,
}

impl Authority {
    /// Makes the first CA in the folder `data`, with its key in a file.
    ///
    /// # Errors
    /// When there is one, or the folder cannot be written.
    pub fn create(data: &Path, now_ms: i64) -> Result<Self, IdentityError> {
        let authority = Self::make(CaKey::create(&data.join(KEY_FILE))?, now_ms)?;
        authority.write_certificate(data)?;
        Ok(authority)
    }

    /// Makes a CA with this key.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn make(key: CaKey, now_ms: i64) -> Result<Self, IdentityError> {
        let certificate = ca_params(now_ms)?
            .self_signed(&key)
            .map_err(|error| why(&key, error))?;
        Self::with(key, certificate.der().clone())
    }

    /// The CA of this key and certificate.
    ///
    /// # Errors
    /// When they do not belong together.
    pub fn with(key: CaKey, certificate: CertificateDer<'static>) -> Result<Self, IdentityError> {
        if point(&certificate)?.as_slice() != key.der_bytes() {
            return Err(IdentityError::OtherKey);
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        let since = x509_parser::parse_x509_certificate(&certificate)
            .map_or(0, |(_, ca)| ca.validity().not_before.timestamp());
        Ok(Self {
            issuer,
            certificate,
            since_ms: since.saturating_mul(1000),
        })
    }

    /// Writes the certificate to the folder `data`, which must not have one yet.
    ///
    /// # Errors
    /// When it has, or cannot be written.
    pub fn write_certificate(&self, data: &Path) -> Result<(), IdentityError> {
        let text = pem(&self.certificate);
        write_new(&data.join(CERTIFICATE_FILE), 0o644, text.as_bytes())
    }

    /// Name and key of `other` in a certificate of this CA, so that who trusts this one trusts
    /// certificates of the other. Both bear one name, so that it counts as self-issued (RFC 5280,
    /// section 3.2) and our own path length of 0 does not stand against it.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn cross_sign(
        &self,
        other: &Self,
        now_ms: i64,
    ) -> Result<CertificateDer<'static>, IdentityError> {
        let mut params = ca_params(now_ms)?;
        let ends = [ends(&self.certificate)?, ends(&other.certificate)?];
        params.not_after = ends.into_iter().min().unwrap_or(params.not_after);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.use_authority_key_identifier_extension = true;
        self.sign(&params, other.issuer.key())
    }

    fn sign(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<CertificateDer<'static>, IdentityError> {
        let signed = params.signed_by(key, &self.issuer);
        let signed = signed.map_err(|error| why(self.issuer.key(), error))?;
        Ok(signed.der().clone())
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Since when the CA is valid: a clock that shows an earlier time is wrong.
    pub const fn since_ms(&self) -> i64 {
        self.since_ms
    }

    /// SHA-256 of the CA's certificate as pairs of hex digits, to be compared by eye.
    pub fn fingerprint(&self) -> String {
        fingerprint(&Sha256::digest(&self.certificate))
    }

    /// The CA's signature over bytes that say what they are for: ECDSA P-256 with SHA-256, in ASN.1
    /// DER. Only for bytes of [`capdo_proto::signing`], which can be taken for no certificate.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, IdentityError> {
        let key = self.issuer.key();
        key.sign(bytes).map_err(|error| why(key, error))
    }

    /// SHA-256 of the CA's certificate.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate).into()
    }

    /// Whether a certificate could be made for a request.
    ///
    /// # Errors
    /// When it is no request, is not signed by its own key, or its key is of another kind.
    pub fn check_request(csr_der: &[u8]) -> Result<(), IdentityError> {
        requested_key(csr_der).map(drop)
    }

    /// A certificate for the host `host_id`. Nothing but the public key of the request is used,
    /// and the request must be signed by that key.
    ///
    /// # Errors
    /// When the request cannot be used, or our clock shows a time before there was a CA.
    pub fn issue_host(
        &self,
        host_id: &str,
        csr_der: &[u8],
        now_ms: i64,
    ) -> Result<Issued, IdentityError> {
        let (spki, public_key) = requested_key(csr_der)?;
        if now_ms < self.since_ms {
            return Err(IdentityError::Clock);
        }
        let (mut params, serial) = leaf_params(host_id, now_ms)?;
        params.subject_alt_names = vec![SanType::DnsName(host_id.try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let der = self.sign(&params, &spki)?;
        Ok(issued(der, serial, public_key, now_ms))
    }

    /// A certificate with a fresh key for the collector itself, under the names by which agents
    /// call it.
    ///
    /// # Errors
    /// When a name is neither a DNS name nor an IP address.
    pub fn issue_server(
        &self,
        names: &[String],
        now_ms: i64,
    ) -> Result<(Issued, PrivateKeyDer<'static>), IdentityError> {
        let key = KeyPair::generate()?;
        let (mut params, serial) = leaf_params("capdo collector", now_ms)?;
        params.subject_alt_names = names.iter().map(|n| san(n)).collect::<Result<_, _>>()?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let der = self.sign(&params, &key)?;
        let public_key = key.public_key_raw().to_vec();
        let private = PrivatePkcs8KeyDer::from(key.serialize_der());
        Ok((issued(der, serial, public_key, now_ms), private.into()))
    }
}

/// A hash as pairs of hex digits, to be compared by eye.
pub fn fingerprint(hash: &[u8]) -> String {
    let pairs: Vec<_> = hash.iter().map(|b| format!("{b:02X}")).collect();
    pairs.join(":")
}

/// A certificate in PEM.
pub fn pem(der: &[u8]) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), lines)
}

/// The public key in a certificate.
pub(super) fn point(der: &[u8]) -> Result<Vec<u8>, IdentityError> {
    let parsed = x509_parser::parse_x509_certificate(der);
    let (_, parsed) = parsed.map_err(|_| IdentityError::Certificate)?;
    Ok(parsed.public_key().subject_public_key.data.to_vec())
}

/// When a certificate ends.
pub(super) fn ends(der: &[u8]) -> Result<OffsetDateTime, IdentityError> {
    let parsed = x509_parser::parse_x509_certificate(der);
    let (_, parsed) = parsed.map_err(|_| IdentityError::Certificate)?;
    Ok(moment(
        parsed.validity().not_after.timestamp().saturating_mul(1000),
    ))
}

/// What went wrong with a signature: what the key says, where it says anything.
fn why(key: &CaKey, error: rcgen::Error) -> IdentityError {
    match error {
        rcgen::Error::RemoteKeyError => key.fault().unwrap_or(error.into()),
        error => error.into(),
    }
}

fn issued(
    der: CertificateDer<'static>,
    serial: String,
    public_key: Vec<u8>,
    now_ms: i64,
) -> Issued {
    let (not_after_ms, renew_after_ms) = (now_ms + LEAF_LIFE_MS, now_ms + RENEW_AFTER_MS);
    Issued {
        der,
        serial,
        public_key,
        not_after_ms,
        renew_after_ms,
    }
}

fn ca_params(now_ms: i64) -> Result<CertificateParams, IdentityError> {
    let mut params = CertificateParams::default();
    params.not_before = moment(now_ms - SKEW_MS);
    params.not_after = moment(now_ms + CA_LIFE_MS);
    params.serial_number = Some(serial()?.0);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "capdo collector CA");
    Ok(params)
}

fn leaf_params(name: &str, now_ms: i64) -> Result<(CertificateParams, String), IdentityError> {
    let (number, hex) = serial()?;
    let mut params = CertificateParams::default();
    params.not_before = moment(now_ms - SKEW_MS);
    params.not_after = moment(now_ms + LEAF_LIFE_MS);
    params.serial_number = Some(number);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    Ok((params, hex))
}

/// The public key that a request asks a certificate for, after it proved to hold the private one.
fn requested_key(csr_der: &[u8]) -> Result<(SubjectPublicKeyInfo, Vec<u8>), IdentityError> {
    let (rest, csr) = X509CertificationRequest::from_der(csr_der)
        .map_err(|_| IdentityError::Csr("it is not PKCS#10"))?;
    if !rest.is_empty() {
        return Err(IdentityError::Csr("bytes follow it"));
    }
    csr.verify_signature()
        .map_err(|_| IdentityError::Csr("its signature does not verify"))?;
    let info = &csr.certification_request_info.subject_pki;
    let spki = SubjectPublicKeyInfo::from_der(info.raw)
        .map_err(|_| IdentityError::Csr("its key is of no known kind"))?;
    if PublicKeyData::algorithm(&spki) != &rcgen::PKCS_ECDSA_P256_SHA256 {
        return Err(IdentityError::Csr("its key is not on P-256"));
    }
    let point = info.subject_public_key.data.to_vec();
    if point.len() != 65 || point.first() != Some(&4) {
        return Err(IdentityError::Csr("its key is not an uncompressed point"));
    }
    Ok((spki, point))
}

fn san(name: &str) -> Result<SanType, IdentityError> {
    Ok(match name.parse() {
        Ok(ip) => SanType::IpAddress(ip),
        Err(_) => SanType::DnsName(name.try_into()?),
    })
}

/// 16 random bytes whose first is neither zero nor negative, so that the hex is always the same.
fn serial() -> Result<(SerialNumber, String), IdentityError> {
    let random = secret::random()?;
    let mut bytes = random[..16].to_vec();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    let hex = hex::encode(&bytes);
    Ok((SerialNumber::from(bytes), hex))
}

fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    const NOW: i64 = 1_795_305_600_000;

    fn csr(key: &KeyPair) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serialize_request(key).unwrap().der().to_vec()
    }

    #[test]
    fn only_the_key_of_a_request_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let ca = Authority::create(dir.path(), NOW).unwrap();
        let key = KeyPair::generate().unwrap();
        let host = "01932b6e-8f4c-7abc-9def-0123456789ab";
        let issued = ca.issue_host(host, &csr(&key), NOW).unwrap();
        assert_eq!(issued.public_key, key.public_key_raw());
        let (_, cert) = x509_parser::parse_x509_certificate(&issued.der).unwrap();
        assert_eq!(hex::encode(cert.raw_serial()), issued.serial);
        assert!(!cert.is_ca());
        let san = cert.subject_alternative_name().unwrap().unwrap();
        assert_eq!(san.value.general_names.len(), 1);
        assert_eq!(
            format!("{}", san.value.general_names[0]),
            format!("DNSName({host})")
        );
    }

    #[test]
    fn other_keys_and_broken_requests_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let ca = Authority::create(dir.path(), NOW).unwrap();
        let ed = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let mut broken = csr(&KeyPair::generate().unwrap());
        let last = broken.len() - 1;
        broken[last] ^= 1;
        for bytes in [csr(&ed), broken, vec![0x30, 0x80], Vec::new()] {
            assert!(matches!(
                ca.issue_host("h", &bytes, NOW),
                Err(IdentityError::Csr(_))
            ));
        }
    }

    #[test]
    fn a_second_ca_and_an_open_key_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        Authority::create(dir.path(), NOW).unwrap();
        assert!(matches!(
            Authority::create(dir.path(), NOW),
            Err(IdentityError::CaExists(_))
        ));
        let key = dir.path().join(KEY_FILE);
        CaKey::load(&key).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(CaKey::load(&key), Err(IdentityError::OpenKey(_))));
    }

    #[test]
    fn a_key_is_of_no_other_ca() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ca = Authority::create(one.path(), NOW).unwrap();
        Authority::create(two.path(), NOW).unwrap();
        let key = CaKey::load(&two.path().join(KEY_FILE)).unwrap();
        assert!(matches!(
            Authority::with(key, ca.certificate().clone()),
            Err(IdentityError::OtherKey)
        ));
    }
}
