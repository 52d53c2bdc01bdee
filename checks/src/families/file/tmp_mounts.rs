use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::mounts,
    host::HostError,
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::Judgement,
};

/// Programs dropped into the folders that everybody may write to cannot run, gain rights or act as
/// devices. What the kernel has mounted counts; `/etc/fstab` is shown beside it, since it says what
/// the next start brings. Units of systemd that mount as well are not read.
pub(super) struct TmpMounts;

const META: Meta = Meta {
    id: "file.tmp-mounts",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

const POINTS: [(&str, &str); 3] = [
    ("tmp", "/tmp"),
    ("var_tmp", "/var/tmp"),
    ("dev_shm", "/dev/shm"),
];
const FLAGS: [&str; 3] = ["nodev", "noexec", "nosuid"];
/// The first process stands in the machine's own view; our own may have a private `/tmp`.
const MOUNTS: [&str; 2] = ["/proc/1/mountinfo", "/proc/self/mountinfo"];

impl Check for TmpMounts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (mountinfo, source) = match cx.host().text(MOUNTS[0]) {
            Err(HostError::NoPermission(_) | HostError::NotFound(_)) => {
                (cx.host().text(MOUNTS[1])?, MOUNTS[1])
            }
            other => (other?, MOUNTS[0]),
        };
        if !mountinfo.contains(" / ") {
            return Err(Gap::parse(source));
        }
        let fstab = cx.host().text_if_any("/etc/fstab")?.unwrap_or_default();
        let mut facts = Facts::new();
        for (name, point) in POINTS {
            let mount = mounts::effective(&mountinfo, point);
            if mount
                .as_ref()
                .is_some_and(|m| m.root.contains("systemd-private-"))
            {
                return Err(Gap::parse(format!(
                    "{source}: {point} is private to this process"
                )));
            }
            let present = mount.is_some();
            facts = facts.effective(&format!("{name}_mounted"), present, source);
            let flags = |has: &dyn Fn(&str) -> bool| -> Vec<&str> {
                FLAGS.into_iter().filter(|f| has(f)).collect()
            };
            let name = format!("{name}_flags");
            if let Some((line, options)) = mounts::configured(&fstab, point) {
                let line = format!("/etc/fstab:{line}");
                facts = facts.configured(&name, flags(&|f| options.contains(f)), line);
            }
            let has = |f: &str| mount.as_ref().is_some_and(|m| m.options.contains(f));
            facts = facts.effective(&name, flags(&has), source);
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (mut bad, mut weak) = (Vec::new(), Vec::new());
        for (name, point) in POINTS {
            let flags = case
                .observation
                .at(&format!("{name}_flags"), Vantage::Effective);
            let Some(Value::List(flags)) = flags.map(|f| &f.value) else {
                return Err(Missing(format!("{name}_flags")));
            };
            let has = |flag: &str| flags.iter().any(|f| f.as_text() == Some(flag));
            let missing: Vec<&str> = FLAGS.into_iter().filter(|f| !has(f)).collect();
            if !case.flag(&format!("{name}_mounted"))? {
                let list = if point == "/var/tmp" {
                    &mut weak
                } else {
                    &mut bad
                };
                list.push(format!("{point} (-)"));
            } else if missing == ["noexec"] {
                weak.push(format!("{point} (noexec)"));
            } else if !missing.is_empty() {
                bad.push(format!("{point} ({})", missing.join(", ")));
            }
        }
        Ok(if !bad.is_empty() {
            Judgement::fail("fail").with("mounts", bad)
        } else if !weak.is_empty() {
            Judgement::partial("partial").with("mounts", weak)
        } else {
            Judgement::pass("pass")
        })
    }
}
