use super::paths;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        login_paths,
        web_admin::{Console, WebAdmin as Found},
    },
    observation::{Facts, Gap, Seen, Subject, SubjectKind, Value},
    verdict::Judgement,
};

/// Each web console that administers this host asks for a second factor: Cockpit by its own PAM
/// stack, Webmin by its own setting for every user. Others are recognised by their folder and not
/// understood, which is never a pass; one in an unusual folder is not seen at all.
pub(super) struct WebAdmin;

const META: Meta = Meta {
    id: "mfa.web-admin",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for WebAdmin {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let found = cx.get::<Found>()?;
        if found.0.is_empty() {
            let source =
                "/etc/webmin, cockpit-ws, /etc/phpmyadmin and the folders of other consoles";
            return Ok(Facts::new().configured("kind", "none", source).into());
        }
        let mut all = Vec::new();
        for (name, console) in &found.0 {
            all.push((
                Subject::new(SubjectKind::Service, name),
                facts(cx, console)?,
            ));
        }
        Ok(Seen::each(all))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        match case.text("kind")? {
            "none" => Ok(Judgement::not_applicable("not-applicable")),
            "cockpit" => paths::judge(case),
            "webmin" => webmin(case),
            _ => Ok(Judgement::unknown("unknown-kind")),
        }
    }
}

fn facts(cx: &Cx<'_>, console: &Console) -> Result<Facts, Gap> {
    Ok(match console {
        Console::Cockpit => {
            let source = "/etc/pam.d/cockpit";
            let service = login_paths::service(cx, "cockpit")?;
            let way = login_paths::weakest(&service, "cockpit");
            let ways: Vec<Value> = way.into_iter().map(Value::from).collect();
            Facts::new()
                .configured("kind", "cockpit", source)
                .configured("paths", ways, source)
                .configured("tokens", service.tokens, source)
        }
        Console::Webmin {
            provider,
            users,
            without,
        } => Facts::new()
            .configured("kind", "webmin", "/etc/webmin/miniserv.conf")
            .configured("provider", *provider, "/etc/webmin/miniserv.conf")
            .configured("users", *users, "/etc/webmin/miniserv.users")
            .configured("without_count", without.len(), "/etc/webmin/miniserv.users")
            .configured("without", without.clone(), "/etc/webmin/miniserv.users"),
        Console::Other { place } => Facts::new().configured("kind", "other", place),
    })
}

fn webmin(case: &Case<'_>) -> Result<Judgement, Missing> {
    let users = case.int("users")?;
    let without = case.int("without_count")?;
    Ok(if !case.flag("provider")? {
        Judgement::fail("fail-webmin-off")
    } else if users == 0 {
        Judgement::unknown("unknown-no-way")
    } else if without > 0 {
        Judgement::fail("fail-webmin-users").with("accounts", case.list("without")?.to_vec())
    } else {
        Judgement::pass("pass-webmin").with("users", users)
    })
}
