//! Which language to speak.

use std::ffi::OsString;

use capdo_checks::lang::Lang;

/// The language to speak before the command line is fully read: `--lang`, else the first of
/// `LC_ALL`, `LC_MESSAGES` and `LANG` that is set, else Vietnamese.
pub fn choose(args: &[OsString], env: impl Fn(&str) -> Option<String>) -> Lang {
    from_args(args)
        .or_else(|| from_env(env))
        .unwrap_or_default()
}

fn from_args(args: &[OsString]) -> Option<Lang> {
    let mut args = args.iter().filter_map(|a| a.to_str());
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--lang") {
            Some("") => args.next(),
            Some(rest) => rest.strip_prefix('='),
            None => continue,
        };
        if let Some(lang) = value.and_then(|v| v.parse().ok()) {
            return Some(lang);
        }
    }
    None
}

fn from_env(env: impl Fn(&str) -> Option<String>) -> Option<Lang> {
    let set = |name: &&str| env(name).filter(|v| !v.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set)?;
    locale.get(..2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(args: &[&str], env: &[(&str, &str)]) -> Lang {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        choose(&args, |name| {
            let found = env.iter().find(|(n, _)| *n == name);
            found.map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn flag_then_environment_then_vietnamese() {
        assert_eq!(chosen(&[], &[]), Lang::Vi);
        assert_eq!(chosen(&[], &[("LANG", "en_GB.UTF-8")]), Lang::En);
        assert_eq!(chosen(&[], &[("LANG", "C.UTF-8")]), Lang::Vi);
        let both = [("LC_ALL", "vi_VN.UTF-8"), ("LANG", "en_US.UTF-8")];
        assert_eq!(chosen(&[], &both), Lang::Vi);
        assert_eq!(chosen(&["x", "scan", "--lang", "en"], &both), Lang::En);
        assert_eq!(chosen(&["x", "--lang=en"], &both), Lang::En);
    }
}
