//! The set-up that every shell reads: the idle limit `TMOUT` and `umask`. Shell is not run here:
//! assignments are found as they stand, and what stands under a condition is marked as such.

use crate::{
    context::{Cx, Gather},
    facts::glob,
    observation::Gap,
};

/// Where shells of the Bourne family read their system-wide set-up, in that order.
const FILES: [&str; 4] = [
    "/etc/profile",
    "/etc/profile.d/*.sh",
    "/etc/bash.bashrc",
    "/etc/bashrc",
];

/// The idle limit of shells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// Seconds; `None` where the value is not a plain number.
    pub seconds: Option<i64>,
    /// Whether a user can no longer change it.
    pub readonly: bool,
    /// Whether programs started by the shell get it, too.
    pub exported: bool,
    /// Whether it is set under a condition only.
    pub conditional: bool,
    /// `FILE:LINE`.
    pub source: String,
}

impl Timeout {
    /// Whether it holds for everybody and nobody can lift it.
    pub const fn is_firm(&self) -> bool {
        self.readonly && !self.conditional
    }
}

/// One `umask` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Umask {
    /// The mask; `None` where it is not octal.
    pub mask: Option<u32>,
    /// `FILE:LINE`.
    pub source: String,
}

/// What the set-up files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShellSetup {
    /// The idle limit, where one is set.
    pub timeout: Option<Timeout>,
    /// Every `umask` command, conditional ones included.
    pub umasks: Vec<Umask>,
}

impl Gather for ShellSetup {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut setup = Self::default();
        for pattern in FILES {
            for path in glob::expand(cx.host(), pattern)? {
                let text = cx.host().text_if_any(&path)?.unwrap_or_default();
                setup.read(&path, &text);
            }
        }
        Ok(setup)
    }
}

impl ShellSetup {
    fn read(&mut self, path: &str, text: &str) {
        let mut depth = 0_usize;
        for (n, line) in super::text::lines(text) {
            let source = format!("{path}:{n}");
            for (statement, chained) in statements(line) {
                let mut words: Vec<&str> = statement.split_whitespace().collect();
                while let Some(first) = words.first().copied() {
                    match first {
                        "if" | "case" | "for" | "while" | "until" | "{" | "select" => depth += 1,
                        "fi" | "esac" | "done" | "}" => depth = depth.saturating_sub(1),
                        "then" | "else" | "elif" | "do" => {}
                        function if function.ends_with("()") => {}
                        _ => break,
                    }
                    words.remove(0);
                }
                self.statement(&words, depth > 0 || chained, &source);
            }
        }
    }

    fn statement(&mut self, words: &[&str], conditional: bool, source: &str) {
        let Some((first, rest)) = words.split_first() else {
            return;
        };
        match *first {
            "umask" => {
                let value = rest.iter().find(|w| !w.starts_with('-'));
                self.umasks.extend(value.map(|w| Umask {
                    mask: u32::from_str_radix(unquoted(w), 8).ok(),
                    source: source.to_owned(),
                }));
            }
            "unset" if rest.contains(&"TMOUT") => self.unset(),
            "export" | "readonly" | "declare" | "typeset" => {
                let flags: String = rest
                    .iter()
                    .filter(|w| w.starts_with('-'))
                    .copied()
                    .collect();
                let readonly = *first == "readonly" || flags.contains('r');
                let exported = *first == "export" || flags.contains('x');
                for word in rest {
                    match word.split_once('=') {
                        Some(("TMOUT", value)) => self.assign(value, conditional, source),
                        None if *word == "TMOUT" => {}
                        _ => continue,
                    }
                    if let Some(timeout) = &mut self.timeout {
                        timeout.readonly |= readonly;
                        timeout.exported |= exported;
                        timeout.conditional |= conditional;
                    }
                }
            }
            _ => {
                for word in words.iter().map_while(|w| w.split_once('=')) {
                    if word.0 == "TMOUT" {
                        self.assign(word.1, conditional, source);
                    }
                }
            }
        }
    }

