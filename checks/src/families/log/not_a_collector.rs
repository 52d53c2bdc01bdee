use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{peers::Peers, rsyslog::Rsyslog},
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// The host does not take log messages from other machines unless that is its declared task: any
/// machine could then fill its disk and forge entries. Ports of the usual log protocols are looked
/// at; a collector on another port is seen only in rsyslog's own configuration.
pub(super) struct NotACollector;

const META: Meta = Meta {
    id: "log.not-a-collector",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

/// syslog, syslog over TLS, RELP, and the ports that manuals use beside them; journal-remote.
const PORTS: [u16; 7] = [514, 601, 2514, 6514, 10514, 20514, 19532];

impl Check for NotACollector {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let rsyslog = cx.get::<Rsyslog>()?;
        let peers = cx.get::<Peers>()?;
        let declared = &cx.settings().expected_ports;
        let inputs = rsyslog.inputs.iter().filter(|i| !i.local);
        let (mut known, mut odd) = (Vec::new(), Vec::new());
        for input in inputs {
            let said = format!("{} {} ({})", input.module, input.port, input.source);
            let is_declared = input.port.parse().is_ok_and(|p| declared.contains(&p));
            if is_declared { &mut known } else { &mut odd }.push(said);
        }
        // rsyslog may listen on any port; its own configuration names it.
        let named = rsyslog.inputs.iter().filter(|i| !i.local);
        let mut all: Vec<u16> = named.filter_map(|i| i.port.parse().ok()).collect();
        all.extend(PORTS);
        all.sort_unstable();
        all.dedup();
        let open = all.into_iter().filter(|&p| peers.listens_on(p));
        let (open_known, open_odd): (Vec<u16>, Vec<u16>) = open.partition(|p| declared.contains(p));
        let ports = |list: Vec<u16>| {
            list.into_iter()
                .map(u32::from)
                .map(Value::from)
                .collect::<Vec<_>>()
        };
        known.extend(open_known.iter().map(u16::to_string));
        Ok(Facts::new()
            .configured("inputs", odd, "/etc/rsyslog.conf")
            .observed("listening", ports(open_odd), "ss -lntu")
            .configured("declared", known, "expected_ports")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (inputs, listening) = (case.list("inputs")?, case.list("listening")?);
        let declared = case.list("declared")?;
        Ok(if !listening.is_empty() {
            Judgement::fail("fail").with("ports", listening.to_vec())
        } else if !inputs.is_empty() {
            Judgement::partial("partial").with("inputs", inputs.to_vec())
        } else if declared.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::pass("pass-declared").with("declared", declared.to_vec())
        })
    }
}
