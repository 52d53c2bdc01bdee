//! Everything that sends logs to another machine.

use crate::{
    context::{Cx, Gather},
    facts::{
        own_addresses::OwnAddresses,
        peers::Peers,
        processes::Processes,
        rsyslog::{Forward, Rsyslog, is_loopback},
        systemd_conf, units,
    },
    observation::Gap,
};

/// Programs that ship logs, by the name of their process.
const SHIPPERS: [&str; 14] = [
    "wazuh-agentd",
    "ossec-agentd",
    "filebeat",
    "elastic-agent",
    "fluent-bit",
    "fluentd",
    "vector",
    "splunkd",
    "promtail",
    "alloy",
    "nxlog",
    "otelcol",
    "arcsight",
    "syslog-ng",
];

/// What sends logs away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarding {
    /// Targets that are not this host, of rsyslog and of systemd-journal-upload.
    pub targets: Vec<Forward>,
    /// Whether there are targets and every program that serves them runs.
    pub running: bool,
    /// Whether a connection to each target over TCP stands.
    pub connected: bool,
    /// Other programs that ship logs and run; what they send is not read.
    pub shippers: Vec<String>,
}

impl Gather for Forwarding {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let processes = cx.get::<Processes>()?;
        let own = cx.host().text_if_any("/etc/hostname")?.unwrap_or_default();
        let rsyslog = cx.get::<Rsyslog>()?;
        let addresses = cx.get::<OwnAddresses>()?;
        let away = |f: &&Forward| {
            !f.target.is_empty()
                && !is_loopback(&f.target)
                && !addresses.contain(&f.target)
                && !f.target.eq_ignore_ascii_case(own.trim())
        };
        let mut targets: Vec<Forward> = rsyslog.forwards.iter().filter(away).cloned().collect();
        let mut running = targets.is_empty() || processes.has("rsyslogd");
        let upload = upload(cx)?.filter(|(f, _)| away(&f));
        if let Some((target, runs)) = upload {
            running &= runs;
            targets.push(target);
        }
        let peers = cx.get::<Peers>()?;
        // UDP has no connection: nothing shows that anything arrives.
        let stands = |f: &Forward| f.tcp && peers.connected_to(f.port.unwrap_or(514));
        Ok(Self {
            connected: targets.iter().all(stands),
            running: running && !targets.is_empty(),
            shippers: SHIPPERS
                .iter()
                .filter(|s| processes.has(s))
                .map(|&s| s.to_owned())
                .collect(),
            targets,
        })
    }
}

/// systemd-journal-upload, where it is configured, and whether it runs.
fn upload(cx: &Cx<'_>) -> Result<Option<(Forward, bool)>, Gap> {
    let settings = systemd_conf::settings(cx, "journal-upload.conf", "Upload")?;
    let Some(url) = settings.get("URL").filter(|u| !u.value.is_empty()) else {
        return Ok(None);
    };
    let unit = "systemd-journal-upload.service";
    let runs =
        units::systemd_runs(cx)? && units::show(cx, &[unit])?.get(unit).is_some_and(|u| u.alive);
    let tls = url.value.starts_with("https:") || !url.value.contains("://");
    let rest = url
        .value
        .split_once("://")
        .map_or(url.value.as_str(), |(_, r)| r);
    let rest = rest.split('/').next().unwrap_or_default();
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "19532"));
    let trust = settings.get("TrustedCertificateFile");
    Ok(Some((
        Forward {
            module: "journal-upload".to_owned(),
            target: host.to_owned(),
            port: port.parse().ok(),
            tcp: true,
            tls,
            // `all` switches the check of the peer's certificate off.
            checked_name: tls && trust.is_none_or(|t| t.value != "all" && t.value != "-"),
            everything: true,
            disk_queue: true, // it reads on from where it stopped in the journal
            retries_forever: true,
            source: url.source.clone(),
        },
        runs,
    )))
}
