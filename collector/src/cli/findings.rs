//! `host findings`: what an agent saw, as this collector judges it.

use capdo_checks::{Reason, Value, registry, text::Messages};

use super::{
    CliError, Context, Output,
    args::TableArgs,
    output::{columns, tame},
    table,
};
use crate::{
    clock::show,
    export::sheets,
    outside::overlay,
    say::{named, text},
    store::{Scope, Store, contradiction, finding, finding::Finding, host},
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    store: &Store,
    id: &str,
    table: &TableArgs,
) -> Result<(), CliError> {
    if let Some((format, file)) = table::asked(table) {
        let host = host::find(&mut *store.read().await?, &Scope::All, id).await?;
        cx.reads_host(store, &host, "host.findings").await?;
        let made = sheets::host(store, &table::reader(cx, output), id).await?;
        return table::save(output, &made, format, file);
    }
    let mut db = store.read().await?;
    let host = host::find(&mut db, &Scope::All, id).await?;
    let mut held = finding::of_host(&mut db, &Scope::All, &host.id).await?;
    let against = contradiction::against(&mut db, &Scope::All, &host.id).await?;
    drop(db);
    overlay(&mut held, &against, cx.now());
    cx.reads_host(store, &host, "host.findings").await?;
    let list: Vec<Finding> = held.into_iter().map(|h| h.finding).collect();
    output.show(&list, |list| describe(output, list));
    Ok(())
}

/// One line of columns per finding, with the reason below it.
fn describe(output: &Output, list: &[Finding]) -> String {
    let rows: Vec<[String; 5]> = list
        .iter()
        .map(|f| {
            [
                verdict(output, &f.verdict),
                f.check_id.clone(),
                f.subject_name.clone(),
                show(f.since),
                title(output, &f.check_id),
            ]
        })
        .collect();
    let heads = output.heads([
        "head-verdict",
        "head-check",
        "head-subject",
        "head-since",
        "head-title",
    ]);
    let mut lines = columns(heads, &rows).into_iter();
    let mut shown: Vec<String> = lines.next().into_iter().collect();
    for (line, finding) in lines.zip(list) {
        shown.push(line);
        shown.push(format!("    {}", tame(&reason(output, finding))));
        if finding.claim_mismatch {
            let claimed = text(verdict(output, &finding.claimed_verdict));
            let mismatch = output.say("host-claim-mismatch", &[("claimed", claimed)]);
            shown.push(format!("    {mismatch}"));
        }
    }
    shown.join("\n")
}

fn verdict(output: &Output, code: &str) -> String {
    named(output.lang(), "verdict", code)
}

/// The title of a check; nothing for one that this version does not have.
pub(super) fn title(output: &Output, check: &str) -> String {
    let messages = Messages::of(output.lang());
    registry::find(check).map_or_else(String::new, |c| messages.title(c.meta()))
}

/// The stored reason as a sentence.
fn reason(output: &Output, finding: &Finding) -> String {
    let messages = Messages::of(output.lang());
    let Ok(reason) = serde_json::from_str::<Reason>(&finding.reason) else {
        return finding.reason.clone();
    };
    match registry::find(&finding.check_id) {
        Some(check) => messages.reason(check.meta(), &reason),
        None => {
            let args: Vec<(&str, Value)> = reason
                .args
                .iter()
                .map(|(name, value)| (name.as_ref(), value.clone()))
                .collect();
            messages.get(&reason.key, None, &args)
        }
    }
}

#[cfg(test)]
mod tests {
    use capdo_checks::lang::Lang;

    use super::*;

    fn finding(check: &str) -> Finding {
        let reason = r#"{"key":"common-gap","args":{"reason":"no_permission","detail":"x"}}"#;
        Finding {
            host_id: "h".to_owned(),
            check_id: check.to_owned(),
            subject_kind: 1,
            subject_name: String::new(),
            observation_sha256: Vec::new(),
            verdict: "unknown".to_owned(),
            reason: reason.to_owned(),
            claimed_verdict: "pass".to_owned(),
            claim_mismatch: true,
            observed_at: 0,
            confirmed_at: 0,
            since: 0,
        }
    }

    #[test]
    fn a_finding_says_verdict_title_reason_and_a_false_claim() {
        let list = [finding("account.uid-zero"), finding("future.check")];
        for (lang, words) in [
            (Lang::Vi, ["CHƯA RÕ", "không có quyền xem", "ĐẠT"]),
            (Lang::En, ["NOT ASSESSED", "permission", "PASS"]),
        ] {
            let output = Output::new(false, lang);
            let said = describe(&output, &list);
            for word in words {
                assert!(said.matches(word).count() >= 2, "{word}: {said}");
            }
            assert!(said.contains(&title(&output, "account.uid-zero")), "{said}");
            assert_eq!(said.lines().count(), 7, "{said}");
        }
    }
}
