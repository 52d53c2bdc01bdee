//! Sudo rules under which nobody is asked anything: `NOPASSWD` and `!authenticate`. Only that;
//! the rest of sudoers(5) is read elsewhere.

use super::text::lines;
use crate::{host::Host, observation::Gap};

/// Where such rules stand (file, line and whom they name), but for the accounts in `accepted`.
///
/// # Errors
/// When sudo's files may not be read.
pub fn rules(host: &dyn Host, accepted: &[String]) -> Result<Vec<String>, Gap> {
    let mut paths = vec!["/etc/sudoers".to_owned()];
    for entry in host.list_if_any("/etc/sudoers.d", 256)? {
        // sudo passes over such names
        if !entry.name.contains('.') && !entry.name.ends_with('~') {
            paths.push(format!("/etc/sudoers.d/{}", entry.name));
        }
    }
    let mut found = Vec::new();
    for path in paths {
        let text = host.text_if_any(&path)?.unwrap_or_default();
        if lines(&text)
            .any(|(_, line)| line.contains("pam_service") || line.contains("pam_login_service"))
        {
            return Err(Gap::parse(format!(
                "{path}: names a PAM service of its own"
            )));
        }
        for (line, who) in parse(&text) {
            if !accepted.contains(&who) {
                found.push(format!("{path}:{line} {who}"));
            }
        }
    }
    Ok(found)
}

/// Rules that ask nothing: the number of the line on which each begins and its first word (a user,
/// `%group`, an alias, or `Defaults`).
fn parse(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (n, line) in lines(text) {
        let (start, mut rule) = open.take().unwrap_or_default();
        let start = if rule.is_empty() { n } else { start };
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |l| (l, true));
        rule.push_str(part);
        rule.push(' ');
        if more {
            open = Some((start, rule));
        } else if rule.contains("NOPASSWD") || rule.contains("!authenticate") {
            let first = rule.split_whitespace().next().unwrap_or_default();
            found.push((start, first.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_ask_nothing_are_found() {
        let text = "# an ALL=(ALL) NOPASSWD: ALL\nan ALL=(ALL) ALL\n%ops ALL=(ALL) \\\n NOPASSWD: /bin/x\nDefaults !authenticate\n";
        let got = parse(text);
        assert_eq!(got, [(3, "%ops".to_owned()), (5, "Defaults".to_owned())]);
    }
}
