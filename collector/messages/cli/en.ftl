# Everything that the command line of the collector and its errors say to people.

## The command line

cli = Receives what capdo agents observe, judges it anew, scores it and shows it.
    .lang = Language of what is shown: vi or en. Otherwise from LC_ALL, LC_MESSAGES or LANG; Vietnamese by default.
    .data = Folder that holds the store and the CA. Default: /var/lib/capdo-collector.
    .config = Configuration file. Default: /etc/capdo/collector.toml if it exists, else collector.toml in the data folder; a folder given with --data comes with its own file first.
    .json = Print JSON.
    .after = Exit status:
        {"  "}0   done
        {"  "}1   failed; verify: something does not hold
        {"  "}2   verify: it could not be told
        {"  "}64  the command line or the configuration is wrong
cli-init = Set up a data folder: the store, the CA and a configuration file.
    .names = DNS name or IP address by which agents call this collector. May be given several times.
    .pkcs11 = PKCS#11 module, with its whole path: the CA's key is made in a token and never leaves it.
    .token = Label of the token.
    .key = Label that the key gets. Default: capdo CA.
    .pin_file = File that holds the token's PIN; only its owner may read it. Default: the credential ca-pin that systemd hands over.
cli-serve = Run the collector. Started by systemd.
cli-score = Compute and show a system's score: four numbers, the gate of each level, what to fix first.
    .system = Id or name of the system.
    .format = Write the scorecard to a file: csv holds the controls, xlsx everything, pdf is a report on A4 to print and to keep.
    .out = The file to write; it must not exist yet.
cli-config = Look at the configuration.
cli-config-check = Check the configuration file and say what is wrong with it.
cli-ca = The collector's certificate authority (CA) and its replacement.
cli-ca-list = List the CAs and the hosts that are not ready for the next one.
cli-ca-show = Show one CA, its certificate, and which hosts need it or do not hold it yet.
    .number = Number of the CA. Default: the one that issues.
cli-ca-rotate = Make the next CA. Agents are told to trust it beside the current one; it issues once every active host has confirmed.
    .days = After how many days it issues even if hosts are missing. Default: 30.
cli-ca-promote = Let the next CA issue now.
cli-ca-retire = Take an older CA, or a next one that is not wanted, out of trust and remove its key file.
    .number = Number of the CA.
    .force = Even if hosts are cut off until they come back by their key.
cli-agency = Agencies.
cli-agency-add = Enter an agency.
    .name = Its name.
    .kind = Its kind: department, commune, party, mass or other.
cli-agency-list = List agencies.
cli-agency-show = Show one agency.
    .agency = Id or name of the agency.
cli-agency-set = Change name or kind.
    .agency = Id or name of the agency.
    .name = The new name.
    .kind = The new kind: department, commune, party, mass or other.
cli-agency-archive = Archive an agency. Its data stays.
    .agency = Id or name of the agency.
cli-system = Information systems.
cli-system-add = Enter a system.
    .name = Its name.
    .agency = Id or name of the agency that owns it.
    .level = The proposed level, 1 to 5.
    .approved_level = The approved level, 1 to 5.
    .standard = The standard to measure against. Default: tcvn-14423-2026; also tcvn-14423-2025 and tcvn-11930-2017.
    .dossier = State of the dossier: none, draft, submitted or approved. Default: none.
    .hosts = How many hosts it has. Default: 1.
cli-system-list = List systems.
    .agency = Only those of the agency with this id or name.
cli-system-show = Show one system.
    .system = Id or name of the system.
cli-system-set = Change what is said of a system.
    .system = Id or name of the system.
    .name = The new name.
    .level = The proposed level, 1 to 5.
    .approved_level = The approved level, 1 to 5.
    .standard = The standard to measure against: tcvn-14423-2026, tcvn-14423-2025 or tcvn-11930-2017.
    .dossier = State of the dossier: none, draft, submitted or approved.
    .hosts = How many hosts it has.
cli-system-archive = Take a system out of service. Its data stays.
    .system = Id or name of the system.
cli-host = Hosts.
cli-host-list = List hosts.
    .system = Only those of the system with this id or name.
cli-host-show = Show one host with its certificates and integrity events.
    .host = Id of the host.
cli-host-findings = List what its agent saw, as this collector judges it.
    .host = Id of the host.
    .format = Write them to a file: csv holds the findings, xlsx also what the host is, pdf is a report on A4 to print and to keep.
    .out = The file to write; it must not exist yet.
cli-host-disable = Turn its agent away. The host still counts.
    .host = Id of the host.
cli-host-enable = Let its agent in again, also where it is turned away for breaking the protocol.
    .host = Id of the host.
cli-host-revoke = Revoke its certificates. Its agent must enrol anew.
    .host = Id of the host.
    .why = Why, for the record.
cli-host-retire = The server is gone: revoke its certificates and count it no more.
    .host = Id of the host.
cli-token = Enrolment tokens.
cli-token-add = Make a one-time token for one host of a system. It is printed once and never again.
    .system = Id or name of the system that a new host enrols into.
    .host = Id of a host that lost its key and is to have a new one.
    .hours = After how many hours it is no longer taken, 1 to 720. Default: 24.
cli-token-list = List tokens, without the secrets, which nobody has.
    .system = Only those of the system with this id or name.
cli-token-revoke = Revoke a token that was not used yet.
    .token = Id of the token.
