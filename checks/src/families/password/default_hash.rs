use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::pwpolicy::{PasswordPolicy, encrypt_method},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// New passwords are stored with a strong hash: the one that `pam_unix` is told to use, or else
/// the one of login.defs(5). Hashes stored earlier are the matter of another check.
pub(super) struct DefaultHash;

const META: Meta = Meta {
    id: "password.default-hash",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

const DEFS: &str = "/etc/login.defs";

impl Check for DefaultHash {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let policy = cx.get::<PasswordPolicy>()?;
        let text = cx.host().text_if_any(DEFS)?.unwrap_or_default();
        let defs = encrypt_method(&text);
        let (line, method) = defs.unwrap_or((0, String::new()));
        let (option, source) = policy.unix_hash.clone().unwrap_or_default();
        let place = if source.is_empty() {
            "/etc/pam.d/passwd"
        } else {
            &source
        };
        Ok(Facts::new()
            .configured("local_passwords", policy.unix, "/etc/pam.d/passwd")
            .configured("pam_hash", option, place)
            .configured("login_defs_hash", method, format!("{DEFS}:{line}"))
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("local_passwords")? {
            return Ok(Judgement::unknown("unknown-elsewhere"));
        }
        let defs = case.text("login_defs_hash")?;
        let used = match case.text("pam_hash")? {
            "" => defs,
            option => option,
        };
        if used.is_empty() {
            return Ok(Judgement::fail("fail-unset"));
        }
        let judgement = match (strength(used), strength(defs)) {
            (2, _) if defs.is_empty() => Judgement::pass("pass"),
            (2, 2) => Judgement::pass("pass"),
            (2, _) => Judgement::partial("partial-defs").with("defs", defs),
            (1, _) => Judgement::partial("partial"),
            _ => Judgement::fail("fail"),
        };
        Ok(judgement.with("hash", used))
    }
}

/// 2 strong, 1 dated, 0 broken or unknown.
fn strength(hash: &str) -> u8 {
    match hash {
        "yescrypt" | "gost_yescrypt" | "sha512" | "blowfish" | "bcrypt" => 2,
        "sha256" => 1,
        _ => 0,
    }
}
