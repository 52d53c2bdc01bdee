//! One rule of polkit, which is JavaScript and is not run: whether what it grants without asking may
//! make somebody root.

use super::polkit::ROOT;

/// The words that a rule may answer with; in quotes they are written small.
const ANSWERS: [&str; 7] = [
    "AUTH_ADMIN",
    "AUTH_ADMIN_KEEP",
    "AUTH_SELF",
    "AUTH_SELF_KEEP",
    "NO",
    "NOT_HANDLED",
    "YES",
];
/// How a rule is added, and one about administrators.
const ADD: &str = "addRule";
const ADD_ADMIN: &str = "addAdminRule";
/// What answers nothing.
const NOTHING: [&str; 3] = ["null", "undefined", "false"];
/// How identities begin that a rule about administrators answers with, in brackets.
const IDENTITIES: [&str; 3] = ["unix-group:", "unix-netgroup:", "unix-user:"];
/// Words by which a text becomes a program, or an object another one.
const MAKERS: [&str; 12] = [
    "arguments",
    "bind",
    "catch",
    "class",
    "constructor",
    "eval",
    "Function",
    "Object",
    "prototype",
    "Reflect",
    "spawn",
    "with",
];
/// Signs of what is not read here: patterns, templates, short functions, escapes, comments of HTML, hidden
/// names, and quotes that nothing closes.
const SIGNS: [&str; 9] = ["/", "`", "=>", "\\", "<!--", "-->", "__", "\"", "'"];
/// Signs that compare.
const COMPARING: [&str; 6] = ["==", "===", "!=", "!==", "<=", ">="];
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

/// What the rules of a file may grant, without its comments.
pub(super) fn of_file(text: &str) -> Sort {
    // A function may stand apart from where it is added.
    let mut worst = Sort::Harmless;
    for rule in text.split(ADD) {
        match of_rule(rule) {
            Sort::Open => return Sort::Open,
            Sort::Unsure => worst = Sort::Unsure,
            Sort::Harmless => {}
        }
    }
    match worst {
        Sort::Harmless if !is_plain(&numbered(text).0) => Sort::Unsure,
        worst => worst,
    }
}

/// Whether `polkit` and `action` mean in the whole text what polkit means by them: each function is a rule that
/// is added where it stands, its first parameter is the action, and neither name is given to anything else.
fn is_plain(bare: &str) -> bool {
    let words = words(bare);
    let next = |n: usize| words.get(n + 1).copied().unwrap_or_default();
    words.iter().enumerate().all(|(n, word)| match *word {
        "function" => {
            let added = [["polkit", ".", ADD, "("], ["polkit", ".", ADD_ADMIN, "("]];
            let takes: [&[&str]; 3] = [
                &["(", "action", ",", "subject", ")"],
                &["(", "action", ")"],
                &["(", ")"],
            ];
            added.iter().any(|a| words[..n].ends_with(a))
                && takes.iter().any(|t| words[n + 1..].starts_with(t))
        }
        ADD | ADD_ADMIN => words[n + 1..].starts_with(&["(", "function"]),
        "polkit" => {
            let known = [ADD, ADD_ADMIN, "Result", "log"];
            next(n) == "." && known.contains(&next(n + 1))
        }
        "action" => {
            let before = &words[..n];
            next(n) == "." || before.ends_with(&["+"]) || before.ends_with(&["function", "("])
        }
        _ => true,
    })
}

/// The names and the signs of a text, in their order.
fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if is_part(first) {
            rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        found.push(word);
        rest = after.trim_start();
    }
    found
}

