//! How the parts of a survey are called that were not asked, or not answered to the end.

use capdo_checks::{Value, probes::tls::survey::Protocol};

use super::page::Page;

/// The holes with the names under which they were published, by the names in the JSON.
pub(super) const HOLES: [(&str, &str); 5] = [
    ("heartbleed", "Heartbleed (CVE-2014-0160)"),
    ("ccs_injection", "CCS injection (CVE-2014-0224)"),
    ("robot", "ROBOT (CVE-2017-13099)"),
    ("ticketbleed", "Ticketbleed (CVE-2016-9244)"),
    ("starttls_injection", "STARTTLS injection (CVE-2011-0411)"),
];

const VERSIONS: [Protocol; 6] = [
    Protocol::Ssl2,
    Protocol::Ssl3,
    Protocol::Tls10,
    Protocol::Tls11,
    Protocol::Tls12,
    Protocol::Tls13,
];

/// The labels of parts, in their order.
pub(super) fn all(page: &Page, parts: &[String]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for part in parts {
        let label = label(page, part);
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// The label under which a part stands on the page; the part itself where it has none.
fn label(page: &Page, part: &str) -> String {
    if let Some((_, title)) = HOLES.iter().find(|(name, _)| *name == part) {
        return (*title).to_owned();
    }
    let version = |name: &str| VERSIONS.iter().find(|v| v.name() == name);
    if let Some(version) = version(part) {
        return version.title().to_owned();
    }
    if let Some(version) = part.strip_prefix("suites ").and_then(version) {
        let args = [("version", Value::from(version.title()))];
        return page.with("probe-tls-part-suites", &args);
    }
    let key = match part {
        "certificates" => "probe-tls-part-certificates",
        "groups" => "probe-tls-groups",
        "curves" => "probe-tls-curves",
        "signatures" | "signatures tls13" => "probe-tls-signatures",
        "alpn" => "probe-tls-alpn",
        "traits" => "probe-tls-traits",
        "tickets" => "probe-tls-tickets",
        "weaknesses" => "probe-tls-weaknesses",
        "compression" => "probe-tls-compression",
        "secure_renegotiation" => "probe-tls-renegotiation",
        _ => return part.to_owned(),
    };
    page.plain(key)
}
