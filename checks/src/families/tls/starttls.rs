//! Whether a service that turns to TLS when asked also takes logins in the clear.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        sockets::{Proto, Sockets},
        tls::clear_logins,
        tls_endpoints::{Endpoint, Surveys},
    },
    host::Budget,
    observation::{Facts, Gap, GapReason, Seen, Vantage},
    probes::tls::survey::StartTls,
    verdict::Judgement,
};

/// Mail reading, mail submission, messaging, LDAP, databases and FTP take a login only behind TLS. Mail
/// between servers (port 25) must stay open to servers without TLS, so offering it suffices there; a login
/// before TLS is offered at no port of mail, as the answer to `EHLO` tells.
///
/// PostgreSQL decides by the address that asks, so that its rules are read, and believed only where the
/// service answers this host as they say. MariaDB and MySQL refuse only whom they know, so that their
/// setting is read; it alone passes nothing.
pub(super) struct Starttls;

const META: Meta = Meta {
    id: "tls.starttls",
    version: 3,
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
            let facts = facts
                .observed("offers_tls", survey.tls, at)
                .observed("works_without", super::word(survey.opportunistic), at)
                .observed("clear_login", super::word(survey.clear_login), at)
                .maybe("port", Vantage::Observed, port, at);
            configured(cx, endpoint, facts)
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
        let works = case.text("works_without")?;
        if !case.flag("offers_tls")? {
            // Who takes a login speaks the protocol; PostgreSQL may take it from this host alone.
            let others = how != "postgres" || !case.list("open_rules")?.is_empty();
            let works = works == "yes" || how == "smtp" && case.text("clear_login")? == "yes";
            return Ok(if case.flag("declared")? || works && others {
                Judgement::fail("fail-none").with("protocol", title(how))
            } else {
                Judgement::unknown("unknown-none").with("protocol", title(how))
            });
        }
        match how {
            "smtp" => return mail(case, works),
            "postgres" => return by_rules(case, works),
            // It heard a login and did not say; the setting alone is half.
            "mysql" if works == "not_asked" && case.flag("insists")? => {
                return Ok(Judgement::partial("partial-configured").with("protocol", title(how)));
            }
            "mysql" if works != "no" && !case.flag("insists")? => {
                return Ok(Judgement::fail("fail").with("protocol", title(how)));
            }
            _ => {}
        }
        Ok(match works {
            "no" => Judgement::pass("pass").with("protocol", title(how)),
            "yes" => Judgement::fail("fail").with("protocol", title(how)),
            _ => Judgement::unknown("unknown-unclear").with("protocol", title(how)),
        })
    }
}

/// Mail: by what the service offers before TLS. Whether it takes mail there says nothing of logins.
fn mail(case: &Case<'_>, works: &str) -> Result<Judgement, Missing> {
    let transfer = case.int("port")? == TRANSFER;
    Ok(match case.text("clear_login")? {
        "yes" => Judgement::fail("fail-login"),
        "no" if transfer && works == "yes" => Judgement::pass("pass-transfer"),
        "no" if !transfer || works == "no" => {
            Judgement::pass("pass").with("protocol", title("smtp"))
        }
        _ => Judgement::unknown("unknown-unclear").with("protocol", title("smtp")),
    })
}

/// What the files of a database say.
fn configured(cx: &Cx<'_>, endpoint: &Endpoint, facts: Facts) -> Result<Facts, Gap> {
    let Some(target) = endpoint.target else {
        return Ok(facts);
    };
    Ok(match endpoint.starttls {
        Some(StartTls::Postgres) => {
            served_by(cx, target.port(), &["postgres"])?;
            let rules = clear_logins::postgresql(cx.host(), target.port(), target.ip())?;
            let own = match rules.own {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unclear",
            };
            let at = &rules.source;
            facts
                .configured("open_rules", rules.open, at)
                .configured("own_rule", own, at)
        }
        Some(StartTls::Mysql) => {
            served_by(cx, target.port(), &["mariadbd", "mysqld"])?;
            let (insists, at) = clear_logins::mysql(cx.host())?;
            facts.configured("insists", insists, at)
        }
        _ => facts,
    })
}

/// A service behind a proxy or in a container is not the one whose files stand here.
fn served_by(cx: &Cx<'_>, port: u16, programs: &[&str]) -> Result<(), Gap> {
    let sockets = cx.get::<Sockets>()?;
    let mut here = sockets.listeners.iter();
    let found = here.any(|l| {
        let name = l.process.as_deref().unwrap_or_default();
        l.proto == Proto::Tcp && l.port == port && programs.contains(&name)
    });
    let what = || format!("{} at port {port}", programs.join(", "));
    found
        .then_some(())
        .ok_or_else(|| Gap::new(GapReason::ToolMissing, what()))
}

/// PostgreSQL: its rules, where the running service answers this host as they say.
fn by_rules(case: &Case<'_>, works: &str) -> Result<Judgement, Missing> {
    let (open, own) = (case.list("open_rules")?, case.text("own_rule")?);
    Ok(if works != "yes" && works != "no" {
        Judgement::unknown("unknown-unclear").with("protocol", title("postgres"))
    } else if own != works {
        Judgement::unknown("unknown-rules")
    } else if open.is_empty() {
        Judgement::pass("pass").with("protocol", title("postgres"))
    } else {
        Judgement::fail("fail-rules").with("rules", open.to_vec())
    })
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
