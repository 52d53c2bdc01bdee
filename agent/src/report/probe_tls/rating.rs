//! The grade and the profile, with their reasons.

use capdo_checks::{
    Value,
    rating::{Reason, assess::Assessed, labs::Letter, mozilla::Profile},
};

use super::{
    labels,
    page::{Page, Tone},
};

pub(super) fn grade(page: &mut Page, assessed: &Assessed) {
    let Some(grade) = &assessed.grade else { return };
    page.section("probe-tls-grade");
    let args = [
        ("total", Value::from(grade.total)),
        ("protocol", Value::from(grade.protocol)),
        ("exchange", Value::from(grade.key_exchange)),
        ("cipher", Value::from(grade.cipher)),
    ];
    let numbers = page.with("probe-tls-numbers", &args);
    let line = format!("{}  {numbers}", grade.letter.name());
    let tone = tone(grade.letter);
    page.block(&line, tone, 2);
    if grade.without_trust != grade.letter {
        let letter = [("letter", Value::from(grade.without_trust.name()))];
        let text = page.with("probe-tls-without-trust", &letter);
        page.block(&text, Tone::Plain, 2);
    }
    for cap in &grade.caps {
        let text = format!("{:<2}  {}", cap.letter.name(), sentence(page, &cap.reason));
        page.block(&text, Tone::Plain, 2);
    }
    if !grade.unmeasured.is_empty() {
        let parts = labels::all(page, &grade.unmeasured);
        page.list("probe-tls-unmeasured", &parts);
    }
}

pub(super) fn mozilla(page: &mut Page, assessed: &Assessed) {
    let Some(found) = &assessed.mozilla else {
        return;
    };
    page.section("probe-tls-mozilla");
    let (word, tone) = match found.satisfied {
        Some(Profile::Modern) => ("probe-tls-modern", Tone::Good),
        Some(Profile::Intermediate) => ("probe-tls-intermediate", Tone::Good),
        None => ("probe-tls-no-profile", Tone::Warn),
    };
    let text = page.plain(word);
    page.block(&text, tone, 2);
    let mut faults = |key: &str, list: &[Reason]| {
        for reason in list {
            let text = format!("{}: {}", page.plain(key), sentence(page, reason));
            page.block(&text, Tone::Plain, 2);
        }
    };
    match found.satisfied {
        Some(Profile::Modern) => {}
        Some(Profile::Intermediate) => faults("probe-tls-not-modern", &found.modern),
        None => faults("probe-tls-not-intermediate", &found.intermediate),
    }
    faults("probe-tls-note", &found.notes);
}

fn sentence(page: &Page, reason: &Reason) -> String {
    let about = reason.about.iter();
    let about: Vec<String> = about.map(|w| page.word("probe-tls-problem", w)).collect();
    page.with(reason.key, &[("about", Value::from(about.join(", ")))])
}

const fn tone(letter: Letter) -> Tone {
    match letter {
        Letter::APlus | Letter::A | Letter::AMinus => Tone::Good,
        Letter::B | Letter::C => Tone::Warn,
        _ => Tone::Bad,
    }
}
