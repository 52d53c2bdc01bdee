//! The message catalogues: every sentence that a person reads, in Vietnamese and English.
//!
//! A check `ssh.root-login` has one message `ssh-root-login` in `messages/LANG/ssh.ftl`. Its value
//! is the title; its attributes are `.why` (why it matters), `.fix` (what to do; also
//! `.fix-debian`, `.fix-rhel` where the commands differ), `.confirm` (the ordinary command with
//! which a person can see the same), and one attribute per reason key that `judge` gives.

mod bilingual;
mod nearest;

use std::{borrow::Cow, collections::BTreeSet, sync::OnceLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use jiff::{Timestamp, tz::TimeZone};

pub use bilingual::Bilingual;
pub use nearest::nearest;

use crate::{check::Meta, lang::Lang, observation::Value, verdict::Reason};

macro_rules! files {
    ($lang:literal: $($name:literal),+ $(,)?) => {
        &[$(include_str!(concat!("../messages/", $lang, "/", $name, ".ftl"))),+]
    };
}

macro_rules! both {
    ($($name:literal),+ $(,)?) => {
        const VI: &[&str] = files!("vi": $($name),+);
        const EN: &[&str] = files!("en": $($name),+);
        /// The message files, by family.
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),+];
    };
}

both!(
    "common",
    "account",
    "backup",
    "disk",
    "file",
    "integrity",
    "kernel",
    "log",
    "malware",
    "mfa",
    "net",
    "password",
    "patch",
    "session",
    "ssh",
    "sudo",
    "time",
    "tls",
    "web",
);

/// Sentences of one language.
pub struct Messages {
    bundle: FluentBundle<FluentResource>,
    /// The language in which moments become days; `None` leaves them as they are.
    days: Option<Lang>,
}

impl Messages {
    /// The checks' own sentences.
    pub fn of(lang: Lang) -> &'static Self {
        static BOTH: OnceLock<[Messages; 2]> = OnceLock::new();
        let both = BOTH.get_or_init(|| {
            [(Lang::Vi, VI), (Lang::En, EN)].map(|(lang, sources)| Self {
                days: Some(lang),
                ..Self::load(lang, sources)
            })
        });
        match lang {
            Lang::Vi => &both[0],
            Lang::En => &both[1],
        }
    }

    /// The sentences in `sources`, which are Fluent files that ship with the program.
    pub fn load(lang: Lang, sources: &[&'static str]) -> Self {
        let id = lang
            .code()
            .parse()
            .expect("`vi` and `en` are language identifiers");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        bundle.set_use_isolating(false); // terminals and CSV would show the marks
        for source in sources {
            let resource = FluentResource::try_new((*source).to_owned())
                .unwrap_or_else(|(readable, _errors)| readable); // a test refuses such files
            bundle.add_resource_overriding(resource);
        }
        Self { bundle, days: None }
    }

    /// Whether the message `id` (with `attribute`, where given) exists.
    pub fn has(&self, id: &str, attribute: Option<&str>) -> bool {
        let message = self.bundle.get_message(id);
        message.is_some_and(|m| match attribute {
            None => m.value().is_some(),
            Some(name) => m.get_attribute(name).is_some(),
        })
    }

    /// The sentence `id`, or its `attribute`, with `args` filled in. A missing sentence shows its
    /// id, so that nothing is silent; tests see to it that none is missing.
    pub fn get(&self, id: &str, attribute: Option<&str>, args: &[(&str, Value)]) -> String {
        let mut filled = FluentArgs::new();
        for (name, value) in args {
            filled.set((*name).to_owned(), fluent(value, self.days));
        }
        self.render(id, attribute, &filled)
            .unwrap_or_else(|| match attribute {
                None => id.to_owned(),
                Some(name) => format!("{id}.{name}"),
            })
    }

    fn render(&self, id: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let mut errors = Vec::new();
        Some(
            self.bundle
                .format_pattern(pattern, Some(args), &mut errors)
                .into_owned(),
        )
    }

    /// The title of a check.
    pub fn title(&self, meta: &Meta) -> String {
        self.get(&meta.message_id(), None, &[])
    }

    /// The name of a family of checks.
    pub fn family(&self, family: &str) -> String {
        self.get(&format!("family-{family}"), None, &[])
    }

    /// A part of a check's page: `why`, `fix`, `confirm`.
    pub fn part(&self, meta: &Meta, part: &str) -> Option<String> {
        let id = meta.message_id();
        self.has(&id, Some(part))
            .then(|| self.get(&id, Some(part), &[]))
    }

    /// The sentence of a reason that `meta`'s check gave.
    pub fn reason(&self, meta: &Meta, reason: &Reason) -> String {
        let args: Vec<(&str, Value)> = reason
            .args
            .iter()
            .map(|(k, v)| (k.as_ref(), v.clone()))
            .collect();
        if reason.key.starts_with("common-") {
            return self.get(&reason.key, None, &args);
        }
        self.get(&meta.message_id(), Some(&reason.key), &args)
    }
}

