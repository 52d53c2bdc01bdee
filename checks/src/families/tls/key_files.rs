//! The certificates and private keys that services are configured to use.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        access,
        people::{UIDS, by_group},
        tls::{
            certificate::{Cert, parse},
            files::{Pair, Pairs},
        },
        tls_endpoints::{Endpoints, Surveys},
    },
    host::{Budget, FileKind, HostError, Kind, Stat},
    observation::{Facts, Gap, GapReason, Seen, Subject, SubjectKind, Value, Vantage},
    probes::tls::survey::Survey,
    verdict::Judgement,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};

/// Of each certificate that nginx, Apache, HAProxy, Postfix, Dovecot, PostgreSQL or MariaDB is
/// configured with: the private key is readable by its service alone (people in its group count half),
/// the certificate is in date, and what is served is what stands on disk (a renewed certificate that no service has loaded is
/// not served). Private keys are never read.
pub(super) struct KeyFiles;

const META: Meta = Meta {
    id: "tls.key-files",
    version: 2,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &["tls.cert-warn-days"],
    always_applies: false,
};

const SOURCE: &str = "nginx, apache, haproxy, postfix, dovecot, postgresql, mysql";
const CERT_CAP: usize = 256 << 10;

impl Check for KeyFiles {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let pairs = cx.get::<Pairs>()?;
        if pairs.0.is_empty() {
            return Ok(Facts::new()
                .configured("configured", 0_usize, SOURCE)
                .observed("elsewhere", elsewhere(cx)?, "TLS survey of this host")
                .into());
        }
        let served = Served::seen(cx);
        Ok(Seen::each(pairs.0.iter().map(|pair| {
            let name = pair.cert.as_deref().unwrap_or(&pair.source);
            let name = format!("{} {name}", pair.service);
            let subject = Subject::new(SubjectKind::File, name);
            let facts = look(cx, pair, &served).unwrap_or_else(Facts::unseen);
            (subject, facts)
        })))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.int("configured") == Ok(0) {
            let elsewhere = case.list("elsewhere")?;
            return Ok(if elsewhere.is_empty() {
                Judgement::not_applicable("not-applicable")
            } else {
                Judgement::unknown("unknown-elsewhere")
                    .with("endpoints", Value::List(elsewhere.to_vec()))
            });
        }
        let key = case.text("key")?;
        let with = |judgement: Judgement| judgement.with("key", key);
        let until = case.time("not_after")?;
        let date = until.to_string();
        let left = until.as_second() - case.at.as_second();
        let lifetime = until.as_second() - case.time("not_before")?.as_second();
        let warn = (case.threshold("tls.cert-warn-days") * 86_400).min(lifetime / 3);
        Ok(if case.flag("key_open")? {
            with(Judgement::fail("fail-open")).with("mode", case.text("key_mode")?)
        } else if case.flag("key_changeable")? {
            with(Judgement::fail("fail-changeable")).with("mode", case.text("key_mode")?)
        } else if !case.list("key_group_writers")?.is_empty() {
            let who = case.list("key_group_writers")?;
            with(Judgement::fail("fail-group")).with("people", Value::List(who.to_vec()))
        } else if left < 0 {
            Judgement::fail("fail-expired").with("date", date)
        } else if case.flag("key_of_person")? {
            with(Judgement::partial("partial-owner"))
        } else if !case.list("key_group_readers")?.is_empty() {
            let who = case.list("key_group_readers")?;
            with(Judgement::partial("partial-group")).with("people", Value::List(who.to_vec()))
        } else if case.flag("key_shielded")? {
            with(Judgement::partial("partial-shielded"))
        } else if case.flag("not_loaded")? {
            Judgement::partial("partial-not-loaded")
        } else if case.flag("unseen")? {
            Judgement::unknown("unknown-served")
        } else if left <= warn {
            Judgement::partial("partial-soon").with("date", date)
        } else {
            with(Judgement::pass("pass")).with("date", date)
        })
    }
}

/// Endpoints that serve TLS, or may, with a key from a place that is not known here.
fn elsewhere(cx: &Cx<'_>) -> Result<Vec<String>, Gap> {
    let (endpoints, surveys) = (cx.get::<Endpoints>()?, cx.get::<Surveys>()?);
    let all = endpoints.all.iter().zip(&surveys.0);
    let serves = all.filter(|(_, survey)| survey.as_ref().map_or(true, |s| s.tls));
    let mut found: Vec<String> = serves.map(|(e, _)| e.label.clone()).collect();
    found.extend(endpoints.unlooked.iter().cloned());
    match &endpoints.unread {
        Some(gap) if found.is_empty() => Err(gap.clone()),
        _ => Ok(found),
    }
}