cli-user = People who may sign in.
cli-user-add = Enter a user.
    .login = What to sign in with.
    .name = The person's name.
    .role = What the user may do: admin, officer, viewer or sysadmin.
    .agency = Id or name of the agency that the user belongs to.
    .password_stdin = Read the password from the first line of standard input. Otherwise one is made and printed once.
cli-user-list = List users.
cli-user-password = Set a new password. Every session of the user ends.
    .login = Login of the user.
    .password_stdin = Read the password from the first line of standard input. Otherwise one is made and printed once.
cli-user-disable = Shut a user out. Every session of the user ends.
    .login = Login of the user.
cli-user-enable = Let a user in again.
    .login = Login of the user.
cli-completions = Print completions for a shell.
    .shell = Which shell: bash, fish or zsh.
cli-man = Write the man pages.
    .dir = Folder to write them to.

usage-man-failed = The man pages cannot be written to { $dir }: { $detail }. Give a folder that you may write to.

## Tables

head-agent = AGENT
head-check = CHECK
head-expires = EXPIRES
head-fingerprint = SHA-256
head-fix = FIX
head-gain = GAIN
head-gate = CONCLUSION
head-hosts = HOSTS
head-id = ID
head-kind = KIND
head-last-seen = LAST SEEN
head-level = LEVEL
head-login = LOGIN
head-name = NAME
head-open-controls = CONTROLS OPEN
head-os = OS
head-role = ROLE
head-score = SCORE
head-since = SINCE
head-standard = STANDARD
head-state = STATE
head-subject = SUBJECT
head-system = SYSTEM
head-title = TITLE
head-verdict = VERDICT
head-where = WHERE

agency-kind-department = department
agency-kind-commune = commune
agency-kind-party = Party body
agency-kind-mass = mass organisation
agency-kind-other = other
dossier-none = not begun
dossier-draft = being written
dossier-submitted = submitted
dossier-approved = approved
gate-met = Met
gate-partly = Partly
gate-not-met = Not met
host-state-active = active
host-state-disabled = disabled
host-state-retired = retired
integrity-check-vanished = a check that was made before is made no more or brings nothing
integrity-claim-mismatch = the evidence does not support the claimed verdict
integrity-counter-jumped = a run's counter lies far ahead of all before it
integrity-counter-replayed = a run's counter did not go up
integrity-counter-skipped = runs are missing that the agent does not account for
integrity-counter-went-back = the agent's counter lies behind: a disk was restored or copied
integrity-digest-mismatch = what was sent does not give the signed digest
integrity-events-not-kept = more events of one kind than are kept apart: they are counted
integrity-machine-changed = another machine id: the identity was copied
integrity-misbehaved = the protocol is broken: the sender may be no agent
integrity-nonce-mismatch = a nonce that this host was not given
integrity-observation-refused = an observation is not what its envelope says
integrity-runs-missing = runs that were never brought: a file goes on behind a gap
integrity-outside-contradiction = seen from outside, the host is not what its agent claims
integrity-self-contradiction = what was sent cannot all be true
integrity-sent-too-much = it sent more than a host may
integrity-signature-invalid = a run's signature does not verify
integrity-two-streams = two streams of one identity at the same time
integrity-unknown-binary = the agent's program is of no registered release
integrity-was-judged-now-not-applicable = something that was judged is now said not to apply
role-admin = administrator
role-officer = officer
role-viewer = viewer
role-sysadmin = sysadmin
token-state-open = open
token-state-used = used
token-state-revoked = revoked
token-state-expired = expired
user-state-active = active
user-state-disabled = disabled
verdict-pass = PASS
verdict-partial = IN PART
verdict-fail = FAIL
verdict-not-applicable = N/A
verdict-unknown = NOT ASSESSED

## What was done

done-table = Written: { $file }
done-entered = Entered { $name }: { $id }
done-changed = Changed { $name }.
done-archived = Archived { $name }.
done-removed = Removed { $name }.
done-revoked = Revoked { $id }.
done-user = Done: { $login }.

agency-page =
    { $name }
    id: { $id }
    kind: { $kind }
    entered: { $entered }
system-page =
    { $name }
    id: { $id }
    agency: { $agency }
    level: proposed { $proposed }, approved { $approved }
    dossier: { $dossier }
    standard: { $standard }
    declared hosts: { $hosts }
system-not-approved = none
system-no-level = A system needs a level: add --level with 1 to 5.
system-unknown-standard = There is no standard “{ $id }”: use one of { $known }.

host-page =
    { $name }
    id: { $id }
    system: { $system }
    state: { $state }, enrolled { $enrolled }
    counter of the last accepted run: { $counter }
    key: { $key }
host-key-tpm = in its TPM (the host’s word)
host-key-file = in a file
host-key-unknown = not told
host-certificate = certificate { $serial }: valid until { $at }
host-certificate-revoked = certificate { $serial }: revoked { $at }
host-gap =
    history missing from { $first } to { $last }: { $runs ->
        [one] one run
       *[other] { $runs } runs
    } never arrived
host-integrity =
    integrity: { $kind } { $subject } ({ $count ->
        [one] once
       *[other] { $count } times
    }, last { $at }): { $detail }