    /// Neither `unset` nor an assignment changes a variable that is read-only.
    fn unset(&mut self) {
        if !self.timeout.as_ref().is_some_and(Timeout::is_firm) {
            self.timeout = None;
        }
    }

    /// A conditional assignment over another value: the longer of the two may hold.
    fn assign(&mut self, value: &str, conditional: bool, source: &str) {
        if self.timeout.as_ref().is_some_and(Timeout::is_firm) {
            return;
        }
        let fresh: Option<i64> = unquoted(value).parse().ok();
        let before = self.timeout.take();
        let seconds = match &before {
            Some(old) if conditional => match (old.seconds, fresh) {
                (Some(0), _) | (_, Some(0)) => Some(0),
                (Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            },
            _ => fresh,
        };
        self.timeout = Some(Timeout {
            seconds,
            readonly: before.as_ref().is_some_and(|t| t.readonly),
            exported: before.as_ref().is_some_and(|t| t.exported),
            conditional,
            source: source.to_owned(),
        });
    }
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// The statements of a line, and whether each runs only when the one before it succeeds or fails.
fn statements(line: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    for part in line.split(';') {
        let mut chained = false;
        for piece in part.split("&&").flat_map(|p| p.split("||")) {
            let piece = piece.trim();
            found.push((piece, chained));
            chained |= !always_succeeds(piece);
        }
    }
    found
}

/// What follows a plain assignment by `&&` runs as well.
fn always_succeeds(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default();
    first.starts_with("TMOUT=") || ["export", "readonly", "declare", "typeset"].contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout(text: &str) -> Option<(Option<i64>, bool, bool, bool)> {
        let mut setup = ShellSetup::default();
        setup.read("f", text);
        let t = setup.timeout?;
        Some((t.seconds, t.readonly, t.exported, t.conditional))
    }

    #[test]
    fn the_ways_to_set_an_idle_limit() {
        let firm = Some((Some(600), true, true, false));
        for text in [
            "TMOUT=600\nreadonly TMOUT\nexport TMOUT\n",
            "TMOUT=600; readonly TMOUT; export TMOUT",
            "declare -xr TMOUT=600",
            "TMOUT=600 && readonly TMOUT && export TMOUT",
            "typeset -r -x TMOUT=\"600\"",
            "readonly TMOUT=600 ; export TMOUT",
            "TMOUT=900\nTMOUT=600\nreadonly TMOUT\nexport TMOUT\nTMOUT=0\nunset TMOUT",
        ] {
            assert_eq!(timeout(text), firm, "{text}");
        }
    }

    #[test]
    fn what_users_can_lift_is_not_firm() {
        assert_eq!(
            timeout("export TMOUT=600"),
            Some((Some(600), false, true, false))
        );
        assert_eq!(timeout("TMOUT=600\nunset TMOUT"), None);
        assert_eq!(timeout("# TMOUT=600"), None);
        let under = "if [ \"$UID\" -gt 0 ]; then\n  readonly TMOUT=600\nfi";
        assert_eq!(timeout(under), Some((Some(600), true, false, true)));
        let chained = "[ -n \"$PS1\" ] && TMOUT=600";
        assert_eq!(timeout(chained), Some((Some(600), false, false, true)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[ -~\n\té…;&|=\"'{}]{0,200}") {
            timeout(&text);
            timeout(&format!("if {text}; TMOUT={text}; umask {text}"));
        }
    }

    #[test]
    fn umask_commands_are_found_wherever_they_stand() {
        let mut setup = ShellSetup::default();
        setup.read(
            "f",
            "if [ $UID -gt 199 ]; then\n umask 002\nelse\n umask 022\nfi\numask -S u=rwx\n",
        );
        let masks: Vec<_> = setup.umasks.iter().map(|u| u.mask).collect();
        assert_eq!(masks, [Some(0o002), Some(0o022), None]);
    }
}
