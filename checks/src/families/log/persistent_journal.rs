use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{journald::Journald, rsyslog::Rsyslog},
    host::Kind,
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The journal survives a restart: journald is told to keep it on disk, and files of it stand
/// there. `Storage=persistent` alone proves nothing until journald has been restarted. It does not
/// prove for how long entries are kept.
pub(super) struct PersistentJournal;

const META: Meta = Meta {
    id: "log.persistent-journal",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: false,
};

impl Check for PersistentJournal {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let programs = [
            "/usr/lib/systemd/systemd-journald",
            "/lib/systemd/systemd-journald",
        ];
        let mut present = false;
        for program in programs {
            present |= cx.host().stat_if_any(program)?.is_some();
        }
        // Where systemd runs, so does journald, wherever its program may stand.
        if !present && cx.host().kind() == Kind::Live {
            present = cx.host().stat_if_any("/run/systemd/system")?.is_some();
        }
        let facts = Facts::new().configured("journald_present", present, programs[0]);
        if !present {
            return Ok(facts.into());
        }
        let journald = cx.get::<Journald>()?;
        let image = cx.host().kind() == Kind::Image;
        let vantage = if image {
            Vantage::Configured
        } else {
            Vantage::Observed
        };
        Ok(facts
            .configured(
                "storage",
                journald.storage.as_str(),
                &journald.storage_source,
            )
            .add("folder", vantage, journald.folder, "/var/log/journal")
            .add("files", vantage, journald.files, "/var/log/journal/*/")
            .configured(
                "rsyslog_present",
                cx.get::<Rsyslog>()?.present,
                "/etc/rsyslog.conf",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("journald_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (storage, folder) = (case.text("storage")?, case.flag("folder")?);
        let kept = storage == "persistent" || (storage == "auto" && folder);
        Ok(match (kept, case.flag("files")?) {
            (true, true) => Judgement::pass("pass").with("storage", storage),
            (true, false) => Judgement::fail("fail-no-files").with("storage", storage),
            // The text files of rsyslog keep messages too, without the journal's fields.
            (false, _) if case.flag("rsyslog_present")? && storage != "none" => {
                Judgement::partial("partial-rsyslog").with("storage", storage)
            }
            (false, _) => Judgement::fail("fail").with("storage", storage),
        })
    }
}
