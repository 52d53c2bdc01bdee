use super::ways;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::login_services::vpn::Vpns,
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// A VPN server asks people for two factors: OpenVPN for a certificate and a password (or more, as
/// the PAM stack of its plugin says), IPsec by its rounds. WireGuard knows only keys, which is one
/// factor. What a script or a RADIUS server asks for is not seen; tunnels between two known
/// gateways are no people's logins.
pub(super) struct Vpn;

const META: Meta = Meta {
    id: "mfa.vpn",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str =
    "/etc/openvpn, /etc/wireguard, /etc/systemd/network, /etc/swanctl, /etc/ipsec.conf";

impl Check for Vpn {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        Ok(ways::seen(&cx.get::<Vpns>()?.0, PLACES))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        ways::judge(case)
    }
}
