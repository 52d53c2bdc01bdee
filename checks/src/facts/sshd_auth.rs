//! How sshd lets people in: the keywords that decide it, as each kind of connection meets them.

use std::collections::BTreeMap;

use super::{
    sshd::{self, Sshd, Values},
    sshd_match::{Connection, Settings, printed, settings},
    sshd_people::{Class, Questions, admitted, classes, from_where},
    sshd_zones::{Zone, holding, zones},
};
use crate::{
    context::{Cx, Gather},
    host::{Command, Host, HostError},
    observation::{Gap, GapReason, Vantage},
    probes::ssh::NOBODY,
};

const CONFIG: &str = "/etc/ssh/sshd_config";
/// Most kinds of connection that are told apart.
const MAX_CONTEXTS: usize = 64;
/// The port of SSH where nothing names another.
const PORT: u16 = 22;

/// What sshd asks of one class of accounts from one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who: the account that stands for its class.
    pub user: String,
    /// Whether that is user id 0.
    pub root: bool,
    /// From where.
    pub addr: String,
    /// Name of the class.
    pub class: String,
    /// The accounts of the class.
    pub people: Vec<String>,
    /// Name of the zone.
    pub zone: String,
    /// The ports of the server, such as `ssh:22`.
    pub endpoint: String,
    /// The port, where a connection from this host itself is of this kind.
    pub from_here: Option<u16>,
    /// Whether the lists of accounts let these in at all; `None` where only a directory knows.
    pub admitted: Option<bool>,
    /// Keywords with their values, as the server says, or else as the files do.
    pub settings: Settings,
    /// From where that is known.
    pub vantage: Vantage,
    /// The command or file that shows it.
    pub source: String,
    /// What the files say, where the server was asked too and the files can be decided.
    pub configured: Option<Settings>,
    /// What the files say to a user whom the server does not know; `None` where they cannot be decided.
    pub strangers: Option<Settings>,
}

impl Context {
    /// Whether the yes-or-no keyword is on; `default` where nothing names it.
    pub fn on(&self, keyword: &str, default: bool) -> bool {
        self.settings.get(keyword).map_or(default, |v| v == "yes")
    }

    /// The value of a keyword; empty where nothing names it.
    pub fn get(&self, keyword: &str) -> &str {
        self.settings.get(keyword).map_or("", String::as_str)
    }

    /// The same connection as the files alone have it.
    pub fn by_files(&self) -> Option<Self> {
        Some(Self {
            settings: self.configured.clone()?,
            vantage: Vantage::Configured,
            source: CONFIG.to_owned(),
            configured: None,
            ..self.clone()
        })
    }

    /// The same connection by a user whom the server does not know.
    pub fn of_strangers(&self) -> Option<Self> {
        Some(Self {
            settings: self.strangers.clone()?,
            ..self.clone()
        })
    }
}

/// How sshd lets people in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshdAuth {
    /// Whether this host has an SSH server at all.
    pub present: bool,
    /// What each kind of connection meets.
    pub contexts: Vec<Context>,
    /// Criteria that decide who gets in and that no context stands for.
    pub unresolved: Vec<String>,
}

impl Gather for SshdAuth {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let server = cx.get::<Sshd>()?;
        if !server.present {
            return Ok(Self::default());
        }
        let asked = Questions::of(&server.config);
        let (classes, unseen) = classes(cx, &server, &asked)?;
        let names = global(&server, "usedns").iter().any(|w| w == "yes");
        let (from, odd_from) = from_where(&asked, names);
        let (to, odd_to) = zones(&asked.own, &[], "127.0.0.1");
        let mut unresolved = asked.odd.clone();
        unresolved.extend(unseen);
        unresolved.extend(odd_from.into_iter().chain(odd_to));
        let doors = doors(&server, &asked);
        let count = classes.len() * from.len() * to.len() * doors.len();
        if count > MAX_CONTEXTS {
            let detail = format!("{CONFIG}: {count} kinds of connection");
            return Err(Gap::new(GapReason::OverBudget, detail));
        }
        let here = holding(&from, &asked.addresses, "127.0.0.1").filter(|_| !names);
        let mut contexts = Vec::new();
        for class in &classes {
            for (to, door) in to.iter().flat_map(|t| doors.iter().map(move |d| (t, d))) {
                for zone in &from {
                    match one(cx.host(), &server, class, zone, to, door)? {
                        Some(mut context) => {
                            let local = here == Some(zone) && to.name == "anywhere";
                            context.from_here = local.then_some(door.1);
                            contexts.push(context);
                        }
                        None => unresolved.push(format!("{} from {}", class.name, zone.name)),
                    }
                }
            }
        }
        Ok(Self {
            present: true,
            contexts,
            unresolved,
        })
    }
}

