//! What leaves the host by itself: files that a command sends, and snapshots that are sent on. A snapshot alone
//! stands on the disk of its data; once it was sent it is a copy.

use super::{
    Job, Jobs, Sent, Starter,
    commands::Command,
    destinations::written,
    sources::{is_remote, taken},
    targets::{Target, classify},
};
use crate::{
    facts::shell_words::without_comment,
    host::Host,
    observation::{Gap, GapReason},
};

/// Where btrbk looks for its configuration; the first that is there counts.
const BTRBK: [&str; 2] = ["/etc/btrbk.conf", "/etc/btrbk/btrbk.conf"];

/// Options of syncoid whose value may be the next word.
const SYNCOID: [&str; 17] = [
    "--compress",
    "--identifier",
    "--source-bwlimit",
    "--target-bwlimit",
    "--mbuffer-size",
    "--pv-options",
    "--exclude",
    "--exclude-datasets",
    "--exclude-snaps",
    "--include-snaps",
    "--sendoptions",
    "--recvoptions",
    "--sshconfig",
    "--sshkey",
    "--sshport",
    "--sshcipher",
    "--sshoption",
];

/// The tool of a command that sends snapshots of this host on.
pub(super) fn snapshot_sender(command: &Command) -> Option<&'static str> {
    let first = command.args.first().map(String::as_str);
    let has = |words: &[&str]| command.args.iter().any(|w| words.contains(&w.as_str()));
    match (command.program.as_str(), first) {
        ("zfs", Some("send")) => {
            let letter = |w: &String| w.starts_with('-') && !w.starts_with("--") && w.contains('n');
            let trial = command.args.iter().any(letter) || has(&["--dryrun"]);
            (!trial).then_some("zfs")
        }
        ("btrfs", Some("send")) => Some("btrfs"),
        ("syncoid", _) => {
            let (from, _) = datasets(command)?;
            let elsewhere = is_remote(from);
            (!elsewhere).then_some("syncoid")
        }
        ("btrbk", _) => (has(&["run", "resume"]) && !command.has(&["-n"])).then_some("btrbk"),
        _ => None,
    }
}

/// Whether what such a tool says is the copy itself.
pub(super) fn speaks(tool: &str, command: &Command) -> bool {
    matches!(tool, "zfs" | "btrfs") && own(tool, command).is_none()
}

/// The place that such a command names itself. The name of a dataset of this host is no place.
pub(super) fn own<'c>(tool: &str, command: &'c Command) -> Option<&'c str> {
    match tool {
        "btrfs" => {
            let at = command.args.iter().position(|w| w == "-f")?;
            command.args.get(at + 1).map(String::as_str)
        }
        "syncoid" => datasets(command).map(|(_, to)| to).filter(|t| is_remote(t)),
        _ => None,
    }
}

/// Whether a tool sends snapshots: which folders are in them its command does not say.
pub(super) fn sends_snapshots(tool: &str) -> bool {
    matches!(tool, "zfs" | "btrfs" | "syncoid" | "btrbk")
}

/// From where and to where syncoid sends.
fn datasets(command: &Command) -> Option<(&str, &str)> {
    let mut words = Vec::new();
    let mut args = command.args.iter().map(String::as_str);
    while let Some(word) = args.next() {
        if SYNCOID.contains(&word) {
            args.next();
        } else if !word.starts_with('-') {
            words.push(word);
        }
    }
    match words.as_slice() {
        [from, to] => Some((from, to)),
        _ => None,
    }
}

/// The targets in btrbk's configuration: `target ssh://nas/b`, `target send-receive /mnt/usb`.
fn targets(text: &str) -> Vec<&str> {
    let words = text.lines().map(|l| without_comment(l).split_whitespace());
    let found = words.filter_map(|mut w| {
        let is_target = w.next() == Some("target");
        w.next_back().filter(|_| is_target)
    });
    found.collect()
}

impl Jobs {
    /// Notes what a command that is no backup by itself sends to another machine.
    pub(super) fn sends(
        &mut self,
        (at, script): (&str, usize),
        tool: &'static str,
        commands: &[Command],
        n: usize,
    ) {
        let Some(one) = commands.get(n) else { return };
        let sources = taken(tool, one);
        let targets = written(tool, commands, n).targets;
        let hidden = targets.is_empty().then_some(None);
        let away = targets
            .into_iter()
            .filter(|t| matches!(t, Target::Remote(_)));
        self.sent
            .extend(away.map(Some).chain(hidden).map(|target| Sent {
                at: at.to_owned(),
                script,
                target,
                sources: sources.clone(),
            }));
    }

