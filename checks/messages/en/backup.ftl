# Texts of the family backup.

backup-present = A backup job exists
    .why = Without a copy, one broken disk or one ransom attack means that the data is gone.
    .fix = Install a backup tool and schedule it, for instance: apt-get install restic; restic -r sftp:BACKUP_HOST:/store init; then a timer that runs restic backup daily. Where another tool is used, declare its target as backup_targets in the agent's configuration.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = There are backup jobs: { $jobs }.
    .partial-agent = The agent of a backup server runs ({ $jobs }), but nothing on this host shows that the server ever made a copy.
    .partial-store = There are copies in { $stores }, but no job on this host is seen to make them.
    .fail = No backup job was found, and no target is declared.
    .fail-snapshots = Only snapshots are taken ({ $jobs }). They stand on the disk of the data and are lost with it; send them to another machine.
    .fail-idle = Backups are configured, but nothing starts them: { $jobs }.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).

backup-automatic = Backups start by themselves
    .why = A backup made by hand is forgotten exactly when it is needed.
    .fix = Enable the tool's timer (systemctl enable --now NAME.timer), or add a line to /etc/cron.d/.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = Backups start by themselves: { $jobs }.
    .partial = The agent of a backup server runs ({ $jobs }); whether that server gives orders does not show here.
    .fail = Backups are configured, but no schedule is switched on.
    .fail-none = There is no backup job.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).

backup-age = The newest copy is recent
    .why = Restoring an old copy loses every change since. Backup jobs often break without a word.
    .fix = Run the backup by hand to see the error (systemctl start NAME.service; journalctl -u NAME.service), mend the cause, and look again after a day.
    .confirm = restic snapshots --latest 1; borg list --last 1 STORE; pgbackrest info; ls -lt BACKUP_FOLDER | head
    .pass = The tool recorded a successful backup on { $date }.
    .partial = The newest file in the store is dated { $date }, but the tool itself recorded no success.
    .partial-part = The newest copy of this one is of { $date }, more than { $limit } days ago, while others in { $store } are copied. If it was given up, move its copies elsewhere; else mend its job.
    .partial-part-never = No copy of this one ever succeeded, while others in { $store } are copied. If it was given up, move its files elsewhere; else mend its job.
    .fail = The newest copy is of { $date }, more than { $limit } days ago.
    .fail-locked = The newest copy is of { $date }, more than { $limit } days ago, and a lock has stood in the store since { $since }. Such a lock stops every new backup: make sure that no backup runs, then remove it (restic unlock; borg break-lock STORE).
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
    .pass-key-inside = Copies are encrypted: { $stores }. Their password is copied into the copies themselves ({ $files }), from where nobody without it gets it: keep it at another place as well.
    .partial-key-on-disk = Copies are encrypted: { $stores }, but their password lies on the same disk, which is not encrypted: { $files }. Whoever takes the disk reads everything.
    .fail-key-beside = The password lies beside the copies that it opens: { $files }. Whoever takes that medium reads everything.
    .fail = Copies are not encrypted: { $stores }.
    .unknown = Not assessed: it cannot be told whether these are encrypted: { $stores }.
    .unknown-key = Not assessed: these passwords lie on one medium with the copies that they open, and whether the medium itself is encrypted cannot be told: { $files }.
    .unknown-none = Not assessed: no copy was found.

backup-permissions = Copies are closed to ordinary accounts
    .why = A dump that anybody may read gives away the whole database without any password.
    .fix = chown root:root BACKUP_FOLDER && chmod 700 BACKUP_FOLDER; set umask 077 in the backup script.
    .confirm = ls -la BACKUP_FOLDER
    .pass = Ordinary accounts can neither read nor write the copies.
    .fail = Every account on the host can read or write: { $stores }.
    .fail-credentials = Every account on the host can read these files, which hold a password of the backup: { $files }.
    .unknown = Not assessed: some store could not be looked at.
    .unknown-none = Not assessed: no store on this host holds anything.

