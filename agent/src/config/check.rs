//! Whether the file makes sense, in the words of whoever wrote it; all problems at once.

use std::{net::IpAddr, ops::Range, path::PathBuf, time::Duration};

use capdo_checks::settings::{Endpoint, EndpointKind, Settings};
use capdo_proto::limits::{MAX_RUN_INTERVAL_S, MIN_RUN_INTERVAL_S};
use toml::Spanned;

use super::{
    Config, DEFAULT_STATE_DIR, Problem, Rule,
    error::{EndpointFault, line_of},
    file::{Collector, File, Schedule},
    period,
};
use crate::tpm::TpmUse;

const DEFAULT_INTERVAL: Duration = Duration::from_secs(24 * 3_600);
const DEFAULT_JITTER: Duration = Duration::from_secs(3_600);

/// Checks the file and builds the configuration from it.
pub(super) fn build(file: File, text: &str) -> Result<Config, Vec<Problem>> {
    let mut checker = Checker {
        text,
        problems: Vec::new(),
    };
    let (collector, ca_file, ca_sha256) = checker.collector(file.collector);
    let (interval, jitter) = checker.schedule(&file.schedule);
    let state_dir = checker.absolute("state_dir", file.state_dir);
    let declared = checker.declared(file.declared);
    let limits = checker.limits(&file.budget);
    let capabilities = checker.capabilities(file.guest);
    let tpm = checker.tpm(file.tpm);
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    Ok(Config {
        collector,
        ca_file,
        ca_sha256,
        state_dir: state_dir.unwrap_or_else(|| PathBuf::from(DEFAULT_STATE_DIR)),
        interval,
        jitter,
        limits,
        capabilities,
        log_format: file.log_format,
        tpm,
        lang: file.lang,
        declared,
        warnings: Vec::new(),
    })
}

/// Whether a text is `HOST:PORT`, with IPv6 addresses in brackets.
pub fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_fine = match bracketed {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !host.is_empty() && host.len() <= 253 && host.chars().all(plain)
        }
    };
    host_fine && port.parse::<u16>().is_ok_and(|p| p > 0)
}

/// Reads a SHA-256 in hexadecimal digits; colons between them are as openssl prints them.
pub fn parse_sha256(text: &str) -> Option<[u8; 32]> {
    let bare: String = text.chars().filter(|c| *c != ':').collect();
    hex::decode(bare.trim()).ok()?.try_into().ok()
}

pub(super) struct Checker<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

type Collected = (Option<String>, Option<PathBuf>, Option<[u8; 32]>);