/// The ports of the server: together where nothing tells them apart, else each by itself.
fn doors(server: &Sshd, asked: &Questions) -> Vec<(String, u16)> {
    let mut ports = ports(server);
    let door = |ports: &[u16]| {
        let shown: Vec<String> = ports.iter().map(u16::to_string).collect();
        (format!("ssh:{}", shown.join(",")), ports[0])
    };
    if asked.ports.is_empty() {
        return vec![door(&ports)];
    }
    ports.extend(&asked.ports);
    ports.sort_unstable();
    ports.dedup();
    ports.iter().map(|p| door(&[*p])).collect()
}

/// The ports that the server listens on: those of `ListenAddress` that name one, and `Port`.
fn ports(server: &Sshd) -> Vec<u16> {
    let mut found: Vec<u16> = Vec::new();
    for address in global(server, "listenaddress") {
        // `addr:port` and `[v6]:port`; a bare IPv6 address names none.
        let named = address
            .rsplit_once(':')
            .filter(|(a, _)| a.ends_with(']') || !a.contains(':'));
        found.extend(named.and_then(|(_, port)| port.parse::<u16>().ok()));
    }
    if server.effective.is_none() || found.is_empty() {
        found.extend(
            global(server, "port")
                .iter()
                .filter_map(|p| p.parse::<u16>().ok()),
        );
    }
    if found.is_empty() {
        found.push(PORT);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The words of a keyword of the whole server, from itself or else from its files.
fn global(server: &Sshd, keyword: &str) -> Vec<String> {
    let said = server
        .effective
        .as_ref()
        .and_then(|e| e.global.get(keyword));
    if let Some(words) = said {
        return words.clone();
    }
    let all = server.overrides.iter().chain(&server.config.global);
    let words = all
        .filter(|s| s.keyword == keyword)
        .flat_map(|s| s.words.iter().cloned());
    words.collect()
}

/// What one kind of connection meets; `None` where neither the server nor its files can tell.
fn one(
    host: &dyn Host,
    server: &Sshd,
    class: &Class,
    zone: &Zone,
    to: &Zone,
    (endpoint, port): &(String, u16),
) -> Result<Option<Context>, Gap> {
    let Some(user) = class.people.first() else {
        return Ok(None);
    };
    let connection = Connection {
        user: user.clone(),
        groups: class.groups.clone(),
        host: zone.host.clone(),
        addr: zone.addr.clone(),
        laddr: to.addr.clone(),
        lport: *port,
    };
    let files = |to: &Connection| settings(&server.config, &server.overrides, to);
    let configured = files(&connection);
    let strangers = files(&Connection {
        user: NOBODY.to_owned(),
        groups: Some(Vec::new()),
        ..connection.clone()
    });
    let asked = ask(host, server, &connection)?;
    let (settings, vantage, source, configured) = match (asked, configured) {
        (Some((said, line)), files) => (said, Vantage::Effective, line, files),
        (None, Some(files)) => (files, Vantage::Configured, CONFIG.to_owned(), None),
        (None, None) => return Ok(None),
    };
    let coming = match (zone.name.as_str(), to.name.as_str()) {
        (from, "anywhere") => from.to_owned(),
        (from, to) => format!("{from} to {to}"),
    };
    Ok(Some(Context {
        user: user.clone(),
        root: class.root,
        addr: zone.addr.clone(),
        class: class.name.clone(),
        people: class.people.clone(),
        zone: coming,
        endpoint: endpoint.clone(),
        from_here: None,
        admitted: admitted(&settings, user, class.groups.as_deref(), zone),
        settings,
        vantage,
        source,
        configured,
        strangers,
    }))
}

/// The server's own words for one connection; `None` when it cannot be asked here.
fn ask(
    host: &dyn Host,
    server: &Sshd,
    connection: &Connection,
) -> Result<Option<(Settings, String)>, Gap> {
    let command = Command::SshdEffectiveAt {
        user: connection.user.clone(),
        host: connection.host.clone(),
        addr: connection.addr.clone(),
        laddr: connection.laddr.clone(),
        lport: connection.lport,
    };
    if command.argv().is_none() {
        return Ok(None);
    }
    let output = match host.run(&command) {
        Ok(output) => output,
        Err(HostError::NotFound(_) | HostError::NotLive(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !output.ok() {
        return sshd::refusal(&command, &output).map_or(Ok(None), Err);
    }
    let mut values = Values::new();
    for line in output.text().lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let Some(keyword) = words.next() {
            let entry: &mut Vec<String> = values.entry(keyword.to_ascii_lowercase()).or_default();
            entry.extend(words);
        }
    }
    // What stands on the running server's command line wins over every file.
    let line = BTreeMap::from_iter(
        server
            .overrides
            .iter()
            .rev()
            .map(|o| (o.keyword.clone(), o.words.clone())),
    );
    let mut said = printed(&values);
    said.extend(printed(&line));
    Ok(Some((said, command.line())))
}
