//! TLS towards the collector: version 1.3 only, and never without knowing whom to trust.

use std::{sync::Arc, time::Duration};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::{CertifiedKey, SingleCertAndKey},
    version::TLS13,
};
use sha2::{Digest as _, Sha256};

use crate::{identity::Identity, key};

/// Whom to trust before there is an identity.
#[derive(Clone, Debug)]
pub enum Anchor {
    /// These CA certificates, in DER.
    Ca(Vec<Vec<u8>>),
    /// The CA certificate with this SHA-256, which the collector shows in its chain.
    Pin([u8; 32]),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// For enrolment: the server proves itself, the host has nothing to prove itself with.
///
/// # Errors
/// When a CA certificate cannot be read.
pub fn anonymous(anchor: &Anchor) -> Result<ClientConfig, Error> {
    let trust = match anchor {
        Anchor::Ca(ders) => Trust::Roots(Arc::new(roots(ders.iter().map(Vec::as_slice))?)),
        Anchor::Pin(sha256) => Trust::Pin(*sha256),
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Collector::new(trust, 0)));
    Ok(http2(builder.with_no_client_auth()))
}

/// For an enrolled host: both sides prove themselves. `heard_ms` is the latest time that the
/// collector told, 0 for none.
///
/// # Errors
/// When a certificate or the key cannot be read.
pub fn mutual(identity: &Identity, heard_ms: i64) -> Result<ClientConfig, Error> {
    let chain = identity
        .chain()
        .map(|c| CertificateDer::from(c.to_vec()))
        .collect();
    let key = CertifiedKey::new(chain, key::for_tls(identity.key())?);
    let trust = Trust::Roots(Arc::new(roots(identity.ca())?));
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Collector::new(trust, heard_ms)))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    Ok(http2(config))
}

fn http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn roots<'a>(ders: impl Iterator<Item = &'a [u8]>) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for der in ders {
        store.add(CertificateDer::from(der.to_vec()))?;
    }
    Ok(store)
}

/// Whose certificates a collector may have.
#[derive(Debug)]
enum Trust {
    /// Those of these CAs.
    Roots(Arc<RootCertStore>),
    /// Those of the CA with this hash, which the collector shows in its chain.
    Pin([u8; 32]),
}

/// Verifies the collector's certificate in the ordinary way: chain, name and dates. A host whose
/// clock is wrong by years must be able to report that, so that where only the dates are in the way
/// they are looked at as of the certificate's own beginning; never as of a time before the latest that
/// the collector told, so that a certificate which ran out before that stays refused.
#[derive(Debug)]
struct Collector {
    trust: Trust,
    heard_ms: i64,
    provider: Arc<CryptoProvider>,
}

impl Collector {
    fn new(trust: Trust, heard_ms: i64) -> Self {
        let provider = provider();
        Self {
            trust,
            heard_ms,
            provider,
        }
    }

