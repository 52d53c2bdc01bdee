//! How long copies are kept, by what the jobs say that they take away.
//!
//! A rule that counts copies (`--keep-last 5`, `REDUNDANCY 2`) says no time and is passed over.

use super::{
    Jobs,
    commands::Command,
    room::Room,
    stores::{Form, Store},
    tools::{Target, classify},
};
use crate::facts::{ini, storage::is_below};

/// Something that takes old copies away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prune {
    /// The tool.
    pub tool: &'static str,
    /// File (with line) or unit that shows it.
    pub at: String,
    /// How many days back copies are kept at most.
    pub days: i64,
    /// Whose copies, where the text says so.
    pub targets: Vec<Target>,
}

impl Prune {
    /// Whether it takes copies out of that store.
    pub fn is_of(&self, store: &Store) -> bool {
        let fits = match store.form {
            Form::Restic => self.tool == "restic",
            Form::Borg => matches!(self.tool, "borg" | "borgmatic"),
            Form::PgBackRest => self.tool == "pgbackrest",
            Form::Barman => self.tool == "barman",
            Form::Duplicity => self.tool == "duplicity",
            Form::Rsnapshot => self.tool == "rsnapshot",
            Form::Vzdump => matches!(self.tool, "vzdump" | "find"),
            _ => self.tool == "find",
        };
        let here = |t: &Target| match t {
            Target::Local(p) => is_below(&store.path, p) || is_below(p, &store.path),
            Target::Remote(_) => false,
        };
        if self.targets.is_empty() {
            fits && self.tool != "find"
        } else {
            fits && self.targets.iter().any(here)
        }
    }
}

/// Most that one text takes away.
const MOST: usize = 200;
/// For ever, as far as anybody asks.
const EVER: i64 = 36_500;

impl Jobs {
    /// Notes what the commands of a text take away.
    pub(super) fn prune(&mut self, at: &str, commands: &[Command]) {
        let found = prunes(at, commands);
        if found.len() >= MOST {
            self.over_budget(format!(
                "{at}: more than {MOST} commands that take copies away"
            ));
        }
        if self.has_room_for(Room::of_entries(found.len()), at) {
            self.prunes.extend(found);
        }
    }
}

/// What commands take away.
fn prunes(at: &str, commands: &[Command]) -> Vec<Prune> {
    let mut found = Vec::new();
    for command in commands {
        let args = command.args.iter().map(String::as_str);
        let words: Vec<&str> = std::iter::once(command.program.as_str())
            .chain(args)
            .collect();
        let has = |name: &str| words.contains(&name);
        let set = |name: &str| command.setting(name).and_then(classify);
        let (tool, days, target) = match command.program.as_str() {
            "restic" if has("forget") => {
                let told = told(&words, &["-r", "--repo"]);
                let target = told.or_else(|| set("RESTIC_REPOSITORY"));
                ("restic", kept(&words), target)
            }
            "borg" if has("prune") => {
                let url = words.iter().skip_while(|w| **w != "prune").skip(1);
                let mut place = url.filter(|w| w.starts_with('/') || w.contains(':'));
                let target = place.find_map(|w| classify(w));
                ("borg", kept(&words), target.or_else(|| set("BORG_REPO")))
            }
            "duplicity" if has("remove-older-than") => {
                let mut rest = words.iter().skip_while(|w| **w != "remove-older-than");
                let days = rest.nth(1).and_then(|w| duration(w));
                let mut urls = words.iter().filter(|w| w.contains("://"));
                ("duplicity", days, urls.find_map(|w| classify(w)))
            }
            "find" => {
                let place = words.iter().find(|w| w.starts_with('/'));
                ("find", found_old(&words), place.and_then(|w| classify(w)))
            }
            _ => continue,
        };
        if found.len() >= MOST {
            break;
        }
        found.extend(days.map(|days| Prune {
            tool,
            at: at.to_owned(),
            days,
            targets: target.into_iter().collect(),
        }));
    }
    found
}

/// The place that an option of a tool names.
fn told(words: &[&str], options: &[&str]) -> Option<Target> {
    let at = words.iter().position(|w| options.contains(w));
    let next = at.and_then(|n| words.get(n + 1)).copied();
    let joined = || words.iter().find_map(|w| w.strip_prefix("--repo="));
    next.or_else(joined).and_then(classify)
}

