use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::accounts::{Accounts, Password, Shadows},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No account opens without a password: neither `/etc/shadow` nor `/etc/passwd` holds an empty
/// password field. Where the shell is closed, services such as FTP may still let it in: a weaker
/// form. What a directory service says of its accounts is not seen.
pub(super) struct EmptyPassword;

const META: Meta = Meta {
    id: "account.empty-password",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: true,
};

impl Check for EmptyPassword {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let shadows = cx.get::<Shadows>()?;
        let is_open = |name: &str| {
            let entry = shadows.0.get(name);
            entry.is_some_and(|s| s.password == Password::Empty)
        };
        let names = |login: bool| -> Vec<&str> {
            let fits = accounts.all.iter().filter(|a| {
                // The shadow file counts only where passwd points to it.
                let open = a.passwordless || (!a.unshadowed && is_open(&a.name));
                open && a.has_login_shell() == login
            });
            fits.map(|a| a.name.as_str()).collect()
        };
        let source = "/etc/passwd, /etc/shadow";
        Ok(Facts::new()
            .configured("accounts", accounts.all.len(), "/etc/passwd")
            .configured("open", names(true), source)
            .configured("open_without_shell", names(false), source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let open = case.list("open")?;
        let closed = case.list("open_without_shell")?;
        if case.int("accounts")? == 0 {
            return Ok(Judgement::unknown("unknown-none"));
        }
        Ok(if !open.is_empty() {
            Judgement::fail("fail").with("accounts", open.to_vec())
        } else if !closed.is_empty() {
            Judgement::partial("partial").with("accounts", closed.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}
