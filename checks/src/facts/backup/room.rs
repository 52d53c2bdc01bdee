//! How much of all jobs together is kept. Whoever has a crontab writes what is read here, and the agent has
//! little memory.

use super::Jobs;
use crate::observation::{Gap, GapReason};

/// Most jobs, things sent and things taken away, of the whole host.
const ENTRIES: usize = 2_000;
/// Most words of their commands.
const WORDS: usize = 100_000;
/// Most text that is read for them.
const BYTES: usize = 8 << 20;

/// What the jobs take up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    entries: usize,
    words: usize,
    bytes: usize,
    /// Whether half of it is left for others.
    shared: bool,
    /// Whether that half is used up.
    used_up: bool,
}

impl Room {
    /// From here on half of all is left for what comes behind, or no longer.
    pub(super) fn share(&mut self, shared: bool) {
        self.shared = shared;
        self.used_up = false;
    }

    /// What a job takes up, with the words of its command.
    pub(super) fn of_job(words: usize) -> Self {
        Self {
            entries: 1,
            words,
            ..Self::default()
        }
    }

    /// What entries without words take up.
    pub(super) fn of_entries(entries: usize) -> Self {
        Self {
            entries,
            ..Self::default()
        }
    }

    /// What a text takes up.
    pub(super) fn of_text(bytes: usize) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// What a list takes up, each line a word.
    pub(super) fn of_list(text: &str) -> Self {
        Self {
            words: text.lines().count(),
            ..Self::of_text(text.len())
        }
    }

    /// Whether nothing more is kept.
    pub(super) fn is_full(self) -> bool {
        let part = if self.shared { 2 } else { 1 };
        self.used_up
            || self.entries > ENTRIES / part
            || self.words > WORDS / part
            || self.bytes > BYTES / part
    }
}

impl Jobs {
    /// Whether there is room for this too. Where there is none, that is noted as a gap.
    pub(super) fn has_room_for(&mut self, more: Room, at: &str) -> bool {
        let before = self.room;
        let room = &mut self.room;
        room.entries = room.entries.saturating_add(more.entries);
        room.words = room.words.saturating_add(more.words);
        room.bytes = room.bytes.saturating_add(more.bytes);
        let full = room.is_full();
        if full {
            if before.shared {
                self.room = before; // what comes behind it has room
                self.room.used_up = true;
            }
            self.over_budget(format!("{at}: more jobs than are kept of one host"));
        }
        !full
    }

    pub(super) fn over_budget(&mut self, what: String) {
        self.gap
            .get_or_insert_with(|| Gap::new(GapReason::OverBudget, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        context::{Cx, Gather},
        host::{Budget, Budgeted, Host},
    };

    #[test]
    fn what_is_kept_has_an_end() {
        for more in [
            Room::of_job(3),
            Room::of_entries(20),
            Room::of_text(900_000),
        ] {
            let mut jobs = Jobs::default();
            let taken = (0..100_000).take_while(|_| jobs.has_room_for(more, "/f:1"));
            let taken = taken.count();
            assert!((5..=ENTRIES).contains(&taken), "{more:?}: {taken}");
            let gap = jobs.gap.map(|g| g.reason);
            assert_eq!(gap, Some(GapReason::OverBudget));
        }
    }
    /// The jobs of a host with this crontab and this script.
    fn of(crontab: &str, script: &str) -> Jobs {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        let files = [("/etc/cron.d/x", crontab), ("/opt/x.sh", script)];
        let files = files.map(|(p, t)| format!("[files.{p:?}]\ntext = {t:?}\nmode = \"0755\"\n"));
        std::fs::write(&path, format!("kind = \"image\"\n{}", files.concat())).unwrap();
        let host = crate::host::Fixture::load(&path).unwrap();
        let settings = crate::settings::Settings::default();
        Jobs::gather(&Cx::new(&host, &settings)).unwrap()
    }

    #[test]
    fn many_lines_that_run_one_script_are_not_all_kept() {
        let lines = "0 1 * * * u /opt/x.sh\n".repeat(1_000);
        let words = " /srv/data".repeat(50);
        for (script, most) in [
            ("tar cf /backup/x.tar /srv\n".repeat(199), ENTRIES),
            (
                format!("tar cf /backup/x.tar {words}\n").repeat(199),
                WORDS / 50,
            ),
            (
                format!("restic backup /srv\n: {}\n", "x".repeat(200_000)),
                BYTES / 200_000,
            ),
        ] {
            let jobs = of(&lines, &format!("#!/bin/sh\n{script}"));
            let kept = jobs.all.len();
            assert!(kept > 0 && kept <= most, "{kept} of {most}");
            let gap = jobs.gap.map(|g| g.reason);
            assert_eq!(gap, Some(GapReason::OverBudget));
        }
        let jobs = of(
            &"0 1 * * * u /opt/x.sh\n".repeat(50),
            "#!/bin/sh\nrestic -r /b backup /srv\n",
        );
        assert_eq!((jobs.all.len(), jobs.gap), (50, None));
    }

    #[test]
    fn what_another_user_writes_takes_no_room_from_root() {
        let host = |word: &str| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x.toml");
            let line = |n: usize| {
                let words: Vec<String> = (0..64).map(|w| format!("{word}{n}w{w}")).collect();
                format!("0 1 * * * {}\n", words.join(";"))
            };
            let junk: String = (0..300).map(line).collect();
            let files = [
                ("/var/spool/cron/crontabs/u", junk.as_str()),
                ("/var/spool/cron/crontabs/root", "0 1 * * * /opt/x.sh\n"),
                ("/opt/x.sh", "#!/bin/sh\nrestic -r /b backup /srv\n"),
            ];
            let files =
                files.map(|(p, t)| format!("[files.{p:?}]\ntext = {t:?}\nmode = \"0755\"\n"));
            std::fs::write(&path, format!("kind = \"image\"\n{}", files.concat())).unwrap();
            crate::host::Fixture::load(&path).unwrap()
        };
        let settings = crate::settings::Settings::default();
        for (word, gap) in [
            ("a", None),
            ("/opt/a", Some(GapReason::OverBudget)),
            ("backup", None),
        ] {
            let host = host(word);
            let budget = Budget {
                calls: 10_000,
                time: std::time::Duration::from_secs(600),
                ..Budget::default()
            };
            let window = Budgeted::new(&host, budget);
            let jobs = Jobs::gather(&Cx::new(&window, &settings)).unwrap();
            assert!(window.stat("/opt/x.sh").is_ok(), "{word}: calls are left");
            assert_eq!(jobs.gap.map(|g| g.reason), gap, "{word}");
            assert_eq!(jobs.all.len(), 1, "{word}");
        }
    }

    #[test]
    fn others_leave_half_of_all_room() {
        let mut jobs = Jobs::default();
        jobs.room.share(true);
        let taken = (0..10_000).take_while(|_| jobs.has_room_for(Room::of_job(3), "/f:1"));
        assert_eq!(taken.count(), ENTRIES / 2);
        assert!(jobs.room.is_full() && !jobs.has_room_for(Room::of_job(3), "/f:1"));
        jobs.room.share(false);
        assert!(jobs.has_room_for(Room::of_job(3), "/f:1"));
    }
}
