//! `/etc/login.defs`: one name and one value per line; the last of a name holds.

use crate::host::{Host, HostError};

const FILE: &str = "/etc/login.defs";

/// The value of `name` and where it stands; `None` where the file or the line is missing.
///
/// # Errors
/// When the file may not be read.
pub fn value(host: &dyn Host, name: &str) -> Result<Option<(String, String)>, HostError> {
    let text = host.text_if_any(FILE)?.unwrap_or_default();
    Ok(find(&text, name).map(|(n, value)| (value.to_owned(), format!("{FILE}:{n}"))))
}

fn find<'t>(text: &'t str, name: &str) -> Option<(usize, &'t str)> {
    let pairs = super::text::lines(text).filter_map(|(n, line)| {
        let (key, value) = line.split_once(char::is_whitespace)?;
        (key == name).then(|| (n, value.trim().trim_matches('"')))
    });
    pairs.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_name_holds() {
        let text = "#UMASK 077\nUMASK\t022\nUMASKX 1\nUMASK  027 # strict\n";
        assert_eq!(find(text, "UMASK"), Some((4, "027")));
        assert_eq!(find(text, "ENCRYPT_METHOD"), None);
    }
}
