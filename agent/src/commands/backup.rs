//! `backup list` and `backup attest-restore`.

use capdo_checks::{
    Value,
    context::Cx,
    facts::{
        backup::stores::{Store, Stores},
        restore_tests::{Outcome, Record, without_passwords},
    },
    host::Live,
    lang::Lang,
    observation::clean,
};
use serde::Serialize;

use super::failed;
use crate::{
    cli::{AttestArgs, Format, TestResult},
    clock::{Clock as _, SystemClock},
    config::Config,
    exit::Exit,
    out,
    report::json,
    restore, say,
};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct List {
    format: &'static str,
    stores: Vec<Shown>,
    not_seen: Option<String>,
    restore_tests: Vec<Record>,
}

#[derive(Debug, Serialize)]
struct Shown {
    path: String,
    form: &'static str,
    copies: usize,
    newest: Option<String>,
    recorded_by_tool: bool,
    encrypted: Option<bool>,
}

impl From<&Store> for Shown {
    fn from(store: &Store) -> Self {
        let newest = store.newest_record.or(store.newest_file);
        Self {
            path: store.path.clone(),
            form: store.form.name(),
            copies: store.points,
            newest: newest.map(|at| at.to_string().chars().take(10).collect()),
            recorded_by_tool: store.newest_record.is_some(),
            encrypted: store.encrypted,
        }
    }
}

/// Carries out `backup list`.
pub(super) fn list(format: Format, config: &Config, lang: Lang) -> Exit {
    let tests = match restore::load(&config.state_dir) {
        Ok(tests) => tests,
        Err(error) => return failed(&error, Exit::Internal, lang),
    };
    let live = Live::new();
    let cx = Cx::new(&live, &config.declared);
    let (stores, not_seen) = match cx.get::<Stores>() {
        Ok(found) => (
            found.all.iter().map(Shown::from).collect(),
            found.gap.as_ref().map(ToString::to_string),
        ),
        Err(gap) => (Vec::new(), Some(gap.to_string())),
    };
    let list = List {
        format: "capdo-backups/1",
        stores,
        not_seen,
        restore_tests: tests,
    };
    if format.json {
        out::line(&json::render(&list));
    } else {
        lines(&list, lang).iter().for_each(|l| out::line(l));
    }
    Exit::Fine
}

fn lines(list: &List, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let heading = |empty: bool, some, none| say::plain(lang, if empty { none } else { some });
    lines.push(heading(
        list.stores.is_empty(),
        "backup-stores",
        "backup-no-stores",
    ));
    for store in &list.stores {
        let by = if store.recorded_by_tool {
            "record"
        } else {
            "file"
        };
        let args = [
            ("path", Value::from(store.path.as_str())),
            ("form", store.form.into()),
            ("count", store.copies.into()),
            ("newest", store.newest.as_deref().unwrap_or_default().into()),
            ("by", by.into()),
        ];
        let key = match store.newest {
            Some(_) => "backup-store",
            None => "backup-store-empty",
        };
        lines.push(format!("  {}", say::with(lang, key, &args)));
    }
    if let Some(detail) = &list.not_seen {
        let detail = [("detail", Value::from(detail.as_str()))];
        lines.push(format!("  {}", say::with(lang, "backup-gap", &detail)));
    }
    lines.push(heading(
        list.restore_tests.is_empty(),
        "backup-tests",
        "backup-no-tests",
    ));
    for test in &list.restore_tests {
        let compared = if test.is_compared() { "yes" } else { "no" };
        let result = if test.counts() { "ok" } else { "failed" };
        let args = [
            ("date", Value::from(test.date.to_string())),
            ("target", test.target.as_str().into()),
            ("result", result.into()),
            ("compared", compared.into()),
            ("by", test.by.as_str().into()),
        ];
        lines.push(format!("  {}", say::with(lang, "backup-test", &args)));
    }
    lines
}

/// Carries out `backup attest-restore`.
pub(super) fn attest(args: &AttestArgs, config: &Config, lang: Lang) -> Exit {
    let now = SystemClock.now();
    let today = now.to_zoned(jiff::tz::TimeZone::system()).date();
    let date = args.date.unwrap_or(today);
    let told_date = [("date", Value::from(date.to_string()))];
    if date > today {
        out::error(&say::with(lang, "backup-future", &told_date));
        return Exit::Usage;
    }
    if args.target.trim().is_empty() {
        out::error(&say::plain(lang, "backup-no-target"));
        return Exit::Usage;
    }
    let Some(by) = name(args.by.as_deref()) else {
        out::error(&say::plain(lang, "backup-no-name"));
        return Exit::Usage;
    };
    let compared = match args.compare.as_deref() {
        Some([original, restored]) => match restore::compare(original, restored) {
            Ok(compared) => Some(compared),
            Err(error) => return failed(&error, Exit::Usage, lang),
        },
        _ => None,
    };
    let result = match args.result {
        TestResult::Ok => Outcome::Ok,
        TestResult::Failed => Outcome::Failed,
    };
    if let Some(compared) = &compared {
        if compared.is_equal() {
            let files = ("files", Value::from(compared.files));
            let counted = [files, ("bytes", compared.bytes.into())];
            out::line(&say::with(lang, "backup-compared", &counted));
        } else if result == Outcome::Ok {
            out::error(&say::plain(lang, "backup-not-equal"));
            return Exit::Fails;
        }
    }
    let record = Record {
        recorded: now,
        date,
        target: clean(&without_passwords(&args.target)),
        by,
        result,
        note: clean(&without_passwords(&args.note)),
        compared,
        previous: String::new(),
    };
    let target = record.target.clone();
    match restore::append(&config.state_dir, record) {
        Ok(()) => {
            let [date] = told_date;
            let said = [date, ("target", target.into())];
            out::line(&say::with(lang, "backup-recorded", &said));
            Exit::Fine
        }
        Err(error) => failed(&error, Exit::Internal, lang),
    }
}

/// Who made the test: as told, else the account behind sudo, else the account itself.
fn name(told: Option<&str>) -> Option<String> {
    let from = |key: &str| std::env::var(key).ok();
    let name = told
        .map(str::to_owned)
        .or_else(|| from("SUDO_USER"))
        .or_else(|| from("USER"));
    let name = clean(name?.trim());
    (!name.is_empty()).then_some(name)
}
