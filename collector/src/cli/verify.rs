//! `verify`: whether the record holds, on a store that is only read.

use capdo_checks::Value;

use super::{CliError, Context, Output, args::VerifyArgs};
use crate::{
    identity::authority::CERTIFICATE_FILE,
    say::{named, text},
    store::{self, Store},
    verify::{self, Anchors, Break, Head, Report, Wanted},
};

pub(super) async fn run(cx: &Context, output: &Output, args: &VerifyArgs) -> Result<(), CliError> {
    let report = match look(cx, args).await {
        Ok(report) => report,
        Err(error @ CliError::Input(..)) => return Err(error),
        Err(error) => return Err(CliError::Unverified(Box::new(error))),
    };
    output.show(&report, |report| describe(output, report));
    if report.holds() {
        Ok(())
    } else {
        Err(CliError::NotHeld)
    }
}

async fn look(cx: &Context, args: &VerifyArgs) -> Result<Report, CliError> {
    let expect = match &args.expect {
        None => None,
        Some(head) => Some(
            Head::parse(head)
                .ok_or_else(|| CliError::Input("verify-bad-head", vec![("head", text(head))]))?,
        ),
    };
    let mut files = vec![cx.data.join(CERTIFICATE_FILE)];
    if !args.ca.is_empty() {
        files.clone_from(&args.ca);
    }
    let anchors = Anchors::read(&files).map_err(|bad| {
        let args = vec![
            ("file", text(bad.file.display())),
            ("detail", text(bad.why)),
        ];
        CliError::Input("verify-bad-ca", args)
    })?;
    let wanted = Wanted {
        host: args.host.as_deref(),
        expect,
    };
    let before = stamp(cx);
    let store = Store::inspect(&cx.data).await?;
    let report = verify::run(&store, &anchors, &wanted).await?;
    store.close().await;
    if stamp(cx) != before {
        return Err(CliError::Input("verify-changing", vec![]));
    }
    Ok(report)
}

/// When and how large the store is, where it is read as a file that nobody writes. A store that was
/// closed, and is opened by somebody while it is verified, may have been read in the middle of a change.
fn stamp(cx: &Context) -> Option<(std::time::SystemTime, u64, bool)> {
    let file = cx.data.join(store::FILE);
    let log = cx.data.join(format!("{}-wal", store::FILE)).exists();
    let meta = std::fs::metadata(file).ok()?;
    (!log).then_some((meta.modified().ok()?, meta.len(), log))
}

fn describe(output: &Output, report: &Report) -> String {
    let n = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let mut lines: Vec<String> = report.broken.iter().map(|b| broken(output, b)).collect();
    if report.more_broken > 0 {
        lines.push(output.say("verify-more", &[("count", n(report.more_broken))]));
    }
    let counts = [
        ("hosts", n(report.hosts)),
        ("certificates", n(report.certificates)),
        ("runs", n(report.runs)),
        ("changes", n(report.changes)),
        ("findings", n(report.findings)),
        ("observations", n(report.observations)),
        ("audit", n(report.audit)),
        ("probes", n(report.probes)),
        ("record", n(report.record)),
    ];
    lines.push(output.say("verify-counts", &counts));
    for ca in &report.ca_sha256 {
        lines.push(output.say("verify-ca", &[("fingerprint", text(ca))]));
    }
    for (key, count) in [
        ("verify-keys-only", report.keys_on_record_only),
        ("verify-runs-before", report.runs_before_record),
        ("verify-stand-unsaid", report.stand_unsaid),
        ("verify-other-rules", report.judged_by_other_rules),
    ] {
        if count > 0 {
            lines.push(output.say(key, &[("count", n(count))]));
        }
    }
    let per_thousand = report.took_ms * 1000 / report.runs.max(1);
    let took = [("ms", n(report.took_ms)), ("thousand", n(per_thousand))];
    lines.push(output.say("verify-took", &took));
    if report.expected == Some(true) {
        lines.push(output.say("verify-expected", &[]));
    }
    if report.holds() {
        lines.push(output.say("verify-holds", &[("head", text(&report.head))]));
    }
    lines.join("\n")
}

fn broken(output: &Output, b: &Break) -> String {
    let args = [
        ("table", text(b.table)),
        ("row", text(&b.row)),
        ("what", text(named(output.lang(), "verify-what", b.what))),
        ("detail", text(&b.detail)),
    ];
    let key = if b.detail.is_empty() {
        "verify-break"
    } else {
        "verify-break-more"
    };
    output.say(key, &args)
}