/// What the host's own addresses show, to see a certificate that was not loaded.
struct Served {
    leaves: Vec<Cert>,
    /// An address could not be asked, or showed nothing. A mounted image shows nothing at all, and
    /// there the files are judged by themselves.
    unseen: bool,
}

impl Served {
    fn seen(cx: &Cx<'_>) -> Self {
        let Ok(surveys) = cx.get::<Surveys>() else {
            return Self {
                leaves: Vec::new(),
                unseen: cx.host().kind() == Kind::Live,
            };
        };
        let shown = surveys.0.iter().flatten().flat_map(|s| &s.shown);
        let blank = |s: &Survey| s.tls && s.shown.is_empty();
        Self {
            leaves: shown.filter_map(|s| parse(s.chain.first()?)).collect(),
            unseen: surveys.0.iter().any(|s| s.as_ref().map_or(true, blank)),
        }
    }
}

fn look(cx: &Cx<'_>, pair: &Pair, served: &Served) -> Result<Facts, Gap> {
    let host = cx.host();
    let unclear = || Gap::parse(&pair.source);
    let cert_path = pair.cert.as_deref().ok_or_else(unclear)?;
    let key_path = pair.key.as_deref().ok_or_else(unclear)?;
    let pem = host
        .read(cert_path, CERT_CAP)
        .map_err(|e| missing(e, cert_path))?;
    let leaf = CertificateDer::pem_slice_iter(&pem).find_map(Result::ok);
    let leaf = leaf.and_then(|der| parse(&der));
    let leaf = leaf.ok_or_else(|| Gap::parse(cert_path))?;
    let stat = host.stat(key_path).map_err(|e| missing(e, key_path))?;
    if stat.kind != FileKind::File {
        return Err(Gap::parse(key_path));
    }
    let facts = permissions(cx, key_path, &stat)?
        .configured("service", pair.service, &pair.source)
        .configured("key", key_path, &pair.source)
        .observed("names", leaf.names.clone(), cert_path)
        .observed("fingerprint", leaf.sha256.as_str(), cert_path)
        .observed("spki_sha256", leaf.spki_sha256.as_str(), cert_path)
        .observed("not_before", leaf.not_before, cert_path)
        .observed("not_after", leaf.not_after, cert_path);
    let here = served.leaves.iter().any(|c| c.sha256 == leaf.sha256);
    let twin = |c: &&Cert| {
        c.names == leaf.names && c.subject == leaf.subject && c.not_before < leaf.not_before
    };
    let older = served.leaves.iter().find(twin).filter(|_| !here);
    Ok(facts
        .observed("served", here, "TLS survey of this host")
        .observed("unseen", served.unseen, "TLS survey of this host")
        .observed("not_loaded", older.is_some(), "TLS survey of this host")
        .maybe(
            "served_fingerprint",
            Vantage::Observed,
            older.map(|c| c.sha256.as_str()),
            "TLS survey of this host",
        ))
}

/// Who may read a key and who may put another in its place.
fn permissions(cx: &Cx<'_>, path: &str, stat: &Stat) -> Result<Facts, Gap> {
    let reachable = access::open_to_all(cx.host(), path)?;
    let group = by_group(cx, path, stat)?;
    let (open, changeable) = (stat.mode & 0o004 != 0, stat.mode & 0o002 != 0);
    let shielded = (open || changeable || stat.mode & 0o001 != 0) && !reachable;
    Ok(Facts::new()
        .observed("key_mode", format!("{:04o}", stat.mode), path)
        .observed("key_owner", format!("{}:{}", stat.uid, stat.gid), path)
        .observed("key_open", open && reachable, path)
        .observed("key_shielded", shielded, path)
        .observed("key_changeable", changeable && reachable, path)
        .observed("key_of_person", UIDS.contains(&stat.uid), path)
        .observed("key_group_readers", group.readers, path)
        .observed("key_group_writers", group.writers, path))
}

fn missing(error: HostError, path: &str) -> Gap {
    match error {
        HostError::NotFound(_) => Gap::new(GapReason::Io, format!("{path}: does not exist")),
        other => other.into(),
    }
}
