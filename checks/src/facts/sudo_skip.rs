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
        for (line, who) in parse(&text) {
            if !accepted.contains(&who) {
                found.push(format!("{path}:{line} {who}"));
            }
        }
    }
    Ok(found)
}

/// Lines that ask nothing, with the first word: a user, `%group`, an alias, or `Defaults`.
fn parse(text: &str) -> Vec<(usize, String)> {
    let joined = text.replace("\\\n", "  ");
    let skips = |line: &str| line.contains("NOPASSWD") || line.contains("!authenticate");
    let found = lines(&joined).filter(|(_, line)| skips(line));
    let first = |line: &str| {
        line.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    found.map(|(n, line)| (n, first(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_ask_nothing_are_found() {
        let text = "# an ALL=(ALL) NOPASSWD: ALL\nan ALL=(ALL) ALL\n%ops ALL=(ALL) \\\n NOPASSWD: /bin/x\nDefaults !authenticate\n";
        let got: Vec<String> = parse(text).into_iter().map(|f| f.1).collect();
        assert_eq!(got, ["%ops", "Defaults"]);
    }
}
