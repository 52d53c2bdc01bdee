//! `/etc/pam.d/su`: whether a group is asked for.

/// The line of `pam_wheel` that lets only members of a group through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheel {
    /// Line number.
    pub line: usize,
    /// `group=`, where it stands.
    pub group: Option<String>,
    /// `use_uid`: asks who runs `su`, not who logged in at the terminal.
    pub use_uid: bool,
}

/// Finds the line. One that only lets members in without a password (`trust`), that shuts members
/// out (`deny`), or that is not decisive (`sufficient`, `optional`) restricts nobody; nor does one
/// behind a module that already let everybody in.
pub fn wheel(text: &str) -> Option<Wheel> {
    for (line, words) in super::text::lines(text) {
        let mut words = words.split_whitespace();
        if words.next().map(|w| w.trim_start_matches('-')) != Some("auth") {
            continue;
        }
        let control = words.next().unwrap_or_default();
        let module = words.next().unwrap_or_default();
        let module = module.rsplit('/').next().unwrap_or_default();
        let early = control == "sufficient" && ["pam_unix.so", "pam_permit.so"].contains(&module);
        if early {
            return None;
        }
        if module != "pam_wheel.so" || !["required", "requisite"].contains(&control) {
            continue;
        }
        let options: Vec<&str> = words.collect();
        if options.contains(&"deny") || options.contains(&"trust") {
            continue;
        }
        let group = options.iter().find_map(|o| o.strip_prefix("group="));
        return Some(Wheel {
            line,
            group: group.map(str::to_owned),
            use_uid: options.contains(&"use_uid"),
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_decisive_line_restricts() {
        for text in [
            "# auth required pam_wheel.so use_uid\n",
            "auth sufficient pam_wheel.so trust use_uid\n",
            "auth required pam_wheel.so deny group=nosu\n",
            "auth sufficient pam_unix.so\nauth required pam_wheel.so use_uid\n",
            "account required pam_wheel.so\n",
        ] {
            assert_eq!(wheel(text), None, "{text}");
        }
        let text =
            "auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid group=admins\n";
        let got = wheel(text).unwrap();
        assert_eq!(
            (got.line, got.group.as_deref(), got.use_uid),
            (2, Some("admins"), true)
        );
    }
}
