//! rsyslog: where it sends messages, and from where it takes them. Reads both the old format
//! (`*.* @@host:514`, `$Directive value`) and RainerScript (`action(type="omfwd" …)`).

use std::collections::BTreeMap;

use crate::{
    context::{Cx, Gather},
    facts::{
        include::expand,
        rainer::{self, Piece},
    },
    host::Host,
    observation::Gap,
};

const MAX_FILES: usize = 256;
const MAX_DEPTH: usize = 4;
const MAIN: &str = "/etc/rsyslog.conf";

/// Where messages are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forward {
    /// `omfwd`, `omrelp`, `omelasticsearch` and so on.
    pub module: String,
    /// Name or address.
    pub target: String,
    /// Port.
    pub port: Option<u16>,
    /// Over TCP.
    pub tcp: bool,
    /// TLS is on.
    pub tls: bool,
    /// The peer's certificate is checked by name or fingerprint.
    pub checked_name: bool,
    /// All messages are sent, not only some facilities or those that meet a condition.
    pub everything: bool,
    /// Undelivered messages are kept on disk.
    pub disk_queue: bool,
    /// Delivery is tried for ever.
    pub retries_forever: bool,
    /// `file:line`.
    pub source: String,
}

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// `imtcp`, `imudp`, `imrelp`, `imptcp`.
    pub module: String,
    /// Port, as written.
    pub port: String,
    /// Only this host can reach it.
    pub local: bool,
    /// `file:line`.
    pub source: String,
}

/// The configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rsyslog {
    /// Whether `/etc/rsyslog.conf` exists.
    pub present: bool,
    /// Where messages are sent.
    pub forwards: Vec<Forward>,
    /// From where messages are taken.
    pub inputs: Vec<Input>,
}

impl Gather for Rsyslog {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let Some(text) = cx.host().text_if_any(MAIN)? else {
            return Ok(Self::default());
        };
        let mut reader = Reader::default();
        reader.found.present = true;
        reader.file(cx.host(), &text, MAIN, 0)?;
        Ok(reader.finish())
    }
}

/// Legacy directives that hold until the next action uses them up, or until said again.
#[derive(Default)]
struct Reader {
    found: Rsyslog,
    legacy: BTreeMap<String, String>,
    global: BTreeMap<String, String>,
    files: usize,
    /// The line before ends in `then`: what follows is sent under a condition.
    conditional: bool,
    /// The selector that a line beginning with `&` repeats.
    selector: String,
    /// Messages of log-ins were thrown away before this point.
    dropped: bool,
}

