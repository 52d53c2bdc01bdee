//! Whether a service that turns to TLS when asked also takes logins in the clear.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::Surveys,
    host::Budget,
    observation::{Facts, Gap, Seen, Vantage},
    probes::tls::survey::StartTls,
    verdict::Judgement,
};

/// Mail reading, mail submission and messaging take a login only behind TLS. Mail between servers
/// (port 25) must stay open to servers without TLS, so offering it suffices there. What LDAP,
/// databases and FTP allow before TLS shows only to somebody who logs in, and is not assessed.
pub(super) struct Starttls;

const META: Meta = Meta {
    id: "tls.starttls",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

/// Mail between servers.
const TRANSFER: i64 = 25;

const fn protocol(how: StartTls) -> &'static str {
    match how {
        StartTls::Smtp => "smtp",
        StartTls::Imap => "imap",
        StartTls::Pop3 => "pop3",
        StartTls::Ldap => "ldap",
        StartTls::Postgres => "postgres",
        StartTls::Mysql => "mysql",
        StartTls::Ftp => "ftp",
        StartTls::Xmpp => "xmpp",
    }
}

impl Check for Starttls {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let at = &endpoint.label;
            let how = endpoint.starttls.map(protocol);
            let facts = Facts::new()
                .maybe("protocol", Vantage::Observed, how, at)
                .observed("turns", how.is_some(), at);
            if how.is_none() {
                return Ok(facts);
            }
            let survey = surveys.0[n].clone()?;
            let port = endpoint.target.map(|t| u32::from(t.port()));
            Ok(facts
                .observed("offers_tls", survey.tls, at)
                .observed("works_without", super::word(survey.opportunistic), at)
                .maybe("port", Vantage::Observed, port, at))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.int("endpoints") == Ok(0) {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if !case.flag("turns")? {
            return Ok(Judgement::not_applicable("not-applicable-direct"));
        }
        let how = case.text("protocol")?;
        if !case.flag("offers_tls")? {
            return Ok(if case.flag("declared")? {
                Judgement::fail("fail-none").with("protocol", title(how))
            } else {
                Judgement::unknown("unknown-none").with("protocol", title(how))
            });
        }
        Ok(match case.text("works_without")? {
            "no" => Judgement::pass("pass").with("protocol", title(how)),
            "yes" if how == "smtp" && case.int("port")? == TRANSFER => {
                Judgement::pass("pass-transfer")
            }
            "yes" => Judgement::fail("fail").with("protocol", title(how)),
            "unclear" => Judgement::unknown("unknown-unclear").with("protocol", title(how)),
            _ => Judgement::unknown("unknown-login").with("protocol", title(how)),
        })
    }
}

/// How people write the protocol.
fn title(how: &str) -> &str {
    match how {
        "smtp" => "SMTP",
        "imap" => "IMAP",
        "pop3" => "POP3",
        "ldap" => "LDAP",
        "postgres" => "PostgreSQL",
        "mysql" => "MySQL",
        "ftp" => "FTP",
        "xmpp" => "XMPP",
        other => other,
    }
}
