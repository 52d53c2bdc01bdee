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
const VALUE: char = '\u{1}';

/// Whether one of these paths, such as `/b/*.gz`, stands for a copy: for its place, or for all files that the
/// words of its command name, whatever the variables in them hold.
pub(super) fn taken(paths: &[String], place: &str, files: &[String]) -> Taken {
    let patterns = || paths.iter().filter(|p| p.contains(['*', '?', '[', '{']));
    let files: Vec<String> = files.iter().map(|f| known(f)).collect();
    let stands = |place: &str| {
        patterns()
            .map(|p| stands_for(p, place))
            .max()
            .unwrap_or(Taken::No)
    };
    let of_files = files.iter().map(|f| stands(f)).min();
    stands(place).max(of_files.unwrap_or(Taken::No))
}

/// Whether one of these patterns, all that is taken, stands for the name of a copy. No pattern takes all.
pub(super) fn only(patterns: &[String], place: &str, files: &[String]) -> Taken {
    if patterns.is_empty() {
        return Taken::Yes;
    }
    let files: Vec<String> = files.iter().map(|f| known(f)).collect();
    let stands = |place: &str| {
        let name = place.rsplit('/').next().unwrap_or(place);
        let all = patterns.iter().map(|p| match p {
            p if p.contains(['/', '[', '{']) => Taken::Perhaps,
            p => of(p, name),
        });
        all.max().unwrap_or(Taken::No)
    };
    // Where a variable hides the name, the place is the folder only.
    let of_files = files.iter().map(|f| stands(f)).min();
    match of_files {
        Some(taken) if files.iter().any(|f| f.contains(VALUE)) => taken,
        _ => stands(place),
    }
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
fn known(word: &str) -> String {
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

    fn told(pattern: &str, place: &str, file: &str) -> Taken {
        taken(&[pattern.to_owned()], place, &[file.to_owned()])
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
        let told =
            |pattern: &str, file: &str| only(&[pattern.to_owned()], "/b", &[file.to_owned()]);
        assert_eq!(only(&[], "/b", &[]), Taken::Yes);
        assert_eq!(told("*.txt", "/b/x-$().sql"), Taken::No);
        assert_eq!(told("*.sql", "/b/x-$().sql"), Taken::Yes);
        assert_eq!(told("b*", "/b/x-$().sql"), Taken::No);
        assert_eq!(told("*.{sql,txt}", "/b/x-$().sql"), Taken::Perhaps);
    }
}
