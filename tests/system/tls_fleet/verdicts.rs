//! What the checks conclude from the surveys of the fleet.

use std::collections::BTreeMap;

use capdo_checks::{
    catalogue::{Catalogue, Level, Thresholds},
    check::judge,
    host::{Budget, Fixture},
    probes::tls::survey::Survey,
    registry,
    run::observe_all,
    settings::Settings,
};
use serde::Serialize;

/// The checks whose conclusions are compared, in the order of the table.
const CHECKS: [&str; 4] = [
    "tls.versions",
    "tls.weak-suites",
    "tls.forward-secrecy",
    "tls.vulnerabilities",
];

/// A host with one service, of which only the survey is known.
#[derive(Serialize)]
struct Told<'a> {
    base: String,
    surveys: BTreeMap<&'a str, &'a Survey>,
}

/// The reasons that the checks give for their conclusions, one beside the other, at level 2.
pub(super) fn reasons(survey: &Survey) -> String {
    let base = capdo_tests::repository().join("checks/fixtures/base/tls-web.toml");
    let told = Told {
        base: base.display().to_string(),
        surveys: BTreeMap::from([("127.0.0.1:443", survey)]),
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("told.toml");
    std::fs::write(&path, toml::to_string(&told).unwrap()).unwrap();
    let host = Fixture::load(&path).unwrap_or_else(|e| panic!("{e}"));
    let settings: Settings = toml::from_str(
        "endpoints = [{ host = \"127.0.0.1\", port = 443, kind = \"tls\", authorisation = \"a test\" }]",
    )
    .unwrap();
    let checks: Vec<_> = CHECKS
        .iter()
        .map(|id| registry::find(id).unwrap())
        .collect();
    let level = Level::try_from(2).unwrap();
    let thresholds = Thresholds::of(Catalogue::embedded().current(), level);
    let seen = observe_all(&checks, &host, &settings, Budget::default(), |_, _| {});
    let reason = |id: &&str| {
        let one = seen.iter().find(|s| s.observation.check == **id).unwrap();
        let check = registry::find(id).unwrap();
        judge(check, &one.observation, one.at, &thresholds)
            .reason
            .key
            .to_string()
    };
    CHECKS.iter().map(reason).collect::<Vec<_>>().join(" ")
}

/// Server, and what must be concluded from its survey with the deeper probes. Of a server without encryption
/// nobody can tell Ticketbleed here. stunnel has nobody behind it and ends every talk, so that nobody can tell
/// whether it renegotiates.
const TABLE: &[(&str, &str)] = &[
    ("openssl default", "pass pass partial-some pass"),
    (
        "openssl everything from TLS 1.0",
        "fail fail fail-field pass",
    ),
    ("openssl TLS 1.2 only", "pass pass partial-some pass"),
    ("openssl TLS 1.3 only", "pass pass-tls13 pass pass"),
    ("openssl TLS 1.1 only", "fail pass partial-some pass"),
    ("openssl TLS 1.0 only", "fail pass partial-some pass"),
    ("openssl ECDSA", "pass pass pass pass"),
    ("openssl ECDSA P-384, TLS 1.2", "pass pass pass pass"),
    ("openssl Ed25519", "pass pass pass pass"),
    ("openssl RSA and ECDSA", "pass pass partial-some pass"),
    ("openssl own order", "pass pass partial-some pass"),
    ("openssl P-256 only", "pass pass partial-some pass"),
    ("openssl P-521 and X448", "pass pass partial-some pass"),
    ("openssl finite fields only", "pass pass-tls13 pass pass"),
    (
        "openssl NULL only",
        "fail fail partial-some unknown-unclear",
    ),
    ("openssl anonymous only", "fail fail fail-field pass"),
    ("openssl RSA exchange only", "pass pass fail pass"),
    ("openssl DHE only", "pass pass pass pass"),
    ("openssl no tickets", "pass pass partial-some pass"),
    ("openssl ALPN", "pass pass partial-some pass"),
    ("openssl CCM in TLS 1.3", "pass pass-tls13 pass pass"),
    ("openssl early data", "pass pass partial-some pass"),
    ("openssl one suite", "pass pass pass pass"),
    ("openssl OCSP staple", "pass pass partial-some pass"),
    ("openssl long chain", "pass pass partial-some pass"),
    (
        "openssl client certificate asked for",
        "pass pass partial-some pass",
    ),
    ("openssl no tickets in TLS 1.3", "pass pass-tls13 pass pass"),
    (
        "gnutls default",
        "fail pass partial-some partial-client-renegotiation",
    ),
    (
        "gnutls all that is old",
        "fail fail partial-some partial-client-renegotiation",
    ),
    (
        "gnutls finite fields in TLS 1.3",
        "pass pass-tls13 pass pass",
    ),
    (
        "gnutls secure256",
        "pass pass partial-some partial-client-renegotiation",
    ),
    (
        "nss SSL 3.0 to TLS 1.2",
        "fail fail partial-some partial-client-renegotiation",
    ),
    ("nss RC4 alone", "fail fail fail pass"),
    (
        "nss TLS 1.2 and 1.3",
        "pass pass pass partial-client-renegotiation",
    ),
    ("nginx intermediate", "pass pass pass pass"),
    (
        "nginx modern, two certificates",
        "pass pass-tls13 pass pass",
    ),
    ("nginx old, own order", "fail fail partial-some pass"),
    ("nginx one curve, IPv6", "pass pass pass pass"),
    ("nginx OCSP staple", "pass pass partial-some pass"),
    (
        "nginx client certificate required",
        "pass pass partial-some pass",
    ),
    ("stunnel", "pass pass partial-some unknown-unclear"),
    ("haproxy", "pass pass partial-some pass"),
    // It lets clients renegotiate three times in ten minutes.
    (
        "node",
        "pass pass partial-some partial-client-renegotiation",
    ),
    ("rustls X25519MLKEM768", "pass pass pass pass"),
];

/// What was concluded otherwise than it must be.
pub(super) fn differences(name: &str, survey: &Survey) -> Option<String> {
    let got = reasons(survey);
    let want = TABLE.iter().find(|row| row.0 == name).map(|row| row.1);
    let (traits, holes) = (&survey.traits, &survey.weaknesses);
    (want != Some(got.as_str()))
        .then(|| format!("{name}: {got}, not {want:?}\n  {traits:?}\n  {holes:?}"))
}
