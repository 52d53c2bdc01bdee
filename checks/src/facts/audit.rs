//! The kernel's audit: which rules are configured, and which are loaded.

use crate::{
    context::{Cx, Gather},
    host::{Command, Output},
    observation::{Gap, GapReason},
};

const MAX_FILES: usize = 256;
const MAX_RULES: usize = 4_096;

/// One rule that records something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule {
    /// Path or folder watched for writing or changed attributes.
    path: Option<String>,
    /// System calls; empty for a watch.
    calls: Vec<String>,
    /// `b64` or `b32`, where said.
    arch: Option<String>,
    /// Only records what a person (auid >= 1000) does with another's rights, or all.
    narrow: bool,
}

/// A set of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// `-a never,task` stands among them: then no other rule ever fires.
    pub suppressed: bool,
    /// `-e 2` stands among them.
    pub locked: bool,
}

/// Something that should be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Writing to this file.
    Write(&'static str),
    /// This system call, made by a 64-bit program.
    Call(&'static str),
    /// One of these files being written; distributions differ in which they have.
    AnyWrite(&'static [&'static str]),
}

impl Want {
    /// What it is called in a list.
    pub fn name(self) -> String {
        match self {
            Self::Write(path) => path.to_owned(),
            Self::Call(call) => call.to_owned(),
            Self::AnyWrite(paths) => paths.join("|"),
        }
    }
}

impl Rules {
    /// Whether the rules record `want`.
    pub fn records(&self, want: Want) -> bool {
        match want {
            Want::Write(path) => self.writes(path),
            Want::AnyWrite(paths) => paths.iter().any(|p| self.writes(p)),
            Want::Call(call) => self.rules.iter().any(|r| {
                let arch = r
                    .arch
                    .as_deref()
                    .is_none_or(|a| a == "b64" || a.ends_with("64"));
                let named = r.calls.iter().any(|c| c == call || c == "all");
                arch && named && !r.narrow && r.path.is_none()
            }),
        }
    }

    fn writes(&self, path: &str) -> bool {
        self.rules.iter().any(|r| {
            r.path.as_deref().is_some_and(|p| {
                let dir = p.trim_end_matches('/');
                p == path
                    || path
                        .strip_prefix(dir)
                        .is_some_and(|rest| rest.starts_with('/'))
            })
        })
    }

    /// The wants that the rules do not record.
    pub fn missing(&self, wants: &[Want]) -> Vec<String> {
        let lacking = wants.iter().filter(|w| !self.records(**w));
        lacking.map(|w| w.name()).collect()
    }
}

/// What stands in `/etc/audit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configured(pub Rules);

impl Gather for Configured {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut text = String::new();
        let dir = "/etc/audit/rules.d";
        for entry in cx.host().list_if_any(dir, MAX_FILES)? {
            if entry.name.ends_with(".rules") {
                let path = format!("{dir}/{}", entry.name);
                // augenrules puts one `-D` before everything, wherever the files say it.
                let one = cx.host().text_if_any(&path)?.unwrap_or_default();
                for line in one.lines().filter(|l| l.trim() != "-D") {
                    text += line;
                    text.push('\n');
                }
            }
        }
        if text.trim().is_empty() {
            let one = cx.host().text_if_any("/etc/audit/audit.rules")?;
            text = one.unwrap_or_default();
        }
        Ok(Self(parse_rules(&text)))
    }
}

/// What the kernel has loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded(pub Rules);

impl Gather for Loaded {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let output = cx.host().run(&Command::AuditctlRules)?;
        Ok(Self(parse_rules(&told(&output, "auditctl -l")?)))
    }
}

/// What the kernel says about its audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// 0 off, 1 on, 2 on and locked until the next boot.
    pub enabled: i64,
    /// Whether a daemon takes the records.
    pub daemon: bool,
}

impl Gather for Status {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let output = cx.host().run(&Command::AuditctlStatus)?;
        let text = told(&output, "auditctl -s")?;
        parse_status(&text).ok_or_else(|| Gap::parse("auditctl -s"))
    }
}

