//! What the agent says of backups made by the real tools: healthy, stale, broken, empty, cut, locked.
//!
//! Each scan runs in a mount namespace of its own, so that the jobs that a test stages in `/etc` are
//! the test's alone. Needs root, as the agent does.
#![expect(clippy::disallowed_methods, reason = "starts the real backup tools")]

use std::{
    fs,
    os::unix::fs::{FileExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use capdo_tests::program;
use serde_json::Value;
use tempfile::TempDir;

/// Runs in front of the agent: hides the host's own jobs and puts the test's in their place.
const NAMESPACE: &str = r#"
set -eu
lab=$1; shift
for dir in /etc/cron.d /etc/cron.daily /var/spool/cron /etc/borgmatic /etc/bacula /var/lib/bacula /var/log; do
    if [ -d "$dir" ]; then mount -t tmpfs -o mode=755 none "$dir"; fi
done
if [ -d "$lab/etc" ]; then
    (cd "$lab/etc" && find . -type f) | while read -r file; do
        mkdir -p "/etc/$(dirname "$file")"
        if [ -e "/etc/$file" ] && ! [ "${file#./cron.d}" != "$file" ]; then
            mount --bind "$lab/etc/$file" "/etc/$file"
        else
            cp "$lab/etc/$file" "/etc/$file"
        fi
    done
fi
if [ -d "$lab/bacula" ]; then mount --bind "$lab/bacula" /var/lib/bacula; fi
if [ -e "$lab/rsnapshot.log" ]; then cp "$lab/rsnapshot.log" /var/log/; fi
# Lines of cron count where a cron runs. A real one would start what this machine has besides.
if [ -d "$lab/etc/cron.d" ]; then
    cp -f "$(command -v sleep)" "$lab/cron"
    "$lab/cron" 600 >/dev/null 2>&1 </dev/null &
    cron=$!
    ended=0
    "$@" || ended=$?
    kill "$cron"
    exit "$ended"
fi
exec "$@"
"#;

struct Lab {
    dir: TempDir,
}

/// One finding: subject, verdict, why.
#[derive(Debug, PartialEq, Eq)]
struct Said(String, String, String);

impl Lab {
    fn new() -> Self {
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        // The accounts of databases must get through.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let lab = Self { dir };
        fs::create_dir(lab.at("src")).unwrap();
        for (name, lines) in [("a", 20_000), ("b", 50)] {
            let text: String = (0..lines)
                .map(|n| format!("{n} {}\n", n * 7919 % 1013))
                .collect();
            fs::write(lab.at("src").join(name), text).unwrap();
        }
        lab
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    /// Runs a script in the lab's folder; it must succeed.
    fn sh(&self, script: &str) -> Output {
        let output = self.try_sh(script);
        assert!(output.status.success(), "{script}: {output:?}");
        output
    }

    fn try_sh(&self, script: &str) -> Output {
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.dir.path())
            .env("HOME", self.at("home"))
            .env("RESTIC_PASSWORD", "x")
            .env("BORG_PASSPHRASE", "x")
            .env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap()
    }

    /// A line of cron that the scans see.
    fn cron(&self, command: &str) {
        fs::create_dir_all(self.at("etc/cron.d")).unwrap();
        let line = format!("15 1 * * * root {command}\n");
        fs::write(self.at("etc/cron.d/backup"), line).unwrap();
    }

    fn scan(&self, checks: &[&str]) -> Value {
        let targets = format!("[declared]\nbackup_targets = [{:?}]\n", self.text("store"));
        fs::write(self.at("agent.toml"), targets).unwrap();
        let mut command = Command::new("unshare");
        command
            .args([
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                NAMESPACE,
                "sh",
            ])
            .arg(self.dir.path())
            .arg(program("capdo-agent"))
            .args(["--lang", "en", "--config"])
            .arg(self.at("agent.toml"))
            .args(["scan", "--json"]);
        for check in checks {
            command.args(["--only", check]);
        }
        let output = command.output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// What a check says of the store, or of the host.
    fn said(&self, check: &str) -> Said {
        let report = self.scan(&[check]);
        let findings = report["findings"].as_array().unwrap();
        let of = |f: &&Value| {
            let name = f["subject"]["name"].as_str().unwrap_or_default();
            name.is_empty() || name.starts_with(&self.text("store"))
        };
        let found = findings
            .iter()
            .find(of)
            .unwrap_or_else(|| panic!("{report:#}"));
        let word = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        let subject = found["subject"]["name"].as_str().unwrap_or_default();
        Said(subject.to_owned(), word("verdict"), word("reason_key"))
    }

    #[track_caller]
    fn expect(&self, check: &str, verdict: &str, reason: &str) {
        let Said(subject, got, why) = self.said(check);
        assert_eq!(
            (got.as_str(), why.as_str()),
            (verdict, reason),
            "{check} {subject}"
        );
    }

    /// Flips one bit in the middle of a file.
    fn flip(&self, path: &Path) {
        let file = fs::OpenOptions::new().read(true).write(true).open(path);
        let made_writable = file.or_else(|_| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
            fs::OpenOptions::new().read(true).write(true).open(path)
        });
        let file = made_writable.unwrap();
        let middle = file.metadata().unwrap().len() / 2;
        let mut byte = [0];
        file.read_exact_at(&mut byte, middle).unwrap();
        file.write_all_at(&[byte[0] ^ 4], middle).unwrap();
    }

    fn largest(&self, folder: &str) -> PathBuf {
        let found = self.sh(&format!(
            "find {folder} -type f -printf '%s %p\\n' | sort -n | tail -1"
        ));
        let line = String::from_utf8(found.stdout).unwrap();
        self.at(line.trim().split_once(' ').unwrap().1)
    }

    /// Makes every file look as if it had been written long ago.
    fn make_old(&self, folder: &str) {
        self.sh(&format!(
            "find {folder} -exec touch -h -d '40 days ago' {{}} +"
        ));
    }
}

#[test]
fn restic() {
    let lab = Lab::new();
    lab.sh("restic -q -r store init; restic -q -r store backup src; restic -q -r store backup src");
    lab.cron(&format!("restic -r {} backup /srv", lab.text("store")));
    lab.expect("backup.present", "pass", "pass");
    lab.expect("backup.age", "partial", "partial");
    lab.expect("backup.integrity", "pass", "pass");
    lab.expect("backup.encrypted", "pass", "pass");
    lab.expect("backup.separate-storage", "fail", "fail");
    lab.expect("backup.copies", "fail", "fail");
    lab.expect("backup.immutable", "fail", "fail");
    lab.expect("backup.size-trend", "not_applicable", "not-applicable");
    lab.expect("backup.readable", "not_applicable", "not-applicable");
    // A wrong password stops restic, and not the comparison of checksums.
    assert!(
        !lab.try_sh("RESTIC_PASSWORD=wrong restic -r store snapshots")
            .status
            .success()
    );

    let pack = lab.largest("store/data");
    lab.flip(&pack);
    let check = lab.sh("restic -r store check");
    let text = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(text.contains("no errors were found"), "{text}");
    lab.expect("backup.integrity", "fail", "fail");

    lab.make_old("store");
    lab.expect("backup.age", "fail", "fail");
    // A backup that is ended in the middle leaves its lock behind.
    lab.try_sh(
        "timeout -s KILL 3 restic -q -r store backup --stdin < <(exec sleep 20 2>/dev/null)",
    );
    assert_eq!(fs::read_dir(lab.at("store/locks")).unwrap().count(), 1);
    lab.make_old("store");
    lab.expect("backup.age", "fail", "fail-locked");
}

#[test]
fn borg() {
    let lab = Lab::new();
    lab.sh("borg init -e repokey store; borg create store::a src; borg create store::b src");
    lab.cron(&format!("borg create {}::{{now}} /srv", lab.text("store")));
    lab.expect("backup.integrity", "pass", "pass");
    lab.expect("backup.encrypted", "pass", "pass");
    lab.expect("backup.age", "partial", "partial");
    lab.sh("cp -a store whole");
    lab.flip(&lab.largest("store/data"));
    assert!(
        !lab.try_sh("borg check --repository-only store")
            .status
            .success()
    );
    lab.expect("backup.integrity", "fail", "fail");
    // Half a segment.
    lab.sh("rm -rf store; cp -a whole store");
    let segment = lab.largest("store/data");
    let len = fs::metadata(&segment).unwrap().len();
    lab.sh(&format!("truncate -s {} {}", len / 2, segment.display()));
    lab.expect("backup.integrity", "fail", "fail");

    lab.sh("rm -rf store; borg init -e none store; borg create store::a src; borg config store append_only 1");
    lab.expect("backup.encrypted", "fail", "fail");
    lab.expect("backup.immutable", "partial", "partial-guarded");
    lab.sh("borg config store append_only 0");
    lab.expect("backup.immutable", "fail", "fail");
}

#[test]
fn borgmatic() {
    let lab = Lab::new();
    let config = format!(
        "location:\n    source_directories:\n        - {}\n    repositories:\n        - {}\n",
        lab.text("src"),
        lab.text("store")
    );
    fs::create_dir_all(lab.at("etc/borgmatic")).unwrap();
    fs::write(lab.at("etc/borgmatic/config.yaml"), config).unwrap();
    lab.sh("borg init -e repokey store; borgmatic -c etc/borgmatic/config.yaml create");
    lab.cron("borgmatic create");
    lab.expect("backup.present", "pass", "pass");
    lab.expect("backup.integrity", "pass", "pass");
    lab.expect("backup.age", "partial", "partial");
    lab.expect("backup.unprotected-data", "fail", "fail");
}

#[test]
fn duplicity() {
    let lab = Lab::new();
    lab.sh("duplicity full --no-encryption src file://$PWD/store");
    lab.cron(&format!(
        "duplicity --no-encryption /srv file://{}",
        lab.text("store")
    ));
    lab.expect("backup.age", "pass", "pass");
    lab.expect("backup.integrity", "pass", "pass");
    lab.expect("backup.encrypted", "fail", "fail");
    lab.sh("mv store/*.manifest .");
    lab.expect("backup.age", "unknown", "unknown-no-evidence");
    lab.sh("mv *.manifest store/");
    let found = lab.sh("ls store/*vol1*");
    let volume = String::from_utf8(found.stdout).unwrap();
    lab.flip(&lab.at(volume.trim()));
    lab.expect("backup.integrity", "fail", "fail");
}

#[test]
fn rsnapshot() {
    let lab = Lab::new();
    fs::create_dir(lab.at("store")).unwrap();
    let config = format!(
        "config_version\t1.2\nsnapshot_root\t{0}/store/\ncmd_rsync\t/usr/bin/rsync\nretain\tdaily\t3\n\
         logfile\t{0}/rsnapshot.log\nlockfile\t{0}/lock\nverbose\t2\nloglevel\t3\nbackup\t{0}/src/\tlocalhost/\n",
        lab.dir.path().display()
    );
    fs::write(lab.at("rsnapshot.conf"), &config).unwrap();
    fs::create_dir(lab.at("etc")).unwrap();
    fs::write(lab.at("etc/rsnapshot.conf"), &config).unwrap();
    lab.sh("rsnapshot -c rsnapshot.conf daily; rsnapshot -c rsnapshot.conf daily");
    lab.cron("rsnapshot daily");
    lab.expect("backup.age", "pass", "pass");
    lab.sh("sed -i 's/completed successfully/completed, but with some warnings/' rsnapshot.log");
    lab.expect("backup.age", "partial", "partial");
}

/// A cluster of PostgreSQL for one test.
const CLUSTER: &str = r#"
PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -1)"
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
mkdir -p pg && chown postgres pg
as initdb -D pg/data -A trust -U postgres >/dev/null
printf "listen_addresses=''\nunix_socket_directories='$PWD/pg'\nport=55999\narchive_mode=on\narchive_command='pgbackrest --config=$PWD/pgbackrest.conf --stanza=main archive-push %%p'\n" >> pg/data/postgresql.conf
mkdir -p store && chown postgres store && chmod 700 store
printf "[global]\nrepo1-path=$PWD/store\nlog-level-file=off\nspool-path=$PWD/pg\nlock-path=$PWD/pg/lock\nstart-fast=y\n[main]\npg1-path=$PWD/pg/data\npg1-port=55999\npg1-socket-path=$PWD/pg\npg1-user=postgres\n" > pgbackrest.conf
as pg_ctl -D pg/data -l pg/log -w start >/dev/null
trap 'as pg_ctl -D pg/data -m fast -w stop >/dev/null' EXIT
as psql -h $PWD/pg -p 55999 -U postgres -qc "create table t as select n, 'xin chào ' || n as a from generate_series(1, 20000) n"
"#;

#[test]
fn pg_dump() {
    let lab = Lab::new();
    let dumps = "
        D=\"-h $PWD/pg -p 55999 -U postgres\"
        as pg_dump $D -Fc -f pg/whole.dump postgres
        as pg_dump $D -Ft -f pg/whole.tar postgres
        as pg_dump $D -f pg/whole.sql postgres
        as pg_dumpall $D | gzip > whole.sql.gz
        as pg_dump -h $PWD/pg -p 1 -U postgres postgres 2>&1 | gzip > error.sql.gz || true
        as psql $D -qc 'create database e'
        as pg_dump $D -f pg/none.sql e
        as psql $D -qc \"create table n as select n, E'pg_dump: error: x\\npg_dump: error: it''s ' || n as a from generate_series(1, 500) n\"
        as pg_dump $D postgres > rows.sql
        as pg_dump $D --inserts postgres > quoted.sql
        as psql $D -qc 'create table c (id int primary key, p int references c)'
        as pg_dump $D -a postgres > warned.sql 2>&1
        as psql $D -qc 'drop table c'
        grep -q '^pg_dump: warning' warned.sql
        mv pg/whole.* pg/none.sql .
    ";
    lab.sh(&format!("{CLUSTER}{dumps}"));
    lab.sh("rm -rf store; mkdir -m 700 store");
    lab.cron(&format!("pg_dumpall -f {}/x.sql", lab.text("store")));
    let put = |script: &str| {
        lab.sh(&format!(
            "rm -f store/*; {script}; touch -d '5 hours ago' store/*; chmod 600 store/*"
        ));
    };
    for whole in ["whole.dump", "whole.tar", "whole.sql", "whole.sql.gz"] {
        put(&format!("cp {whole} store/"));
        lab.expect("backup.readable", "pass", "pass");
        put(&format!(
            "head -c $(($(stat -c %s {whole}) / 2)) {whole} > store/{whole}"
        ));
        lab.expect("backup.readable", "fail", "fail");
    }
    for whole in ["rows.sql", "quoted.sql"] {
        put(&format!("cp {whole} store/"));
        lab.expect("backup.readable", "pass", "pass");
        put(&format!(
            "sed 's/^CREATE TABLE public.t /pg_dump: error: x\\n&/' {whole} | gzip > store/x.sql.gz"
        ));
        lab.expect("backup.readable", "fail", "fail");
    }
    put("cp warned.sql store/");
    lab.expect("backup.readable", "fail", "fail");
    // What the usual tools are content with.
    put(
        "head -c $(($(stat -c %s whole.dump) / 2)) whole.dump > store/x.dump; pg_restore -l store/x.dump >/dev/null",
    );
    lab.expect("backup.readable", "fail", "fail");
    put("cp error.sql.gz store/; gzip -t store/error.sql.gz");
    lab.expect("backup.readable", "fail", "fail");
    put("gzip -c /dev/null > store/x.sql.gz; gzip -t store/x.sql.gz");
    lab.expect("backup.readable", "fail", "fail");
    put("cp none.sql store/");
    lab.expect("backup.readable", "fail", "fail");
    put("cp whole.dump store/");
    lab.expect("backup.age", "pass", "pass"); // the dump says itself when it was begun
    lab.flip(&lab.at("store/whole.dump"));
    lab.sh("touch -d '5 hours ago' store/*");
    lab.expect("backup.readable", "fail", "fail");
    lab.expect("backup.age", "partial", "partial");
    for (pack, name) in [
        ("zstd -q", "zst"),
        ("xz", "xz"),
        ("bzip2", "bz2"),
        ("lz4 -q", "lz4"),
    ] {
        put(&format!("{pack} -c < whole.sql > store/x.sql.{name}"));
        lab.expect("backup.readable", "pass", "pass");
        lab.flip(&lab.at(&format!("store/x.sql.{name}")));
        lab.sh("touch -d '5 hours ago' store/*");
        lab.expect("backup.readable", "fail", "fail");
    }
    put(
        "for d in 1 2 3 4 5; do cp whole.sql store/x-2026-11-0$d.sql; done; head -c 9000 whole.sql > store/x-2026-11-06.sql",
    );
    lab.sh(
        "for d in 1 2 3 4 5 6; do touch -d \"$((12 - d)) hours ago\" store/x-2026-11-0$d.sql; done",
    );
    lab.expect("backup.size-trend", "fail", "fail");
}

#[test]
fn pgbackrest() {
    let lab = Lab::new();
    let backup = "
        as pgbackrest --config=$PWD/pgbackrest.conf --stanza=main stanza-create
        as pgbackrest --config=$PWD/pgbackrest.conf --stanza=main backup
    ";
    lab.sh(&format!("{CLUSTER}{backup}"));
    lab.cron("pgbackrest --stanza=main backup");
    lab.expect("backup.age", "pass", "pass");
    lab.expect("backup.integrity", "pass", "pass");
    lab.expect("backup.encrypted", "fail", "fail");
    lab.sh("mkdir wal; mv store/archive/main/*/0000000100000000/* wal/");
    lab.expect("backup.integrity", "fail", "fail");
    lab.sh("mv wal/* store/archive/main/*/0000000100000000/");
    lab.expect("backup.integrity", "pass", "pass");
    lab.flip(&lab.largest("store/backup/main/*F/pg_data/base"));
    lab.expect("backup.integrity", "fail", "fail");
}

#[test]
fn mariadb_dump() {
    let lab = Lab::new();
    lab.sh("mkdir -m 700 store; mkdir db; chown mysql db
        mariadb-install-db --no-defaults --tmpdir=$PWD/db --user=mysql --datadir=$PWD/db --skip-test-db --auth-root-authentication-method=normal >/dev/null
        mariadbd --no-defaults --tmpdir=$PWD/db --user=mysql --datadir=$PWD/db --socket=$PWD/db/sock --skip-networking --pid-file=$PWD/db/pid >/dev/null 2>&1 &
        for n in $(seq 100); do mariadb-admin --no-defaults -S db/sock ping >/dev/null 2>&1 && break; sleep 0.2; done
        mariadb --no-defaults -S db/sock -e \"create database s; create table s.t as select seq, concat('xin chào ', seq) a from mysql.help_topic h, (select 1 seq) x limit 400\"
        mariadb-dump --no-defaults -S db/sock s > whole.sql
        mariadb-dump --no-defaults -S db/sock --skip-comments s > bare.sql
        mariadb --no-defaults -N -S db/sock -e \"create table s.n as select concat('mariadb-dump: Error, it''s line ', t.seq, x.a, '\\n') a from s.t, s.t x limit 2000; create table s.o (a int); create view s.v as select a from s.o; create view s.z as select a from s.t\"
        mariadb-dump --no-defaults -S db/sock s > quoted.sql
        mariadb --no-defaults -S db/sock -e 'drop table s.o'
        mariadb-dump --no-defaults -S db/sock --force s > forced.sql 2>&1 || true
        grep -q '^-- Dump completed' forced.sql
        (echo 'mysqldump: [Warning] Using a password on the command line interface can be insecure.'; cat whole.sql) > warned.sql
        mariadb --no-defaults -S db/sock s < quoted.sql
        ! mariadb --no-defaults -S db/sock s < warned.sql 2>/dev/null
        mariadb-dump --no-defaults -S db/sock no_such_database > failed.sql 2>error.txt || true
        mariadb-admin --no-defaults -S db/sock shutdown; wait");
    lab.cron(&format!(
        "mariadb-dump --all-databases -r {}/x.sql",
        lab.text("store")
    ));
    let put = |script: &str| {
        lab.sh(&format!(
            "rm -f store/*; {script}; touch -d '5 hours ago' store/*; chmod 600 store/*"
        ));
    };
    put("cp whole.sql store/x.sql");
    lab.expect("backup.readable", "pass", "pass");
    lab.expect("backup.age", "pass", "pass");
    put("cp bare.sql store/x.sql");
    lab.expect("backup.readable", "pass", "pass");
    put("cp quoted.sql store/x.sql");
    lab.expect("backup.readable", "pass", "pass");
    for broken in [
        "cp failed.sql store/x.sql",
        "cp forced.sql store/x.sql",
        "sed 1d forced.sql > store/x.sql; grep -q 'mariadb-dump: Couldn' store/x.sql",
        "zstd -q -c < forced.sql > store/x.sql.zst",
        "gzip -c < warned.sql > store/x.sql.gz",
        "gzip -c < failed.sql > store/x.sql.gz",
        "cp error.txt store/x.sql",
        "head -c 2000 whole.sql > store/x.sql",
        ": > store/x.sql",
    ] {
        put(broken);
        lab.expect("backup.readable", "fail", "fail");
    }
}

#[test]
fn mariadb_tab() {
    let lab = Lab::new();
    lab.sh("mkdir -m 700 store; mkdir db tab; chown mysql db tab
        mariadb-install-db --no-defaults --tmpdir=$PWD/db --user=mysql --datadir=$PWD/db --skip-test-db --auth-root-authentication-method=normal >/dev/null
        mariadbd --no-defaults --tmpdir=$PWD/db --user=mysql --datadir=$PWD/db --socket=$PWD/db/sock --skip-networking --pid-file=$PWD/db/pid >/dev/null 2>&1 &
        for n in $(seq 100); do mariadb-admin --no-defaults -S db/sock ping >/dev/null 2>&1 && break; sleep 0.2; done
        mariadb --no-defaults -S db/sock -e 'create database s; use s; create table a (b int); insert into a values (1); create table e (b int); create view v as select * from a'
        mariadb-dump --no-defaults -S db/sock --tab=$PWD/tab s
        mariadb-admin --no-defaults -S db/sock shutdown; wait
        cp tab/* store; touch -d '5 hours ago' store/*; chmod 600 store/*");
    lab.cron(&format!("mariadb-dump --tab={} s", lab.text("store")));
    lab.expect("backup.readable", "partial", "partial");
    lab.expect("backup.age", "partial", "partial");
    lab.sh("rm store/e.txt");
    lab.expect("backup.readable", "fail", "fail");
}

#[test]
fn tar_and_places() {
    let lab = Lab::new();
    lab.sh("mkdir -m 700 store; tar -czf store/src-1.tar.gz src; touch -d '5 hours ago' store/*");
    lab.cron(&format!(
        "tar -czf {}/src-$(date +\\%F).tar.gz /etc",
        lab.text("store")
    ));
    lab.expect("backup.readable", "pass", "pass");
    lab.expect("backup.separate-storage", "fail", "fail");
    lab.sh("tar -cf w.tar src; rm store/*; head -c 100000 w.tar > store/src.tar; touch -d '5 hours ago' store/*");
    lab.sh("tar -tf store/src.tar >/dev/null 2>&1 || true");
    lab.expect("backup.readable", "fail", "fail");
    // The target is a mount point, and nothing is mounted: no empty folder, and nothing is known.
    lab.sh("rm store/*; mkdir -p etc");
    fs::write(
        lab.at("etc/fstab"),
        format!("/dev/sdz1 {} ext4 defaults 0 2\n", lab.text("store")),
    )
    .unwrap();
    lab.expect("backup.age", "unknown", "unknown");
    lab.expect("backup.separate-storage", "unknown", "unknown-unmounted");
    fs::write(lab.at("etc/fstab"), "").unwrap();
    lab.expect("backup.age", "fail", "fail-empty");
}

#[test]
fn pg_dump_into_a_folder() {
    let lab = Lab::new();
    let dump = "
        as pg_dump -h $PWD/pg -p 55999 -U postgres -Fd -f pg/folder postgres
        mv pg/folder .
    ";
    lab.sh(&format!("{CLUSTER}{dump}"));
    lab.cron(&format!("pg_dump -Fd -f {}/x postgres", lab.text("store")));
    let put = |script: &str| {
        lab.sh(&format!(
            "rm -rf store; mkdir -m 700 store; cp -r folder store/x; {script}; find store -type f -exec touch -d '5 hours ago' {{}} +"
        ));
    };
    put("true");
    lab.expect("backup.readable", "pass", "pass");
    lab.expect("backup.age", "pass", "pass");
    put("rm store/x/*.dat.gz");
    lab.expect("backup.readable", "fail", "fail");
    put("truncate -s 300 store/x/*.dat.gz; pg_restore -l store/x >/dev/null");
    lab.expect("backup.readable", "fail", "fail");
    put("rm store/x/toc.dat; find store -type f -exec touch -d '3 days ago' {} +");
    lab.sh("find store -type f -exec touch -d '3 days ago' {} +");
    lab.expect("backup.integrity", "fail", "fail");
}

#[test]
fn pg_basebackup() {
    let lab = Lab::new();
    let copies = "
        D=\"-h $PWD/pg -p 55999 -U postgres\"
        as pg_basebackup $D -X fetch -D pg/plain
        as pg_basebackup $D -Ft -z -D pg/tar --manifest-checksums=SHA256
        mv pg/plain pg/tar .
    ";
    let cluster = CLUSTER.replace("archive_mode=on", "archive_mode=off");
    lab.sh(&format!("{cluster}{copies}"));
    lab.cron(&format!("pg_basebackup -D {}/x", lab.text("store")));
    for kind in ["plain", "tar"] {
        let put = || {
            lab.sh(&format!(
                "rm -rf store; mkdir -m 700 store; cp -r {kind} store/x"
            ))
        };
        put();
        lab.expect("backup.integrity", "pass", "pass");
        lab.expect("backup.age", "pass", "pass");
        let victim = match kind {
            "tar" => lab.at("store/x/base.tar.gz"),
            _ => lab.largest("store/x/base"),
        };
        lab.flip(&victim);
        lab.expect("backup.integrity", "fail", "fail");
        put();
        lab.sh("sed -i 's/\"Size\": 3,/\"Size\": 4,/' store/x/backup_manifest");
        lab.expect("backup.integrity", "fail", "fail");
    }
    lab.sh("rm -rf store; mkdir -m 700 store; cp -r plain store/x; rm store/x/PG_VERSION");
    let verified =
        lab.try_sh("$(ls -d /usr/lib/postgresql/*/bin | tail -1)/pg_verifybackup -n store/x");
    assert!(!verified.status.success());
    lab.expect("backup.integrity", "fail", "fail");
}

#[test]
fn mariabackup() {
    let lab = Lab::new();
    lab.sh("mkdir -m 700 store; mkdir db; chown mysql db
        mariadb-install-db --no-defaults --tmpdir=$PWD/db --user=mysql --datadir=$PWD/db --skip-test-db --auth-root-authentication-method=normal >/dev/null
        mariadbd --no-defaults --tmpdir=$PWD/db --user=mysql --datadir=$PWD/db --socket=$PWD/db/sock --skip-networking --pid-file=$PWD/db/pid >/dev/null 2>&1 &
        for n in $(seq 100); do mariadb-admin --no-defaults -S db/sock ping >/dev/null 2>&1 && break; sleep 0.2; done
        mariadb-backup --no-defaults --backup --user=root --socket=$PWD/db/sock --datadir=$PWD/db --target-dir=$PWD/store/x >/dev/null 2>log
        mariadb-admin --no-defaults -S db/sock shutdown; wait");
    lab.cron(&format!(
        "mariadb-backup --backup --target-dir={}/x",
        lab.text("store")
    ));
    lab.expect("backup.age", "pass", "pass");
    lab.expect("backup.encrypted", "fail", "fail");
    // Killed before its end, the tool leaves its data and no record.
    lab.sh("rm -f store/x/mariadb_backup_info store/x/xtrabackup_info");
    lab.expect("backup.integrity", "fail", "fail");
}

#[test]
fn barman() {
    let lab = Lab::new();
    let backup = "
        H=$PWD/pg; as() { HOME=$H setpriv --reuid=postgres --regid=postgres --init-groups \"$@\"; }
        chmod 755 store
        printf \"[barman]\\nbarman_user = postgres\\nbarman_home = $PWD/store\\nlog_file = $PWD/pg/barman.log\\nconfiguration_files_directory = $PWD/none\\n[main]\\ndescription = x\\nconninfo = host=$PWD/pg port=55999 user=postgres dbname=postgres\\nstreaming_conninfo = host=$PWD/pg port=55999 user=postgres\\nbackup_method = postgres\\narchiver = on\\nretention_policy = RECOVERY WINDOW OF 7 DAYS\\n\" > barman.conf
        as barman -c barman.conf check main >/dev/null || true
        as psql -h $PWD/pg -p 55999 -U postgres -qc 'select pg_switch_wal()' >/dev/null
        sleep 2
        as barman -c barman.conf archive-wal main >/dev/null || true
        as barman -c barman.conf backup main
        mkdir -p etc; cp barman.conf etc/
    ";
    let cluster = CLUSTER.replace(
        "pgbackrest --config=$PWD/pgbackrest.conf --stanza=main archive-push %%p",
        "cp %%p $PWD/store/main/incoming/%%f",
    );
    lab.sh(&format!("{cluster}{backup}"));
    lab.cron("barman backup main");
    lab.expect("backup.age", "pass", "pass");
    lab.expect("backup.retention", "fail", "fail-rule");
    lab.sh("sed -i s/status=DONE/status=FAILED/ store/main/base/*/backup.info");
    lab.expect("backup.integrity", "fail", "fail");
}

/// A director, a storage daemon and a client of Bacula on loopback, and one backup.
const BACULA: &str = r#"
L=$PWD; mkdir -p bacula sd dir run etc/bacula
D='Director {
 Name = d
 Password = p
'
M='Messages {
 Name = M
'
printf '%s}
FileDaemon {
 Name = f
 FDport = 39102
 FDAddress = 127.0.0.1
 WorkingDirectory = %s/bacula
 Pid Directory = %s/run
}
%s director = d = all
}
' "$D" "$L" "$L" "$M" > fd.conf
printf '%s}
Storage {
 Name = s
 SDPort = 39103
 SDAddress = 127.0.0.1
 WorkingDirectory = %s/sd
 Pid Directory = %s/run
}
Device {
 Name = F
 Media Type = File
 Archive Device = %s/sd
 LabelMedia = yes
 Random Access = yes
 AutomaticMount = yes
 RemovableMedia = no
 AlwaysOpen = no
}
%s director = d = all
}
' "$D" "$L" "$L" "$L" "$M" > sd.conf
printf '%s DIRport = 39101
 DirAddress = 127.0.0.1
 QueryFile = /etc/bacula/scripts/query.sql
 WorkingDirectory = %s/dir
 PidDirectory = %s/run
 Messages = M
}
Job {
 Name = Good
 Type = Backup
 Level = Full
 Client = f
 FileSet = S
 Storage = F
 Pool = P
 Messages = M
}
FileSet {
 Name = S
 Include {
 File = %s/src
 }
}
Client {
 Name = f
 Address = 127.0.0.1
 FDPort = 39102
 Catalog = C
 Password = p
}
Storage {
 Name = F
 Address = 127.0.0.1
 SDPort = 39103
 Password = p
 Device = F
 Media Type = File
}
Catalog {
 Name = C
 dbname = bacula
 DB Driver = sqlite3
 dbuser = x
 dbpassword = x
}
%s append = %s/log = all
}
Pool {
 Name = P
 Pool Type = Backup
 Label Format = V
}
' "$D" "$L" "$L" "$L" "$M" "$L" > dir.conf
printf '%s DIRport = 39101
 address = 127.0.0.1
}
' "$D" > console.conf
cp fd.conf etc/bacula/bacula-fd.conf
sed -n '/<<END-OF-DATA/,/^END-OF-DATA/p' /usr/share/bacula-director/make_sqlite3_tables | sed '1d;$d' | sqlite3 dir/bacula.db
bacula-sd -c $L/sd.conf -f & S=$!
bacula-fd -c $L/fd.conf -f & F=$!
bacula-dir -c $L/dir.conf -f & B=$!
trap 'kill $B $F $S 2>/dev/null; wait || true' EXIT
for n in $(seq 60); do echo quit | bconsole -c $L/console.conf >/dev/null 2>&1 && break; sleep 0.5; done
printf 'run job=Good yes
wait
quit
' | timeout 90 bconsole -c $L/console.conf
"#;