/// What one rule may grant.
fn of_rule(text: &str) -> Sort {
    let (bare, literals) = numbered(text);
    let yes: Vec<usize> = answers(&bare, &literals);
    let known = answers_are_known(&bare) && returns_are_known(&bare, &literals);
    if !known || is_opaque(&bare, &literals) {
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

/// Whether every `Result` is followed by a word that is known, and no word is given another meaning.
fn answers_are_known(bare: &str) -> bool {
    bare.split("Result").skip(1).all(|after| {
        let (word, rest) = answer(after);
        ANSWERS.contains(&word) && !is_set(rest)
    })
}

/// The word behind `Result`, and what follows it.
fn answer(after: &str) -> (&str, &str) {
    let word = after.strip_prefix('.').unwrap_or_default();
    let end = word.find(|c: char| !is_part(c)).unwrap_or(word.len());
    word.split_at(end)
}

/// Whether what follows a name gives it another value.
fn is_set(after: &str) -> bool {
    let after = after.trim_start();
    let end = after.find(|c: char| !"+-*%&|^<>?!=".contains(c));
    let signs = &after[..end.unwrap_or(after.len())];
    let named = ["in", "of"].iter().any(|w| {
        let rest = after.strip_prefix(w);
        rest.is_some_and(|rest| !rest.starts_with(is_part))
    });
    let counted = signs.contains("++") || signs.contains("--");
    named || counted || signs.contains('=') && !COMPARING.contains(&signs)
}

/// Whether every `return` answers nothing, or one word that is known, as a whole. A line ends the answer where the
/// next begins with a name.
fn returns_are_known(bare: &str, literals: &[String]) -> bool {
    behind(bare, "return").all(|after| {
        let end = after.find([';', '}']).unwrap_or(after.len());
        let line = after.split_once('\n').filter(|(_, next)| {
            let next = next.trim_start();
            next.starts_with(is_part) && !next.starts_with("in")
        });
        let line = line.is_some_and(|(said, _)| is_known(said.trim(), literals));
        line || is_known(after[..end].trim(), literals)
    })
}

/// Whether what a rule answers is nothing, or one word that is known.
fn is_known(said: &str, literals: &[String]) -> bool {
    let quoted = |text: &str| literal(text.trim(), literals);
    let identity =
        |text: &str| quoted(text).is_some_and(|l| IDENTITIES.iter().any(|i| l.starts_with(i)));
    let list = said.strip_prefix('[').and_then(|l| l.strip_suffix(']'));
    let word = said.strip_prefix("polkit.Result.");
    said.is_empty()
        || NOTHING.contains(&said)
        || word.is_some_and(|w| ANSWERS.contains(&w))
        || quoted(said).is_some_and(|l| ANSWERS.iter().any(|a| a.to_ascii_lowercase() == *l))
        || list.is_some_and(|l| l.trim().is_empty() || l.split(',').all(identity))
}

/// Whether something stands in the text that may make other answers, or another action, than are read here.
fn is_opaque(bare: &str, literals: &[String]) -> bool {
    // `name[…]` is a name that is made up.
    let made_up = bare.match_indices('[').any(|(at, _)| {
        let before = bare[..at].trim_end();
        let answer = before.strip_suffix("return");
        let joined = before.ends_with(|c| is_part(c) || matches!(c, ')' | ']' | MARK));
        joined && answer.is_none_or(|b| b.ends_with(is_part))
    });
    // `[name] = …` and `{ key: name } = …` give names other values.
    let mut ends = bare.match_indices([']', '}']);
    let taken_apart = ends.any(|(at, _)| is_set(&bare[at + 1..]));
    made_up
        || taken_apart
        || literals.iter().any(|l| l.contains('\n'))
        || SIGNS.iter().any(|s| bare.contains(s))
        || ["action", "id"].iter().any(|w| behind(bare, w).any(is_set))
        || MAKERS.iter().any(|w| behind(bare, w).next().is_some())
}

/// What follows each place at which a word stands by itself.
fn behind<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let after = &text[at + word.len()..];
        let joined = text[..at].chars().next_back().is_some_and(is_part);
        (!joined && !after.starts_with(is_part)).then_some(after)
    })
}

/// Whether a name may hold the sign.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The quoted part that a text is.
fn literal<'a>(text: &str, literals: &'a [String]) -> Option<&'a String> {
    let n = text.strip_prefix(MARK)?.strip_suffix(MARK)?;
    literals.get(n.parse::<usize>().ok()?)
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
        let outer = head.strip_suffix("if");
        let Some(outer) = outer.filter(|o| !o.ends_with(|c| is_part(c) || c == '.')) else {
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
    // One with escapes may be another name than it looks.
    let literal = |text: &str| literal(text, literals).filter(|l| !l.contains('\\'));
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

/// The text with its quoted parts replaced by their numbers, and those parts as they are written: a
/// backslash keeps the sign behind it from closing them.
fn numbered(text: &str) -> (String, Vec<String>) {
    let mut bare = String::with_capacity(text.len());
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = rest[at..].chars().next().unwrap_or('"');
        let inner = &rest[at + 1..];
        let Some(end) = closed(inner, quote) else {
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

/// Where the quote that opened before `text` is closed.
fn closed(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}