/// Whether `auditctl` is installed.
///
/// # Errors
/// When the folders of programs may not be looked at.
pub fn installed(cx: &Cx<'_>) -> Result<bool, Gap> {
    for path in ["/usr/sbin/auditd", "/sbin/auditd", "/usr/bin/auditd"] {
        if cx.host().stat_if_any(path)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn told(output: &Output, command: &str) -> Result<String, Gap> {
    let said = String::from_utf8_lossy(&output.stderr).to_ascii_lowercase();
    if said.contains("root") || said.contains("permitted") || said.contains("permission") {
        return Err(Gap::new(GapReason::NoPermission, command));
    }
    if !output.ok() {
        return Err(Gap::new(
            GapReason::Io,
            format!("{command}: {}", said.trim()),
        ));
    }
    Ok(output.text())
}

fn parse_status(text: &str) -> Option<Status> {
    let field = |name: &str| {
        let mut lines = text.lines().filter_map(|l| l.split_once(' '));
        let value = lines.find(|(k, _)| *k == name)?.1;
        value.split_whitespace().next()?.parse::<i64>().ok()
    };
    Some(Status {
        enabled: field("enabled")?,
        daemon: field("pid")? != 0,
    })
}

fn parse_rules(text: &str) -> Rules {
    let mut found = Rules::default();
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["-e", level, ..] => found.locked = *level == "2",
            ["-D", ..] => found = Rules::default(),
            ["-w" | "-a" | "-A", ..] if found.rules.len() < MAX_RULES => found.take(&words),
            _ => {}
        }
    }
    found
}

impl Rules {
    fn take(&mut self, words: &[&str]) {
        let mut rule = Rule::default();
        let mut list = "";
        let mut perms = "rwxa";
        for pair in words.windows(2) {
            match *pair {
                ["-w", path] => rule.path = Some(path.to_owned()),
                ["-p", p] => perms = p,
                ["-a" | "-A", l] => list = l,
                ["-S", calls] => rule.calls.extend(calls.split(',').map(str::to_owned)),
                ["-F", field] => rule.field(field, &mut perms),
                _ => {}
            }
        }
        let has = |part: &str| list.split(',').any(|l| l == part);
        if has("never") {
            // What comes first wins: a `never` for all or for a call hides the rules after it.
            self.suppressed |= has("task") || (has("exit") && !particular(words));
            return;
        }
        if has("exclude") || has("filesystem") {
            self.suppressed |= has("exclude") && drops_all(words);
            return;
        }
        let watch = rule.path.is_some();
        let writes = perms.contains('w') || !rule.calls.is_empty();
        let says = watch || !rule.calls.is_empty();
        if says && !rule.narrow && (list.is_empty() || has("exit")) && (!watch || writes) {
            self.rules.push(rule);
        }
    }
}

/// Fields of a rule, as they stand behind `-F`.
fn fields<'w>(words: &'w [&str]) -> impl Iterator<Item = &'w str> {
    words
        .windows(2)
        .filter(|pair| pair.first() == Some(&"-F"))
        .filter_map(|pair| pair.get(1).copied())
}

/// Whether a rule speaks of one file, folder, program or account rather than of everything.
fn particular(words: &[&str]) -> bool {
    const NAMES: [&str; 9] = [
        "path",
        "dir",
        "exe",
        "uid",
        "pid",
        "ppid",
        "subj_type",
        "obj_type",
        "inode",
    ];
    words.contains(&"-w")
        || fields(words).any(|f| {
            let (name, value) = f.split_once('=').unwrap_or((f, ""));
            let unset = name == "auid" && ["unset", "-1", "4294967295"].contains(&value);
            NAMES.contains(&name) && !(name == "dir" && value == "/") || unset
        })
}

/// Whether an `exclude` rule throws away the records of calls themselves, or nearly all.
fn drops_all(words: &[&str]) -> bool {
    let kind = |f: &str| f.strip_prefix("msgtype").map(str::to_ascii_uppercase);
    fields(words)
        .filter_map(kind)
        .any(|value| match value.strip_prefix('=') {
            Some(name) => matches!(
                name,
                "SYSCALL" | "1300" | "PATH" | "1302" | "EXECVE" | "1309"
            ),
            None => true, // all but one, or a range
        })
}