host-never-seen = never
host-integrity-none = Nothing speaks against this host.
host-no-event = Nothing of the kind “{ $kind }” is on record for this host with the subject “{ $subject }”. See “capdo-collector host integrity list HOST”; a check is named with --subject.
host-acknowledged = { $name }: noted. The event stays on record, and is open again when it comes again.
host-acknowledged-by = acknowledged { $at } by { $who }: { $why }
host-claim-mismatch = The agent claimed { $claimed }; the evidence does not support that.
host-disabled = { $name } ({ $id }) is disabled: its agent is turned away, and the host still counts.
host-enabled = { $name } ({ $id }) is enabled: its agent comes by itself within 10 minutes; at once after, on that host: systemctl restart capdo-agent
host-revoked = { $name } ({ $id }): { $revoked ->
        [one] 1 certificate
       *[other] { $revoked } certificates
    } revoked; its agent must enrol anew.
host-retired = { $name } ({ $id }) is retired: { $revoked ->
        [one] 1 certificate
       *[other] { $revoked } certificates
    } revoked, and it counts no more.

token-made =
    Token for one new host of { $system }, until { $until }; it is not shown again:
    { $token }
    CA SHA-256: { $fingerprint }
token-made-for-host =
    Token for a new key of { $host } in { $system }, until { $until }; it is not shown again. The key that the host had ends when it is used:
    { $token }
    CA SHA-256: { $fingerprint }

user-password-made = { $login }: the password, not shown again: { $password }
user-needs-agency = A sysadmin belongs to an agency: add --agency.
user-has-no-agency = An admin or officer belongs to no agency: leave --agency out.
user-password-unread = The password cannot be read from standard input: { $detail }. Give it as the first line.

## The score

score-table-failed = The table cannot be made: { $detail }
score-table-file = { $file } cannot be written: { $detail }. Name a file that does not exist yet, in a folder that you may write to.
score-title = { $standard }, level { $level }
score-numbers = Score { $score }   Coverage { $coverage }%   Exempt { $exempt }%   Attained level: { $attained }
score-more = Before waivers { $before }   { $enrolled ->
        [one] 1 host
       *[other] { $enrolled } hosts
    } with an agent, of { $declared } declared
score-contested = Not counted on { $host }: { $check }. Seen from outside at { $endpoint } ({ $time }): { $seen }; the host says { $claimed }
score-no-level = none
score-fixes = { $count ->
        [one] What gains most:
       *[other] The { $count } fixes that gain most:
    }
score-on-hosts = on { $hosts ->
        [one] 1 host
       *[other] { $hosts } hosts
    }
score-statement = by statement
score-see-more = Why it matters and how to fix it: capdo-agent checks show { $check }

## Setting up

init-done = { $data } is set up.
init-fingerprint = CA SHA-256: { $fingerprint }. Compare this when an agent enrols.
init-settings = Configuration: { $file }
init-kept = Configuration: { $file }, which was there already and is left as it is.
init-names-kept = Agents call this collector { $names }, as that file says. Change agents.names there for other names.
init-next = Next: capdo-collector agency add, system add, user add, serve.
init-folder = { $file } cannot be made: { $detail }. Run this as a user who may write there, or choose another place with --data.
init-not-set-up = { $data } is not set up. Run “capdo-collector init --data { $data }”, or name the right folder with --data.

init-token-kept = { $file } is there already and names no such token. Write the module, token, key and pin_file into its section [ca], or remove the file, and run this again.

## The certificate authority

authority-state-current = ISSUES
authority-state-next = NEXT
authority-state-previous = STILL TRUSTED
authority-state-retired = RETIRED
authority-made = CA { $number } is made; agents are told to trust it. It issues once every active host has confirmed, at the latest from { $until }. See “capdo-collector ca list”.
    SHA-256: { $fingerprint }
authority-promoted = CA { $number } issues from now on. Agents renew by themselves; when “ca show” names no host that needs the old one, retire that.
    SHA-256: { $fingerprint }
authority-retired = CA { $number } is retired and its key file is removed. A key in a token stays there: remove it with the token's own tool.
authority-page = CA { $number }, { $state }, made on { $made }
    SHA-256: { $fingerprint }
authority-key-file = Key: file { $file } in the data folder
authority-key-token = Key: in the token
authority-not-ready = Hosts that have not confirmed ({ $count }): { $names }
authority-needed-by = Hosts that still need it ({ $count }): { $names }

## The configuration

config-fine = { $file }: nothing is wrong. Agents call { $names } at { $agents }; web at { $web }.
config-none = There is no { $file }; the defaults hold. Agents call { $names } at { $agents }; web at { $web }.
config-at = { $file }, line { $line }
config-read = { $file }: cannot be read ({ $detail }). Create it, or name another file with --config.
config-unknown-key = there is no key `{ $key }`. Did you mean `{ $nearest }`?
config-bad-value = the key `{ $key }` does not take this value ({ $detail }). Change it.
config-syntax = this is not TOML ({ $detail }). Change this line.
config-no-name = `agents.names` is empty. Write the names that agents call.
config-name = `agents.names` holds “{ $value }”. Write a DNS name or an IP address.
config-interval = `agents.run_interval_s` must be from { $least } to { $most }.
config-jitter = `agents.run_jitter_s` is more than `agents.run_interval_s`. Make it less.
config-zero = `{ $key }` is 0, which lets nobody in. Write 1 or more.
config-token = `ca.module` and `ca.token` go together, and the module is named with its whole path. Write both or none.
config-sweep = `assess.sweep_s` is less than 10. Write 10 or more.
config-max-age = `assess.max_age_days` must be from 1 to 366.
config-clear-text = `web.listen` can be reached from other machines without TLS. Set `web.tls = true`, or listen on 127.0.0.1 behind a proxy that serves TLS.
config-log-filter = `log.filter` is “{ $value }”, which is not understood. Write a level such as "info", or "info,sqlx=warn".

