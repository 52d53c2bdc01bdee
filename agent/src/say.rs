//! Every sentence that the agent says to a person, in Vietnamese and English.
//!
//! Errors carry a message id and values ([`Explain`]); the language is picked when they are shown.

use capdo_checks::{
    Value,
    lang::Lang,
    text::{Bilingual, Messages},
};

/// The agent's own sentences; those about checks are [`Messages::of`].
pub static SENTENCES: Bilingual = Bilingual::new(
    include_str!("../messages/vi.ftl"),
    include_str!("../messages/en.ftl"),
);

/// Values for the placeholders of a sentence.
pub type Args = Vec<(&'static str, Value)>;

/// The agent's own sentences in one language.
pub fn messages(lang: Lang) -> &'static Messages {
    SENTENCES.of(lang)
}

/// The sentence `key` without placeholders.
pub fn plain(lang: Lang, key: &str) -> String {
    SENTENCES.plain(lang, key)
}

/// The sentence `key` with `args` filled in.
pub fn with(lang: Lang, key: &str, args: &[(&str, Value)]) -> String {
    SENTENCES.with(lang, key, args)
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
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(SENTENCES.faults(), Vec::<String>::new());
    }
}