backup-integrity = Repositories match their checksums
    .why = Disks change bits without a word. Damage to a copy shows only when it is needed, which is too late.
    .fix = Run a full verification (restic check --read-data; borg check --verify-data STORE; pgbackrest verify), find the disk or cable at fault, and back up again at once into a new repository where it fails.
    .confirm = sha256sum STORE/data/*/*  # restic: a name must equal its hash; borg check --repository-only STORE; pgbackrest --stanza=NAME verify
    .pass = All { $count } files of the repositories match their checksums.
    .partial = The { $count } files that were read today match their checksums. The repository is larger than one run may read: all of it is read in { $turns } daily runs.
    .fail = These do not match, or are missing: { $files }.
    .not-applicable = No store here is a repository with checksums; dumps and archives are read by another check.
    .not-applicable-unprepared = Copies of mariabackup keep no checksums. These are not prepared yet, which must be done before they can be restored (mariabackup --prepare --target-dir=FOLDER, on a copy of the folder): { $folders }.
    .unknown = Not assessed: some part could not be read ({ $detail }).
    .unknown-none = Not assessed: there is no repository on this host whose checksums can be compared.

backup-restore-test = A restore was tested in time
    .why = Only a restore proves that a copy can be used.
    .fix = Restore into an empty folder, best on another machine, then: capdo-agent backup attest-restore --target STORE --result ok --by NAME --compare ORIGINAL RESTORED
    .confirm = sudo capdo-agent backup list; sudo cat /var/lib/capdo-agent/restore-tests.jsonl
    .pass = A restore of { $date } was compared with the original and found the same.
    .partial = A restore of { $date } is attested, but nothing was compared.
    .fail = The last restore test was on { $date }, more than { $limit } days ago.
    .fail-failed = The last restore test, of { $date }, failed.
    .fail-none = No restore test is on record.
    .unknown-future = Not assessed: the record is dated { $date }, in the future by this host's clock.

backup-databases-covered = Every database is backed up
    .why = A database that the backup leaves out is a loss that is noticed when it has happened.
    .fix = Schedule a dump of each database: pg_dumpall or pgBackRest for PostgreSQL; mariadb-dump --single-transaction --all-databases for MySQL and MariaDB; mongodump for MongoDB; redis-cli --rdb for Redis; slapcat for OpenLDAP; sqlite3 FILE ".backup COPY" for SQLite.
    .confirm = ls /var/lib/postgresql /var/lib/mysql; sudo crontab -l; systemctl list-timers
    .pass = Every database has a fitting backup job: { $databases }.
    .partial = Only the folder of a running database is copied, and the copy may not be usable: { $databases }.
    .partial-named = The dump takes only the databases that it names, which may not be all: { $databases }. Dump the whole server.
    .fail = No backup job covers: { $databases }.
    .not-applicable = The host has no database of PostgreSQL, MySQL, MariaDB, MongoDB, Redis, OpenLDAP or SQLite in the usual places.
    .unknown = Not assessed: it is not clear whether the backup tool covers { $databases }.

backup-readable = Dumps and archives can be read to their end
    .why = A dump that was cut short, is empty or holds an error message looks like a copy until it is needed.
    .fix = Run the job by hand, see its error, and write to a new name that is renamed only after success. A script needs set -o pipefail, or the failure of the first program in a pipe is lost.
    .confirm = zcat FILE.sql.gz | tail -5  # the tool's mark must stand at the end; pg_restore -f /dev/null FILE.dump; tar -tf FILE.tar
    .pass = The newest copies were read from their first byte to their last and are whole: { $count }.
    .partial = These were read without an error, but nothing in them proves that they are complete (encrypted, still being written, or of a form without an end mark): { $files }.
    .partial-large = These are larger than one run may read and were not read to their end: { $files }.
    .fail = These cannot be used: { $files }.
    .not-applicable = No store here holds dumps or archives; repositories are compared with their checksums by another check.
    .unknown = Not assessed: some copy could not be read ({ $detail }).
    .unknown-none = Not assessed: no dump or archive was found on this host.

backup-size-trend = Copies do not suddenly shrink
    .why = A copy that is suddenly half as large usually left something out: a folder that was not mounted, a password that no longer fits.
    .fix = Compare the newest copy with the one before it, run the job by hand, and see what it left out.
    .confirm = ls -l --time-style=long-iso BACKUP_FOLDER; pgbackrest info
    .pass = The newest copies are as large as those before them (series compared: { $count }).
    .fail = The newest copy is at most half as large as usual, or empty (bytes, against the middle of those before): { $series }.
    .not-applicable = All copies here share their data in repositories; without the password no copy has a size of its own.
    .unknown = Not assessed: some store could not be looked at ({ $detail }).
    .unknown-many = Not assessed: there are more series of copies than can be reported.
    .unknown-short = Not assessed: no series has { $needed } earlier copies to compare with.

backup-copies = Three copies, two media, one elsewhere (3-2-1)
    .why = One fire, one theft or one intruder must not reach all copies at once.
    .fix = Keep the data, a copy on another disk or machine, and a copy at another site. Declare which targets stand at another place as backup_offsite in the agent's configuration.
    .confirm = findmnt -T BACKUP_FOLDER; lsblk -s; systemctl list-timers; sudo crontab -l
    .pass = { $data ->
        [files] Files
       *[other] { $data }
    }: { $copies } copies on { $media } media, { $offsite } of them at another place.
    .partial = { $data ->
        [files] Files
       *[other] { $data }
    }: there is a copy on other media, but 3-2-1 is not met: { $copies } copies on { $media } media, { $offsite } at another place.
    .partial-claimed = { $data ->
        [files] Files
       *[other] { $data }
    }: the jobs name { $copies } copies on { $media } media, { $offsite } at another place, but not all of them show that they succeeded.
    .fail = { $data ->
        [files] Files
       *[other] { $data }
    }: { $copies } copies (the data itself is the first) on { $media } media, { $offsite } at another place.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).
    .unknown-unclear = Not assessed: of some target it cannot be told where it lies.
    .unknown-unproved = Not assessed: { $data ->
        [files] Files
       *[other] { $data }
    }: the jobs name { $copies } copies on { $media } media, but nothing here shows that they succeeded.

backup-immutable = One copy is out of an intruder's reach
    .why = Ransomware looks for backups first. What the server can delete, whoever takes the server can delete.
    .fix = Keep one copy on a disk that is mounted only while the backup runs, or send copies to a server that only appends (rest-server --append-only; borg serve --append-only) or to an object store with a compliance lock, and declare it as backup_immutable.
    .confirm = findmnt --fstab; lsattr -d BACKUP_FOLDER; grep append_only STORE/config
    .pass = Copies stand on a medium that is not mounted outside the backup: { $places }.
    .partial-old = A medium that is not mounted is used, but its job last ended well on { $date }: { $places }.
    .partial-offline = A medium that is not mounted is named, but no success of its job shows here: { $places }.
    .partial-guarded = Copies only grow or are locked against change, but root on this host can lift that: { $places }.
    .partial-declared = The owner declares that the other side refuses deletion; that does not show here: { $places }.
    .fail = Every copy can be deleted from this host.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).
    .unknown-elsewhere = Not assessed: whether the other side refuses deletion does not show here. Where it does, declare the target as backup_immutable.

backup-unprotected-data = All data on this host is backed up
    .why = What no job takes along is missed only when it is gone.
    .fix = Add the folders to the job, or take the pattern out that leaves them out. What truly needs no backup is declared as backup_unneeded.
    .confirm = sudo crontab -l; systemctl cat '*.timer'; findmnt -D
    .pass = Each of these is taken along by a job: { $places }.
    .fail = No job takes these along: { $places }.
    .fail-excluded = A pattern, or another file system, leaves these out: { $places }.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).
    .unknown-hidden = Not assessed: it does not show here whether the jobs take these along: { $places }.
    .unknown-no-data = Not assessed: no place of data was found.

backup-retention = Copies reach back far enough
    .why = What was deleted, changed or encrypted is often noticed weeks later. By then every short-lived copy holds the damage.
    .fix = Keep daily copies for a month and monthly ones for longer, for instance: restic forget --prune --keep-daily 31 --keep-monthly 12; borg prune --keep-daily 31 --keep-monthly 12; repo1-retention-full-type=time with repo1-retention-full=31 for pgBackRest. Write dumps under names with a date.
    .confirm = restic snapshots; borg list STORE; pgbackrest info; ls -l --time-style=long-iso BACKUP_FOLDER; sudo crontab -l
    .pass = The oldest of { $copies } copies is of { $date }, by the tool's own records.
    .partial-files = The oldest of { $copies } copies is of { $date }, but only by times of files.
    .partial-young = The oldest of { $copies } copies is of { $date }. The rule would keep them long enough, but they do not yet reach back so far.
    .partial-rule = The rule in { $at } keeps copies for { $days } days, but the dates of the copies do not show here.
    .partial-short-rule = Older copies still stand there, but the rule in { $at } keeps none beyond { $days } days; { $limit } are asked for.
    .partial-hole = The oldest of { $copies } copies is of { $date }, but between two of them lie { $days } days without any.
    .fail-rule = The rule in { $at } takes copies away after { $days } days at the latest; { $limit } are asked for.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).
    .unknown-future = Not assessed: a copy is dated in the future by this host's clock.
    .unknown-no-dates = Not assessed: neither the dates of copies nor a rule for how long they are kept shows here.
    .unknown-short = Not assessed: the oldest of { $copies } copies is only of { $date }, less than { $limit } days ago, and no rule shows. They may be young, or older ones may have been taken away.

backup-failures-shown = Backup jobs do not hide their failures
    .why = A job that reports success when it failed is noticed on the day of the restore.
    .fix = Begin scripts with set -euo pipefail (bash), take out || true and 2>/dev/null, take the dash away from ExecStart=-, and write dumps to a new name that is renamed only after success.
    .confirm = sudo crontab -l; systemctl cat '*.service'; less SCRIPT
    .pass = No line hides a failure (commands and scripts looked at: { $count }).
    .fail = A failure would not show, or would destroy the only copy, at: { $places }.
    .not-applicable = No backup job is started on this host.
    .unknown = Not assessed: some place could not be looked at ({ $detail }).
    .unknown-around = Not assessed: these lines throw away what a script says or how it ends, and whether that script tells of a failure itself is not known: { $places }.
    .unknown-language = Not assessed: these scripts are not written for a shell: { $files }.
    .unknown-nothing-read = Not assessed: there are backup jobs, but what they run could not be read.
