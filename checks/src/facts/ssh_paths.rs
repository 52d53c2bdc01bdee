//! The ways in over SSH: the methods that sshd accepts of each kind of connection, each followed
//! through the PAM stack.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use super::{
    accounts::Accounts,
    glob,
    login_outcome::{Concluded, Outcome, Span, conclude},
    login_paths::{Path, Service, Shown, empty_among, service_for},
    pam::{surroundings::Empty, walk::Way},
    processes::Processes,
    ssh_first::{self, First},
    ssh_keys::{self, Keys},
    sshd_auth::{Context, SshdAuth},
    sshd_people::MAX_NAMED,
};
use crate::{
    context::{Cx, Gather},
    observation::{Gap, Vantage},
};

/// SSH servers that are not understood, by the names of their programs.
const OTHERS: [&str; 5] = ["dropbear", "tinysshd", "lshd", "sftpgo", "teleport"];

/// The ways into an SSH server for each kind of connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPaths {
    /// Whether this host has an SSH server.
    pub present: bool,
    /// One for each class of accounts and zone whose outcome differs.
    pub entries: Vec<Entry>,
    /// Criteria whose effect is not known.
    pub unresolved: Vec<String>,
    /// Other SSH servers that run beside this one, whose rules are not read.
    pub others: Vec<String>,
}

/// What one class of accounts meets from one or more zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The ports, such as `ssh:22`.
    pub endpoint: String,
    /// The class.
    pub class: String,
    /// Its accounts.
    pub people: Vec<String>,
    /// The zones with this outcome.
    pub zones: Vec<String>,
    /// From where the server's settings are known.
    pub vantage: Vantage,
    /// The command or file that shows them.
    pub source: String,
    /// What it amounts to.
    pub concluded: Concluded,
    /// What it would amount to by the files alone, where the server was asked too.
    pub by_files: Option<Outcome>,
    /// The keys of these accounts.
    pub keys: Keys,
    /// Second-factor modules in the PAM stack.
    pub tokens: Vec<String>,
    /// What the server's own address names first, where it was asked.
    pub first: Option<First>,
    /// The methods that stand first for these accounts by the settings, from whichever of the zones.
    pub offers: BTreeSet<String>,
    /// The same for a user whom the server does not know, by its files.
    pub stranger_offers: BTreeSet<String>,
}

impl Gather for SshPaths {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let auth = cx.get::<SshdAuth>()?;
        let mut found = Self {
            present: auth.present,
            entries: Vec::new(),
            unresolved: auth.unresolved.clone(),
            others: others(cx)?,
        };
        let mut stacks = Stacks::new();
        let mut asked = Vec::new();
        for context in &auth.contexts {
            let views = [Some(context.clone()), context.by_files()];
            for view in views.iter().flatten().filter(|v| v.on("usepam", false)) {
                let key = stack_of(view);
                if let btree_map::Entry::Vacant(place) = stacks.entry(key) {
                    let (name, people, _) = place.key();
                    let service = service_for(cx, name, people, empty(cx, view))?;
                    place.insert(service);
                }
            }
            let mut entry = entry(cx, context, &stacks)?;
            // One question for each port: a server names the same to everybody whom no block
            // concerns, and each question leaves a line in its log.
            if let Some(port) = context
                .from_here
                .filter(|p| !context.root && !asked.contains(p))
            {
                asked.push(port);
                entry.first = ssh_first::ask(cx, context, port)?;
            }
            found.add(entry);
        }
        Ok(found)
    }
}

impl SshPaths {
    /// Adds an entry, or its zone to one of the same class that comes out the same.
    fn add(&mut self, new: Entry) {
        let same = |old: &&mut Entry| {
            let zones = new.zones.clone();
            Entry {
                zones,
                source: new.source.clone(),
                first: new.first.clone(),
                offers: new.offers.clone(),
                stranger_offers: new.stranger_offers.clone(),
                ..(**old).clone()
            } == new
        };
        match self.entries.iter_mut().find(same) {
            Some(old) => {
                old.zones.extend(new.zones);
                old.first = old.first.take().or(new.first);
                old.offers.extend(new.offers);
                old.stranger_offers.extend(new.stranger_offers);
            }
            None => self.entries.push(new),
        }
    }
}

/// Other SSH servers that run, or that something starts at boot.
fn others(cx: &Cx<'_>) -> Result<Vec<String>, Gap> {
    let host = cx.host();
    let mut found = Vec::new();
    if let Ok(processes) = cx.get::<Processes>() {
        let run = OTHERS.iter().filter(|n| processes.has(n));
        found.extend(run.map(|n| (*n).to_owned()));
    }
    for name in OTHERS {
        for place in [
            format!("/etc/systemd/system/*.wants/{name}.*"),
            format!("/etc/rc?.d/S??{name}"),
            format!("/etc/runlevels/*/{name}"),
        ] {
            found.extend(glob::expand(host, &place)?);
        }
    }
    Ok(found)
}

