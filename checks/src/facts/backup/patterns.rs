//! Whether what a command takes along by a pattern of names is a certain copy.

use crate::facts::glob;

/// Whether a command takes a copy along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taken {
    /// It does not.
    No,
    /// It cannot be told.
    Perhaps,
    /// It does.
    Yes,
}

/// What stands for the value of a variable: no pattern has it, so only `*` stands for it.
pub(super) const VALUE: char = '\u{1}';

/// Most folders of a path that are compared with what is left out.
const DEEPEST: usize = 40;

/// The files that a command writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'c> {
    /// Where it writes: a file, or the folder of files whose names a variable hides.
    pub(super) place: &'c str,
    /// Its words by [`known`].
    pub(super) files: &'c [String],
}

impl Files<'_> {
    /// What names the files: where a variable hides the name, the place is the folder only.
    fn names(&self) -> Vec<&str> {
        let hidden = self.files.iter().any(|f| f.contains(VALUE));
        if hidden {
            self.files.iter().map(String::as_str).collect()
        } else {
            vec![self.place]
        }
    }
}

/// Whether one of these paths, such as `/b/*.gz`, stands for a copy: for its place, or for all files that the
/// words of its command name, whatever the variables in them hold.
pub(super) fn taken(paths: &[String], copy: Files<'_>) -> Taken {
    let stands = |place: &str| {
        let all = patterns(paths).map(|p| stands_for(p, place));
        all.max().unwrap_or(Taken::No)
    };
    let of_files = copy.files.iter().map(|f| stands(f)).min();
    stands(copy.place).max(of_files.unwrap_or(Taken::No))
}

/// As [`taken`], of files alone: a folder that is named is passed over.
pub(super) fn taken_alone(paths: &[String], copy: Files<'_>) -> Taken {
    let deep = |path: &str| path.matches('/').count();
    let stands = |place: &str| {
        let same = || patterns(paths).filter(|p| deep(p) == deep(place));
        let all = same().map(|p| stands_for(p, place));
        let named = paths.iter().any(|p| p == place);
        all.max()
            .unwrap_or(Taken::No)
            .max(if named { Taken::Yes } else { Taken::No })
    };
    let all = copy.names().into_iter().map(stands);
    all.min().unwrap_or(Taken::No)
}

fn patterns(paths: &[String]) -> impl Iterator<Item = &String> {
    paths.iter().filter(|p| p.contains(['*', '?', '[', '{']))
}

/// Whether one of these patterns, all that is taken, stands for the name of a copy. No pattern takes all.
pub(super) fn only(patterns: &[String], copy: Files<'_>) -> Taken {
    if patterns.is_empty() {
        return Taken::Yes;
    }
    let stands = |place: &str| {
        let name = place.rsplit('/').next().unwrap_or(place);
        let all = patterns.iter().map(|p| match p {
            p if p.contains(['/', '[', '{']) => Taken::Perhaps,
            p => of(p, name),
        });
        all.max().unwrap_or(Taken::No)
    };
    let all = copy.names().into_iter().map(stands);
    all.min().unwrap_or(Taken::No)
}

/// Whether a copy is still taken where these patterns leave something out.
pub(super) fn kept(excluded: &[String], copy: Files<'_>) -> Taken {
    let names = copy.names();
    let all = names
        .iter()
        .flat_map(|name| excluded.iter().map(|p| kept_by(p, name)));
    all.min().unwrap_or(Taken::Yes)
}