impl Checker<'_> {
    pub(super) fn problem(&mut self, span: Range<usize>, rule: Rule) {
        let line = line_of(self.text, span.start);
        self.problems.push(Problem { line, rule });
    }

    fn collector(&mut self, collector: Collector) -> Collected {
        if let (Some(_), Some(pin)) = (&collector.ca_file, &collector.ca_sha256) {
            self.problem(pin.span(), Rule::TwoAnchors);
        }
        if let Some(address) = collector.address.as_ref()
            && !is_address(address.get_ref())
        {
            let value = address.get_ref().clone();
            self.problem(address.span(), Rule::Address(value));
        }
        let pin = collector.ca_sha256.and_then(|pin| {
            let parsed = parse_sha256(pin.get_ref());
            if parsed.is_none() {
                self.problem(pin.span(), Rule::Pin);
            }
            parsed
        });
        let ca_file = self.absolute("collector.ca_file", collector.ca_file);
        (collector.address.map(Spanned::into_inner), ca_file, pin)
    }

    fn schedule(&mut self, schedule: &Schedule) -> (Duration, Duration) {
        let interval = self.period("schedule.interval", schedule.interval.as_ref());
        let jitter = self.period("schedule.jitter", schedule.jitter.as_ref());
        let every = interval.unwrap_or(DEFAULT_INTERVAL);
        let shortest = Duration::from_secs(MIN_RUN_INTERVAL_S.into());
        let longest = Duration::from_secs(MAX_RUN_INTERVAL_S.into());
        if let Some(span) = schedule.interval.as_ref().map(Spanned::span)
            && interval.is_some_and(|i| i < shortest || i > longest)
        {
            self.problem(span, Rule::Interval);
        }
        if let Some(span) = schedule.jitter.as_ref().map(Spanned::span)
            && jitter.is_some_and(|j| j > every)
        {
            self.problem(span, Rule::Jitter);
        }
        (every, jitter.unwrap_or(DEFAULT_JITTER.min(every)))
    }

    pub(super) fn period(
        &mut self,
        key: &'static str,
        value: Option<&Spanned<String>>,
    ) -> Option<Duration> {
        let value = value?;
        let parsed = period::parse(value.get_ref());
        if parsed.is_none() {
            let text = value.get_ref().clone();
            self.problem(value.span(), Rule::Period { key, value: text });
        }
        parsed
    }

    fn absolute(&mut self, key: &'static str, path: Option<Spanned<PathBuf>>) -> Option<PathBuf> {
        let path = path?;
        if !path.get_ref().is_absolute() {
            self.problem(path.span(), Rule::Relative(key));
        }
        Some(path.into_inner())
    }

    /// `tpm`: one of two words, or a path.
    fn tpm(&mut self, written: Option<Spanned<String>>) -> TpmUse {
        match written.as_ref().map(|w| w.get_ref().as_str()) {
            None | Some("auto") => TpmUse::Auto,
            Some("off") => TpmUse::Off,
            Some(_) => {
                let path = written.map(|w| Spanned::new(w.span(), w.into_inner().into()));
                self.absolute("tpm", path).map_or(TpmUse::Off, TpmUse::At)
            }
        }
    }

    fn declared(&mut self, declared: Option<Spanned<Settings>>) -> Settings {
        let Some(declared) = declared else {
            return Settings::default();
        };
        let span = declared.span();
        let settings = declared.into_inner();
        if settings.expected_ports.contains(&0) || settings.endpoints.iter().any(|e| e.port == 0) {
            self.problem(span.clone(), Rule::PortZero);
        }
        for address in &settings.approved_dns {
            if address.parse::<IpAddr>().is_err() {
                self.problem(span.clone(), Rule::NotAnIp(address.clone()));
            }
        }
        for declared in &settings.endpoints {
            if let Some(fault) = endpoint_fault(declared) {
                let endpoint = format!("{}:{}", declared.host, declared.port);
                self.problem(span.clone(), Rule::Endpoint { endpoint, fault });
            }
        }
        settings
    }
}

/// What stands in the way of using a declared endpoint.
fn endpoint_fault(endpoint: &Endpoint) -> Option<EndpointFault> {
    use EndpointKind as K;
    let path = endpoint.path.as_deref();
    let account = endpoint.test_account.as_ref();
    let files = [
        account.map(|a| a.password_file.as_str()),
        endpoint.config_file.as_deref(),
        endpoint
            .client
            .as_ref()
            .and_then(|c| c.secret_file.as_deref()),
    ];
    let realm = || path.and_then(|p| p.rsplit_once("/realms/"));
    let logs_in = matches!(
        endpoint.kind,
        K::Keycloak
            | K::Nextcloud
            | K::Gitlab
            | K::Zimbra
            | K::Cockpit
            | K::Webmin
            | K::WebLogin
            | K::Oidc
            | K::Saml
    );
    if path.is_some_and(|p| !p.starts_with('/')) {
        Some(EndpointFault::Path)
    } else if endpoint.kind == K::Keycloak && realm().is_none_or(|(_, name)| name.is_empty()) {
        Some(EndpointFault::Realm)
    } else if files.iter().flatten().any(|f| !f.starts_with('/')) {
        Some(EndpointFault::File)
    } else if account.is_some() && !logs_in {
        Some(EndpointFault::NoLogin)
    } else if account.is_some() && endpoint.authorisation.is_none() {
        Some(EndpointFault::NotAuthorised)
    } else if !begins(endpoint) {
        Some(EndpointFault::Start)
    } else {
        None
    }
}

/// Whether what a test login begins with is there, and its addresses are some.
fn begins(endpoint: &Endpoint) -> bool {
    let https = |text: &str| text.strip_prefix("https://").is_some_and(|r| !r.is_empty());
    let origins = endpoint.origins.iter();
    let mut origins = origins.filter_map(|o| o.address.as_deref().map(|a| (&o.origin, a)));
    let named = endpoint.origins.iter().all(|o| https(&o.origin));
    let reached = origins.all(|(_, a)| a.parse::<IpAddr>().is_ok());
    let api = endpoint.login_api.as_ref();
    let start = endpoint.start.as_deref();
    let needs = match endpoint.kind {
        EndpointKind::Oidc => endpoint.client.is_some(),
        EndpointKind::Saml => start.is_some(),
        _ => true,
    };
    named
        && reached
        && start.is_none_or(https)
        && api.is_none_or(|a| a.path.starts_with('/'))
        && (needs || endpoint.test_account.is_none())
}