/// `--keep-daily 7`, `--keep-within=30d`, `-d 7`: the rule that reaches furthest back.
fn kept(words: &[&str]) -> Option<i64> {
    let rules = words.iter().enumerate().filter_map(|(n, word)| {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (*word, words.get(n + 1).copied()),
        };
        rule(name.trim_start_matches('-'), value?)
    });
    rules.max()
}

/// One rule, as restic, borg, borgmatic and Proxmox VE call them; in days.
fn rule(name: &str, value: &str) -> Option<i64> {
    let name = name.replace('_', "-");
    let name = name.strip_prefix("keep-").unwrap_or(&name);
    if name.starts_with("within") {
        return duration(value);
    }
    let days = match name {
        "hourly" | "H" => return value.parse::<i64>().ok().map(|n| forever(n, n / 24)),
        "daily" | "d" => 1,
        "weekly" | "w" => 7,
        "monthly" | "m" => 30,
        "quarterly-3monthly" | "3monthly" => 91,
        "yearly" | "y" => 365,
        _ => return None,
    };
    let unlimited = value == "unlimited";
    let count = if unlimited { -1 } else { value.parse().ok()? };
    Some(forever(count, count.saturating_mul(days)))
}

/// A negative number means that all are kept.
fn forever(count: i64, days: i64) -> i64 {
    if count < 0 { EVER } else { days.min(EVER) }
}

/// `30D`, `1y6m`, `2w`: in days; `m` is a month.
fn duration(text: &str) -> Option<i64> {
    let mut days = 0_i64;
    let mut count = String::new();
    for c in text.trim_matches(['"', '\'']).chars() {
        if c.is_ascii_digit() && count.len() < 6 {
            count.push(c);
            continue;
        }
        let n: i64 = std::mem::take(&mut count).parse().ok()?;
        let each = match c {
            'd' | 'D' => 1,
            'w' | 'W' => 7,
            'm' | 'M' => 30,
            'y' | 'Y' => 365,
            'h' | 'H' | 's' | 'S' => 0,
            _ => return None,
        };
        days = days.saturating_add(n.saturating_mul(each));
    }
    (count.is_empty() && !text.is_empty()).then_some(days.min(EVER))
}

/// `-mtime +30 … -delete`: what is older goes.
fn found_old(words: &[&str]) -> Option<i64> {
    let removes = words.iter().any(|w| matches!(*w, "-delete" | "rm"));
    let at = words
        .iter()
        .position(|w| matches!(*w, "-mtime" | "-ctime" | "-mmin" | "-cmin"))?;
    let minutes = words.get(at)?.ends_with("min");
    let n: i64 = words.get(at + 1)?.strip_prefix('+')?.parse().ok()?;
    removes.then_some(if minutes { n / 1_440 } else { n + 1 })
}

/// What the configuration of a tool says that it takes away.
pub(super) fn configured(tool: &'static str, at: &str, text: &str) -> Option<Prune> {
    let settings = || ini::parse(text);
    let days = match tool {
        "borgmatic" => {
            let plain = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
            let pairs = plain.filter_map(|l| l.split_once(':'));
            let rules = pairs.filter(|(name, _)| name.starts_with("keep_"));
            rules
                .filter_map(|(n, v)| rule(n, v.trim().trim_matches(['"', '\''])))
                .max()
        }
        "pgbackrest" => {
            let settings = settings();
            let value = |key: &str| {
                let found = settings.iter().rfind(|s| s.key == key);
                found.map(|s| s.value.as_str())
            };
            let by_time = value("repo1-retention-full-type") == Some("time");
            let full = value("repo1-retention-full").filter(|_| by_time);
            full.and_then(|n| n.parse().ok())
        }
        "barman" => settings()
            .iter()
            .filter(|s| s.key == "retention_policy")
            .filter_map(|s| window(&s.value))
            .min(),
        "rsnapshot" => {
            let fields = text
                .lines()
                .map(|l| l.split('\t').filter(|f| !f.is_empty()));
            let rules = fields.filter_map(|mut f| match (f.next()?, f.next()?, f.next()?) {
                ("retain" | "interval", name, count) => rule(name, count.trim()),
                _ => None,
            });
            rules.max()
        }
        "vzdump" => {
            let lists = text.lines().filter_map(|l| l.split_once("prune-backups"));
            let rules = lists.flat_map(|(_, l)| l.split([',', ' ', '\t', ':']));
            rules
                .filter_map(|r| r.split_once('='))
                .filter_map(|(n, v)| rule(n.trim(), v.trim()))
                .max()
        }
        _ => None,
    };
    days.map(|days| Prune {
        tool,
        at: at.to_owned(),
        days,
        targets: Vec::new(),
    })
}