## Identities

identity-ca-exists = { $file } exists already: this folder is set up. Choose another with --data.
identity-ca-has-next = CA { $number } is made already and waits. Promote it, or retire it before you make another.
identity-ca-has-previous = CA { $number } is still trusted. Retire it before you make another.
identity-ca-left-behind = { $count } hosts would be cut off: { $names }. Wait until they have connected, or add --force: they then come back by their key once they connect.
identity-ca-no-next = There is no next CA. Make one with “capdo-collector ca rotate”.
identity-ca-not-retirable = CA { $number } issues, or is retired already. Only an older or a next one can be retired.
identity-certificate = The stored certificate of the CA cannot be read. Restore the latest backup.
identity-hsm-absent = The CA's key is in a token, and this program was built without PKCS#11. Install the ordinary package.
identity-hsm-failed = The token of the CA failed: { $detail }. Check that it is plugged in and that this user may use it.
identity-hsm-last-try = One attempt is left before the token “{ $token }” locks, and it is not used. Log in once with the token's own tool and the right PIN, then try again.
identity-hsm-locked = The token “{ $token }” is locked. Unlock it with its own tool and the security officer's PIN.
identity-hsm-module = The PKCS#11 module { $file } cannot be loaded: { $detail }. Install the token's software, or correct ca.module.
identity-hsm-no-key = The token “{ $token }” holds no key of this CA. Plug in the right token, or restore its backup.
identity-hsm-no-token = No slot holds a token “{ $token }”. Plug it in, or correct ca.token.
identity-hsm-pin-file = The PIN cannot be read from { $file }: { $detail }. Give it to the collector's user alone (chmod 600), or correct ca.pin_file.
identity-hsm-pin = The token “{ $token }” refuses the PIN in { $file }. It is not tried again before the file changes: write the right PIN there.
identity-hsm-slow = The token of the CA gives no answer in time. Check it and its software; it is tried again.
identity-hsm-unset = The CA's key is in a token, and the configuration names none. Write the section [ca].
identity-fallen = The host is disabled or its identity is revoked, so its certificate is not renewed. Enrol it anew with a token for it.
identity-clock = The collector’s clock shows a time before its CA was made, so no certificate is issued. Set the clock.
identity-csr = The certificate request is not taken: { $detail }. Send PKCS#10 with an ECDSA P-256 key.
identity-key-gone = The key of the CA is not here: { $file } is missing. Put it back from where it is kept, readable by its owner alone (chmod 600); without it no host can be let in.
identity-file = { $file } cannot be used: { $detail }. Run “capdo-collector init”, or check the owner of the folder.
identity-make = The certificate cannot be made: { $detail }. Check agents.names and the files of the CA.
identity-open-key = { $file } may be read by others than its owner. Run “chmod 600” on it.
identity-other-key = The key of the CA and its certificate do not belong together. Restore both from one backup.
identity-password = The password is not taken: { $why ->
        [short] it has fewer than 12 characters. Choose a longer one.
        [long] it has more than 256 bytes. Choose a shorter one.
       *[other] it could not be hashed. Try again.
    }
identity-random = The operating system gives no random bytes: { $detail }. Try again.
identity-tls = TLS cannot be set up: { $detail }. Check the files of the CA in the data folder.
identity-known = This machine has an identity already. Enrol with the state folder it had, or ask an officer for a token for this host (capdo-collector token add --host ID). If the machine was cloned, give it a machine id of its own first.
identity-too-many = Too many enrolments at once: try again in a minute.
identity-token = The token is not valid: ask for a new one.

## The running collector

serve-addresses =
    Agents: { $agents }
    Web: { $web }
serve-agents-failed = The server for agents failed: { $detail }. Look at the log and start again.
serve-web-failed = The web server failed: { $detail }. Look at the log and start again.
serve-bind = Cannot listen on { $address }: { $detail }. Another program may use it; set { $key } to another address.
serve-part-ended = A part of the collector ended by itself: { $detail }. Look at the log and start again.
serve-runtime = The collector cannot start: { $detail }. Check the limits of this user on processes and files.

## The store

store-damaged = The { $what ->
        [authorisation] authorisation
        [host] host
        [observation] observation
        [run] run
       *[system] system
    } “{ $name }” in the store is damaged: restore the latest backup.
store-file = { $file } cannot be created: { $detail }. Make the folder writable for this user.
store-migrate = { $file } cannot be brought up to date: { $detail }. Use the version that last wrote it, or a newer one.
store-not-found = There is no { $what ->
        [agency] agency “{ $name }”
        [ca] CA “{ $name }”
        [authorisation] authorisation “{ $name }” that is not revoked
        [endpoint] endpoint “{ $name }” in use
        [host] host “{ $name }”
        [release] release “{ $name }”
        [token] open token “{ $name }”
        [user] user “{ $name }”
       *[system] system “{ $name }”, or several have that name
    }. See “capdo-collector { $what } list”.
