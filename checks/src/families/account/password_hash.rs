use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Accounts, Password, Scheme, Shadows},
        login_defs,
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Stored passwords are hashed with a scheme that makes guessing slow. The hashes that stand are
/// what counts; `/etc/login.defs` only says how some tools make the next one, so a weak method
/// there halves the result. Options of `pam_unix` are not looked at here.
pub(super) struct PasswordHash;

const META: Meta = Meta {
    id: "account.password-hash",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for PasswordHash {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let shadows = cx.get::<Shadows>()?;
        let bare = accounts
            .all
            .iter()
            .filter(|a| a.unshadowed && !a.passwordless);
        let mut facts = Facts::new().configured("unshadowed", bare.count(), "/etc/passwd");
        let hashed = |s: &Password| match s {
            Password::Hashed(scheme) => Some(*scheme),
            Password::Empty | Password::Locked => None,
        };
        let mut by_class: [Vec<String>; 3] = Default::default();
        let mut count = 0_usize;
        for (name, shadow) in &shadows.0 {
            if let Some(scheme) = hashed(&shadow.password) {
                count += 1;
                by_class[class(scheme)].push(format!("{name} ({})", scheme.name()));
            }
        }
        let [_, weak, broken] = by_class;
        facts = facts
            .configured("hashed", count, "/etc/shadow")
            .configured("weak", weak, "/etc/shadow")
            .configured("broken", broken, "/etc/shadow");
        let method = login_defs::value(cx.host(), "ENCRYPT_METHOD")?;
        if let Some((method, source)) = method {
            facts = facts.configured("encrypt_method", method.to_ascii_uppercase(), source);
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (weak, broken) = (case.list("weak")?, case.list("broken")?);
        let (hashed, unshadowed) = (case.int("hashed")?, case.int("unshadowed")?);
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("accounts", Value::List(list.to_vec()))
        };
        if !broken.is_empty() {
            return Ok(with(Judgement::fail("fail"), broken));
        }
        if unshadowed > 0 {
            return Ok(Judgement::unknown("unknown-unshadowed"));
        }
        if hashed == 0 {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if !weak.is_empty() {
            return Ok(with(Judgement::partial("partial"), weak));
        }
        Ok(match case.text("encrypt_method") {
            Ok(method @ ("DES" | "MD5")) => {
                Judgement::partial("partial-next").with("method", method)
            }
            _ => Judgement::pass("pass"),
        })
    }
}

/// 0: slow to guess; 1: sound but fast; 2: broken or not known.
const fn class(scheme: Scheme) -> usize {
    match scheme {
        Scheme::Yescrypt
        | Scheme::GostYescrypt
        | Scheme::Scrypt
        | Scheme::Bcrypt
        | Scheme::Sha512 => 0,
        Scheme::Sha256 => 1,
        Scheme::Md5 | Scheme::Des | Scheme::Other => 2,
    }
}