/// The PAM service that sshd asks.
fn pam_service(context: &Context) -> &str {
    match context.get("pamservicename") {
        "" => "sshd",
        name => name,
    }
}

/// The stacks by the PAM service, by the class whose conditions they meet, and by whether empty passwords
/// are let by.
type Stacks = BTreeMap<(String, Vec<String>, bool), Service>;

/// The PAM service of a class. Of a large class not all are named, and everybody counts.
fn stack_of(context: &Context) -> (String, Vec<String>, bool) {
    let whole = context.people.len() < MAX_NAMED;
    let people = if whole {
        context.people.clone()
    } else {
        Vec::new()
    };
    (
        pam_service(context).to_owned(),
        people,
        lets_empty_by(context),
    )
}

/// Whether sshd takes an empty password, and tells PAM so.
fn lets_empty_by(context: &Context) -> bool {
    context.on("permitemptypasswords", false)
}

/// Whether one of a class comes by with an empty password.
fn empty(cx: &Cx<'_>, context: &Context) -> Empty {
    if lets_empty_by(context) {
        empty_among(cx, &stack_of(context).1)
    } else {
        Empty::No
    }
}

/// What the accounts of a class have to come in with, beside what PAM asks.
#[derive(Clone, Copy)]
struct Means {
    keys: Keys,
    /// Whether they, or others than root, can put keys in place.
    own_place: bool,
    /// Whether sshd lets one of them by with an empty password.
    empty: Empty,
}

fn entry(cx: &Cx<'_>, context: &Context, stacks: &Stacks) -> Result<Entry, Gap> {
    let pam = stacks.get(&stack_of(context));
    let accounts = cx.get::<Accounts>()?;
    let mut keys = Keys::default();
    for account in accounts
        .all
        .iter()
        .filter(|a| context.people.contains(&a.name))
    {
        keys.add(ssh_keys::of(cx.host(), account, key_files(context))?);
    }
    let mut own_place = false;
    for account in accounts
        .all
        .iter()
        .filter(|a| context.people.contains(&a.name))
    {
        own_place |= ssh_keys::places_own(cx.host(), account, key_files(context))?;
    }
    // Whom only a directory knows puts keys in place wherever homes are.
    own_place |= !accounts
        .all
        .iter()
        .any(|a| context.people.contains(&a.name));
    let concluded = |view: &Context| {
        let pam = stacks.get(&stack_of(view));
        let pam = pam.filter(|_| view.on("usepam", false));
        let means = Means {
            keys,
            own_place,
            empty: empty(cx, view),
        };
        conclude(
            &of_context(view, pam, means),
            pam.is_some_and(|p| !p.tokens.is_empty()),
        )
    };
    Ok(Entry {
        endpoint: context.endpoint.clone(),
        class: context.class.clone(),
        people: context.people.clone(),
        zones: vec![context.zone.clone()],
        vantage: context.vantage,
        source: context.source.clone(),
        concluded: concluded(context),
        by_files: context.by_files().map(|view| concluded(&view).outcome),
        keys,
        tokens: pam.map(|p| p.tokens.clone()).unwrap_or_default(),
        first: None,
        offers: ssh_first::expected(context).into_iter().collect(),
        stranger_offers: context
            .of_strangers()
            .map(|c| ssh_first::expected(&c).into_iter().collect())
            .unwrap_or_default(),
    })
}

/// Where keys of accounts stand, as sshd has it where nothing names other places.
fn key_files(context: &Context) -> &str {
    match context.get("authorizedkeysfile") {
        "" => ".ssh/authorized_keys .ssh/authorized_keys2",
        files => files,
    }
}

/// The weakest and strongest way for each chain of methods that can be completed.
fn of_context(context: &Context, pam: Option<&Service>, means: Means) -> Vec<Span> {
    if context.admitted == Some(false) || (context.root && context.get("permitrootlogin") == "no") {
        return Vec::new();
    }
    let listed = context.get("authenticationmethods");
    let chains: Vec<&str> = match listed {
        "" | "any" => vec![
            "publickey",
            "password",
            "keyboard-interactive",
            "gssapi-with-mic",
            "hostbased",
        ],
        listed => listed.split_whitespace().collect(),
    };
    let mut spans = Vec::new();
    for chain in chains {
        let steps: Option<Vec<_>> = chain
            .split(',')
            .map(|m| method(context, pam, means, m))
            .collect();
        let all = steps.map(|s| every_way(&s)).unwrap_or_default();
        let strength = |(shown, _): &(&Shown, &Vec<String>)| (shown.strength(), **shown);
        let Some(strongest) = all.keys().map(|s| s.strength()).max() else {
            continue;
        };
        if let Some((shown, via)) = all.iter().min_by_key(strength) {
            let path = Path {
                door: context.class.clone(),
                chain: chain.to_owned(),
                shown: *shown,
                via: via.clone(),
            };
            spans.push(Span { path, strongest });
        }
    }
    spans
}

