//! `[section]` and `key = value` files, as yum, pgBackRest, barman and borg write them.

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Section, empty before the first.
    pub section: String,
    /// Key in lower case.
    pub key: String,
    /// Value.
    pub value: String,
    /// Line, from 1.
    pub line: usize,
}

/// The settings of a file, in order.
pub fn parse(text: &str) -> Vec<Setting> {
    let mut section = String::new();
    let mut all = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            name.0.trim().clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            all.push(Setting {
                section: section.clone(),
                key: key.trim().to_lowercase(),
                value: value.trim().trim_matches(['"', '\'']).to_owned(),
                line: n + 1,
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_values_are_told_apart() {
        let got = parse("a=1\n[b c]\n# d=2\n Key = \"x=y\" \n[\n=\n");
        assert_eq!(got[0].section, "");
        assert_eq!(
            (got[1].section.as_str(), got[1].key.as_str()),
            ("b c", "key")
        );
        assert_eq!((got[1].value.as_str(), got[1].line), ("x=y", 4));
    }
}
