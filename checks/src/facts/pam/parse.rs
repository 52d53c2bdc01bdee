//! The text of a PAM configuration file, line by line.

use super::codes::Control;

/// Which of the four jobs of PAM a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facility {
    /// Who is it?
    Auth,
    /// May the account be used now?
    Account,
    /// Change of the password.
    Password,
    /// What surrounds a session.
    Session,
}

impl Facility {
    fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "auth" => Some(Self::Auth),
            "account" => Some(Self::Account),
            "password" => Some(Self::Password),
            "session" => Some(Self::Session),
            _ => None,
        }
    }
}

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `@include FILE`: every facility of another file.
    IncludeAll(String),
    /// `TYPE include FILE`.
    Include(Facility, String),
    /// `TYPE substack FILE`.
    Substack(Facility, String),
    /// `TYPE CONTROL MODULE ARG…`.
    Module {
        /// The job it belongs to.
        facility: Facility,
        /// What its results do.
        control: Control,
        /// Name without folder and `.so`.
        name: String,
        /// Arguments.
        args: Vec<String>,
    },
    /// Nothing that this parser understands.
    Odd,
}

/// Longest file that is parsed, in logical lines.
const MAX_LINES: usize = 2_000;

/// The items of a file of `pam.d`, with the number of the line on which each begins.
pub fn parse(text: &str) -> Vec<(usize, Item)> {
    let lines = logical_lines(text);
    let parsed = lines.iter().take(MAX_LINES);
    let mut items: Vec<_> = parsed.map(|(n, line)| (*n, item(&words(line)))).collect();
    // What was not read could be anything.
    items.extend(lines.get(MAX_LINES).map(|(n, _)| (*n, Item::Odd)));
    items
}

/// The items of `/etc/pam.conf` that belong to `service`.
pub fn parse_conf(text: &str, service: &str) -> Vec<(usize, Item)> {
    let mut items = Vec::new();
    for (at, (n, line)) in logical_lines(text).into_iter().enumerate() {
        if at == MAX_LINES {
            items.push((n, Item::Odd));
            break;
        }
        let words = words(&line);
        match words.split_first() {
            Some((name, rest)) if name.eq_ignore_ascii_case(service) => items.push((n, item(rest))),
            _ => {}
        }
    }
    items
}

/// Lines without comments, joined over a trailing backslash. A comment ends its line for good.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (n, raw) in text.lines().enumerate() {
        let (line, commented) = raw
            .split_once('#')
            .map_or((raw, false), |(before, _)| (before, true));
        let line = line.trim();
        let (start, mut joined) = open.take().unwrap_or((n + 1, String::new()));
        match line.strip_suffix('\\') {
            Some(head) if !commented => {
                joined.push_str(head);
                joined.push(' ');
                open = Some((start, joined));
            }
            _ => {
                joined.push_str(line);
                all.push((start, joined));
            }
        }
    }
    all.extend(open);
    all.retain(|(_, line)| !line.trim().is_empty());
    all
}

/// Words; `[…]` holds together, and `\]` inside stands for `]`. Around a control the brackets
/// are kept, for it needs them; around an argument they are dropped.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        if c == '[' {
            while let Some(c) = chars.next() {
                match c {
                    '\\' if chars.peek() == Some(&']') => word.extend(chars.next()),
                    ']' => {
                        word.push(']');
                        break;
                    }
                    c => word.push(c),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                word.push(c);
            }
        }
        words.push(word);
    }
    words
}

fn item(words: &[String]) -> Item {
    understood(words).unwrap_or(Item::Odd)
}

