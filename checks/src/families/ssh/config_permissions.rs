use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        access::{self, Guarded},
        accounts::Groups,
        glob, ssh_host_keys,
        sshd::{self, Sshd},
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Only root can change the SSH server's files, and only root (on RHEL also the group `ssh_keys`)
/// can read its private keys. A configuration that others may read gives away what to attack: a
/// weaker form. POSIX access lists are not seen.
///
/// It also names the fingerprints of the host keys, from their public halves, so that the collector finds
/// machines with the same ones (`ssh.unique-host-keys`). Private keys are not read.
pub(super) struct ConfigPermissions;

const META: Meta = Meta {
    id: "ssh.config-permissions",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const SOURCE: &str = "/etc/ssh/sshd_config, /etc/ssh/ssh_host_*_key";

impl Check for ConfigPermissions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sshd = cx.get::<Sshd>()?;
        let facts = Facts::new().configured("sshd_present", sshd.present, SOURCE);
        if !sshd.present {
            sshd::none_answers(cx)?;
            return Ok(facts.into());
        }
        let host = cx.host();
        let folders = ["/etc/ssh", "/etc/ssh/sshd_config.d"];
        let files = sshd.config.files.iter().map(String::as_str);
        let config = access::existing(host, files.clone())?;
        let all = access::existing(host, folders.into_iter().chain(files))?;
        let paths = glob::expand(host, "/etc/ssh/ssh_host_*_key")?;
        let keys = access::existing(host, paths.iter().map(String::as_str))?;
        let (fingerprints, unseen) =
            ssh_host_keys::fingerprints(host, keys.iter().map(|k| &k.path));
        let groups = cx.get::<Groups>()?;
        let key_group = groups.0.iter().find(|g| g.name == "ssh_keys");
        let key_group = key_group.map(|g| g.gid);
        let open_key = |k: &&Guarded| {
            let shared = k.has(0o040) && k.stat.gid != 0 && Some(k.stat.gid) != key_group;
            shared || k.stat.uid != 0 || k.has(0o037)
        };
        let changeable =
            |f: &&Guarded| f.stat.uid != 0 || f.has(0o002) || (f.has(0o020) && f.stat.gid != 0);
        Ok(facts
            .configured("keys", keys.len(), SOURCE)
            .configured("host_keys", fingerprints, SOURCE)
            .configured("host_keys_unseen", unseen, SOURCE)
            .configured("open_keys", shown(keys.iter().filter(open_key)), SOURCE)
            .configured("changeable", shown(all.iter().filter(changeable)), SOURCE)
            .configured(
                "readable",
                shown(config.iter().filter(|f| f.has(0o004))),
                SOURCE,
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sshd_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("files", Value::List(list.to_vec()))
        };
        let (keys, changeable) = (case.list("open_keys")?, case.list("changeable")?);
        let readable = case.list("readable")?;
        Ok(if !keys.is_empty() {
            with(Judgement::fail("fail-keys"), keys)
        } else if !changeable.is_empty() {
            with(Judgement::fail("fail-changeable"), changeable)
        } else if !readable.is_empty() {
            with(Judgement::partial("partial-readable"), readable)
        } else {
            Judgement::pass("pass")
        })
    }
}

fn shown<'g>(files: impl Iterator<Item = &'g Guarded>) -> Vec<Value> {
    files.map(Guarded::shown).collect()
}