impl Rule {
    fn field<'a>(&mut self, field: &'a str, perms: &mut &'a str) {
        let Some(at) = field.find(['=', '!', '<', '>', '&']) else {
            return;
        };
        let (name, rest) = field.split_at(at);
        let value = rest.trim_start_matches(['=', '!', '<', '>', '&']);
        match name {
            "path" | "dir" => self.path = Some(value.to_owned()),
            "perm" => *perms = value,
            "arch" => self.arch = Some(value.to_owned()),
            // Who does it may be narrowed to people, not to one of them; what else narrows a rule
            // leaves holes.
            "auid" => {
                let beyond = rest.starts_with('>') && value.parse::<u64>().is_ok_and(|v| v > 1_000);
                self.narrow |= rest.starts_with('=') || rest.starts_with('<') || beyond;
            }
            "success" => self.narrow |= value == "0" || value == "no",
            "euid" => self.narrow |= value != "0",
            "key" | "filetype" => {}
            "a0" if value == "0x0" || value == "0" => {} // clock_settime of the real clock
            // A field that is not known here leaves holes as well.
            _ => self.narrow = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watches_and_folders_cover_files() {
        let got = parse_rules(
            "-w /etc/passwd -p wa -k id\n-a always,exit -F dir=/etc/sudoers.d/ -F perm=wa\n-w /etc/shadow -p r\n",
        );
        assert!(got.records(Want::Write("/etc/passwd")));
        assert!(got.records(Want::Write("/etc/sudoers.d/x")));
        assert!(
            !got.records(Want::Write("/etc/shadow")),
            "reading is not writing"
        );
        assert!(!got.records(Want::Write("/etc/passwd-")));
        assert_eq!(
            got.missing(&[Want::Write("/a"), Want::Write("/etc/passwd")]),
            ["/a"]
        );
    }

    #[test]
    fn calls_of_64_bit_programs_count() {
        let got = parse_rules(
            "-a always,exit -F arch=b32 -S adjtimex -k t\n-a always,exit -F arch=b64 -S settimeofday,clock_settime -F key=t\n",
        );
        assert!(!got.records(Want::Call("adjtimex")));
        assert!(got.records(Want::Call("clock_settime")));
    }

    #[test]
    fn a_rule_for_one_program_only_counts_for_nothing() {
        let got = parse_rules(
            "-a always,exit -F arch=b64 -S execve -F exe=/bin/ls\n-a always,exclude -F msgtype=CWD\n",
        );
        assert!(!got.records(Want::Call("execve")));
    }

    #[test]
    fn a_rule_that_says_never_hides_those_after_it() {
        for text in [
            "-a never,exit -S all",
            "-a never,exit -F arch=b64 -S execve",
            "-a never,exit -F auid>=1000",
            "-a always,exclude -F msgtype=SYSCALL",
            "-a always,exclude -F msgtype>=1300",
        ] {
            assert!(parse_rules(text).suppressed, "{text}");
        }
        for text in [
            "-a never,exit -F dir=/dev/shm -k shm",
            "-a never,exit -F arch=b64 -S adjtimex -F auid=unset -F uid=chrony -F subj_type=chronyd_t",
            "-a never,user -F subj_type=crond_t",
            "-a never,filesystem -F fstype=tracefs",
            "-a always,exclude -F msgtype=CWD",
        ] {
            assert!(!parse_rules(text).suppressed, "{text}");
        }
    }

    #[test]
    fn a_rule_for_some_people_only_counts_for_nothing() {
        let calls = |more: &str| {
            let text = format!("-a always,exit -F arch=b64 -S execve {more}");
            parse_rules(&text).records(Want::Call("execve"))
        };
        for fine in [
            "-F auid>=1000 -F auid!=unset",
            "-C euid!=uid -F auid!=-1",
            "-F euid=0 -k a",
        ] {
            assert!(calls(fine), "{fine}");
        }
        for hole in [
            "-F auid>=60000",
            "-F auid=0",
            "-F euid=4242",
            "-F sessionid=5",
            "-F a1=7",
        ] {
            assert!(!calls(hole), "{hole}");
        }
    }

    #[test]
    fn never_task_suppresses_and_d_clears() {
        assert!(parse_rules("-a task,never\n").suppressed);
        assert!(!parse_rules("-a task,never\n-D\n-e 2\n").suppressed);
        assert!(parse_rules("-e 2").locked && !parse_rules("-e 2\n-e 1").locked);
        assert_eq!(
            parse_rules("No rules\n\n-a\n-w\n"),
            Rules {
                rules: vec![],
                ..Rules::default()
            }
        );
    }

    #[test]
    fn status() {
        let got =
            parse_status("enabled 2\nfailure 1\npid 512\nlost 0\nloginuid_immutable 0 unlocked\n");
        assert_eq!(
            got,
            Some(Status {
                enabled: 2,
                daemon: true
            })
        );
        assert_eq!(parse_status("enabled x"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(-[awSFpeD] |always,exit|never,task|path=|arch=b64|perm|[a-zé0-9=,!/ \n]){0,40}") {
            let _found = (parse_rules(&text), parse_status(&text));
        }
    }
}
