//! What a new password must satisfy: five checks on the same facts.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::pwpolicy::PasswordPolicy,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A rule for new passwords. It proves what the stack of `passwd` demands when a password is set
/// through PAM; it cannot see how good the passwords are that were set before, nor those set with
/// tools that write the hash themselves.
pub(super) struct Policy {
    meta: &'static Meta,
    judge: fn(&Case<'_>) -> Result<Judgement, Missing>,
}

impl Policy {
    /// A module judges every new password before it is stored.
    pub(super) const MODULE: Self = Self {
        meta: &QUALITY_MODULE,
        judge: module,
    };
    /// New passwords are long enough.
    pub(super) const LENGTH: Self = Self {
        meta: &LENGTH,
        judge: length,
    };
    /// New passwords mix enough kinds of characters.
    pub(super) const CLASSES: Self = Self {
        meta: &CLASSES,
        judge: classes,
    };
    /// New passwords are looked up in a dictionary.
    pub(super) const DICTIONARY: Self = Self {
        meta: &DICTIONARY,
        judge: dictionary,
    };
    /// The rules bind root too.
    pub(super) const BINDS_ROOT: Self = Self {
        meta: &BINDS_ROOT,
        judge: binds_root,
    };
}

const fn meta(id: &'static str, severity: Severity, thresholds: &'static [&'static str]) -> Meta {
    Meta {
        id,
        version: 1,
        severity,
        confidence: Confidence::High,
        needs: &[],
        thresholds,
        always_applies: true,
    }
}

const QUALITY_MODULE: Meta = meta("password.quality-module", Severity::Medium, &[]);
const LENGTH: Meta = meta(
    "password.length",
    Severity::Medium,
    &["password.min-length", "password.min-length-with-mfa"],
);
const CLASSES: Meta = meta("password.classes", Severity::Low, &["password.min-classes"]);
const DICTIONARY: Meta = meta("password.dictionary", Severity::Low, &[]);
const BINDS_ROOT: Meta = meta("password.binds-root", Severity::Low, &[]);

impl Check for Policy {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        const STACK: &str = "/etc/pam.d/passwd";
        const FILES: &str = "/etc/security/pwquality.conf, pwquality.conf.d/*.conf";
        let policy = cx.get::<PasswordPolicy>()?;
        let facts = Facts::new()
            .configured("local_passwords", policy.unix, STACK)
            .configured("module_present", policy.quality.is_some(), STACK)
            .configured("module_binds", policy.quality_binds, STACK)
            .configured("unix_min_length", policy.unix_min_length, STACK);
        let Some(quality) = &policy.quality else {
            return Ok(facts.into());
        };
        let source = format!("{}, {FILES}", quality.source);
        Ok(facts
            .configured("module", quality.module.as_str(), &quality.source)
            .configured("min_length", quality.min_length, &source)
            .configured("min_classes", quality.min_classes, &source)
            .configured("dictionary", quality.dictionary, &source)
            .configured("binds_root", quality.binds_root, &source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("local_passwords")? {
            return Ok(Judgement::unknown("unknown-elsewhere"));
        }
        (self.judge)(case)
    }
}

/// Whether a module judges every new password.
fn guarded(case: &Case<'_>) -> Result<bool, Missing> {
    Ok(case.flag("module_present")? && case.flag("module_binds")?)
}

fn module(case: &Case<'_>) -> Result<Judgement, Missing> {
    if !case.flag("module_present")? {
        return Ok(Judgement::fail("fail-none"));
    }
    let key = |j: Judgement| Ok(j.with("module", case.text("module")?));
    if case.flag("module_binds")? {
        key(Judgement::pass("pass"))
    } else {
        key(Judgement::fail("fail-loose"))
    }
}

fn length(case: &Case<'_>) -> Result<Judgement, Missing> {
    let found = if guarded(case)? {
        case.int("min_length")?
    } else {
        case.int("unix_min_length")?
    };
    let wanted = case.threshold("password.min-length");
    let judgement = if found >= wanted {
        Judgement::pass("pass")
    } else if found >= case.threshold("password.min-length-with-mfa") {
        Judgement::partial("partial")
    } else {
        Judgement::fail("fail")
    };
    Ok(judgement.with("length", found).with("wanted", wanted))
}

fn classes(case: &Case<'_>) -> Result<Judgement, Missing> {
    let found = if guarded(case)? {
        case.int("min_classes")?
    } else {
        0
    };
    let wanted = case.threshold("password.min-classes");
    let judgement = if found >= wanted {
        Judgement::pass("pass")
    } else {
        Judgement::fail("fail")
    };
    Ok(judgement.with("classes", found).with("wanted", wanted))
}

fn dictionary(case: &Case<'_>) -> Result<Judgement, Missing> {
    Ok(if !guarded(case)? {
        Judgement::fail("fail-no-module")
    } else if case.flag("dictionary")? {
        Judgement::pass("pass")
    } else {
        Judgement::fail("fail-off")
    })
}

fn binds_root(case: &Case<'_>) -> Result<Judgement, Missing> {
    Ok(if !guarded(case)? {
        Judgement::fail("fail-no-module")
    } else if case.flag("binds_root")? {
        Judgement::pass("pass")
    } else {
        Judgement::fail("fail-off")
    })
}
