//! Which way a path leads through links, one step at a time: path_resolution(7).

/// Most links that are followed, as the kernel does.
const MOST_LINKS: usize = 40;

/// A walk along a path. Whoever walks looks at each place and says whether a link is there.
pub(crate) struct Walk {
    open: Vec<String>,
    done: String,
    links: usize,
}

/// More links follow each other than the kernel follows.
#[derive(Debug)]
pub(crate) struct TooManyLinks;

impl Walk {
    pub(crate) fn along(path: &str) -> Self {
        Self {
            open: split(path).collect(),
            done: String::new(),
            links: 0,
        }
    }

    /// The next place to look at, until the end is reached.
    pub(crate) fn next_place(&mut self) -> Option<String> {
        while let Some(part) = self.open.pop() {
            match part.as_str() {
                "" | "." => {}
                ".." => self.done.truncate(self.done.rfind('/').unwrap_or(0)),
                _ => return Some(format!("{}/{part}", self.done)),
            }
        }
        None
    }

    /// No link is at this place: the walk goes through it.
    pub(crate) fn enter(&mut self, place: String) {
        self.done = place;
    }

    /// The place is a link that leads `to`.
    pub(crate) fn follow(&mut self, to: &str) -> Result<(), TooManyLinks> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(TooManyLinks);
        }
        if to.starts_with('/') {
            self.done.clear();
        }
        self.open.extend(split(to));
        Ok(())
    }

    /// Whether nothing stands behind the place that is looked at, not even a slash, which would ask for
    /// what a link leads to.
    pub(crate) fn is_last(&self) -> bool {
        self.open.is_empty()
    }

    /// What is left of the way behind the place that is looked at, as far as it is known before any
    /// link in it.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &str> {
        let parts = self.open.iter().rev().map(String::as_str);
        parts.filter(|part| !part.is_empty() && *part != ".")
    }

    /// Where the walk is.
    pub(crate) fn end(self) -> String {
        if self.done.is_empty() {
            "/".to_owned()
        } else {
            self.done
        }
    }
}

/// The parts, the first one last.
fn split(path: &str) -> impl Iterator<Item = String> {
    path.rsplit('/').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_gone_through_as_the_kernel_does() {
        let links = |place: &str| match place {
            "/srv/way" => Some("../data/./day"),
            "/data/day" => Some("/mnt//nas"),
            "/turn" => Some("turn"),
            _ => None,
        };
        let leads = |path: &str| {
            let mut walk = Walk::along(path);
            while let Some(place) = walk.next_place() {
                match links(&place) {
                    Some(to) => walk.follow(to).ok()?,
                    None => walk.enter(place),
                }
            }
            Some(walk.end())
        };
        for (path, end) in [
            ("/", Some("/")),
            ("/..", Some("/")),
            ("/srv/way/a", Some("/mnt/nas/a")),
            ("/srv/way/../a", Some("/mnt/a")),
            ("//srv/./way/", Some("/mnt/nas")),
            ("/turn/a", None),
        ] {
            assert_eq!(leads(path).as_deref(), end, "{path}");
        }
    }
}