/// Message ids, attributes and the placeholders of each in a Fluent file, so that a test can compare
/// two languages.
pub fn shape(source: &str) -> BTreeSet<String> {
    let mut shape = BTreeSet::new();
    let mut at = String::new();
    for line in source.lines().filter(|l| !l.starts_with('#')) {
        let trimmed = line.trim_start();
        if !line.starts_with([' ', '}', '\t'])
            && let Some((id, _)) = line.split_once(" =")
        {
            id.clone_into(&mut at);
            shape.insert(at.clone());
        } else if trimmed.starts_with('.')
            && let Some((attr, _)) = trimmed.split_once(" =")
        {
            let id = at.split('.').next().unwrap_or_default().to_owned();
            at = format!("{id}{attr}");
            shape.insert(at.clone());
        }
        for part in line.split('$').skip(1) {
            let var: String = part
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
                .collect();
            shape.insert(format!("{at} ${var}"));
        }
    }
    shape
}

/// A value as a sentence shows it.
fn fluent(value: &Value, days: Option<Lang>) -> FluentValue<'static> {
    match value {
        // Numbers as text: no grouping, the same figure a command prints.
        Value::Int(n) => FluentValue::from(*n),
        other => {
            let line = other.to_line();
            let day = days.and_then(|lang| day(&line, lang));
            FluentValue::String(Cow::Owned(day.unwrap_or(line)))
        }
    }
}

/// A number of `1 / 10^places` as the language writes it: 6325 of two places is `63,25` in Vietnamese and
/// `63.25` in English.
pub fn decimal(lang: Lang, number: u32, places: u32) -> String {
    let (mark, scale) = (lang.decimal_mark(), 10_u32.pow(places));
    let (whole, rest) = (number / scale, number % scale);
    format!("{whole}{mark}{rest:0width$}", width = places as usize)
}

/// The day (UTC) of a moment, as the language writes it; `None` for any other text.
fn day(text: &str, lang: Lang) -> Option<String> {
    let date = text
        .parse::<Timestamp>()
        .ok()?
        .to_zoned(TimeZone::UTC)
        .date();
    Some(match lang {
        Lang::Vi => format!("{:02}/{:02}/{}", date.day(), date.month(), date.year()),
        Lang::En => date.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_as_its_day() {
        let said = |lang, date: &str| {
            let args = [("date", Value::from(date))];
            Messages::of(lang).get("tls-certificate-validity", Some("fail"), &args)
        };
        let moment = "2025-01-01T23:59:59Z";
        assert_eq!(
            said(Lang::En, moment),
            "The certificate expired on 2025-01-01."
        );
        assert_eq!(
            said(Lang::Vi, moment),
            "Chứng thư đã hết hạn từ 01/01/2025."
        );
        assert_eq!(
            said(Lang::En, "10.0.0.1"),
            "The certificate expired on 10.0.0.1."
        );
    }
    use crate::registry;

    #[test]
    fn every_file_parses() {
        for (lang, files) in [("vi", VI), ("en", EN)] {
            for (name, source) in NAMES.iter().zip(files) {
                if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                    panic!("messages/{lang}/{name}.ftl: {errors:?}");
                }
            }
        }
    }

    #[test]
    fn every_check_speaks_both_languages() {
        for check in registry::all().into_iter().chain(registry::collected()) {
            let id = check.meta().message_id();
            for lang in Lang::ALL {
                let messages = Messages::of(lang);
                let family = format!("family-{}", check.meta().family());
                assert!(messages.has(&family, None), "{lang}: {family}");
                assert!(messages.has(&id, None), "{lang}: {id} has no title");
                for part in ["why", "confirm"] {
                    assert!(messages.has(&id, Some(part)), "{lang}: {id} has no .{part}");
                }
                let fix = ["fix", "fix-debian", "fix-rhel"];
                assert!(
                    fix.iter().any(|f| messages.has(&id, Some(f))),
                    "{lang}: {id} has no .fix"
                );
            }
        }
    }

    #[test]
    fn both_languages_say_the_same_things() {
        for ((name, vi), en) in NAMES.iter().zip(VI).zip(EN) {
            assert_eq!(shape(vi), shape(en), "{name}.ftl");
        }
    }
}
