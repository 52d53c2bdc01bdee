# Everything that the agent says to people, besides the texts of the checks.

## The command line

cli = Observes this server, judges it against the national standards, and reports to the collector.
    .lang = Language of what is shown: vi or en. Otherwise from LC_ALL, LC_MESSAGES or LANG; Vietnamese by default.
    .config = Configuration file. Default: /etc/capdo/agent.toml.
    .help = Show this help.
    .version = Show the version.
cli-usage = Usage
cli-options = Options
cli-commands = Commands
cli-command = COMMAND
cli-scan = Look once and report here. Needs no collector and no configuration, and changes nothing.
    .level = Level of the information system to judge at, 1 to 5. Default: 2.
    .only = Only this check or family, for example ssh or ssh.root-login. May be given several times.
    .root = Look at the file system mounted at this folder instead of the running server.
    .json = Print JSON (format capdo-scan/1) instead of a table.
    .after = Exit status:
        {"  "}0   everything passes, passes in part, or does not apply
        {"  "}1   something fails
        {"  "}2   nothing fails, but something could not be assessed
        {"  "}64  the command line or the configuration is wrong
        {"  "}70  capdo-agent itself failed

        JSON: an object with format, agent_version, window (live or image), host, standard, level, lang, started_at, finished_at, findings, totals (findings per verdict) and cost (cpu_ms, peak_rss_kib). Each finding has check, family, subject, title, verdict (pass, partial, fail, not_applicable or unknown), reason, reason_key, severity, confidence, fix, facts (name, vantage, value, source), gap, disagreements, controls (id, clause, title), observed_at and took_ms.
cli-checks = Read about the checks.
cli-checks-list = List all checks.
    .json = Print JSON: a list of pages.
cli-checks-show = Show the page of one check: why it matters, how to confirm it by hand, how to fix it, what each level asks for.
    .id = Id of the check, for example account.uid-zero.
    .json = Print JSON.
cli-config = Look at the configuration.
cli-config-check = Check a configuration file and name everything that is wrong with it.
    .file = File to check. Default: the file of --config, else /etc/capdo/agent.toml.
cli-enroll = Get this server an identity from the collector, with the one-time token that you were given.
    .collector = Address of the collector, as HOST:PORT.
    .token = The one-time token; - reads it from standard input. Other users can see a token on the command line, so prefer - or --token-file.
    .token_file = File that holds the one-time token.
    .ca_sha256 = SHA-256 fingerprint of the collector's CA certificate, as the collector shows it.
    .ca_file = The collector's CA certificate (PEM).
    .force = Replace the identity that this server has.
cli-run = Serve: observe on schedule and report to the collector. Started by systemd.
cli-status = Show identity, certificate, last run, what waits to be sent, and the connection.
    .json = Print JSON.
cli-completions = Print completions for a shell.
    .shell = Which shell.
cli-man = Write the man pages.
    .dir = Folder to write them to.

usage-more = Run “capdo-agent --help” for all commands and options.
usage-unknown-command = There is no command “{ $name }”. Nearest: { $valid }.
usage-unknown-argument = There is no option “{ $arg }” here.
usage-no-value = “{ $arg }” needs a value.
usage-invalid-value = “{ $value }” is no value for { $arg }. Possible: { $valid }.
usage-missing = Missing: { $arg }.
usage-no-command = A command is missing.
usage-conflict = “{ $arg }” and “{ $other }” cannot be given together.
usage-other = The command line is not understood ({ $detail }).

## Scan

no-such-check = There is no check or family “{ $asked }”. Nearest: { $nearest }. “capdo-agent checks list” lists all.
scan-root = The folder of --root cannot be opened: { $detail }. Give a folder where a file system is mounted.
report-head = { $host } ({ $system }), level { $level }, { $standard }
report-totals = { $fail } fail, { $unknown } not assessed, { $partial } in part, { $pass } pass, { $not_applicable } not applicable
report-hint = How to fix one of these: capdo-agent checks show { $check }
report-cost = Cost of this scan: { $cpu } ms of processor time, at most { $rss } MiB of memory

verdict-pass = PASS
verdict-partial = IN PART
verdict-fail = FAIL
verdict-not-applicable = N/A
verdict-unknown = NOT ASSESSED


## Pages of checks