    /// Gives each job of btrbk the targets of its configuration. Where it names none, only snapshots are taken.
    pub(super) fn btrbk(&mut self, host: &dyn Host) {
        let all = std::mem::take(&mut self.all);
        let (bare, others): (Vec<Job>, Vec<Job>) = all.into_iter().partition(|j| j.tool == "btrbk");
        self.all = others;
        for mut job in bare {
            let Some(text) = self.btrbk_conf(host, &job) else {
                // It copies nothing that could be known, and stops where there is no configuration.
                let what = format!("{}: what btrbk copies, and where to", job.at);
                let gap = || Gap::new(GapReason::ParseError, what);
                if job.starter != Starter::Nothing {
                    self.gap.get_or_insert_with(gap);
                }
                continue;
            };
            let found = targets(&text);
            if !found.is_empty() {
                job.targets.extend(found.iter().filter_map(|t| classify(t)));
                job.targets.sort();
                job.targets.dedup();
                self.all.push(job);
            } else if job.starter != Starter::Nothing {
                self.snapshots.push(format!("btrbk ({})", job.at));
            }
        }
    }

    fn btrbk_conf(&mut self, host: &dyn Host, job: &Job) -> Option<String> {
        let args = job.command.as_ref().map_or(&[][..], |c| &c.args);
        let at = args.iter().position(|w| w == "-c" || w == "--config");
        let joined = args.iter().find_map(|w| w.strip_prefix("--config="));
        let named = at.and_then(|n| args.get(n + 1)).map(String::as_str);
        let usual = || BTRBK.to_vec();
        for path in joined.or(named).map_or_else(usual, |path| vec![path]) {
            match host.text_if_any(path) {
                Ok(Some(text)) => return Some(text),
                Ok(None) => {}
                Err(error) => {
                    self.missed(error);
                    return None;
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::backup::tools::{targets_in, tools_in};

    #[test]
    fn snapshots_that_are_sent_are_copies() {
        let nas = || vec![Target::Remote("ssh nas".to_owned())];
        for (text, tool, want) in [
            (
                "zfs send -i @a tank/d@b | ssh root@nas zfs recv -F b/d",
                "zfs",
                nas(),
            ),
            (
                "/sbin/zfs send -R t@x | zstd | mbuffer -q | ssh -p 22 root@nas 'zstd -d | zfs recv b'",
                "zfs",
                nas(),
            ),
            ("zfs send t@x | zfs recv backup/t", "zfs", vec![]),
            (
                "zfs send t@x > /mnt/usb/t.zfs",
                "zfs",
                vec![Target::Local("/mnt/usb/t.zfs".to_owned())],
            ),
            (
                "btrfs send -p /s/a /s/b | ssh root@nas btrfs receive /b",
                "btrfs",
                nas(),
            ),
            (
                "btrfs send -f /mnt/usb/b /s/b",
                "btrfs",
                vec![Target::Local("/mnt/usb/b".to_owned())],
            ),
            (
                "syncoid -r --sshkey /root/k tank root@nas:b/tank",
                "syncoid",
                nas(),
            ),
            (
                "syncoid tank root@nas:b/tank --compress lz4",
                "syncoid",
                nas(),
            ),
            ("cd /root && syncoid tank/d backup/d", "syncoid", vec![]),
        ] {
            assert_eq!(tools_in(text), [tool], "{text}");
            assert_eq!(targets_in(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_not_sent_is_no_copy() {
        for text in [
            "zfs send -nvP tank@x",
            "zfs send --dryrun tank@x | ssh nas zfs recv b",
            "zfs list; echo zfs send",
            "zfs recv b/d",
            "ssh web zfs send tank@x | zfs recv b/web",
            "btrfs receive /b",
            "syncoid root@web:tank backup/web",
            "syncoid --help",
            "sanoid --cron",
            "btrbk list all",
            "btrbk -n run",
            "btrbk snapshot",
        ] {
            assert!(tools_in(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn targets_of_btrbk_are_read() {
        let text = "volume /mnt/pool\n  subvolume home\n    target send-receive ssh://nas/mnt/b\n\
                    # target /mnt/old\n    target raw /mnt/usb # two\ntarget_preserve 20d\n";
        assert_eq!(targets(text), ["ssh://nas/mnt/b", "/mnt/usb"]);
        assert!(targets("snapshot_dir x\n").is_empty());
    }
}