fn understood(words: &[String]) -> Option<Item> {
    let (first, rest) = words.split_first()?;
    if first.eq_ignore_ascii_case("@include") {
        return Some(Item::IncludeAll(rest.first()?.clone()));
    }
    let facility = Facility::parse(first.strip_prefix('-').unwrap_or(first))?;
    let (control, rest) = rest.split_first()?;
    let (target, args) = rest.split_first()?;
    Some(match control.to_ascii_lowercase().as_str() {
        "include" => Item::Include(facility, target.clone()),
        "substack" => Item::Substack(facility, target.clone()),
        _ => Item::Module {
            facility,
            control: Control::parse(control)?,
            name: module_name(target)?,
            args: args.iter().map(|a| bare(a)).collect(),
        },
    })
}

/// The name without `.so`. What stands outside the folders of modules keeps its path: it need not be
/// what its name says.
fn module_name(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    let name = if path.contains('/') { name } else { path };
    let folder = folder.trim_end_matches("/$ISA");
    let usual = folder.strip_suffix("/security").is_some_and(is_library);
    if path.contains('/') && !usual {
        return Some(path.to_owned());
    }
    let name = name.strip_suffix(".so").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Whether a folder holds the system's libraries: `/lib64`, `/usr/lib/x86_64-linux-gnu`.
fn is_library(folder: &str) -> bool {
    let mut parts = folder.strip_prefix("/usr").unwrap_or(folder).split('/');
    let lib = parts.next() == Some("")
        && matches!(parts.next(), Some("lib" | "lib32" | "lib64" | "libx32"));
    lib && parts.next().is_none_or(|t| t.contains("-linux-")) && parts.next().is_none()
}

fn bare(arg: &str) -> String {
    let inner = arg.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
    inner.unwrap_or(arg).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_cut() {
        let text = "# head\nauth required \\\n  pam_unix.so nullok # tail \\\n-auth optional /lib/security/$ISA/pam_x.so [a=b c\\] d]\n";
        let got = parse(text);
        assert_eq!(got.len(), 2);
        let Item::Module { name, args, .. } = &got[0].1 else {
            panic!("{got:?}")
        };
        assert_eq!(
            (got[0].0, name.as_str(), args.as_slice()),
            (2, "pam_unix", &["nullok".to_owned()][..])
        );
        let Item::Module { name, args, .. } = &got[1].1 else {
            panic!("{got:?}")
        };
        assert_eq!(
            (got[1].0, name.as_str(), args[0].as_str()),
            (4, "pam_x", "a=b c] d")
        );
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for odd in [
            "auth",
            "auth required",
            "auth sometimes pam_unix.so",
            "@include",
            "x required y.so",
            "auth [a",
        ] {
            assert_eq!(parse(odd), [(1, Item::Odd)], "{odd:?}");
        }
    }

    #[test]
    fn a_module_of_an_unusual_folder_keeps_its_path() {
        let name = |path: &str| module_name(path).unwrap();
        assert_eq!(
            name("/usr/lib/x86_64-linux-gnu/security/pam_oath.so"),
            "pam_oath"
        );
        assert_eq!(name("/lib64/security/pam_oath.so"), "pam_oath");
        for path in [
            "/tmp/security/pam_oath.so",
            "/lib/../tmp/security/pam_oath.so",
            "/usr/lib/x/security/pam_oath.so",
            "lib/security/pam_oath.so",
            "/pam_oath.so",
        ] {
            assert_eq!(name(path), path);
        }
    }

    #[test]
    fn lines_that_are_too_many_are_said() {
        let text = "session optional pam_permit.so\n".repeat(MAX_LINES + 1);
        assert_eq!(parse(&text).last(), Some(&(MAX_LINES + 1, Item::Odd)));
        let text = "x session optional pam_permit.so\n".repeat(MAX_LINES + 1);
        assert_eq!(
            parse_conf(&text, "x").last(),
            Some(&(MAX_LINES + 1, Item::Odd))
        );
    }

    #[test]
    fn pam_conf_names_the_service_first() {
        let got = parse_conf(
            "sshd auth required pam_unix.so\nOTHER auth required pam_deny.so\n",
            "other",
        );
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].0, 2);
    }
}