    fn roots(&self, shown: &[CertificateDer<'_>]) -> Result<Arc<RootCertStore>, Error> {
        match &self.trust {
            Trust::Roots(roots) => Ok(roots.clone()),
            Trust::Pin(sha256) => {
                let pinned = shown.iter().find(|c| Sha256::digest(c)[..] == *sha256);
                let pinned =
                    pinned.ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
                Ok(Arc::new(roots(std::iter::once(pinned.as_ref()))?))
            }
        }
    }

    /// The time to verify as of where our own clock cannot be right.
    fn other_time(&self, leaf: &CertificateDer<'_>) -> Option<UnixTime> {
        let (_, leaf) = x509_parser::parse_x509_certificate(leaf).ok()?;
        let validity = leaf.validity();
        let heard = self.heard_ms.div_euclid(1_000);
        let at = validity.not_before.timestamp().max(heard);
        let seconds = u64::try_from(at).ok()?;
        (at <= validity.not_after.timestamp())
            .then(|| UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl ServerCertVerifier for Collector {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let roots = self.roots(intermediates)?;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, self.provider.clone())
            .build()
            .map_err(|e| Error::General(e.to_string()))?;
        let verify = |at| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at)
        };
        match verify(now) {
            Err(Error::InvalidCertificate(error)) if is_about_dates(&error) => {
                let other = self.other_time(end_entity);
                let verified = verify(other.ok_or(Error::InvalidCertificate(error))?)?;
                tracing::warn!(
                    "By this host's clock the collector's certificate does not hold now; the clock \
                     is taken to be wrong."
                );
                Ok(verified)
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not offered".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

const fn is_about_dates(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    )
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use time::OffsetDateTime;

    use super::*;

    const DAY: i64 = 86_400;
    const NOW: i64 = 1_795_305_600;

    struct Ca {
        issuer: Issuer<'static, KeyPair>,
        der: CertificateDer<'static>,
    }

    fn ca() -> Ca {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.not_before = moment(NOW - 5_000 * DAY);
        params.not_after = moment(NOW + 5_000 * DAY);
        let der = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        Ca { issuer, der }
    }

    fn moment(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    /// A certificate of 90 days from `begin`.
    fn leaf(ca: &Ca, begin: i64) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["collector.example".to_owned()]).unwrap();
        params.not_before = moment(begin);
        params.not_after = moment(begin + 90 * DAY);
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &ca.issuer).unwrap().der().clone()
    }

    fn verify(trusted: &Ca, shown: &CertificateDer<'_>, name: &str, heard: i64, now: i64) -> bool {
        let roots = Arc::new(roots(std::iter::once(trusted.der.as_ref())).unwrap());
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now.unsigned_abs()));
        Collector::new(Trust::Roots(roots), heard * 1_000)
            .verify_server_cert(shown, &[], &name, &[], now)
            .is_ok()
    }

    #[test]
    fn a_wrong_clock_of_ours_keeps_nobody_out_and_lets_no_other_in() {
        let ca = ca();
        let shown = leaf(&ca, NOW - DAY);
        for years in [-10, 0, 10] {
            let now = NOW + years * 365 * DAY;
            assert!(verify(&ca, &shown, "collector.example", 0, now), "{years}");
            assert!(
                verify(&ca, &shown, "collector.example", NOW, now),
                "{years}"
            );
            assert!(!verify(&ca, &shown, "other.example", 0, now), "{years}");
            let other = self::ca();
            assert!(
                !verify(&other, &shown, "collector.example", 0, now),
                "{years}"
            );
        }
    }

    /// As a collector shows whose CA was replaced while the agent was away.
    #[test]
    fn the_next_ca_is_known_by_the_certificate_that_the_old_one_gave_it() {
        let (old, next) = (ca(), ca());
        let shown = leaf(&next, NOW - DAY);
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let cross = params.signed_by(next.issuer.key(), &old.issuer).unwrap();
        let roots = Arc::new(roots(std::iter::once(old.der.as_ref())).unwrap());
        let pin = Sha256::digest(&old.der).into();
        let name = ServerName::try_from("collector.example").unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()));
        let with = [cross.der().clone(), next.der.clone(), old.der.clone()];
        let without = [next.der.clone(), old.der.clone()];
        for trust in [Trust::Roots(roots), Trust::Pin(pin)] {
            let agent = Collector::new(trust, 0);
            agent
                .verify_server_cert(&shown, &with, &name, &[], now)
                .unwrap();
            agent
                .verify_server_cert(&shown, &without, &name, &[], now)
                .unwrap_err();
        }
    }

    #[test]
    fn a_certificate_that_ran_out_before_the_collectors_last_word_is_refused() {
        let ca = ca();
        let old = leaf(&ca, NOW - 200 * DAY);
        assert!(!verify(&ca, &old, "collector.example", NOW, NOW));
        assert!(verify(&ca, &old, "collector.example", NOW - 120 * DAY, NOW));
    }
}