type Step = (Shown, Vec<String>);

/// Every way to take all steps, by what it shows; none when one of them cannot be taken.
fn every_way(steps: &[Vec<Step>]) -> BTreeMap<Shown, Vec<String>> {
    let mut all: BTreeMap<Shown, Vec<String>> = BTreeMap::from([(Shown::default(), Vec::new())]);
    for step in steps {
        let mut next = BTreeMap::new();
        for (shown, via) in &all {
            for (more, how) in step {
                let together = [via.as_slice(), how.as_slice()].concat();
                next.entry(shown.and(*more)).or_insert(together);
            }
        }
        all = next;
    }
    all
}

/// What a method shows, in each way it can be completed; `None` when it is switched off.
fn method(context: &Context, pam: Option<&Service>, means: Means, name: &str) -> Option<Vec<Step>> {
    let (name, device) = name.split_once(':').unwrap_or((name, ""));
    let rooted = context.get("permitrootlogin");
    let key_only = context.root
        && !matches!(rooted, "yes" | "no")
        && matches!(name, "password" | "keyboard-interactive");
    if key_only {
        return None; // prohibit-password (the default) and forced-commands-only
    }
    let one = |shown| Some(vec![(shown, Vec::new())]);
    match name {
        "publickey" if context.on("pubkeyauthentication", true) => by_key(context, means),
        "password" if context.on("passwordauthentication", true) => match pam {
            Some(pam) => Some(typed_once(pam)),
            None => Some(by_password(means.empty)),
        },
        "keyboard-interactive"
            if matches!(device, "" | "pam") && context.on("kbdinteractiveauthentication", true) =>
        {
            pam.map(|p| steps(&p.ways))
        }
        "gssapi-with-mic" if context.on("gssapiauthentication", false) => one(Shown {
            unseen: true,
            ..Shown::default()
        }),
        "hostbased" if context.on("hostbasedauthentication", false) => one(Shown::default()),
        _ => None,
    }
}

/// By a key, wherever keys may come from. Only root can give root a key, and others where the files
/// stand in places of root's: where none is there, there is no such way.
fn by_key(context: &Context, means: Means) -> Option<Vec<Step>> {
    let Means {
        keys, own_place, ..
    } = means;
    let off = |keyword| matches!(context.get(keyword), "" | "none");
    let files = key_files(context) != "none";
    let (command, authority) = (!off("authorizedkeyscommand"), !off("trustedusercakeys"));
    let forced = context.root && context.get("permitrootlogin") == "forced-commands-only";
    let open = keys.plain + keys.device + keys.pinned + keys.authority;
    let held = !forced && (open > 0 || own_place && !context.root);
    let step = |unseen| {
        let shown = Shown {
            key: true,
            password: keys_ask_for_a_pin(context),
            unseen,
            ..Shown::default()
        };
        (shown, Vec::new())
    };
    let mut ways = Vec::new();
    if files && held {
        ways.push(step(false));
    }
    if (command || authority) && !forced {
        ways.push(step(true)); // what the command hands out, or the issuer asked, is not seen
    }
    (!ways.is_empty()).then_some(ways)
}

/// By a password that sshd compares itself.
fn by_password(empty: Empty) -> Vec<Step> {
    let shown = |password, unseen| Shown {
        password,
        unseen,
        ..Shown::default()
    };
    let mut ways = vec![(shown(true, false), Vec::new())];
    let without = |unseen| (shown(false, unseen), vec!["an empty password".to_owned()]);
    match empty {
        Empty::No => {}
        Empty::Yes => ways.push(without(false)),
        Empty::Unseen => ways.push(without(true)),
    }
    ways
}

fn steps(ways: &[Way]) -> Vec<Step> {
    let ways = ways.iter();
    ways.map(|w| (w.marks.into(), w.trace.clone())).collect()
}

/// The method `password` answers every question of PAM with the one password. A code that has to be
/// typed at a question of its own then never fits.
fn typed_once(pam: &Service) -> Vec<Step> {
    let all = steps(&pam.ways);
    if !pam.asks_apart {
        return all;
    }
    let fits = |(shown, _): &Step| !(shown.password && shown.token);
    all.into_iter().filter(fits).collect()
}

/// Whether every key that is accepted lives in a device that asks for its PIN.
fn keys_ask_for_a_pin(context: &Context) -> bool {
    let options = context.get("pubkeyauthoptions");
    let accepted = context.get("pubkeyacceptedalgorithms");
    let on_device = |a: &str| a.starts_with("sk-") || a.starts_with("webauthn-sk-");
    options.split([',', ' ']).any(|o| o == "verify-required")
        && !accepted.is_empty()
        && accepted.split(',').all(on_device)
}

#[cfg(test)]
mod tests;
