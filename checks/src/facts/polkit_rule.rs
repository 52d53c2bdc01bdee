//! One rule of polkit, which is JavaScript and is not run: whether what it grants without asking may
//! make somebody root.

use super::polkit::ROOT;

/// The words that a rule may answer with, beside `YES`.
const ANSWERS: [&str; 6] = [
    "AUTH_ADMIN",
    "AUTH_ADMIN_KEEP",
    "AUTH_SELF",
    "AUTH_SELF_KEEP",
    "NO",
    "NOT_HANDLED",
];
const MAX_DEPTH: usize = 16;
/// Stands for a quote in a text whose quoted parts are numbered.
const MARK: char = '\u{1}';

/// What a rule may grant.
pub(super) enum Sort {
    /// Nothing that makes anybody root.
    Harmless,
    /// An action that leads to root.
    Open,
    /// Perhaps one.
    Unsure,
}

/// What one rule may grant.
pub(super) fn of_rule(text: &str) -> Sort {
    let (bare, literals) = numbered(text);
    let yes: Vec<usize> = answers(&bare, &literals);
    if !answers_are_known(&bare) || bare.contains("spawn(") {
        return Sort::Unsure;
    }
    let guarded = |at: &usize| is_guarded(&bare, *at, &literals);
    if yes.iter().all(guarded) {
        return Sort::Harmless;
    }
    let exact = literals.iter().any(|l| ROOT.contains(&l.as_str()));
    // A rule may look at the unit or the program.
    if exact && !text.contains("lookup(") {
        Sort::Open
    } else {
        Sort::Unsure
    }
}

/// Where the text says `YES`, or "yes" in quotes.
fn answers(bare: &str, literals: &[String]) -> Vec<usize> {
    let word = bare.match_indices("YES").map(|(at, _)| at);
    let quoted = literals.iter().enumerate().filter(|(_, l)| *l == "yes");
    let quoted = quoted.filter_map(|(n, _)| bare.find(&format!("{MARK}{n}{MARK}")));
    word.chain(quoted).collect()
}

/// Whether every `Result` is followed by a word that is known.
fn answers_are_known(bare: &str) -> bool {
    bare.split("Result").skip(1).all(|after| {
        let word = after.strip_prefix('.').unwrap_or_default();
        let end = word.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        let word = &word[..end.unwrap_or(word.len())];
        word == "YES" || ANSWERS.contains(&word)
    })
}

/// Whether one of the conditions within which the answer at `at` stands holds for harmless actions
/// alone.
fn is_guarded(bare: &str, at: usize, literals: &[String]) -> bool {
    let mut before = bare[..at].trim_end();
    let Some(returned) = before.rfind("return") else {
        return false;
    };
    let between = before[returned + "return".len()..].trim();
    if !matches!(between, "" | "polkit.Result.") {
        return false;
    }
    before = before[..returned].trim_end();
    for _ in 0..MAX_DEPTH {
        // `if (…) return`, or the block within which it stands.
        if !before.ends_with(')') {
            let Some(open) = enclosing(before) else {
                return false;
            };
            before = before[..open].trim_end();
        }
        let Some((condition, head)) = condition(before) else {
            return false;
        };
        let Some(outer) = head.strip_suffix("if") else {
            return false;
        };
        if is_harmless(condition, literals, 0) {
            return true;
        }
        before = outer.trim_end();
    }
    false
}

/// The place of the brace that opens the block at whose end the text stops.
fn enclosing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            '}' => depth += 1,
            '{' if depth == 0 => return Some(at),
            '{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands in the parentheses with which the text ends, and what stands before them.
fn condition(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 0_usize;
    for (at, c) in inner.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return Some((&inner[at + 1..], inner[..at].trim_end())),
            '(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a condition can hold for harmless actions alone.
fn is_harmless(condition: &str, literals: &[String], depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let mut text = condition.trim();
    while let Some(("", inner)) = self::condition(text).map(|(inner, head)| (head, inner)) {
        text = inner.trim();
    }
    let either = parted(text, "||");
    if either.len() > 1 {
        return either.iter().all(|t| is_harmless(t, literals, depth + 1));
    }
    let both = parted(text, "&&");
    if both.len() > 1 {
        return both.iter().any(|t| is_harmless(t, literals, depth + 1));
    }
    names_harmless(text, literals)
}

/// Whether a comparison holds for actions of one harmless name, or beginning, alone.
fn names_harmless(text: &str, literals: &[String]) -> bool {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let literal = |text: &str| {
        let n = text.strip_prefix(MARK)?.strip_suffix(MARK)?;
        literals.get(n.parse::<usize>().ok()?)
    };
    let whole = ["action.id===", "action.id=="];
    if let Some(value) = whole.iter().find_map(|w| tight.strip_prefix(w)) {
        return literal(value).is_some_and(|l| !ROOT.contains(&l.as_str()));
    }
    let begins = tight
        .strip_prefix("action.id.indexOf(")
        .and_then(|t| t.strip_suffix(")===0").or_else(|| t.strip_suffix(")==0")));
    let begins = begins.or_else(|| {
        tight
            .strip_prefix("action.id.startsWith(")
            .and_then(|t| t.strip_suffix(')'))
    });
    begins
        .and_then(literal)
        .is_some_and(|l| !ROOT.iter().any(|r| r.starts_with(l.as_str())))
}

/// The parts between a sign that stands in no parentheses.
fn parted<'a>(text: &'a str, sign: &str) -> Vec<&'a str> {
    let (mut found, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= from && text[at..].starts_with(sign) => {
                found.push(&text[from..at]);
                from = at + sign.len();
            }
            _ => {}
        }
    }
    found.push(&text[from..]);
    found
}

/// The text with its quoted parts replaced by their numbers, and those parts.
fn numbered(text: &str) -> (String, Vec<String>) {
    let mut bare = String::with_capacity(text.len());
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = if rest[at..].starts_with('"') {
            '"'
        } else {
            '\''
        };
        let inner = &rest[at + 1..];
        let Some(end) = inner.find(quote) else {
            break;
        };
        bare.extend(rest[..at].chars().filter(|c| *c != MARK));
        bare.push_str(&format!("{MARK}{}{MARK}", found.len()));
        found.push(inner[..end].to_owned());
        rest = &inner[end + 1..];
    }
    bare.extend(rest.chars().filter(|c| *c != MARK));
    (bare, found)
}

/// The texts in quotes.
pub(super) fn literals(text: &str) -> Vec<String> {
    numbered(text).1
}
