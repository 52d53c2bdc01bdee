//! Every sentence of the command line and of errors, in Vietnamese and English.
//!
//! Errors carry a message id and values ([`Explain`]); the language is picked when they are shown.

use std::fmt;

use capdo_checks::{Value, lang::Lang, text::Bilingual};

/// The sentences of the command line and of errors.
pub static SENTENCES: Bilingual = Bilingual::new(
    include_str!("../messages/cli/vi.ftl"),
    include_str!("../messages/cli/en.ftl"),
);

/// Values for the placeholders of a sentence.
pub type Args = Vec<(&'static str, Value)>;

/// The sentence `key` without placeholders.
pub fn plain(lang: Lang, key: &str) -> String {
    SENTENCES.plain(lang, key)
}

/// The sentence `key` with `args` filled in.
pub fn with(lang: Lang, key: &str, args: &[(&str, Value)]) -> String {
    SENTENCES.with(lang, key, args)
}

/// The word for a code of a fixed list: the sentence `stem-code`.
pub fn named(lang: Lang, stem: &str, code: &str) -> String {
    SENTENCES.named(lang, stem, code)
}

/// Something that can be said to a person: mostly an error.
pub trait Explain {
    /// The message id, which is also the code in JSON, and the values for its placeholders.
    fn sentence(&self) -> (&'static str, Args);

    /// The sentence in the given language.
    fn say(&self, lang: Lang) -> String {
        let (key, args) = self.sentence();
        with(lang, key, &args)
    }
}

/// Text for a placeholder.
pub(crate) fn text(what: impl fmt::Display) -> Value {
    Value::from(what.to_string())
}

/// Makes the `Display` of an [`Explain`] its English sentence, for logs.
macro_rules! english {
    ($($type:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::say::Explain::say(self, capdo_checks::lang::Lang::En))
            }
        }
    )+};
}
pub(crate) use english;

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// Ids that are put together at run time, by their stem.
    const STEMS: [&str; 18] = [
        "agency-kind-",
        "authorisation-state-",
        "authority-state-",
        "cli",
        "dossier-",
        "endpoint-kind-",
        "endpoint-state-",
        "feed-state-",
        "gate-",
        "host-state-",
        "integrity-",
        "offence-",
        "probe-step-",
        "role-",
        "token-state-",
        "user-state-",
        "verdict-",
        "verify-what-",
    ];
    /// How every other id begins.
    const HEADS: [&str; 27] = [
        "agency-",
        "audit-",
        "authorisation-",
        "authority-",
        "backup-",
        "ban-",
        "carried-",
        "config-",
        "done-",
        "endpoint-",
        "feed-",
        "head-",
        "host-",
        "identity-",
        "import-",
        "init-",
        "package-",
        "probe-",
        "release-",
        "score-",
        "serve-",
        "store-",
        "system-",
        "token-",
        "usage-",
        "user-",
        "verify-",
    ];
    /// What looks like an id in the sources and is none.
    const NOT_IDS: [&str; 0] = [];

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(SENTENCES.faults(), Vec::<String>::new());
    }

    /// Every quoted text of the sources that looks like an id.
    fn used() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = vec![root.join("serve.rs"), root.join("logging.rs")];
        for folder in [
            "cli",
            "cli/args",
            "config",
            "store",
            "identity",
            "feeds",
            "ingest/carried",
            "backup",
        ] {
            let found = fs::read_dir(root.join(folder)).unwrap();
            let found = found.map(|entry| entry.unwrap().path());
            files.extend(found.filter(|path| path.is_file()));
        }
        let mut used = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
                let quoted = line.split('"').skip(1).step_by(2);
                used.extend(quoted.filter(|q| is_id(q)).map(str::to_owned));
            }
        }
        used
    }

    fn is_id(text: &str) -> bool {
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        HEADS.iter().any(|head| text.starts_with(head))
            && text.chars().all(kebab)
            && !NOT_IDS.contains(&text)
            && !text.ends_with('-')
    }

    #[test]
    fn what_is_said_exists_and_what_exists_is_said() {
        let used = used();
        let missing: Vec<_> = used
            .iter()
            .filter(|id| !SENTENCES.of(Lang::Vi).has(id, None))
            .filter(|id| !STEMS.contains(&format!("{id}-").as_str()))
            .collect();
        assert!(missing.is_empty(), "not in the catalogue: {missing:?}");
        let idle: Vec<_> = SENTENCES
            .ids()
            .into_iter()
            .filter(|id| !used.contains(id) && !STEMS.iter().any(|s| id.starts_with(s)))
            .collect();
        assert!(idle.is_empty(), "nobody says: {idle:?}");
    }
}
