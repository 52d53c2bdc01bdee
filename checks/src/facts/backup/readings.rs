//! Dumps and archives read to their end: the newest of each series.

use jiff::Timestamp;

use super::{
    dumps::Point,
    proof::{Fault, State, pgfolder, whole},
    stores::Stores,
    tab,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::{Gap, GapReason},
};

/// A copy that was written this short a time ago may still be written, in seconds.
const STILL_WRITING: i64 = 2 * 3_600;
/// Most bytes that are read of all copies together; what is larger is not read.
const SHARE: u64 = 900 << 20;

/// One copy that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The folder of the store.
    pub store: String,
    /// The file.
    pub path: String,
    /// What reading it showed; a gap where it was not read to its end: over budget where it takes more than one
    /// run may give it.
    pub state: Result<State, Gap>,
    /// The day of the copy that the tool itself wrote into it.
    pub made: Option<Timestamp>,
}

/// What reading showed, for the newest copy of each series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings(pub Vec<Read>);

impl Gather for Readings {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let stores = cx.get::<Stores>()?;
        let mut left = SHARE;
        let mut all = Vec::new();
        for store in stores.all.iter().filter(|s| s.form.has_files()) {
            for point in store.series.iter().filter_map(|s| s.newest()) {
                let (state, made) = read(cx.host(), point, &mut left);
                all.push(Read {
                    store: store.path.clone(),
                    path: point.path.clone(),
                    state,
                    made,
                });
            }
        }
        Ok(Self(all))
    }
}

fn read(host: &dyn Host, point: &Point, left: &mut u64) -> (Result<State, Gap>, Option<Timestamp>) {
    let Some(rest) = left.checked_sub(point.size) else {
        let detail = format!("{}: too large to be read in one run", point.path);
        return (Err(Gap::new(GapReason::OverBudget, detail)), None);
    };
    *left = rest;
    let unanswered = host.delays().unanswered;
    let list = format!("/{}", pgfolder::LIST);
    let read = match point.path.strip_suffix(&list) {
        Some(folder) => pgfolder::read(host, folder),
        None => whole::read(host, &point.path)
            .and_then(|reading| tab::settled(host, &point.path, reading)),
    };
    match read {
        Ok(reading) => {
            let age = host.now().as_second().saturating_sub(point.at.as_second());
            let incomplete = matches!(
                reading.state,
                State::Damaged(Fault::Cut | Fault::NoMark | Fault::Empty)
            );
            if incomplete && (0..STILL_WRITING).contains(&age) {
                return (Ok(State::Unproved), None);
            }
            (Ok(reading.state), reading.made)
        }
        // The check's own time, not a file system that does not answer: the copy takes too long.
        Err(gap)
            if gap.reason == GapReason::Timeout
                && host.time_is_up()
                && host.delays().unanswered == unanswered =>
        {
            (Err(Gap::new(GapReason::OverBudget, gap.detail)), None)
        }
        Err(gap) => (Err(gap), None),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::host::{Budget, Budgeted, Image};

    #[test]
    fn a_copy_that_takes_all_the_time_of_a_check_is_over_budget() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.sql"), "CREATE").unwrap();
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let time = Duration::ZERO;
        let window = Budgeted::new(
            &image,
            Budget {
                time,
                ..Budget::default()
            },
        );
        let point = Point {
            path: "/x.sql".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            size: 6,
        };
        let mut left = SHARE;
        let (state, _) = read(&window, &point, &mut left);
        assert_eq!(state.unwrap_err().reason, GapReason::OverBudget);
    }
}
