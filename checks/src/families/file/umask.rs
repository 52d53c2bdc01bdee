use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{login_defs, shell::ShellSetup, umask},
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// What people create is closed to others from the start: every `umask` that is set for all is 027
/// or stricter, and one of them takes effect at login (`pam_umask` or the shells' set-up). Shell
/// conditions are not followed: the weakest mask that stands there counts. Services have masks of
/// their own.
pub(super) struct Umask;

const META: Meta = Meta {
    id: "file.umask",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

/// Bits that a mask must take away: write for the group, everything for others.
const WANTED: i64 = 0o027;

impl Check for Umask {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let setup = cx.get::<ShellSetup>()?;
        let mut masks = Vec::new();
        let mut unclear = Vec::new();
        for umask in &setup.umasks {
            match umask.mask {
                Some(mask) => masks.push(entry(mask, &umask.source)),
                None => unclear.push(umask.source.clone()),
            }
        }
        let shell = !setup.umasks.is_empty();
        let pam = umask::gather(cx.host())?;
        if let Some((mask, source)) = pam.iter().find_map(|p| Some((p.mask?, &p.source))) {
            masks.push(entry(mask, source));
        }
        if let Some((value, source)) = login_defs::value(cx.host(), "UMASK")? {
            match u32::from_str_radix(&value, 8) {
                Ok(mask) => masks.push(entry(mask, &source)),
                Err(_) => unclear.push(source),
            }
        }
        Ok(Facts::new()
            .configured(
                "mask_count",
                masks.len(),
                "/etc/profile, /etc/login.defs, /etc/pam.d",
            )
            .configured("masks", masks, "/etc/profile, /etc/login.defs, /etc/pam.d")
            .configured("unclear", unclear, "/etc/profile, /etc/login.defs")
            .configured(
                "in_shells",
                shell,
                "/etc/profile, /etc/profile.d, /etc/bash.bashrc",
            )
            .configured("in_pam", pam.is_some(), "/etc/pam.d")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let masks = case.list("masks")?;
        if usize::try_from(case.int("mask_count")?) != Ok(masks.len()) {
            return Err(Missing("masks".to_owned())); // more than an observation holds
        }
        let takes_effect = case.flag("in_shells")? || case.flag("in_pam")?;
        let mut weak = Vec::new();
        for entry in masks {
            let mask = entry.get("mask").and_then(Value::as_int);
            let mask = mask.ok_or_else(|| Missing("masks".to_owned()))?;
            if mask & WANTED != WANTED {
                let source = entry.get("source").map(Value::to_line).unwrap_or_default();
                weak.push(format!("{mask:03o} ({source})"));
            }
        }
        Ok(if !weak.is_empty() {
            Judgement::fail("fail").with("masks", weak)
        } else if !case.list("unclear")?.is_empty() {
            Judgement::unknown("unknown-unclear").with("lines", case.list("unclear")?.to_vec())
        } else if masks.is_empty() {
            Judgement::fail("fail-none")
        } else if takes_effect {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-no-effect")
        })
    }
}

fn entry(mask: u32, source: &str) -> Value {
    [("mask", Value::from(mask)), ("source", Value::from(source))]
        .into_iter()
        .collect()
}
