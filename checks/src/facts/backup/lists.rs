//! Sources that stand in files of their own.

use super::{Jobs, room::Room, sources::Sources};
use crate::{facts::text, host::Host};

impl Jobs {
    /// Fills in what stands in files of its own.
    pub(super) fn lists(&mut self, host: &dyn Host, sources: &mut Sources) {
        for (paths, into) in [
            (std::mem::take(&mut sources.lists), true),
            (std::mem::take(&mut sources.exclude_lists), false),
        ] {
            for path in paths {
                let text = match host.text_if_any(&path) {
                    Ok(text) => text,
                    Err(error) => {
                        self.missed(error);
                        None
                    }
                };
                let Some(text) = text.filter(|t| self.has_room_for(Room::of_list(t), &path)) else {
                    sources.unclear = true;
                    continue;
                };
                let lines = text::lines(&text).map(|(_, l)| l.to_owned());
                if into {
                    sources.paths.extend(lines);
                } else {
                    sources.excluded.extend(lines);
                }
            }
        }
    }
}
