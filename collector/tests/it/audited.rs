//! Every command that shows data of agencies leaves a line in the audit log.

use std::collections::BTreeMap;

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

/// Every command. Words in capitals stand for ids.
fn table() -> BTreeMap<&'static str, Vec<Audit>> {
    let public = "what was published, and by whom: it names no agency";
    let file = "a file that somebody has already; there may be no collector here";
    BTreeMap::from([
        ("agency add", vec![Acts]),
        ("agency archive", vec![Acts]),
        ("agency list", vec![Reads(&[], ALL)]),
        ("agency set", vec![Acts]),
        ("agency show", vec![Reads(&["AGENCY"], ONE)]),
        ("audit export", vec![Reads(&[], "audit.export")]),
        ("audit verify", vec![Shows(file)]),
        ("authorisation add", vec![Acts]),
        (
            "authorisation list",
            vec![Reads(&[], ALL), Reads(&["--agency", "AGENCY"], ONE)],
        ),
        ("authorisation revoke", vec![Acts]),
        ("authorisation show", vec![Reads(&["AUTHORISATION"], ONE)]),
        ("backup create", vec![Reads(&["COPY"], "collector.backup")]),
        ("backup restore", vec![Acts]),
        ("backup verify", vec![Shows(file)]),
        ("ban lift", vec![Acts]),
        ("ban list", vec![Reads(&[], ALL)]),
        ("ca list", vec![Reads(&[], ALL)]),
        ("ca promote", vec![Acts]),
        ("ca retire", vec![Acts]),
        ("ca rotate", vec![Acts]),
        ("ca show", vec![Reads(&[], ALL)]),
        ("completions", vec![Shows("the command line itself")]),
        (
            "config check",
            vec![Shows("the configuration, which is a file")],
        ),
        ("endpoint add", vec![Acts]),
        ("endpoint archive", vec![Acts]),
        (
            "endpoint list",
            vec![Reads(&[], ALL), Reads(&["--system", "SYSTEM"], ONE)],
        ),
        ("endpoint show", vec![Reads(&["ENDPOINT"], ONE)]),
        ("feed import", vec![Acts]),
        ("feed list", vec![Shows(public)]),
        ("feed show", vec![Shows(public)]),
        ("host disable", vec![Acts]),
        ("host enable", vec![Acts]),
        ("host enroll-offline", vec![Acts]),
        ("host findings", vec![Reads(&["HOST"], ONE)]),
        ("host integrity ack", vec![Acts]),
        ("host integrity list", vec![Reads(&["HOST"], ONE)]),
        (
            "host list",
            vec![Reads(&[], ALL), Reads(&["--system", "SYSTEM"], ONE)],
        ),
        ("host retire", vec![Acts]),
        ("host revoke", vec![Acts]),
        ("host set", vec![Acts]),
        ("host show", vec![Reads(&["HOST"], ONE)]),
        ("import", vec![Acts]),
        ("init", vec![Acts]),
        ("man", vec![Shows("the command line itself")]),
        ("package search", vec![Reads(&["bash"], ALL)]),
        (
            "probe log",
            vec![Reads(&[], ALL), Reads(&["--endpoint", "ENDPOINT"], ONE)],
        ),
        ("probe now", vec![Acts]),
        (
            "probe verify",
            vec![Shows("whether the chain of the log holds")],
        ),
        ("release add", vec![Acts]),
        ("release list", vec![Shows(public)]),
        ("release remove", vec![Acts]),
        ("score", vec![Reads(&["SYSTEM"], ONE)]),
        (
            "serve",
            vec![Shows("people sign in; pages have their own tests")],
        ),
        ("system add", vec![Acts]),
        ("system archive", vec![Acts]),
        (
            "system list",
            vec![Reads(&[], ALL), Reads(&["--agency", "AGENCY"], ONE)],
        ),
        ("system set", vec![Acts]),
        ("system show", vec![Reads(&["SYSTEM"], ONE)]),
        ("token add", vec![Acts]),
        (
            "token list",
            vec![Reads(&[], ALL), Reads(&["--system", "SYSTEM"], ONE)],
        ),
        ("token revoke", vec![Acts]),
        ("user add", vec![Acts]),
        ("user disable", vec![Acts]),
        ("user enable", vec![Acts]),
        ("user list", vec![Reads(&[], ALL)]),
        ("user password", vec![Acts]),
        (
            "verify",
            vec![Shows(
                "counts; it may write nothing, for what it reads may be a copy",
            )],
        ),
    ])
}

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
    let told: Vec<_> = table().into_keys().map(str::to_owned).collect();
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

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_read_is_noted() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
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
    let permitted = authorisation::add(&mut tx, &new, site.now()).await.unwrap();
    tx.commit().await.unwrap();
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
    let mut silent = Vec::new();
    for (command, audits) in table() {
        for audit in audits {
            match audit {
                Reads(args, action) => {
                    let known = noted(&site, 0).await.len();
                    let words = command.split(' ').map(str::to_owned);
                    let words: Vec<String> = words.chain(args.iter().map(id)).collect();
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    let output = collector(site.dir.path(), &words);
                    assert!(output.status.success(), "{words:?}: {}", said(&output));
                    let new = noted(&site, known).await;
                    let whose = (action == ONE).then(|| site.agency.clone());
                    let fits = |e: &audit::Entry| {
                        e.action == action && e.agency_id == whose && e.actor.starts_with("cli:")
                    };
                    if !new.iter().any(fits) {
                        silent.push(format!("{command} {args:?}: {new:?}"));
                    }
                }
                Shows(why) => assert!(!why.is_empty()),
                Acts => {}
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}
