//! Sentences of one part of capdo, in both languages.

use std::{collections::BTreeSet, fmt, sync::OnceLock};

use super::{Messages, shape};
use crate::{
    lang::Lang,
    observation::{Value, clean},
};

/// Sentences in both languages, from two Fluent files that ship with the program. They are read
/// when the first one is wanted.
pub struct Bilingual {
    vi: &'static str,
    en: &'static str,
    loaded: OnceLock<[Messages; 2]>,
}

impl Bilingual {
    /// The sentences of these two files.
    pub const fn new(vi: &'static str, en: &'static str) -> Self {
        let loaded = OnceLock::new();
        Self { vi, en, loaded }
    }

    /// The sentences of one language.
    pub fn of(&self, lang: Lang) -> &Messages {
        let [vi, en] = self.loaded.get_or_init(|| {
            [(Lang::Vi, self.vi), (Lang::En, self.en)]
                .map(|(lang, source)| Messages::load(lang, &[source]))
        });
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    /// The sentence `key` without placeholders.
    pub fn plain(&self, lang: Lang, key: &str) -> String {
        self.of(lang).get(key, None, &[])
    }

    /// The sentence `key` with `args` filled in.
    pub fn with(&self, lang: Lang, key: &str, args: &[(&str, Value)]) -> String {
        self.of(lang).get(key, None, args)
    }

    /// The word for a code of a fixed list: the sentence `stem-code`, or else the code itself.
    pub fn named(&self, lang: Lang, stem: &str, code: &str) -> String {
        let id = format!("{stem}-{}", code.replace('_', "-"));
        if self.of(lang).has(&id, None) {
            self.plain(lang, &id)
        } else {
            clean(code)
        }
    }

    /// The ids of all sentences, from the Vietnamese file.
    pub fn ids(&self) -> BTreeSet<String> {
        let names = shape(self.vi).into_iter();
        names.filter(|name| !name.contains(['.', '$'])).collect()
    }

    /// What is wrong with the files, for a test: what only one language says or asks for, and what
    /// does not load.
    pub fn faults(&self) -> Vec<String> {
        let (vi, en) = (shape(self.vi), shape(self.en));
        let odd = vi.symmetric_difference(&en);
        let mut faults: Vec<String> = odd.map(|n| format!("{n}: in one language only")).collect();
        for (lang, names) in [(Lang::Vi, vi), (Lang::En, en)] {
            for name in names.iter().filter(|n| !n.contains('$')) {
                let (id, attribute) = match name.split_once('.') {
                    Some((id, attribute)) => (id, Some(attribute)),
                    None => (name.as_str(), None),
                };
                if !self.of(lang).has(id, attribute) {
                    faults.push(format!("{name}: does not load in {lang}"));
                }
            }
        }
        faults
    }
}

impl fmt::Debug for Bilingual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bilingual").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_says_its_own() {
        let words = Bilingual::new("x-a_b = không\nx-a-b = có { $n }\n", "x-a-b = yes { $n }\n");
        let n = [("n", Value::Int(2))];
        assert_eq!(words.with(Lang::Vi, "x-a-b", &n), "có 2");
        assert_eq!(words.with(Lang::En, "x-a-b", &n), "yes 2");
        assert_eq!(words.named(Lang::En, "x", "a_c\u{1b}"), "a_c\\u{1b}");
        assert_eq!(words.plain(Lang::En, "x-none"), "x-none");
    }

    #[test]
    fn faults_are_named() {
        let good = Bilingual::new("a = á { $x }\n    .b = c\n", "a = a { $x }\n    .b = c\n");
        assert_eq!(good.faults(), Vec::<String>::new());
        let odd = Bilingual::new("a = á { $x }\n", "a = a { $y }\nd = d\n");
        assert_eq!(odd.faults().len(), 3, "{:?}", odd.faults());
        let broken = Bilingual::new("a = á { x y }\n", "a = a\n");
        assert_eq!(broken.faults(), ["a: does not load in vi"]);
    }
}
