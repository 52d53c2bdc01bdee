use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        access::{self, Guarded},
        glob,
        people::{UIDS, by_group},
        tls_endpoints::{Endpoint, Endpoints},
    },
    host::FileKind,
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::Judgement,
};

/// Private keys of certificates are readable by their service alone. Only the usual folders are
/// looked at, and only path and mode are recorded. A key that everybody may read counts half where
/// a folder above it shuts others out, since one `chmod` or copy then opens it; so does one that people
/// may read who are in its group.
pub(super) struct TlsKeys;

const META: Meta = Meta {
    id: "file.tls-keys",
    version: 2,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &[&str] = &[
    "/etc/ssl/private/*",
    "/etc/ssl/*.key",
    "/etc/ssl/certs/*.key",
    "/etc/pki/tls/private/*",
    "/etc/letsencrypt/archive/*/privkey*.pem",
    "/etc/nginx/*.key",
    "/etc/nginx/*/*.key",
    "/etc/apache2/*.key",
    "/etc/apache2/*/*.key",
    "/etc/httpd/*/*.key",
    "/etc/haproxy/*.pem",
    "/etc/haproxy/*/*.pem",
    "/etc/postfix/*.key",
    "/etc/dovecot/private/*",
    "/etc/postgresql/*/*/server.key",
    "/etc/mysql/*.key",
];
const SOURCE: &str =
    "/etc/ssl/private, /etc/pki/tls/private, /etc/letsencrypt, folders of services";

impl Check for TlsKeys {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let mut keys = Vec::new();
        for pattern in PLACES {
            let paths = glob::expand(host, pattern)?;
            let files = access::existing(host, paths.iter().map(String::as_str))?;
            keys.extend(files.into_iter().filter(|f| f.stat.kind == FileKind::File));
        }
        let (open, shielded) = access::open_and_shielded(host, &keys)?;
        let people = keys.iter().filter(|k| UIDS.contains(&k.stat.uid));
        let foreign: Vec<Value> = people.map(Guarded::shown).collect();
        let (mut read, mut changed) = (Vec::<Value>::new(), Vec::<Value>::new());
        for key in &keys {
            let group = by_group(cx, &key.path, &key.stat)?;
            for (who, list) in [(group.readers, &mut read), (group.writers, &mut changed)] {
                if !who.is_empty() {
                    list.push(format!("{} ({})", key.shown().to_line(), who.join(", ")).into());
                }
            }
        }
        // Without a key in the usual places, whether there is one is shown by what is served.
        let served = match keys.is_empty() {
            true => {
                let all = cx.get::<Endpoints>()?;
                // A mail or database port alone does not tell that there is TLS.
                let sure = |e: &&Endpoint| e.declared || e.starttls.is_none() && !e.guessed;
                Some(all.all.iter().filter(sure).count())
            }
            false => None,
        };
        Ok(Facts::new()
            .maybe("served", Vantage::Observed, served, "ss -lnt")
            .observed("found", keys.len(), SOURCE)
            .observed("open", open, SOURCE)
            .observed("shielded", shielded, SOURCE)
            .observed("foreign", foreign, SOURCE)
            .observed("group_readable", read, SOURCE)
            .observed("group_changeable", changed, SOURCE)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (open, shielded) = (case.list("open")?, case.list("shielded")?);
        let foreign = case.list("foreign")?;
        let with = |judgement: Judgement, list: &[Value]| {
            judgement.with("files", Value::List(list.to_vec()))
        };
        Ok(if !open.is_empty() {
            with(Judgement::fail("fail"), open)
        } else if !case.list("group_changeable")?.is_empty() {
            with(
                Judgement::fail("fail-group"),
                case.list("group_changeable")?,
            )
        } else if !foreign.is_empty() {
            with(Judgement::partial("partial-owner"), foreign)
        } else if !case.list("group_readable")?.is_empty() {
            with(
                Judgement::partial("partial-group"),
                case.list("group_readable")?,
            )
        } else if !shielded.is_empty() {
            with(Judgement::partial("partial-shielded"), shielded)
        } else if case.int("found")? == 0 && case.int("served")? > 0 {
            Judgement::unknown("unknown-elsewhere")
        } else if case.int("found")? == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::pass("pass")
        })
    }
}
