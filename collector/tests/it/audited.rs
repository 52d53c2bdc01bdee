//! Every command that shows data of agencies leaves a line in the audit log.

use capdo_checks::lang::Lang;
use capdo_collector::{
    cli,
    store::{
        Scope, audit,
        authorisation::{self, NewAuthorisation},
        endpoint::{self, EndpointKind, NewEndpoint},
    },
};

use crate::{
    agent::{Agent, blind, checks},
    command::{collector, said},
    site::Site,
};

/// What a command has to do with the log.
enum Audit {
    /// It shows data: with these arguments it leaves this action, once.
    Reads(&'static [&'static str], &'static str),
    /// It does something, which other tests find in the log.
    Acts,
    /// It shows nothing of any agency: why not.
    Shows(&'static str),
}

use Audit::{Acts, Reads, Shows};

const ALL: &str = "read.all";
const ONE: &str = "read.agency";

const PUBLIC: &str = "what was published, and by whom: it names no agency";
const FILE: &str = "a file that somebody has already; there may be no collector here";

/// Every command. Words in capitals stand for ids.
const TABLE: &[(&str, &[Audit])] = &[
    ("agency add", &[Acts]),
    ("agency archive", &[Acts]),
    ("agency list", &[Reads(&[], ALL)]),
    ("agency set", &[Acts]),
    ("agency show", &[Reads(&["AGENCY"], ONE)]),
    ("audit export", &[Reads(&[], "audit.export")]),
    ("audit verify", &[Shows(FILE)]),
    ("authorisation add", &[Acts]),
    (
        "authorisation list",
        &[Reads(&[], ALL), Reads(&["--agency", "AGENCY"], ONE)],
    ),
    ("authorisation revoke", &[Acts]),
    ("authorisation show", &[Reads(&["AUTHORISATION"], ONE)]),
    ("backup create", &[Reads(&["COPY"], "collector.backup")]),
    ("backup restore", &[Acts]),
    ("backup verify", &[Shows(FILE)]),
    ("ban lift", &[Acts]),
    ("ban list", &[Reads(&[], ALL)]),
    ("ca list", &[Reads(&[], ALL)]),
    ("ca promote", &[Acts]),
    ("ca retire", &[Acts]),
    ("ca rotate", &[Acts]),
    ("ca show", &[Reads(&[], ALL)]),
    ("completions", &[Shows("the command line itself")]),
    (
        "config check",
        &[Shows("the configuration, which is a file")],
    ),
    ("endpoint add", &[Acts]),
    ("endpoint archive", &[Acts]),
    (
        "endpoint list",
        &[Reads(&[], ALL), Reads(&["--system", "SYSTEM"], ONE)],
    ),
    ("endpoint show", &[Reads(&["ENDPOINT"], ONE)]),
    ("feed import", &[Acts]),
    ("feed list", &[Shows(PUBLIC)]),
    ("feed show", &[Shows(PUBLIC)]),
    ("host disable", &[Acts]),
    ("host enable", &[Acts]),
    ("host enroll-offline", &[Acts]),
    ("host findings", &[Reads(&["HOST"], ONE)]),
    ("host integrity ack", &[Acts]),
    ("host integrity list", &[Reads(&["HOST"], ONE)]),
    (
        "host list",
        &[Reads(&[], ALL), Reads(&["--system", "SYSTEM"], ONE)],
    ),
    ("host retire", &[Acts]),
    ("host revoke", &[Acts]),
    ("host set", &[Acts]),
    ("host show", &[Reads(&["HOST"], ONE)]),
    ("import", &[Acts]),
    ("init", &[Acts]),
    ("man", &[Shows("the command line itself")]),
    ("package search", &[Reads(&["bash"], ALL)]),
    (
        "probe log",
        &[Reads(&[], ALL), Reads(&["--endpoint", "ENDPOINT"], ONE)],
    ),
    ("probe now", &[Acts]),
    (
        "probe verify",
        &[Shows("whether the chain of the log holds")],
    ),
    ("release add", &[Acts]),
    ("release list", &[Shows(PUBLIC)]),
    ("release remove", &[Acts]),
    ("score", &[Reads(&["SYSTEM"], ONE)]),
    (
        "serve",
        &[Shows("people sign in; pages have their own tests")],
    ),
    ("system add", &[Acts]),
    ("system archive", &[Acts]),
    (
        "system list",
        &[Reads(&[], ALL), Reads(&["--agency", "AGENCY"], ONE)],
    ),
    ("system set", &[Acts]),
    ("system show", &[Reads(&["SYSTEM"], ONE)]),
    ("token add", &[Acts]),
    (
        "token list",
        &[Reads(&[], ALL), Reads(&["--system", "SYSTEM"], ONE)],
    ),
    ("token revoke", &[Acts]),
    ("user add", &[Acts]),
    ("user disable", &[Acts]),
    ("user enable", &[Acts]),
    ("user list", &[Reads(&[], ALL)]),
    ("user password", &[Acts]),
    (
        "verify",
        &[Shows(
            "counts; it may write nothing, for what it reads may be a copy",
        )],
    ),
];

fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name()).trim().to_owned();
        if sub.has_subcommands() {
            leaves(sub, &path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_command_is_forgotten() {
    let mut found = Vec::new();
    leaves(&cli::command(Lang::En), "", &mut found);
    found.sort();
    let told: Vec<_> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        found, told,
        "say in this file what the new command has to do with the log"
    );
}

/// What was noted, but for what was noted before.
async fn noted(site: &Site, known: usize) -> Vec<audit::Entry> {
    let mut db = site.collector.store.read().await.unwrap();
    let mut log = audit::list(&mut db, &Scope::All, None, 1000).await.unwrap();
    log.truncate(log.len() - known);
    log
}

/// An endpoint and an authorisation.
async fn fill(site: &Site) -> (String, String) {
    let mut tx = site.collector.store.write().await.unwrap();
    let new = NewEndpoint {
        system_id: &site.system,
        host_id: None,
        kind: EndpointKind::Https,
        host: "cong.example.vn",
        port: 443,
        sni: "",
    };
    let endpoint = endpoint::add(&mut tx, &new, site.now()).await.unwrap();
    let new = NewAuthorisation {
        agency_id: &site.agency,
        system_id: None,
        number: "12/QĐ-SYT",
        dated: "2026-11-01",
        signed_by: "Giám đốc",
        targets: "cong.example.vn:443",
        valid_from: site.now(),
        valid_until: site.now() + 1000,
        document: b"%PDF",
        recorded_by: "test",
    };
    let permitted = authorisation::add(&mut tx, &new, site.now()).await;
    tx.commit().await.unwrap();
    (endpoint, permitted.unwrap())
}

/// Runs a command; what it left in the log where that is not what it should be.
async fn silent(site: &Site, words: &[String], action: &str) -> Option<String> {
    let known = noted(site, 0).await.len();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = collector(site.dir.path(), &words);
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    let new = noted(site, known).await;
    let whose = (action == ONE).then(|| site.agency.clone());
    let fits = |e: &audit::Entry| {
        e.action == action && e.agency_id == whose && e.actor.starts_with("cli:")
    };
    (!new.iter().any(fits)).then(|| format!("{words:?}: {new:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_read_is_noted() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    let (endpoint, permitted) = fill(&site).await;
    let copy = site.dir.path().join("copy.tar");
    let id = |word: &&'static str| match *word {
        "SYSTEM" => site.system.clone(),
        "AGENCY" => site.agency.clone(),
        "HOST" => agent.host_id.clone(),
        "ENDPOINT" => endpoint.clone(),
        "AUTHORISATION" => permitted.clone(),
        "COPY" => copy.to_str().unwrap().to_owned(),
        other => other.to_owned(),
    };
    let mut wrong = Vec::new();
    for (command, audit) in TABLE
        .iter()
        .flat_map(|(c, all)| all.iter().map(move |a| (c, a)))
    {
        match audit {
            Reads(args, action) => {
                let words = command.split(' ').map(str::to_owned);
                let words: Vec<String> = words.chain(args.iter().map(id)).collect();
                wrong.extend(silent(&site, &words, action).await);
            }
            Shows(why) => assert!(!why.is_empty()),
            Acts => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
