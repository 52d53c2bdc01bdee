use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::accounts::{Account, Accounts},
    host::{FileKind, Stat},
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// A person's home folder belongs to that person and shows others nothing. Folders that do not
/// exist, and accounts that cannot log in, are passed over. POSIX access lists are not seen.
pub(super) struct HomePermissions;

const META: Meta = Meta {
    id: "file.home-permissions",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for HomePermissions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let people = accounts
            .all
            .iter()
            .filter(|a| a.has_login_shell() && !a.is_system());
        let (mut homes, mut open, mut foreign) = (0_usize, Vec::new(), Vec::new());
        for account in people.filter(|a| a.home.starts_with('/')) {
            let Some(stat) = cx.host().stat_if_any(&account.home)? else {
                continue;
            };
            homes += 1;
            if stat.uid != account.uid || stat.kind != FileKind::Dir {
                foreign.push(shown(account, &stat));
            } else if stat.mode & 0o027 != 0 {
                open.push(shown(account, &stat));
            }
        }
        let source = "/etc/passwd, home folders";
        Ok(Facts::new()
            .observed("homes", homes, source)
            .observed("open", open, source)
            .observed("foreign", foreign, source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (open, foreign) = (case.list("open")?, case.list("foreign")?);
        Ok(if !foreign.is_empty() {
            Judgement::fail("fail-owner").with("homes", foreign.to_vec())
        } else if !open.is_empty() {
            Judgement::fail("fail-open").with("homes", open.to_vec())
        } else if case.int("homes")? == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::pass("pass")
        })
    }
}

fn shown(account: &Account, stat: &Stat) -> Value {
    let Account { name, home, .. } = account;
    format!("{name}: {home} {:04o} {}:{}", stat.mode, stat.uid, stat.gid).into()
}
