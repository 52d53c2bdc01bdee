//! Services that inetd or xinetd starts on demand.

use crate::{context::Cx, facts::text::lines, observation::Gap};

const CLEAR: [&str; 9] = [
    "telnet", "shell", "login", "exec", "tftp", "ftp", "rsh", "rlogin", "finger",
];

/// Names of clear-text services that inetd or xinetd would start, each once.
///
/// # Errors
/// When their files may not be read.
pub fn clear_services(cx: &Cx<'_>) -> Result<Vec<String>, Gap> {
    let host = cx.host();
    let mut names = Vec::new();
    if let Some(text) = host.text_if_any("/etc/inetd.conf")? {
        names.extend(inetd(&text));
    }
    for entry in host.list_if_any("/etc/xinetd.d", 256)? {
        if let Some(text) = host.text_if_any(&format!("/etc/xinetd.d/{}", entry.name))? {
            names.extend(xinetd(&text));
        }
    }
    names.retain(|n| CLEAR.contains(&n.as_str()));
    names.sort();
    names.dedup();
    Ok(names)
}

/// The service names in `inetd.conf(5)`.
pub fn inetd(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let first = line.split_whitespace().next()?;
        // `address:service` binds an address.
        first.rsplit(':').next().map(str::to_owned)
    };
    lines(text).filter_map(|(_, l)| name(l)).collect()
}

/// The services in a file of `xinetd.conf(5)` that are not disabled.
pub fn xinetd(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut open: Option<(String, bool)> = None;
    for (_, line) in lines(text) {
        if let Some(name) = line.strip_prefix("service ") {
            open = Some((name.trim_matches([' ', '\t', '{']).to_owned(), false));
        } else if line.starts_with('}') {
            out.extend(open.take().filter(|(_, off)| !off).map(|(n, _)| n));
        } else if let (Some((_, off)), Some((key, value))) = (&mut open, line.split_once('='))
            && key.trim() == "disable"
        {
            *off = value.trim() == "yes";
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commented_and_disabled_services_do_not_run() {
        assert_eq!(inetd("#telnet stream\n0.0.0.0:ftp stream tcp\n"), ["ftp"]);
        let text = "service telnet\n{\n disable = yes\n}\nservice tftp\n{\n disable = no\n}\n";
        assert_eq!(xinetd(text), ["tftp"]);
    }
}
