//! The scripts that jobs run.

use super::{
    Jobs, Starter,
    tools::{base_name, is_tool, mentions_tool, paths_in, words},
};
use crate::{
    host::Host,
    observation::{Gap, GapReason},
};

const SCRIPT_CAP: usize = 256 << 10;

impl Jobs {
    /// The shell scripts that a command names. Programs are passed over, they are no text, and so are the
    /// tools themselves, some of which are scripts.
    pub(super) fn scripts(&mut self, host: &dyn Host, command: &str, starter: Starter) -> String {
        let mut all = String::new();
        let paths = paths_in(command).into_iter();
        for path in paths.filter(|p| !is_tool(base_name(p))).take(8) {
            let head = match host.read_at(path, 0, 2) {
                Ok(head) => head,
                Err(error) => {
                    self.missed(error);
                    continue;
                }
            };
            if head != b"#!" {
                continue;
            }
            let text = match host.read(path, SCRIPT_CAP) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) => {
                    self.missed(error);
                    continue;
                }
            };
            if starter != Starter::Nothing {
                self.masked.script(path, &text);
            }
            if is_of_a_shell(&text) {
                all.push_str(&text);
            } else if starter != Starter::Nothing && mentions_tool(&text) {
                let what = format!("{path}: not a script for a shell");
                self.gap
                    .get_or_insert_with(|| Gap::new(GapReason::ParseError, what));
            }
        }
        all
    }
}

/// Whether the first line of a script names a shell.
fn is_of_a_shell(text: &str) -> bool {
    const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ksh", "zsh", "busybox"];
    let first = text.lines().next().unwrap_or_default();
    let first = first.trim_start_matches("#!");
    words(first).iter().any(|w| SHELLS.contains(&base_name(w)))
}
