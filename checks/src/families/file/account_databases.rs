use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        access::{self, Guarded},
        accounts::Groups,
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Only root changes the files that say who may log in, and only root and the group `shadow` read
/// those with password hashes; the backup copies beside them count as well. POSIX access lists are
/// not seen.
pub(super) struct AccountDatabases;

const META: Meta = Meta {
    id: "file.account-databases",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

/// Everybody may read these.
const OPEN: [&str; 4] = ["/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-"];
/// These hold hashes.
const SHUT: [&str; 4] = [
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
];

impl Check for AccountDatabases {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let open = access::existing(host, OPEN)?;
        let shut = access::existing(host, SHUT)?;
        let groups = cx.get::<Groups>()?;
        let shadow = groups.0.iter().find(|g| g.name == "shadow").map(|g| g.gid);
        let trusted = |f: &Guarded| f.stat.gid == 0 || Some(f.stat.gid) == shadow;
        let changeable = |f: &&Guarded| f.stat.uid != 0 || f.has(0o022);
        let readable = |f: &&Guarded| f.has(0o004) || (f.has(0o040) && !trusted(f));
        let all = open.iter().chain(&shut);
        let source = "/etc/passwd, /etc/group, /etc/shadow, /etc/gshadow and copies";
        Ok(Facts::new()
            .observed("found", open.len() + shut.len(), source)
            .observed(
                "shadow_present",
                shut.iter().any(|f| f.path == SHUT[0]),
                SHUT[0],
            )
            .observed("changeable", shown(all.filter(changeable)), source)
            .observed("readable", shown(shut.iter().filter(readable)), source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (readable, changeable) = (case.list("readable")?, case.list("changeable")?);
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("files", Value::List(list.to_vec()))
        };
        Ok(if !changeable.is_empty() {
            with(Judgement::fail("fail-changeable"), changeable)
        } else if !readable.is_empty() {
            with(Judgement::fail("fail-readable"), readable)
        } else if !case.flag("shadow_present")? {
            Judgement::unknown("unknown-none")
        } else {
            Judgement::pass("pass")
        })
    }
}

fn shown<'g>(files: impl Iterator<Item = &'g Guarded>) -> Vec<Value> {
    files.map(Guarded::shown).collect()
}
