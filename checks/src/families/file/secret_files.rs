use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        access::{self, Guarded},
        accounts::Accounts,
        glob,
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Files known to hold passwords, tokens and keys are closed to other people. Only fixed places and
/// home folders are looked at, and only path and mode are recorded: secrets elsewhere are not
/// found. A file that others may read counts half where a folder above it shuts them out.
pub(super) struct SecretFiles;

const META: Meta = Meta {
    id: "file.secret-files",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

/// Below each home folder.
const PERSONAL: &[&str] = &[
    ".ssh/id_rsa",
    ".ssh/id_dsa",
    ".ssh/id_ecdsa",
    ".ssh/id_ed25519",
    ".pgpass",
    ".my.cnf",
    ".netrc",
    ".git-credentials",
    ".aws/credentials",
    ".docker/config.json",
    ".kube/config",
    ".config/rclone/rclone.conf",
    ".env",
];
/// Of the system and of web applications.
const FIXED: &[&str] = &[
    "/etc/borgmatic/config.yaml",
    "/etc/borgmatic.d/*.yaml",
    "/etc/restic/*",
    "/etc/rclone.conf",
    "/etc/mysql/debian.cnf",
    "/etc/kubernetes/*.conf",
    "/etc/rancher/k3s/k3s.yaml",
    "/etc/krb5.keytab",
    "/etc/ppp/chap-secrets",
    "/etc/wireguard/*.conf",
    "/etc/ipsec.secrets",
    "/etc/openvpn/*.key",
    "/etc/openvpn/server/*.key",
    "/etc/davfs2/secrets",
    "/etc/NetworkManager/system-connections/*",
    "/opt/*/.env",
    "/srv/*/.env",
    "/var/www/.env",
    "/var/www/*/.env",
    "/var/www/*/wp-config.php",
    "/var/www/*/configuration.php",
];
const SOURCE: &str = "fixed places and home folders";

impl Check for SecretFiles {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let accounts = cx.get::<Accounts>()?;
        let host = cx.host();
        let mut homes: Vec<&str> = accounts
            .all
            .iter()
            .filter(|a| a.has_login_shell() && a.home.len() > 1)
            .map(|a| a.home.trim_end_matches('/'))
            .collect();
        homes.sort_unstable();
        homes.dedup();
        let personal: Vec<String> = homes
            .iter()
            .flat_map(|home| PERSONAL.iter().map(move |name| format!("{home}/{name}")))
            .collect();
        let mut files = access::existing(host, personal.iter().map(String::as_str))?;
        for pattern in FIXED {
            let paths = glob::expand(host, pattern)?;
            files.extend(access::existing(host, paths.iter().map(String::as_str))?);
        }
        let (open, shielded) = access::open_and_shielded(host, &files)?;
        Ok(Facts::new()
            .observed("found", files.len(), SOURCE)
            .observed("open", open, SOURCE)
            .observed("shielded", shielded, SOURCE)
            .observed("group", group_open(&files, &personal), SOURCE)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (open, shielded) = (case.list("open")?, case.list("shielded")?);
        let group = case.list("group")?;
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("files", Value::List(list.to_vec()))
        };
        Ok(if !open.is_empty() {
            with(Judgement::fail("fail"), open)
        } else if !shielded.is_empty() {
            with(Judgement::partial("partial-shielded"), shielded)
        } else if !group.is_empty() {
            with(Judgement::partial("partial-group"), group)
        } else if case.int("found")? == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::pass("pass")
        })
    }
}

/// Personal files that a group may read; those of services have groups for that.
fn group_open(files: &[Guarded], personal: &[String]) -> Vec<Value> {
    let ours = files.iter().filter(|f| personal.contains(&f.path));
    ours.filter(|f| f.has(0o070) && !f.has(0o007))
        .map(Guarded::shown)
        .collect()
}