store-no-record = { $file } was last written by a version that kept no record, so there is nothing to verify. Run another command of this version on the folder (or on a copy of it) first, such as “agency list”: that begins the record.
store-open = { $file } cannot be opened: { $detail }. Check that this user owns it and that the disk is sound.
store-sql = The store failed: { $detail }. Check the free space of the disk and try again.
store-taken = { $what ->
        [agency] An agency
        [endpoint] An endpoint
        [user] A user
       *[system] A system
    } “{ $name }” exists already: choose another name.

## Feeds and packages

cli-feed = Advisories of distributions, known attacks and their probability, from files.
cli-feed-import = Import files. The same file again does nothing; an interrupted import goes on.
    .kind = What the files are: osv, debian-tracker, debian-list, csaf, oval, kev or epss.
    .files = The files. osv and csaf also take archives and folders.
    .sha256 = SHA-256 that the file must have; else nothing of it is believed.
    .date = How recent the content is, where the file itself does not say. Otherwise the time of the file.
    .smaller = Let it take the place of an earlier one that has far more records.
cli-feed-list = List what was imported.
cli-feed-show = Show one import and the releases that it speaks about.
    .feed = Its number.
cli-package = What is installed where.
cli-package-search = Which hosts have a package, in which versions.
    .query = Name of a package or of its source, maybe with a bound on the version: 'openssl<3.0.15'.
feed-progress = { $file }: { $count } entries
feed-imported = { $file }: feed { $id } counts now. { $records } records; entries that brought none (no fix in them, or not understood): { $skipped }. Content of { $date }. SHA-256 { $sha }.
feed-already = { $file }: imported before, as feed { $id }. Nothing was done. SHA-256 { $sha }.
feed-without-stream = { $count } fixes of modules do not name their stream: where they may be missing, the check is not assessed.
feed-shown =
    Feed { $id }: { $kind }, { $name }, { $state }
    Content of: { $date }
    Imported: { $imported }
    Records: { $records }; entries that brought none (no fix in them, or not understood): { $skipped }
    SHA-256: { $sha }
feed-release = { $release }: { $fixes } fixes
feed-state-importing = not complete
feed-state-complete = counts
feed-state-replaced = replaced
feed-checksum = { $file } has the SHA-256 { $sha }, which is not the one that was given. Nothing was imported: get the file again.
feed-empty = { $file } holds nothing of use: it is of another kind, or speaks about distributions that are not known here.
feed-file = { $file } cannot be imported: { $detail }. Nothing of it counts.
feed-no-such = There is no feed { $id }. See “capdo-collector feed list”.
feed-shrunk = { $file } has { $now } records, and the one whose place it would take has { $before }. It may have been cut off: get it again, or add --smaller. Nothing of it counts.
feed-shrunk-release = { $file } has { $now } fixes for { $release }, and the one whose place it would take has { $before }. It may have been cut off or be of another release: get it again, or add --smaller. Nothing of it counts.
feed-changed = { $file } was changed while it was read. Nothing of it counts: import it again when it is whole.
feed-one-checksum = --sha256 goes with one file. Import the files one by one.
feed-bad-checksum = “{ $sha }” is no SHA-256: write 64 hexadecimal digits.
feed-bad-date = “{ $date }” is no date: write it as 2026-11-22.
package-bad-query = “{ $query }” is not understood: write a name, or a name with a bound such as openssl<3.0.15.
package-none = Nothing was found: no host's package list holds “{ $query }”.
package-more = Only the first { $count } packages of that name were looked at.
head-date = CONTENT OF
head-imported = IMPORTED
head-records = RECORDS
head-package = PACKAGE
head-version = VERSION
head-source = SOURCE
head-release = RELEASE
head-agency = AGENCY
head-hostname = HOST
head-seen = LIST RECEIVED

## Files of one-way sites

cli-import = Take files with runs that were carried here from one-way sites, each as a whole or not at all.
    .files = The files.
    .receipt_dir = Folder to write the receipts to. Default: beside each file.
cli-host-enroll-offline = Give an identity to a host of a one-way site. Its runs then come in files, and it may not connect.
    .file = The request, from capdo-agent enroll --offline-request.
    .system = Id or name of the system that the host serves.
    .host = Id of a host that lost its key and is to have a new one.
    .out = File to write the grant to, for capdo-agent enroll --offline-grant.
cli-host-set = Change how a host reports.
    .host = Id of the host.
    .carried = true: its runs are carried in files and it may not connect. false: it connects, and no file of it is taken.
import-done =
    { $file }: { $taken ->
        [one] 1 run
       *[other] { $taken } runs
    } of { $name } taken, { $known } known before. Carry the receipt back: { $receipt } and { $receipt }.sig
import-already = { $file }: taken before, nothing changed. The receipt is written again: { $receipt }
import-missing =
    { "  " }{ $missing ->
        [one] 1 run was
       *[other] { $missing } runs were
    } never brought; what holds now is the state that the last run signed.
host-given =
    { $name } is host { $id } of { $system }. Carry { $file } to it, and run there:

      capdo-agent enroll --offline-grant FILE --ca-sha256 { $fingerprint }
host-given-again =
    { $name } keeps its identity { $id } in { $system }. Carry { $file } to it, and run there:

      capdo-agent enroll --offline-grant FILE --force --ca-sha256 { $fingerprint }