impl Reader {
    fn file(&mut self, host: &dyn Host, text: &str, path: &str, depth: usize) -> Result<(), Gap> {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return Err(Gap::new(crate::GapReason::OverBudget, path));
        }
        for piece in rainer::pieces(text) {
            if let Some(pattern) = self.piece(&piece, path) {
                for file in expand(host, &pattern)? {
                    if let Some(text) = host.text_if_any(&file)? {
                        self.file(host, &text, &file, depth + 1)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in one piece; returns the pattern of an include.
    fn piece(&mut self, piece: &Piece, path: &str) -> Option<String> {
        match piece {
            Piece::Object {
                name,
                params,
                line,
                before,
                nested,
            } => {
                let source = format!("{path}:{line}");
                match name.as_str() {
                    "include" => return params.get("file").cloned(),
                    "global" => self.global.extend(params.clone()),
                    "action" => {
                        let some = *nested || self.conditional || self.dropped;
                        self.action(params, before, some, source);
                    }
                    "input" => self.input(params, source),
                    _ => {}
                }
                self.conditional = false;
                None
            }
            Piece::Line { text, line } => {
                self.note(text);
                self.line(text, format!("{path}:{line}"))
            }
        }
    }

    /// Remembers what a line means for the actions after it.
    fn note(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        self.conditional =
            lower.ends_with("then") || (lower.starts_with("if ") && !lower.contains('{'));
        if lower.starts_with(['$', '{', '}']) {
            return;
        }
        let first = lower.split_whitespace().next().unwrap_or_default();
        if first != "&" {
            first.clone_into(&mut self.selector);
        }
        let drops = lower
            .split_whitespace()
            .last()
            .is_some_and(|w| ["stop", "~"].contains(&w));
        let logins = self.selector.contains("auth") || self.selector.starts_with("*.");
        self.dropped |= drops && logins;
    }

    fn action(&mut self, p: &BTreeMap<String, String>, before: &str, some: bool, source: String) {
        let get = |k: &str| p.get(k).map_or("", String::as_str);
        let kind = get("type").to_ascii_lowercase();
        let tcp = kind != "omfwd" || get("protocol").eq_ignore_ascii_case("tcp");
        let (target, tls, name) = match kind.as_str() {
            "omfwd" => {
                let driver = is_tls_driver(get("streamdriver"))
                    || (get("streamdriver").is_empty() && self.global_driver());
                let mode = get("streamdrivermode") == "1";
                (
                    get("target"),
                    tcp && driver && mode,
                    get("streamdriverauthmode"),
                )
            }
            "omrelp" => (get("target"), get("tls") == "on", get("tls.authmode")),
            "omelasticsearch" => (get("server"), get("usehttps") == "on", "x509/name"),
            "omkafka" => (get("broker"), false, ""),
            "omhttp" => (get("server"), get("usehttps") != "off", "x509/name"),
            _ => return,
        };
        // Some modules take an address with a scheme or a port in one.
        let bare = target.split_once("://").map_or(target, |(_, rest)| rest);
        let (host, port) = host_and_port(bare.split('/').next().unwrap_or_default());
        let tls = tls || target.starts_with("https://");
        let queue = get("queue.type").to_ascii_lowercase();
        let in_memory = queue.is_empty() || queue == "direct";
        self.found.forwards.push(Forward {
            tcp,
            module: kind,
            target: host,
            port: get("port").parse().ok().or(port),
            tls,
            checked_name: name.ends_with("name") || name.ends_with("fingerprint"),
            everything: !some && covers_all(before),
            disk_queue: !in_memory && !get("queue.filename").is_empty(),
            retries_forever: get("action.resumeretrycount") == "-1",
            source,
        });
    }

    fn global_driver(&self) -> bool {
        let named = [&self.global, &self.legacy].map(|m| m.get("defaultnetstreamdriver"));
        named.into_iter().flatten().any(|d| is_tls_driver(d))
    }

    fn input(&mut self, p: &BTreeMap<String, String>, source: String) {
        let get = |k: &str| p.get(k).map_or("", String::as_str);
        let kind = get("type").to_ascii_lowercase();
        if ["imtcp", "imudp", "imrelp", "imptcp", "imgssapi"].contains(&kind.as_str()) {
            let address = get("address");
            self.found.inputs.push(Input {
                module: kind,
                port: get("port").to_owned(),
                local: is_loopback(address),
                source,
            });
        }
    }

    /// A line of the old format.
    fn line(&mut self, text: &str, source: String) -> Option<String> {
        if let Some(directive) = text.strip_prefix('$') {
            let (key, value) = directive.split_once(char::is_whitespace)?;
            let (key, value) = (key.to_ascii_lowercase(), value.trim().trim_matches('"'));
            let module = match key.as_str() {
                "includeconfig" => return Some(value.to_owned()),
                "inputtcpserverrun" => "imtcp",
                "udpserverrun" => "imudp",
                "inputrelpserverrun" => "imrelp",
                "inputptcpserverrun" => "imptcp",
                _ => {
                    self.legacy.insert(key, value.to_owned());
                    return None;
                }
            };
            let address = self.legacy.get("udpserveraddress").cloned();
            self.found.inputs.push(Input {
                module: module.to_owned(),
                port: value.to_owned(),
                local: module == "imudp" && address.is_some_and(|a| is_loopback(&a)),
                source,
            });
            return None;
        }
        self.legacy_action(text, source);
        None
    }

    fn legacy_action(&mut self, text: &str, source: String) {
        // Selector, white space, action: the action is what follows the last white space that
        // stands before an `@`.
        let Some((selector, action)) = text
            .char_indices()
            .filter(|(_, c)| c.is_whitespace())
            .map(|(at, _)| (text[..at].trim(), text[at..].trim_start()))
            .find(|(_, action)| action.starts_with('@') || action.starts_with(":omrelp:"))
        else {
            return;
        };
        let relp = action.strip_prefix(":omrelp:");
        let tcp = action.starts_with("@@");
        let rest = relp.unwrap_or_else(|| action.trim_start_matches('@'));
        let rest = if rest.starts_with('(') {
            rest.split_once(')').map_or(rest, |(_, r)| r)
        } else {
            rest
        };
        let rest = rest.split([';', ' ', '\t']).next().unwrap_or_default();
        let (target, port) = host_and_port(rest);
        let used = |legacy: &mut BTreeMap<String, String>, key: &str| legacy.remove(key);
        let queue = used(&mut self.legacy, "actionqueuetype").unwrap_or_default();
        let file = used(&mut self.legacy, "actionqueuefilename");
        let retries = used(&mut self.legacy, "actionresumeretrycount");
        let get = |k: &str| self.legacy.get(k).map_or("", String::as_str);
        let auth = get("actionsendstreamdriverauthmode");
        let mode = get("actionsendstreamdrivermode") == "1";
        self.found.forwards.push(Forward {
            module: if relp.is_some() { "omrelp" } else { "omfwd" }.to_owned(),
            target,
            port,
            tcp: tcp || relp.is_some(),
            tls: tcp && mode && self.global_driver(),
            checked_name: auth.ends_with("name") || auth.ends_with("fingerprint"),
            everything: covers_all(selector) && !self.dropped,
            disk_queue: file.is_some()
                && !queue.is_empty()
                && !queue.eq_ignore_ascii_case("direct"),
            retries_forever: retries.as_deref() == Some("-1"),
            source,
        });
    }

    fn finish(mut self) -> Rsyslog {
        // A default driver may be named after the actions that it serves; what was read as plain
        // stays plain then, which can only understate.
        self.found.inputs.truncate(64);
        self.found.forwards.truncate(64);
        self.found
    }
}

/// Whether a selector passes the messages of every facility, those of log-ins included.
fn covers_all(selector: &str) -> bool {
    let selector = selector.trim();
    selector.is_empty()
        || selector.split(';').all(|s| {
            let (facility, level) = s.trim().split_once('.').unwrap_or(("", ""));
            facility == "*" && ["*", "debug", "info"].contains(&level)
        })
}

fn is_tls_driver(name: &str) -> bool {
    ["gtls", "ossl", "mbedtls"].contains(&name)
}

fn host_and_port(text: &str) -> (String, Option<u16>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        return (host.to_owned(), rest.trim_start_matches(':').parse().ok());
    }
    if text.matches(':').count() > 1 {
        return (text.to_owned(), None); // an address of IPv6 without a port
    }
    match text.split_once(':') {
        Some((host, port)) => (host.to_owned(), port.parse().ok()),
        None => (text.to_owned(), None),
    }
}

/// Whether a name or address never leaves this host.
pub fn is_loopback(target: &str) -> bool {
    let target = target.trim_matches(['[', ']']).to_ascii_lowercase();
    let address = target.parse::<std::net::IpAddr>();
    matches!(
        target.as_str(),
        "localhost" | "localhost.localdomain" | "ip6-localhost"
    ) || address.is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Rsyslog {
        let mut reader = Reader::default();
        for piece in rainer::pieces(text) {
            reader.piece(&piece, "f");
        }
        reader.finish()
    }

    #[test]
    fn old_lines() {
        let got = read("*.* @@(o)log.tinh.vn:6514;Fmt\nauth.* @[2001:db8::1]:514\n& @10.0.0.1\n");
        let all = &got.forwards;
        assert_eq!(
            (all[0].target.as_str(), all[0].port, all[0].tcp),
            ("log.tinh.vn", Some(6514), true)
        );
        assert!(all[0].everything && !all[0].tls);
        assert_eq!(
            (all[1].target.as_str(), all[1].tcp, all[1].everything),
            ("2001:db8::1", false, false)
        );
        assert_eq!(all[2].target, "10.0.0.1");
    }

    #[test]
    fn rainer_script_over_several_lines() {
        let got = read(
            "global(DefaultNetstreamDriver=\"gtls\")\n*.* action(type=\"omfwd\"\n  # target=\"no\"\n  Target=\"10.1.1.1\" port=\"6514\"\n  protocol=\"tcp\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"x509/name\"\n  queue.type=\"LinkedList\" queue.filename=\"fwd\" action.resumeRetryCount=\"-1\")\n",
        );
        let f = &got.forwards[0];
        assert_eq!((f.target.as_str(), f.port), ("10.1.1.1", Some(6514)));
        assert!(
            f.tcp && f.tls && f.checked_name && f.everything && f.disk_queue && f.retries_forever
        );
        assert_eq!(f.source, "f:2");
    }

    #[test]
    fn commented_and_quoted_text_is_no_action() {
        assert!(
            read("#*.* @@a\n# action(type=\"omfwd\" target=\"b\")\n")
                .forwards
                .is_empty()
        );
        assert!(
            read("/* *.* @@a\n*/\nauth.* /var/log/a@b\n")
                .forwards
                .is_empty()
        );
        assert!(
            !read("if $msg contains 'x' then {\n action(type=\"omfwd\" target=\"c\")\n}\n")
                .forwards[0]
                .everything
        );
    }

    #[test]
    fn conditions_and_dropped_messages_leave_a_part_only() {
        let action = "action(type=\"omfwd\" target=\"c\" protocol=\"tcp\")\n";
        let everything = |text: &str| read(&format!("{text}\n{action}")).forwards[0].everything;
        assert!(everything(""));
        assert!(everything(":msg, contains, \"noise\" stop"));
        assert!(!everything("if $programname == 'x' then"));
        assert!(!everything("auth,authpriv.* /var/log/auth.log\n& stop"));
        assert!(!everything("auth,authpriv.* ~"));
    }

    #[test]
    fn tls_needs_a_driver_for_it_and_tcp() {
        let tls = |params: &str| {
            let text =
                format!("action(type=\"omfwd\" target=\"c\" StreamDriverMode=\"1\" {params})");
            read(&text).forwards[0].tls
        };
        assert!(tls("StreamDriver=\"ossl\" protocol=\"tcp\""));
        assert!(!tls("StreamDriver=\"ossl\""), "UDP is the default");
        assert!(!tls("StreamDriver=\"ptcp\" protocol=\"tcp\""));
    }

    #[test]
    fn legacy_queue_settings_are_used_up() {
        let got = read(
            "$ActionQueueType LinkedList\n$ActionQueueFileName q\n$ActionResumeRetryCount -1\n*.* @@a\n*.* @@b\n",
        );
        assert!(got.forwards[0].disk_queue && got.forwards[0].retries_forever);
        assert!(!got.forwards[1].disk_queue && !got.forwards[1].retries_forever);
    }

    #[test]
    fn inputs() {
        let got = read(
            "$UDPServerRun 514\ninput(type=\"imtcp\" port=\"10514\" address=\"127.0.0.1\")\ninput(type=\"imfile\" file=\"/x\")\n",
        );
        assert_eq!(got.inputs.len(), 2);
        assert!(!got.inputs[0].local && got.inputs[1].local);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(action|input|global|if x then|&|\\*\\.\\*|@@?|\\(|\\)|\\{|\\}|=|\"|\\\\|#|/\\*|\\*/|\\$UDPServerRun|type|target|omfwd|[a-zé0-9:\\[\\]; \n]){0,60}") {
            let _found = read(&text);
        }
    }
}
