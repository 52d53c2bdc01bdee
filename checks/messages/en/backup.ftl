# Texts of the family backup.

backup-present = A backup job exists
    .why = Without a copy, one broken disk or one ransom attack means that the data is gone.
    .fix = Install a backup tool and schedule it, for instance: apt-get install restic; restic -r sftp:BACKUP_HOST:/store init; then a timer that runs restic backup daily. Where another tool is used, declare its target as backup_targets in the agent's configuration.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = There are backup jobs: { $jobs }.
    .partial-store = There are copies in { $stores }, but no job on this host is seen to make them.
    .fail = No backup job was found, and no target is declared.
    .fail-idle = Backups are configured, but nothing starts them: { $jobs }.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).

backup-automatic = Backups start by themselves
    .why = A backup made by hand is forgotten exactly when it is needed.
    .fix = Enable the tool's timer (systemctl enable --now NAME.timer), or add a line to /etc/cron.d/.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = Backups start by themselves: { $jobs }.
    .fail = Backups are configured, but no schedule is switched on.
    .fail-none = There is no backup job.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).

backup-age = The newest copy is recent
    .why = Restoring an old copy loses every change since. Backup jobs often break without a word.
    .fix = Run the backup by hand to see the error (systemctl start NAME.service; journalctl -u NAME.service), mend the cause, and look again after a day.
    .confirm = restic snapshots --latest 1; borg list --last 1 STORE; pgbackrest info; ls -lt BACKUP_FOLDER | head
    .pass = The tool recorded a successful backup on { $date }.
    .partial = The newest file in the store is dated { $date }, but the tool itself recorded no success.
    .fail = The newest copy is of { $date }, more than { $limit } days ago.
    .fail-empty = The store holds no copy: { $stores }.
    .fail-none = There is no backup job, and so no copy.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).
    .unknown-future = Not assessed: a copy is dated in the future by this host's clock.
    .unknown-no-evidence = Not assessed: there is a backup job, but nothing on this host shows when it last succeeded.

backup-separate-storage = Copies stand on separate infrastructure
    .why = A copy on the same disk or machine is lost together with the original when the disk breaks, the room burns or the machine is taken over.
    .fix = Send copies to another machine: a backup server over sftp or rest, a storage device on the network, or an object store with a lock against deletion.
    .confirm = findmnt -T BACKUP_FOLDER; lsblk -s
    .pass = Copies are sent to another machine: { $targets }.
    .partial = Copies stand on another disk of the same machine: { $targets }.
    .fail = Copies stand on the same disk as the data: { $targets }.
    .fail-none = There is no backup job.
    .unknown = Not assessed: it cannot be told on which disk the store lies.
    .unknown-declared = Not assessed: a target on another machine is declared only; no job on this host is seen to send copies there.
    .unknown-unmounted = Not assessed: the store is not mounted: { $targets }. A backup that runs now fills the system's own disk.
    .unknown-no-target = Not assessed: the configuration does not say where copies go.

backup-encrypted = Copies are encrypted
    .why = A copy holds all the data; whoever gets the disk or into the store reads everything.
    .fix = Use restic, or borg init --encryption=repokey-blake2, or set repo1-cipher-type=aes-256-cbc for pgBackRest; encrypt dumps with age or gpg before they are stored. Keep the key elsewhere.
    .confirm = ls BACKUP_FOLDER; borg info STORE | grep -i encrypted; grep cipher /etc/pgbackrest.conf
    .pass = Copies are encrypted: { $stores }.
    .fail = Copies are not encrypted: { $stores }.
    .unknown = Not assessed: it cannot be told whether these are encrypted: { $stores }.
    .unknown-none = Not assessed: no copy was found.

backup-permissions = Copies are closed to ordinary accounts
    .why = A dump that anybody may read gives away the whole database without any password.
    .fix = chown root:root BACKUP_FOLDER && chmod 700 BACKUP_FOLDER; set umask 077 in the backup script.
    .confirm = ls -la BACKUP_FOLDER
    .pass = Ordinary accounts can neither read nor write the copies.
    .fail = Every account on the host can read or write: { $stores }.
    .unknown = Not assessed: some store could not be looked at.
    .unknown-none = Not assessed: no store on this host holds anything.

backup-integrity = Copies are whole
    .why = Damage to a copy shows only when it is needed, which is too late.
    .fix = Run a full verification (restic check --read-data; borg check --verify-data STORE; pgbackrest verify), and back up again at once where it fails. A dump script needs set -o pipefail.
    .confirm = sha256sum STORE/snapshots/*; tail -3 FILE.sql  # a name must equal its hash
    .pass = { $count } files were looked at; all are whole.
    .partial = A sample of { $count } files shows no damage; the rest was not read.
    .fail = These files are damaged or incomplete: { $files }.
    .unknown = Not assessed: some store could not be looked at.
    .unknown-none = Not assessed: no file can be verified without a password ({ $count } files were looked at).

backup-restore-test = A restore was tested in time
    .why = Only a restore proves that a copy can be used.
    .fix = Restore to another machine, compare hashes, and write an entry [[test]] into /var/lib/capdo-agent/restore-tests.toml with date = "2026-10-02", backup = "what was restored", by = "who did it", result = "ok", compared = "how it was compared".
    .confirm = sudo cat /var/lib/capdo-agent/restore-tests.toml
    .pass = A restore was tested successfully on { $date }.
    .fail = The last restore test was on { $date }, more than { $limit } days ago.
    .fail-none = No restore test is on record.
    .fail-not-counted = Tests are on record, but none that succeeded and says who restored what and how it was compared.
    .unknown-future = Not assessed: the record is dated { $date }, in the future by this host's clock.

backup-databases-covered = Every database is backed up
    .why = A database that the backup leaves out is a loss that is noticed when it has happened.
    .fix = Schedule a dump of each database: pg_dumpall or pgBackRest for PostgreSQL; mariadb-dump --single-transaction --all-databases for MySQL and MariaDB.
    .confirm = ls /var/lib/postgresql /var/lib/mysql; sudo crontab -l; systemctl list-timers
    .pass = Every database has a fitting backup job: { $databases }.
    .partial = Only the folder of a running database is copied, and the copy may not be usable: { $databases }.
    .fail = No backup job covers: { $databases }.
    .not-applicable = The host has no PostgreSQL, MySQL or MariaDB database.
    .unknown = Not assessed: it is not clear whether the backup tool covers { $databases }.