/// `RECOVERY WINDOW OF 31 DAYS`.
fn window(text: &str) -> Option<i64> {
    let text = text.to_ascii_uppercase();
    let rest = text.strip_prefix("RECOVERY WINDOW OF ")?;
    let (count, unit) = rest.split_once(' ')?;
    let count: i64 = count.parse().ok()?;
    let each = match unit.trim().get(..1)? {
        "D" => 1,
        "W" => 7,
        "M" => 30,
        _ => return None,
    };
    Some(count.saturating_mul(each).min(EVER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::backup::commands::read;
    use proptest::prelude::*;

    fn prunes(at: &str, text: &str) -> Vec<Prune> {
        super::prunes(at, &read(text, ""))
    }

    fn days(text: &str) -> Vec<i64> {
        prunes("x", text).into_iter().map(|p| p.days).collect()
    }

    #[test]
    fn the_rule_that_reaches_furthest_counts() {
        assert_eq!(
            days("restic -r /b forget --prune --keep-daily 7 --keep-weekly=4"),
            [28]
        );
        assert_eq!(days("borg prune -d 7 -m 6 /b"), [180]);
        assert_eq!(days("restic forget --keep-within 1y6m"), [545]);
        assert_eq!(days("restic forget --keep-yearly -1"), [EVER]);
        assert!(days("restic forget --keep-last 5; echo restic forget -d 1").is_empty());
        assert_eq!(days("find /b -name '*.gz' -mtime +7 -delete"), [8]);
        assert_eq!(days("find /b -mtime +7 -exec rm {} \\;"), [8]);
        assert!(days("find /b -mtime +7 -print").is_empty());
        for data in [
            "echo \"usage:\nrestic forget --keep-daily 7\"",
            "cat > /x <<E\nfind /b -mtime +7 -delete\nE",
            "ssh nas 'find /b -mtime +7 -delete'",
            "echo 'a; borg prune -d 7 /b'",
        ] {
            assert!(days(data).is_empty(), "{data}");
        }
        assert_eq!(days("su b -c '\ncd /b\nborg prune -d 7 /b\n'"), [7]);
        assert_eq!(
            days("duplicity remove-older-than 2M --force file:///b"),
            [60]
        );
        let target = prunes("x", "export BORG_REPO=/srv/r\nborg prune -d 7\n");
        assert_eq!(target[0].targets, [Target::Local("/srv/r".into())]);
    }

    #[test]
    fn configurations_say_how_long() {
        let of = |tool, text| configured(tool, "x", text).map(|p| p.days);
        assert_eq!(of("borgmatic", "retention:\n    keep_daily: 7\n"), Some(7));
        let by_time = "[global]\nrepo1-retention-full=14\n";
        assert_eq!(of("pgbackrest", by_time), None);
        let by_time = format!("{by_time}repo1-retention-full-type=time\n");
        assert_eq!(of("pgbackrest", &by_time), Some(14));
        let window = "[m]\nretention_policy = RECOVERY WINDOW OF 4 WEEKS\n";
        assert_eq!(of("barman", window), Some(28));
        assert_eq!(of("barman", "retention_policy = REDUNDANCY 2\n"), None);
        assert_eq!(
            of("rsnapshot", "retain\tdaily\t7\nretain\tweekly\t4\n"),
            Some(28)
        );
        assert_eq!(of("rsnapshot", "retain\talpha\t6\n"), None);
        assert_eq!(
            of("vzdump", "\tprune-backups keep-daily=7,keep-last=3\n"),
            Some(7)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(restic forget|borg prune|find|duplicity) [ -~]{0,80}") {
            prunes("x", &text);
            duration(&text);
        }
    }
}