/// Whether a pattern leaves a path, whose variables may hold anything, in.
fn kept_by(pattern: &str, path: &str) -> Taken {
    let mut bare = pattern;
    for mark in ["sh:", "fm:", "pp:", "pf:"] {
        bare = bare.strip_prefix(mark).unwrap_or(bare);
    }
    let whole = |p: &str| p.trim_end_matches('*').ends_with('/');
    while bare.len() > 1 && whole(bare) {
        bare = bare.trim_end_matches('*').trim_end_matches('/');
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let plain = !bare.contains(['/', '[', '{', '\\']) && !bare.starts_with(['+', '-', '!']);
    if plain && bare == pattern && glob::matches(bare, name) && of(bare, name) == Taken::Yes {
        return Taken::No;
    }
    let marked = ["re:", "+ ", "- ", "! "]
        .iter()
        .any(|m| bare.starts_with(m));
    let deep = path.matches('/').count();
    if marked || bare.contains(['[', '{', '\\']) || deep > DEEPEST {
        return Taken::Perhaps;
    }
    let bare = bare.trim_start_matches("**/").trim_start_matches('/');
    if bare.is_empty() {
        return Taken::Perhaps;
    }
    // It may stand for the file, or for any folder above it.
    let below = format!("{bare}/*");
    let from = path.match_indices('/').map(|(at, _)| at + 1).chain([0]);
    let mut ends = from
        .filter_map(|at| path.get(at..))
        .filter(|e| !e.is_empty());
    if ends.any(|end| may_match(bare, end) || may_match(&below, end)) {
        Taken::Perhaps
    } else {
        Taken::Yes
    }
}

/// Whether a pattern may stand for a path whose variables hold anything but folders.
fn may_match(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut reach = vec![false; name.len() + 1];
    let goes_on = |reach: &mut Vec<bool>| {
        for (at, c) in name.iter().enumerate() {
            if *c == VALUE && reach.get(at) == Some(&true) {
                reach[at + 1] = true;
            }
        }
    };
    reach[0] = true;
    goes_on(&mut reach);
    for p in pattern.chars() {
        let mut next = vec![false; name.len() + 1];
        if p == '*' {
            let mut on = false;
            for (to, from) in next.iter_mut().zip(&reach) {
                on |= *from;
                *to = on;
            }
        } else {
            for (at, c) in name.iter().enumerate() {
                let here = reach.get(at) == Some(&true);
                let any = *c == VALUE && p != '/';
                if here && any {
                    next[at] = true; // the value goes on
                }
                if here && (any || p == '?' || p == *c) {
                    next[at + 1] = true;
                }
            }
        }
        goes_on(&mut next);
        reach = next;
    }
    reach.last() == Some(&true)
}

/// Whether a pattern stands for a place, or for a folder above it.
fn stands_for(pattern: &str, place: &str) -> Taken {
    let mut names = place.split('/');
    let each = pattern.split('/').map(|p| match names.next() {
        Some(_) if p.contains(['[', '{']) => Taken::Perhaps,
        Some(name) => of(p, name),
        None => Taken::No,
    });
    each.min().unwrap_or(Taken::No)
}

fn of(pattern: &str, name: &str) -> Taken {
    let one_sign = pattern.contains('?') && name.contains(VALUE);
    let hides = name.starts_with('.') && !pattern.starts_with('.');
    if !one_sign && !hides && glob::matches(pattern, name) {
        Taken::Yes
    } else {
        Taken::No
    }
}

/// A word with its variables replaced.
pub(super) fn known(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => {
                chars.next_if_eq(&'`');
                out.push(VALUE);
            }
            '$' => {
                match chars.peek() {
                    Some('{') => chars.by_ref().take_while(|c| *c != '}').for_each(drop),
                    Some('(') => chars.by_ref().take_while(|c| *c != ')').for_each(drop),
                    _ => {
                        while chars
                            .next_if(|c| c.is_ascii_alphanumeric() || *c == '_')
                            .is_some()
                        {}
                    }
                }
                out.push(VALUE);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(pattern: &str, place: &str, file: &str) -> Taken {
        let files = [known(file)];
        let files = &files;
        taken(&[pattern.to_owned()], Files { place, files })
    }

    #[test]
    fn a_pattern_takes_what_it_stands_for() {
        for (pattern, place, file, want) in [
            ("/b/etc-*.tgz", "/b/x.sql", "/b/x.sql", Taken::No),
            ("/b/*.sql", "/b/x.sql", "/b/x.sql", Taken::Yes),
            ("/b/*.sql", "/b", "/b/x-$().sql", Taken::Yes),
            ("/b/*.sql", "/b", "/b/${DB}-$DAY.sql", Taken::Yes),
            ("/b/*.tgz", "/b", "/b/x-$().sql", Taken::No),
            ("/b/x-?.sql", "/b", "/b/x-$().sql", Taken::No),
            ("/b/x-*", "/b", "/b/``.sql", Taken::No),
            ("/b/*", "/b/.x", "/b/.x", Taken::No),
            ("/b/*/x.sql", "/b/a/x.sql", "x.sql", Taken::Yes),
            ("/b/d*", "/b/daily/x.sql", "x.sql", Taken::Yes),
            ("/b/*/*/x", "/b/a", "a", Taken::No),
            ("/b/*-[0-9].sql", "/b/x.sql", "x.sql", Taken::Perhaps),
            ("/c/*-[0-9].sql", "/b/x.sql", "x.sql", Taken::No),
        ] {
            assert_eq!(told(pattern, place, file), want, "{pattern} {place} {file}");
        }
    }

    #[test]
    fn what_alone_is_taken_is_told_by_its_name() {
        let told = |pattern: &str, file: &str| {
            let files = &[known(file)][..];
            only(&[pattern.to_owned()], Files { place: "/b", files })
        };
        assert_eq!(told("x", "/b/x"), Taken::No, "the place is no folder");
        assert_eq!(told("*.txt", "/b/x-$().sql"), Taken::No);
        assert_eq!(told("*.sql", "/b/x-$().sql"), Taken::Yes);
        assert_eq!(told("b*", "/b/x-$().sql"), Taken::No);
        assert_eq!(told("*.{sql,txt}", "/b/x-$().sql"), Taken::Perhaps);
    }

    #[test]
    fn what_takes_files_alone_passes_folders_over() {
        for (path, place, file, want) in [
            ("/b/x.sql", "/b/x.sql", "x.sql", Taken::Yes),
            ("/b/*", "/b/x.sql", "/b/x.sql", Taken::Yes),
            ("/b/*", "/b/d/x.sql", "/b/d/x.sql", Taken::No),
            ("/b", "/b", "/b/x-$D.sql", Taken::No),
            ("/b/x-*", "/b", "/b/x-$D.sql", Taken::Yes),
            ("/*", "/b", "/b/x-$D.sql", Taken::No),
        ] {
            let files = &[known(file)][..];
            let got = taken_alone(&[path.to_owned()], Files { place, files });
            assert_eq!(got, want, "{path} {place} {file}");
        }
    }

    #[test]
    fn what_is_left_out_is_told_by_its_name() {
        for (pattern, file, want) in [
            ("*.sql", "/b/x-$D.sql", Taken::No),
            ("*.sql", "/b/x.sql", Taken::No),
            ("*", "/b/x.sql", Taken::No),
            ("*.tmp", "/b/x-$D.sql", Taken::Yes),
            ("*.tmp", "/b/$F", Taken::Perhaps),
            ("x-2026*", "/b/x-$D.sql", Taken::Perhaps),
            ("y-2026*", "/b/x-$D.sql", Taken::Yes),
            ("/x.sql", "/b/x.sql", Taken::Perhaps),
            ("b/x.sql", "/b/x.sql", Taken::Perhaps),
            ("d/**", "/b/d/x.sql", Taken::Perhaps),
            ("/e/", "/b/d/x.sql", Taken::Yes),
            ("d*.sql", "/b/daily/x.sql", Taken::Perhaps),
            ("x.[a-z]*", "/b/x.sql", Taken::Perhaps),
            ("re:x", "/b/x.sql", Taken::Perhaps),
            ("lost+found", "/b/x-$D.sql", Taken::Yes),
        ] {
            let files = &[known(file)][..];
            let copy = Files { place: file, files };
            assert_eq!(kept(&[pattern.to_owned()], copy), want, "{pattern} {file}");
        }
    }

    proptest! {
        #[test]
        fn what_stands_for_a_name_may_match_it(pattern in "[ab*?]{0,6}", name in "[ab]{0,6}") {
            prop_assert_eq!(glob::matches(&pattern, &name), may_match(&pattern, &name));
        }
    }
}