host-carried = { $name } ({ $id }): its runs are carried in files; it may not connect.
host-connects = { $name } ({ $id }) may connect; files with its runs are taken no more.
carried-file = { $file } cannot be used: { $detail }.
carried-frame = Nothing of { $file } is taken: { $detail }. Copy the file again, or write it anew with capdo-agent export.
carried-order = Nothing of { $file } is taken: the record at byte { $at } does not belong there. Write the file anew with the capdo-agent command that made it.
carried-signature = Nothing of { $file } is taken: a signature or hash at byte { $at } does not verify. The file was changed on its way; write it anew with capdo-agent export.
carried-changed = Nothing of { $file } is taken: it changed while it was read. Copy it to a folder of this machine first.
carried-other-collector = Nothing of { $file } is taken: it is meant for another collector, whose CA its host trusts.
carried-certificate = Nothing of { $file } is taken: its certificate is not one that this collector gave to that host. If the host enrolled after the backup from which this collector was restored, enrol it anew: capdo-agent enroll --offline-request.
carried-revoked = Nothing is taken: the host { $host } is disabled or its identity is revoked. Look at capdo-collector host show.
carried-expired = Nothing is taken: the certificate of { $host } had run out when the file was made, or the clock of that host is wrong. Renew it: capdo-agent enroll --offline-request, then host enroll-offline.
carried-not-carried = Nothing is taken: { $host } is a host that connects. If its site has become one-way: capdo-collector host set HOST --carried true.
carried-older = Nothing is taken: run { $counter } of { $host } is not here, and a later one, { $last }, was taken before. Import files in the order in which they were made.
carried-needs-whole = Nothing is taken: the changes of run { $counter } of { $host } do not fit what this collector holds. Import the files before it first, or write one with the whole state: capdo-agent export --whole.
carried-refused = Nothing is taken: run { $counter } of { $host } is refused ({ $code }): { $detail }

## Backups

cli-backup = Copies of the collector: its record, its CA and its configuration.
cli-backup-create = Copy the collector into one file. It may go on serving.
    .file = File or folder to write to, or - for standard output, to encrypt on the way: … create - | age -r KEY > FILE
    .without_ca_key = Leave the CA's key out; keep it elsewhere, for a restore needs it.
cli-backup-verify = Read a backup to its end: its hashes, the database, the hash chains.
    .file = The backup, or - for standard input.
cli-backup-restore = Put a backup in place as a data folder. Agents then bring by themselves what changed since.
    .file = The backup, or - for standard input.
    .into = The data folder. It must not exist or be empty.
backup-made = { $file }: { $bytes } bytes; hosts: { $hosts }, runs: { $runs }, changes of findings: { $changes }, audit entries: { $entries }.
backup-holds-key = It holds the CA's key and every weakness of the province: keep it encrypted, away from this machine.
backup-verified = { $file } is whole: made { $at }, { $bytes } bytes; hosts: { $hosts }, runs: { $runs }, changes of findings: { $changes }, audit entries: { $entries }; every hash chain holds.
backup-restored = { $file } holds the collector of { $at }; hosts: { $hosts }, runs: { $runs }. Start it with --data { $file }. Agents bring what changed since; a host that enrolled later needs a new token.
backup-no-key = The CA's key is not in it. Put ca-key.pem beside ca.pem, readable by its owner alone, before the collector is started.
backup-key-in-it = The key of CA { $number } ({ $fingerprint }) is in it.
backup-key-token = The key of CA { $number } ({ $fingerprint }) is in a PKCS#11 token and in no backup. A restored collector needs that token, its module and PIN, as the section [ca] of collector.toml names them: without the key of the CA that issues it does not start.
backup-key-elsewhere = The key of CA { $number } ({ $fingerprint }) is not in it. Put { $file } beside ca.pem, readable by its owner alone, before the collector is started.
backup-file = { $file } cannot be used: { $detail }.
backup-archive = The backup cannot be written or read to its end: { $detail }. Check the disk, then try again or take another copy.
backup-shape = This is no whole backup: { $detail }. Take another copy.
backup-part = The part { $name } of the backup is not what its manifest says. Take another copy.
backup-database = The database in the backup is damaged: { $detail }. Take an older backup.
backup-chain = A hash chain of the backup does not hold ({ $which }): its record was changed or is not whole. Take another backup.
backup-in-use = { $file } is in use. Give a folder that does not exist or is empty.
## Looks from outside

cli-endpoint = Access points of systems: web sites, mail servers, zones.
cli-endpoint-add = Enter an endpoint of a system.
    .address = A DNS name or an address.
    .system = Id or name of the system.
    .kind = How to speak to it: http, https, tls, ssh, smtp, tcp, mail_domain or dns_zone.
    .port = The port, where it is not the usual one. 1 to 65535.
    .sni = The TLS name to ask for, where it is another one.
    .on = Id of the host that answers there. It then also looks at the endpoint itself, and what it claims is compared.
cli-endpoint-list = List endpoints.
    .system = Only those of the system with this id or name.
cli-endpoint-show = Show one endpoint, what was seen there, and what contradicts it.
    .endpoint = Id of the endpoint.
cli-endpoint-archive = Take an endpoint out. Its log stays.
    .endpoint = Id of the endpoint.
