//! Reads a service's stack from a host and flattens its includes.

use super::{
    Rule, Stack, Target,
    codes::{Action, Control},
    parse::{Facility, Item, parse, parse_conf},
};
use crate::{
    host::Host,
    observation::{Gap, GapReason},
};

/// Where service files stand; the first that exists counts.
const FOLDERS: [&str; 3] = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"];
/// Deepest nesting of includes that libpam follows.
const MAX_DEPTH: usize = 16;
/// Most rules in one flattened stack.
const MAX_RULES: usize = 256;

/// Whether the service has a file of its own.
///
/// # Errors
/// When the folders may not be looked at.
pub fn has_service(host: &dyn Host, service: &str) -> Result<bool, Gap> {
    let service = service.to_ascii_lowercase();
    for folder in FOLDERS {
        if host.stat_if_any(&format!("{folder}/{service}"))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The stack that libpam runs for `service` and `facility`: the service's own file, or, where that
/// has no rule of this facility, the one of the service `other`. Empty when neither has any; libpam
/// then refuses. As libpam has it, the name of a service is in small letters, whatever the program
/// asks for; the names of included files are not touched.
///
/// # Errors
/// When a file may not be read, is missing though included, or holds a line that is not
/// understood.
pub fn stack(host: &dyn Host, service: &str, facility: Facility) -> Result<Stack, Gap> {
    let service = service.to_ascii_lowercase();
    if service.contains('/') {
        return Err(Gap::parse(format!("{service}: a path as a PAM service")));
    }
    for name in [service.as_str(), "other"] {
        let mut loader = Loader {
            host,
            facility,
            rules: Vec::new(),
        };
        let found = match service_items(host, name)? {
            Some((path, items)) => loader.add(&path, items, 0, 0).map(|()| loader.rules)?,
            None => Vec::new(),
        };
        if !found.is_empty() {
            return Ok(Stack { rules: found });
        }
    }
    Ok(Stack::default())
}

type Items = (String, Vec<(usize, Item)>);

fn service_items(host: &dyn Host, service: &str) -> Result<Option<Items>, Gap> {
    if let Some(found) = folder_items(host, service)? {
        return Ok(Some(found));
    }
    for folder in FOLDERS {
        if host.stat_if_any(folder)?.is_some() {
            return Ok(None); // where a folder exists, pam.conf is not read
        }
    }
    let text = host.text_if_any("/etc/pam.conf")?;
    Ok(text.map(|t| ("/etc/pam.conf".to_owned(), parse_conf(&t, service))))
}

fn folder_items(host: &dyn Host, name: &str) -> Result<Option<Items>, Gap> {
    if name.starts_with('/') {
        return Ok(host
            .text_if_any(name)?
            .map(|t| (name.to_owned(), parse(&t))));
    }
    for folder in FOLDERS {
        let path = format!("{folder}/{name}");
        if let Some(text) = host.text_if_any(&path)? {
            return Ok(Some((path, parse(&text))));
        }
    }
    Ok(None)
}

struct Loader<'a> {
    host: &'a dyn Host,
    facility: Facility,
    rules: Vec<Rule>,
}

impl Loader<'_> {
    fn add(
        &mut self,
        path: &str,
        items: Vec<(usize, Item)>,
        level: usize,
        depth: usize,
    ) -> Result<(), Gap> {
        for (line, item) in items {
            let source = format!("{path}:{line}");
            match item {
                Item::Odd => return Err(Gap::parse(source)),
                Item::IncludeAll(name) => self.follow(&name, &source, level, depth)?,
                Item::Include(f, name) if f == self.facility => {
                    self.follow(&name, &source, level, depth)?;
                }
                Item::Substack(f, name) if f == self.facility => {
                    self.push(
                        Target::Substack,
                        Control::all(Action::Ignore),
                        level,
                        source.clone(),
                    )?;
                    self.follow(&name, &source, level + 1, depth)?;
                }
                Item::Module {
                    facility,
                    control,
                    name,
                    args,
                } if facility == self.facility => {
                    self.push(Target::Module { name, args }, control, level, source)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        target: Target,
        control: Control,
        level: usize,
        source: String,
    ) -> Result<(), Gap> {
        if self.rules.len() == MAX_RULES {
            return Err(Gap::new(GapReason::OverBudget, source));
        }
        self.rules.push(Rule {
            target,
            control,
            level,
            source,
        });
        Ok(())
    }

    fn follow(&mut self, name: &str, from: &str, level: usize, depth: usize) -> Result<(), Gap> {
        if depth == MAX_DEPTH {
            return Err(Gap::parse(format!("{from}: includes nest too deeply")));
        }
        match folder_items(self.host, name)? {
            Some((path, items)) => self.add(&path, items, level, depth + 1),
            None => Err(Gap::parse(format!("{from}: {name} does not exist"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Fixture;

    fn host(files: &[(&str, &str)]) -> Fixture {
        use std::fmt::Write as _;
        let mut text = String::new();
        for (path, content) in files {
            writeln!(text, "[files.{path:?}]\ntext = {content:?}").unwrap();
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Fixture::load(file.path()).unwrap()
    }

    #[test]
    fn includes_are_flattened_and_substacks_keep_their_level() {
        let host = host(&[
            (
                "/etc/pam.d/x",
                "auth include a\nauth substack b\n@include c\naccount required pam_no.so\n",
            ),
            (
                "/etc/pam.d/a",
                "auth required pam_a.so\naccount required pam_aa.so\n",
            ),
            ("/usr/lib/pam.d/b", "auth required pam_b.so\n"),
            (
                "/etc/pam.d/c",
                "password required pam_p.so\nauth required pam_c.so\n",
            ),
        ]);
        let got = stack(&host, "x", Facility::Auth).unwrap();
        let seen: Vec<_> = got.rules.iter().map(|r| (r.module(), r.level)).collect();
        assert_eq!(seen, [("pam_a", 0), ("", 0), ("pam_b", 1), ("pam_c", 0)]);
        assert_eq!(got.rules[2].source, "/usr/lib/pam.d/b:1");
    }

    #[test]
    fn other_stands_in_facility_by_facility() {
        let host = host(&[
            ("/etc/pam.d/x", "account required pam_a.so\n"),
            ("/etc/pam.d/other", "auth required pam_deny.so\n"),
        ]);
        assert_eq!(
            stack(&host, "x", Facility::Auth).unwrap().rules[0].module(),
            "pam_deny"
        );
        assert_eq!(stack(&host, "x", Facility::Session).unwrap().rules, []);
    }

    #[test]
    fn a_service_is_looked_up_in_small_letters() {
        let host = host(&[
            ("/etc/pam.d/MFA", "auth required pam_oath.so\n"),
            ("/etc/pam.d/mfa", "auth required pam_permit.so\n"),
        ]);
        let got = stack(&host, "MFA", Facility::Auth).unwrap();
        assert_eq!(got.rules[0].module(), "pam_permit");
        assert!(stack(&host, "../x", Facility::Auth).is_err());
    }

    #[test]
    fn circles_and_missing_files_are_gaps() {
        let host = host(&[
            ("/etc/pam.d/x", "@include x\n"),
            ("/etc/pam.d/y", "auth include nowhere\n"),
            ("/etc/pam.d/z", "auth sometimes pam_unix.so\n"),
        ]);
        for service in ["x", "y", "z"] {
            let gap = stack(&host, service, Facility::Auth).unwrap_err();
            assert_eq!(gap.reason, GapReason::ParseError, "{service}");
        }
    }

    #[test]
    fn pam_conf_counts_only_without_folders() {
        let only = host(&[("/etc/pam.conf", "x auth required pam_unix.so\n")]);
        assert_eq!(stack(&only, "x", Facility::Auth).unwrap().rules.len(), 1);
        let both = host(&[
            ("/etc/pam.conf", "x auth required pam_unix.so\n"),
            ("/etc/pam.d/y", "auth required pam_unix.so\n"),
        ]);
        assert_eq!(stack(&both, "x", Facility::Auth).unwrap().rules, []);
    }
}
