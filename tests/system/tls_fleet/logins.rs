//! Whether services take a login before TLS, on real ones with the setting and without it.

use std::path::Path;

use capdo_checks::probes::tls::survey::{Answered, StartTls};

use super::{
    ask,
    servers::Server,
    starttls::{mariadb, postgres, prepare, slapd, vsftpd},
};

type Start = fn(&Path) -> (Server, StartTls);

/// What is started, and whether it takes a login in the clear.
const STORIES: &[(&str, Start, Answered)] = &[
    ("vsftpd as it comes", |dir| vsftpd(dir, ""), Answered::No),
    (
        "vsftpd that does not insist",
        |dir| vsftpd(dir, "force_local_logins_ssl=NO"),
        Answered::Yes,
    ),
    (
        "vsftpd that knows only names on its list: its refusal is not about TLS",
        |dir| {
            let list = dir.join("users").display().to_string();
            std::fs::write(&list, "an\n").unwrap();
            let more = "force_local_logins_ssl=NO\nuserlist_enable=YES\nuserlist_deny=NO";
            vsftpd(dir, &format!("{more}\nuserlist_file={list}"))
        },
        Answered::Unclear,
    ),
    ("slapd as it comes", |dir| slapd(dir, "", ""), Answered::Yes),
    (
        "slapd that insists",
        |dir| slapd(dir, "security ssf=128", ""),
        Answered::No,
    ),
    (
        "slapd that insists at logins",
        |dir| slapd(dir, "security simple_bind=128", ""),
        Answered::No,
    ),
    (
        "slapd that insists in its one tree",
        |dir| slapd(dir, "", "security ssf=128"),
        Answered::Unclear,
    ),
    (
        "slapd that insists in one tree of two",
        |dir| {
            std::fs::create_dir_all(dir.join("ldap2")).unwrap();
            let second = format!(
                "security ssf=128\ndatabase mdb\nsuffix \"dc=hai\"\ndirectory {}/ldap2",
                dir.display()
            );
            slapd(dir, "", &second)
        },
        Answered::Yes,
    ),
    (
        "mariadb as it comes",
        |dir| mariadb(dir, &[]),
        Answered::NotAsked,
    ),
    (
        "mariadb that insists, and says so only to whoever it knows",
        |dir| mariadb(dir, &["--require-secure-transport=ON"]),
        Answered::NotAsked,
    ),
    (
        "mariadb that lets in whoever comes",
        |dir| mariadb(dir, &["--skip-grant-tables"]),
        Answered::Yes,
    ),
    (
        "postgres that asks for a password",
        |dir| postgres(dir, "host all all 127.0.0.1/32 scram-sha-256\n"),
        Answered::Yes,
    ),
    (
        "postgres that trusts everybody: there is no such role",
        |dir| postgres(dir, "host all all 127.0.0.1/32 trust\n"),
        Answered::Yes,
    ),
    (
        "postgres that insists",
        |dir| postgres(dir, "hostssl all all all scram-sha-256\n"),
        Answered::No,
    ),
    (
        "postgres that rejects what is not encrypted",
        |dir| {
            postgres(
                dir,
                "hostnossl all all all reject\nhost all all all scram-sha-256\n",
            )
        },
        Answered::No,
    ),
];

#[test]
fn logins_before_tls_are_told_from_their_refusal() {
    let mut wrong = Vec::new();
    for (story, start, want) in STORIES {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path());
        let (server, how) = start(dir.path());
        let survey = ask(&server, Some(how));
        if !survey.tls || survey.opportunistic != *want {
            wrong.push(format!(
                "{story}: tls {}, {:?}, not {want:?}",
                survey.tls, survey.opportunistic
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