cli-authorisation = Who permitted in writing to look at endpoints. Without one, nothing is sent.
cli-authorisation-add = Put an authorisation on record, with its document.
    .agency = Id or name of the agency whose endpoints it covers.
    .system = Only for the system with this id or name.
    .number = Number of the document.
    .dated = Date of the document, as 2026-11-22.
    .signed_by = Who signed it.
    .covers = What it covers: a name, *.name, address or network, with ports, such as 'cong.tinh.gov.vn:443' and '203.0.113.0/28:22,443'. A name needs the addresses that it leads to beside it; a zone is its name with port 53. May be given several times.
    .from = Its first day, as 2026-11-22.
    .until = Its last day. At most a year later.
    .document = The signed document. It is kept.
cli-authorisation-list = List authorisations.
    .agency = Only those of the agency with this id or name.
cli-authorisation-show = Show one authorisation.
    .authorisation = Id of the authorisation.
    .document = Also write its document to this new file.
cli-authorisation-revoke = Revoke an authorisation: nothing more is sent under it.
    .authorisation = Id of the authorisation.
    .why = Why, for the record.
cli-probe = Looks at endpoints from outside, and their log.
cli-probe-now = Look at an endpoint now.
    .endpoint = Id of the endpoint.
cli-probe-log = Show what was sent where, newest first.
    .endpoint = Only that of the endpoint with this id.
    .rows = How many rows, 1 to 10000. Default: 100.
cli-probe-verify = Check that no row of the log was changed or taken out.
head-address = ADDRESS
head-connections = CONNECTIONS
head-covers = COVERS
head-last-look = LAST LOOK
head-number = DOCUMENT
head-outcome = OUTCOME
head-step = STEP
head-target = ENDPOINT
head-time = TIME
head-until = UNTIL
head-what = WHAT
endpoint-kind-http = HTTP
endpoint-kind-https = HTTPS
endpoint-kind-tls = TLS
endpoint-kind-ssh = SSH
endpoint-kind-smtp = SMTP
endpoint-kind-tcp = TCP
endpoint-kind-mail-domain = mail domain
endpoint-kind-dns-zone = DNS zone
endpoint-state-new = not looked at yet
endpoint-state-not-authorised = not authorised: nothing was sent
endpoint-state-unresolved = the name has no address, or too many
endpoint-state-elsewhere = leads to an address that is not covered: nothing was sent there
endpoint-state-looked-at = looked at
endpoint-state-failed = the collector could not look
endpoint-page =
    { $name } ({ $kind })
    Id: { $id }
    System: { $system }
    Last look: { $state }, { $at }
endpoint-permitted = Permitted by document { $number } (authorisation { $id }) until { $until }
endpoint-not-permitted = No authorisation on record covers it now: nothing is sent.
endpoint-finding = { $verdict } { $part } at { $address }, { $at }
endpoint-contradiction = { $how ->
        [proved] Contradiction
        [lapsed] Contradiction that lapsed and counts no more, for nobody looked there again in time
       *[noted] Contradiction, to be seen again after the host's next run
    }: { $check } of host { $host } says { $claimed }; seen: { $seen }
endpoint-bad-host = “{ $host }” does not fit: give a DNS name or an address without scheme, port or path. A zone is a name and has no port.
endpoint-no-port = Give the port with --port: this kind has no usual one.
endpoint-other-system = The host “{ $host }” is not of the system “{ $system }”: give one of its own hosts.
authorisation-added = Document { $number } is on record as authorisation { $id }. SHA-256 { $sha }.
authorisation-revoked = Document { $number } is revoked: nothing more is sent under it.
authorisation-page =
    Document { $number } of { $dated }, signed by { $signed }
    Id: { $id }
    Agency: { $agency }; system: { $system }
    Covers: { $covers }
    From { $from } until { $until }: { $state }
    Revoked because: { $why }
    Recorded by { $recorded }, { $at }
    SHA-256: { $sha }
authorisation-state-holds = holds
authorisation-state-future = not yet
authorisation-state-expired = expired
authorisation-state-revoked = revoked
authorisation-bad-cover = “{ $cover }” is no target: write a name of at least two parts, an address or a network, and the ports, such as a.gov.vn:443 or [2001:db8::/32]:22,443.
authorisation-bad-date = “{ $date }” is no date: write it as 2026-11-22.
authorisation-file = { $file } cannot be put on record: { $detail }. Give the signed document, of at most 32 MiB.
authorisation-many = At most { $most } targets fit in one authorisation: record several.
authorisation-period = The last day is before the first, or more than { $days } days later: check --from and --until.
authorisation-words = Number, signatory and reason each need 1 to { $most } characters on one line.
probe-done = { $name }: { $state }
probe-step-begun = begun
probe-step-ended = ended
probe-step-refused = not sent
probe-log-holds = The log holds: no row was changed or taken out.
probe-log-broken = The log does not hold at row { $seq }: somebody changed the store. Keep it as evidence and restore a backup.
## The record

cli-verify = Verify the record: signatures, chains, digests, evidence and verdicts. Reads only; works on a stopped collector's folder or a copy, without a network.
    .host = Only the runs, findings and events of the host with this id.
    .expect = A head that an earlier run of this command printed and that was kept outside: the record must still hold it.
    .ca = CA certificates to trust, in place of ca.pem in the folder. May be given several times.