#[test]
fn bacula() {
    let lab = Lab::new();
    lab.sh(BACULA);
    let of_client = |verdict: &str| {
        let report = lab.scan(&["backup.age"]);
        let findings = report["findings"].as_array().unwrap();
        let own = |f: &&Value| f["subject"]["name"] == "bacula-fd.service";
        findings.iter().find(own).map_or_else(
            || panic!("{report:#}"),
            |f| assert_eq!(f["verdict"], verdict),
        );
    };
    of_client("pass");
    // The last of its records says that the job failed.
    let state = lab.at("bacula/bacula-fd.39102.state");
    let mut bytes = fs::read(&state).unwrap();
    assert_eq!(bytes[0xc4 + 24], b'T');
    bytes[0xc4 + 64..0xc4 + 72].copy_from_slice(&1_700_000_000_u64.to_le_bytes());
    fs::write(&state, bytes).unwrap();
    of_client("unknown");
}

#[test]
fn a_restore_is_attested_and_counts() {
    let lab = Lab::new();
    lab.sh("cp -a src restored");
    let state = lab.at("state");
    let config = format!("state_dir = {:?}\n", state);
    fs::write(lab.at("attest.toml"), config).unwrap();
    let run = |more: &[&str]| {
        Command::new(program("capdo-agent"))
            .args(["--lang", "en", "--config"])
            .arg(lab.at("attest.toml"))
            .arg("backup")
            .args(more)
            .output()
            .unwrap()
    };
    let (src, restored) = (lab.text("src"), lab.text("restored"));
    let attest = [
        "attest-restore",
        "--target",
        "restic",
        "--result",
        "ok",
        "--by",
        "An",
        "--compare",
    ];
    let done = run(&[&attest[..], &[&src, &restored]].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    fs::write(lab.at("restored/b"), "other").unwrap();
    let refused = run(&[&attest[..], &[&src, &restored]].concat());
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let listed = String::from_utf8(run(&["list"]).stdout).unwrap();
    assert!(
        listed.contains("restic, restored, compared with the original, by An"),
        "{listed}"
    );
    let record = state.join("restore-tests.jsonl");
    assert_eq!(
        fs::metadata(&record).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // The check reads the record from an image of the host.
    let there = lab.at("image/var/lib/capdo-agent");
    fs::create_dir_all(&there).unwrap();
    fs::copy(&record, there.join("restore-tests.jsonl")).unwrap();
    let output = Command::new(program("capdo-agent"))
        .args([
            "--lang",
            "en",
            "scan",
            "--json",
            "--only",
            "backup.restore-test",
            "--root",
        ])
        .arg(lab.at("image"))
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["verdict"], "pass", "{report:#}");
}
