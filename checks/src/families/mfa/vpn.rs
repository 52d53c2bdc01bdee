use super::paths;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::vpn::Vpns,
    observation::{Facts, Gap, Seen, Subject, SubjectKind, Value},
    verdict::Judgement,
};

/// A VPN server asks for two factors: OpenVPN for a certificate and a password (or more, as the
/// PAM stack of its plugin says). WireGuard knows only keys, which is one factor. IPsec is
/// recognised and not understood.
pub(super) struct Vpn;

const META: Meta = Meta {
    id: "mfa.vpn",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for Vpn {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        const PLACES: &str = "/etc/openvpn, /etc/wireguard, /etc/swanctl, /etc/ipsec.conf";
        let vpns = cx.get::<Vpns>()?;
        if vpns.0.is_empty() {
            return Ok(Facts::new().configured("vpn_present", false, PLACES).into());
        }
        Ok(Seen::each(vpns.0.iter().map(|server| {
            let paths: Vec<Value> = server.path.clone().into_iter().map(Value::from).collect();
            let facts = Facts::new()
                .configured("vpn_present", true, PLACES)
                .configured("understood", server.path.is_some(), &server.file)
                .configured("paths", paths, &server.file)
                .configured("tokens", Vec::<String>::new(), &server.file);
            (Subject::new(SubjectKind::Service, &server.file), facts)
        })))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("vpn_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if !case.flag("understood")? {
            return Ok(Judgement::unknown("unknown-kind"));
        }
        paths::judge(case)
    }
}
