//! The certificate authority of a collector: one key, made at `init`, that vouches for the
//! collector towards agents and for agents towards the collector, and for nobody else.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber, SigningKey as _, SubjectPublicKeyInfo,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509CertificationRequest};
use zeroize::Zeroizing;

use super::{IdentityError, secret};

/// The file of the CA's private key in the data folder.
pub const KEY_FILE: &str = "ca-key.pem";
/// The file of the CA's certificate in the data folder.
pub const CERTIFICATE_FILE: &str = "ca.pem";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long the CA lives.
const CA_LIFE_MS: i64 = 10 * 365 * DAY_MS;
/// How long a host's or the collector's certificate lives.
pub const LEAF_LIFE_MS: i64 = 90 * DAY_MS;
/// After how much of its life a certificate is to be renewed.
pub const RENEW_AFTER_MS: i64 = LEAF_LIFE_MS / 3 * 2;
/// By how much other clocks may be behind ours.
const SKEW_MS: i64 = 60 * 60 * 1000;

/// The certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
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
    /// Makes a CA in the folder `data`.
    ///
    /// # Errors
    /// When there is one, or the folder cannot be written.
    pub fn create(data: &Path, now_ms: i64) -> Result<Self, IdentityError> {
        let key = KeyPair::generate()?;
        let certificate = ca_params(now_ms)?.self_signed(&key)?;
        let pem = Zeroizing::new(key.serialize_pem());
        write_new(&data.join(KEY_FILE), 0o600, pem.as_bytes())?;
        write_new(
            &data.join(CERTIFICATE_FILE),
            0o644,
            certificate.pem().as_bytes(),
        )?;
        Self::load(data)
    }

    /// Loads the CA of the folder `data`.
    ///
    /// # Errors
    /// When there is none, or others may read its key.
    pub fn load(data: &Path) -> Result<Self, IdentityError> {
        let path = data.join(KEY_FILE);
        let fail = |source| IdentityError::File {
            path: path.clone(),
            source,
        };
        if fs::metadata(&path).map_err(fail)?.permissions().mode() & 0o077 != 0 {
            return Err(IdentityError::OpenKey(path));
        }
        let pem = Zeroizing::new(fs::read_to_string(&path).map_err(fail)?);
        let key = KeyPair::from_pem(&pem)?;
        let path = data.join(CERTIFICATE_FILE);
        let certificate = CertificateDer::from_pem_file(&path).map_err(|error| {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidData, error.to_string());
            IdentityError::File { path, source }
        })?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self {
            issuer,
            certificate,
        })
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// SHA-256 of the CA's certificate as pairs of hex digits, to be compared by eye.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(&self.certificate);
        hash.iter()
            .map(|b| format!("{b:02X}"))
            .collect::<Vec<_>>()
            .join(":")
    }

    /// The CA's signature over bytes that say what they are for: ECDSA P-256 with SHA-256, in ASN.1
    /// DER. Only for bytes of [`capdo_proto::signing`], which can be taken for no certificate.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, IdentityError> {
        Ok(self.issuer.key().sign(bytes)?)
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
    /// When the request cannot be used.
    pub fn issue_host(
        &self,
        host_id: &str,
        csr_der: &[u8],
        now_ms: i64,
    ) -> Result<Issued, IdentityError> {
        let (spki, public_key) = requested_key(csr_der)?;
        let (mut params, serial) = leaf_params(host_id, now_ms)?;
        params.subject_alt_names = vec![SanType::DnsName(host_id.try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let der = params.signed_by(&spki, &self.issuer)?.der().clone();
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
        let der = params.signed_by(&key, &self.issuer)?.der().clone();
        let public_key = key.public_key_raw().to_vec();
        let private = PrivatePkcs8KeyDer::from(key.serialize_der());
        Ok((issued(der, serial, public_key, now_ms), private.into()))
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
    if rcgen::PublicKeyData::algorithm(&spki) != &rcgen::PKCS_ECDSA_P256_SHA256 {
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

/// Writes a file that must not exist yet, on disk when this returns.
fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), IdentityError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let fail = |source: std::io::Error| {
        let path = path.to_owned();
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            IdentityError::CaExists(path)
        } else {
            IdentityError::File { path, source }
        }
    };
    made.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(fail)
}

#[cfg(test)]
mod tests {
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
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            Authority::load(dir.path()),
            Err(IdentityError::OpenKey(_))
        ));
    }
}
