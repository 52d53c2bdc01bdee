use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{sudo_skip, sudoers::Sudoers},
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// `sudo` asks for a password before it gives root's rights. Declared automation accounts may do
/// without and cost half; root needs none. Rules of polkit are not seen.
pub(super) struct NoPasswordless;

const META: Meta = Meta {
    id: "sudo.no-passwordless",
    version: 2,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const SOURCE: &str = "/etc/sudoers and what it includes";

impl Check for NoPasswordless {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sudoers = cx.get::<Sudoers>()?;
        let facts = super::presence(&sudoers);
        if !sudoers.present {
            return Ok(facts.into());
        }
        let accepted = &cx.settings().automation_accounts;
        let (mut open, mut automation) = (Vec::new(), Vec::new());
        for (user, source) in sudo_skip::unasked(cx, &[])? {
            let list = if accepted.contains(&user) {
                &mut automation
            } else {
                &mut open
            };
            list.push(format!("{user} ({source})"));
        }
        let remembered = remembered(&sudoers);
        let (global, scoped) = authenticate(&sudoers, accepted);
        open.extend(scoped);
        let mut facts = facts
            .configured("open_count", open.len(), SOURCE)
            .configured("open", open, SOURCE)
            .configured("automation", automation, SOURCE)
            .configured("remembered_for_ever", remembered, SOURCE);
        if let Some((on, source)) = global {
            facts = facts.configured("authenticate", on, source);
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sudo_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (open, automation) = (case.list("open")?, case.list("automation")?);
        // Without a line, sudo asks.
        if case.flag("authenticate") == Ok(false) {
            return Ok(Judgement::fail("fail-off"));
        }
        Ok(if case.int("open_count")? > 0 {
            Judgement::fail("fail").with("users", open.to_vec())
        } else if !automation.is_empty() {
            Judgement::partial("partial-automation").with("users", automation.to_vec())
        } else if let remembered = case.list("remembered_for_ever")?
            && !remembered.is_empty()
        {
            Judgement::partial("partial-remembered").with("settings", remembered.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}

type Global = Option<(bool, String)>;

/// `Defaults authenticate`: for everybody, and the scopes for which it is off.
fn authenticate(sudoers: &Sudoers, accepted: &[String]) -> (Global, Vec<String>) {
    let global = sudoers.global("authenticate");
    let off = sudoers.defaults.iter().filter(|d| {
        let account = d.scope.trim_start_matches(':');
        let fine = account == "root" || accepted.iter().any(|a| a == account);
        d.name == "authenticate" && !d.on && !d.scope.is_empty() && !fine
    });
    let scoped = off.map(|d| format!("Defaults{} ({})", d.scope, d.source));
    (global.map(|d| (d.on, d.source.clone())), scoped.collect())
}

/// Lines by which a password that was given once holds until the next boot.
fn remembered(sudoers: &Sudoers) -> Vec<String> {
    let holds = |scope: &str| {
        let mut all = sudoers.defaults.iter().rev();
        let last = all.find(|d| d.name == "timestamp_timeout" && d.scope == scope)?;
        let for_ever = last.value.trim_matches('"').starts_with('-');
        for_ever.then(|| format!("Defaults{} ({})", last.scope, last.source))
    };
    let mut scopes: Vec<&str> = sudoers.defaults.iter().map(|d| d.scope.as_str()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes.into_iter().filter_map(holds).collect()
}
