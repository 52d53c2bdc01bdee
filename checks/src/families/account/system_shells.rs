use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Account, Accounts, Password, Shadows},
        logins,
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Nobody logs in as a system account. One with a login shell counts when a password or an SSH
/// key opens it; a shell behind a locked password (as `postgres` has) does not.
pub(super) struct SystemShells;

const META: Meta = Meta {
    id: "account.system-shells",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: true,
};

/// Accounts whose "shell" is a command that ends at once.
const COMMAND_SHELLS: [&str; 6] = [
    "/bin/sync",
    "/usr/bin/sync",
    "/sbin/shutdown",
    "/usr/sbin/shutdown",
    "/sbin/halt",
    "/usr/sbin/halt",
];

impl Check for SystemShells {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let shadows = cx.get::<Shadows>()?;
        let with_shell = accounts.all.iter().filter(|a| {
            a.is_system() && a.has_login_shell() && !COMMAND_SHELLS.contains(&a.shell.as_str())
        });
        let mut shells = Vec::new();
        let mut open = Vec::new();
        for account in with_shell {
            shells.push(account.name.clone());
            if has_password(account, &shadows) {
                open.push(format!("{} (password)", account.name));
            } else if logins::has_keys(cx, account)? {
                open.push(format!("{} (key)", account.name));
            }
        }
        Ok(Facts::new()
            .configured("accounts", accounts.all.len(), "/etc/passwd")
            .configured("with_shell", shells, "/etc/passwd")
            .configured("open", open, "/etc/shadow, ~/.ssh/authorized_keys")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let open = case.list("open")?;
        if case.int("accounts")? == 0 {
            return Ok(Judgement::unknown("unknown-none"));
        }
        Ok(if open.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::fail("fail").with("accounts", Value::List(open.to_vec()))
        })
    }
}

fn has_password(account: &Account, shadows: &Shadows) -> bool {
    let shadow = shadows.0.get(&account.name);
    account.unshadowed || shadow.is_some_and(|s| s.password != Password::Locked)
}