page-family = Family
page-severity = Severity
page-confidence = Confidence
page-needs = Needs
page-why = Why it matters
page-confirm = Confirm it by hand
page-fix = Fix
page-fix-debian = Fix on Debian and Ubuntu
page-fix-rhel = Fix on RHEL, AlmaLinux, Rocky and Oracle Linux
page-fix-alpine = Fix on Alpine
page-levels = What each level asks for
page-level = Level { $level }
page-level-none = no figure of its own
severity-low = low
severity-medium = medium
severity-high = high
severity-critical = critical
confidence-low = low: a sign that usually means what it seems to
confidence-medium = medium: sound, with exceptions
confidence-high = high: the evidence is the thing itself
need-nothing = nothing special
need-root = root, or the right to read every file
need-live = a running system
need-loopback = a connection to the server's own addresses

## Configuration

config-fine = { $file }: no problem found.
config-problems = { $file } needs changes:
config-read = { $file }: cannot be read ({ $detail }). Create it, or name another with --config.
config-unknown-key = unknown key `{ $key }`. Did you mean `{ $nearest }`?
config-missing-key = key `{ $key }` is missing. Add it.
config-bad-value = key `{ $key }` cannot have this value ({ $detail }). Correct it.
config-syntax = not valid TOML ({ $detail }). Correct this line.
config-address = `collector.address` is “{ $value }”, which is not HOST:PORT. Write for example "collector.example.gov.vn:8443".
config-two-anchors = `collector.ca_file` and `collector.ca_sha256` are both set. Keep one of them.
config-pin = `collector.ca_sha256` is not a SHA-256. Write its 64 hexadecimal digits, as the collector shows them.
config-relative = `{ $key }` is not an absolute path. Begin it with “/”.
config-period = `{ $key }` is “{ $value }”, which is not a length of time. Write a number and s, m, h or d, for example "24h".
config-interval = `schedule.interval` must be from 60 seconds to 31 days. Write for example "24h".
config-jitter = `schedule.jitter` is longer than `schedule.interval`. Shorten it.
config-port-zero = `[declared]` names port 0. Write a port from 1 to 65535.
config-not-an-ip = `declared.approved_dns` holds “{ $value }”, which is not an IP address. Write the resolver's IP address.
config-world-writable = Warning: every user may change this file. Run “chmod o-w” on it.

man-failed = The man pages cannot be written to { $dir }: { $detail }. Give a folder that you may write to.

## Enrolment and identity

identity-none = This server has no identity yet ({ $file }). Run “capdo-agent enroll” with the token that you were given.
identity-exists = This server has an identity already ({ $file }). Give --force to replace it; the old one can then no longer be used here.
identity-io = { $file }: { $detail }. Run the command as the user that the service runs as, or as root.
identity-broken = { $file } cannot be used: { $detail }. Enrol again with --force.
identity-crypto = Keys cannot be made or read: { $detail }.
dial-address = “{ $address }” is not an address of the form HOST:PORT.
dial-unreachable = The collector at { $address } does not answer: { $detail }. Check the address, the network and the firewall.
dial-untrusted = What answers at { $address } is not the collector that you trust: { $detail }. Compare the CA fingerprint with what the collector shows; do not go on if they differ.
dial-tls = No TLS 1.3 connection with { $address }: { $detail }. Check that this is the collector's port for agents.
enroll-ca = The CA of the collector cannot be used: { $detail }. Give its PEM file, or the 64 hexadecimal digits of its SHA-256.
enroll-token = The token was not accepted: it is mistyped, used already, or expired. Ask for a new one.
enroll-no-trust = Say whom to trust: --ca-sha256 with the fingerprint that the collector shows, or --ca-file with its CA certificate; or set one of them under [collector] in the configuration.
enroll-token-unread = The token cannot be read: { $detail }.
enroll-too-often = The collector takes no more attempts for now. Wait a few minutes, then try again.
enroll-answer = The collector's answer cannot be used: { $detail }. Check that collector and agent have versions that go together.
enroll-refused = The collector refused: { $detail }.
enroll-done = Enrolled with { $collector } as host { $host }. Now start the service: systemctl enable --now capdo-agent

## Service and status

spool-failed = { $file } cannot be used: { $detail }. Check the disk and the permissions; a damaged file may be moved away, and the agent then sends everything anew.
status-not-enrolled = This server is not enrolled. “capdo-agent scan” works without; “capdo-agent enroll” gets an identity.
status-identity = Host: { $host }
status-certificate = Certificate: { $days } days left
status-down = Service: not running (systemctl status capdo-agent)
status-connecting = Service: running, no session with { $collector }
status-connected = Service: running, in session with { $collector }
status-error = Last trouble: { $detail }
status-no-run = Last run: none yet
status-last-run = Last run: { $at }, number { $counter }, { $findings } findings
status-last-ack = Last taken by the collector: { $at }
status-next-run = Next run: { $at }
status-spool = Runs waiting to be sent: { $runs }
