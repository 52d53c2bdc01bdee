//! Every sentence that the agent says to a person, in Vietnamese and English.
//!
//! Errors carry a message id and values ([`Explain`]); the language is picked when they are shown.

use std::sync::OnceLock;

use capdo_checks::{Value, lang::Lang, text::Messages};

const VI: &str = include_str!("../messages/vi.ftl");
const EN: &str = include_str!("../messages/en.ftl");

/// Values for the placeholders of a sentence.
pub type Args = Vec<(&'static str, Value)>;

/// The agent's own sentences; those about checks are [`Messages::of`].
pub fn messages(lang: Lang) -> &'static Messages {
    static BOTH: OnceLock<[Messages; 2]> = OnceLock::new();
    let both = BOTH.get_or_init(|| {
        [
            Messages::load(Lang::Vi, &[VI]),
            Messages::load(Lang::En, &[EN]),
        ]
    });
    match lang {
        Lang::Vi => &both[0],
        Lang::En => &both[1],
    }
}

/// The sentence `key` without placeholders.
pub fn plain(lang: Lang, key: &str) -> String {
    messages(lang).get(key, None, &[])
}

/// The sentence `key` with `args` filled in.
pub fn with(lang: Lang, key: &str, args: &[(&str, Value)]) -> String {
    messages(lang).get(key, None, args)
}

/// Something that can be said to a person: mostly an error.
pub trait Explain {
    /// The message id and the values for its placeholders.
    fn sentence(&self) -> (&'static str, Args);

    /// The sentence in the given language.
    fn say(&self, lang: Lang) -> String {
        let (key, args) = self.sentence();
        with(lang, key, &args)
    }
}

/// Makes an [`Explain`] an error whose `Display` is its English sentence, for logs.
macro_rules! english_error {
    ($($type:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::say::Explain::say(self, capdo_checks::lang::Lang::En))
            }
        }
        impl std::error::Error for $type {}
    )+};
}
pub(crate) use english_error;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Message ids, attributes and the placeholders of each.
    fn shape(source: &str) -> BTreeSet<String> {
        let mut shape = BTreeSet::new();
        let mut at = String::new();
        for line in source.lines().filter(|l| !l.starts_with('#')) {
            let trimmed = line.trim_start();
            if !line.starts_with([' ', '}'])
                && let Some((id, _)) = line.split_once(" =")
            {
                id.clone_into(&mut at);
                shape.insert(at.clone());
            } else if trimmed.starts_with('.')
                && let Some((attribute, _)) = trimmed.split_once(" =")
            {
                let id = at.split('.').next().unwrap_or_default().to_owned();
                at = format!("{id}{attribute}");
                shape.insert(at.clone());
            }
            for part in line.split('$').skip(1) {
                let name: String = part
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                shape.insert(format!("{at} ${name}"));
            }
        }
        shape
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (vi, en) = (shape(VI), shape(EN));
        let odd: Vec<_> = vi.symmetric_difference(&en).collect();
        assert!(odd.is_empty(), "only in one language: {odd:?}");
    }

    /// A file that does not parse loses messages; this sees each one that the text defines.
    #[test]
    fn every_message_loads() {
        for (lang, source) in [(Lang::Vi, VI), (Lang::En, EN)] {
            for name in shape(source).iter().filter(|n| !n.contains('$')) {
                let (id, attribute) = match name.split_once('.') {
                    Some((id, attribute)) => (id, Some(attribute)),
                    None => (name.as_str(), None),
                };
                assert!(messages(lang).has(id, attribute), "{lang}: {name}");
            }
        }
    }
}