cli-audit = The log of who did what.
cli-audit-export = Write the log to standard output, with its hashes.
    .from = The first day, as 2026-11-22 (Viet Nam time).
    .to = The last day, as 2026-11-22 (Viet Nam time).
    .format = jsonl, or csv for spreadsheets. Default: jsonl.
    .agency = Only what concerns the agency with this id or name.
cli-audit-verify = Verify an exported file by itself.
    .file = The file.
cli-release = The programs of releases, with which those of agents are compared.
cli-release-add = Enter the programs that a release's SHA256SUMS names.
    .release = The release, such as 0.2.0.
    .file = The list, as sha256sum writes it. Check its signature first.
cli-release-list = List the programs.
cli-release-remove = Take a release out: agents that run it are then of no known release.
    .release = The release.
cli-host-integrity = What speaks against a host.
cli-host-integrity-list = List what speaks against a host.
    .host = Id of the host.
cli-host-integrity-ack = Say that somebody has looked at an event. It stays on record.
    .host = Id of the host.
    .kind = What was noticed: a kind such as check-vanished or unknown-binary.
    .subject = On what: a check id. Leave it out where the event names none.
    .why = What came of it, for the record.

head-entered = ENTERED
head-hash = SHA-256
release-added = { $release }: { $count ->
        [one] 1 new program
       *[other] { $count } new programs
    } entered. Agents are compared when they next connect.
release-bad-list = { $file } is no list of a release (line or reason: { $detail }). Give a file as sha256sum writes it: a hash and a name on each line.
audit-no-log = { $file } is no exported audit log, or an empty one. Make one with “capdo-collector audit export”.
audit-bad-range = The first day lies after the last one.
audit-bad-date = “{ $date }” is no date: write it as 2026-11-22.
audit-unread = { $file } cannot be read: { $detail }. Check the path and your rights.
audit-file = { $file }: { $entries } entries, from { $first } to { $last }; left out between them: { $out }. Last hash: { $sha }
audit-holds = Every entry holds, and names the one before it wherever that is in the file.
audit-broken = Line { $line }: { $what }.
verify-bad-ca = { $file } gives no CA certificate: { $detail }. Name the CA's certificate in PEM with --ca.
verify-bad-head = “{ $head }” is no head: give it as an earlier “verify” printed it, a number, a hyphen and 64 hexadecimal digits.
verify-changing = The store was changed while it was verified. Run this again, or on a copy.
verify-not-held = The record does not hold. Keep the folder as it is, and compare it with a backup.
verify-break = BROKEN { $table } { $row }: { $what }
verify-break-more = BROKEN { $table } { $row }: { $what } ({ $detail })
verify-more = … and { $count } more
verify-counts = Verified: { $hosts } hosts, { $certificates } certificates, { $runs } runs, { $changes } changes, { $findings } findings, { $observations } observations, { $audit } audit entries, { $probes } rows of the log of probes, { $record } rows of the record
verify-ca = Trusted CA, SHA-256: { $fingerprint }
verify-keys-only = Certificates of which only the key is on record, issued by an older version: { $count }
verify-runs-before = Runs from before the record began, taken as they stood then: { $count }
verify-stand-unsaid = Agencies, systems, hosts, endpoints and authorisations of a store that this version has not opened yet, taken as they stand: { $count }
verify-other-rules = Findings judged by the rules of another version, not judged again: { $count }
verify-took = Took { $ms } ms ({ $thousand } ms for 1,000 runs)
verify-expected = The record still holds the head that was given.
verify-holds =
    Everything holds. Keep this head outside the collector, and give it to --expect next time:
    { $head }
verify-what-claims = the claims or times of this host's findings are not those of its last run
verify-what-content = the content was changed: it does not give its hash
verify-what-counter = the counter does not rise
verify-what-differs = the content is not what the record says
verify-what-digest = the changes up to this run do not give the digest that the agent signed
verify-what-gap = rows before it are missing
verify-what-head-cut = the record ends before the head that was given: its end was cut off
verify-what-head-other = the record holds another row in the place of the head that was given
verify-what-missing = it is on record and is not there
verify-what-no-run = it names a run that does not stand there
verify-what-nonce = the nonce is not the one that was assigned
verify-what-order = it does not name the row before it: rows were reordered or replaced
verify-what-revoked = it is signed with a key that was revoked before
verify-what-signature = no certificate of this host fits the signature
verify-what-unreadable = it cannot be read
verify-what-unrecorded = it is there and not on record
verify-what-untrusted = no trusted CA vouches for it
verify-what-verdict = the evidence gives another verdict or reason

## Who is turned away

cli-ban = Who is turned away for breaking the protocol.
cli-ban-list = List who is turned away just now, and until when.
cli-ban-lift = Let a host or an address in again, from now on.
    .offender = Id of the host, or an IP address. Of an IPv6 address the whole network (/64) is meant.

head-offence = WHAT IT DID
head-offender = WHO
offence-deaf = does not read answers
offence-flood = far more messages than needed
offence-http2 = breaks HTTP/2
offence-message = messages that break the protocol
offence-not-let-in = a token or certificate that is not good
offence-order = messages out of order
offence-slow = takes too long
offence-too-often = comes too often
ban-lifted = { $name } is let in again within a second. The count begins anew.
ban-none = No ban of { $name } is on record. Should one have begun just now, it ends within a second.
host-enabled-again = { $name } ({ $id }) is enabled and no longer turned away: its agent may connect within a second.
