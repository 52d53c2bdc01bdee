# Everything that the agent says to people, besides the texts of the checks.

## The command line

cli = Observes this server, judges it against the national standards, and reports to the collector.
    .lang = Language of what is shown: vi or en. Otherwise from LC_ALL, LC_MESSAGES or LANG; Vietnamese by default.
    .config = Configuration file. Default: /etc/capdo/agent.toml.
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
cli-probe = Look at one address from outside: what it shows to anybody, without logging in and without changing anything.
    .target = What to look at: HOST, HOST:PORT or [IPV6]:PORT. Every address of a name is looked at.
    .authorisation = Who permitted it, for example the number and date of a decision. Needed for every address that is not this server's own; the probe is then recorded in probes.log before anything is sent.
    .timeout = Seconds that one answer may take, 1 to 120. Default: 5.
    .ipv4 = Only addresses of IPv4.
    .ipv6 = Only addresses of IPv6.
    .json = Print JSON (format capdo-probe/1).
    .after = Exit status:
        {"  "}0   every address was probed
        {"  "}1   an address could not be probed, or the probe could not be put on record
        {"  "}64  the command line or the configuration is wrong, or --authorisation is missing

        JSON: an object with format, agent_version, probe, target, started_at and results. Each result has address and either found (what was seen) or gap (reason and detail).
        Record: one JSON line for each probe of an address that is not this server's own, in probes.log of the agent's state folder for root, else in $XDG_STATE_HOME/capdo (or ~/.local/state/capdo). If it cannot be written, nothing is sent.
cli-probe-tls = Show versions, suites, groups, certificates, weaknesses and the grade of a TLS service. Usual port: 443, or the one of --starttls.
    .target = { cli-probe.target }
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .ipv4 = { cli-probe.ipv4 }
    .ipv6 = { cli-probe.ipv6 }
    .json = { cli-probe.json }
    .after = { cli-probe.after }
    .starttls = Begin in this protocol: smtp, imap, pop3, ldap, postgres, mysql, ftp or xmpp.
    .sni = Name to ask for, and to compare the certificate with. Default: the name in the target.
    .intrusive = Also run the probes that could disturb a very old server: Heartbleed, CCS injection, ROBOT, Ticketbleed, renegotiation by the client.
cli-probe-http = Show redirects, HSTS, security headers, cookies, versions and security.txt of a web site. Without a port, 443 and 80 are looked at.
    .target = { cli-probe.target }
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .ipv4 = { cli-probe.ipv4 }
    .ipv6 = { cli-probe.ipv6 }
    .json = { cli-probe.json }
    .after = { cli-probe.after }
    .exposure = Also ask for repositories, settings files, dumps and internal pages that should not lie open. Needs --authorisation, for this server's own addresses too.
cli-probe-dns = Show the records of a zone, whether they are signed (DNSSEC), and its rules for mail: SPF, DMARC, MTA-STS, TLS reporting, TLSA; and CAA.
    .zone = The zone, for example xa.gov.vn.
    .server = Resolver to ask, an address. Default: the first one of /etc/resolv.conf. Needs --authorisation unless it is this server's own.
    .anchor = File of DNSKEY records to trust in place of the root's keys.
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .json = { cli-probe.json }
    .after = Exit status:
        {"  "}0   the zone was probed
        {"  "}1   an answer is missing, or the probe could not be put on record
        {"  "}64  the command line or the configuration is wrong, or --authorisation is missing
        {"  "}70  capdo-agent itself failed

        JSON: an object with format, agent_version, probe, target, server, started_at and found. Signatures are validated here, whatever the resolver says of them.
cli-probe-ssh = Show version, algorithms and ways to log in of an SSH server. Usual port: 22.
    .target = { cli-probe.target }
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .ipv4 = { cli-probe.ipv4 }
    .ipv6 = { cli-probe.ipv6 }
    .json = { cli-probe.json }
    .after = { cli-probe.after }
    .user = Also show which ways to log in the server names for this account. Nobody is logged in: no password and no key is offered.
cli-checks = Read about the checks.
cli-checks-list = List all checks.
    .json = Print JSON: a list of pages.
cli-checks-show = Show the page of one check: why it matters, how to confirm it by hand, how to fix it, what each level asks for.
    .id = Id of the check, for example account.uid-zero.
    .json = Print JSON.
cli-config = Look at the configuration.
cli-config-check = Check a configuration file and name everything that is wrong with it.
    .file = File to check. Default: the file of --config, else /etc/capdo/agent.toml.
cli-backup = Look at the backups of this server, and record restore tests.
cli-backup-list = Show the stores of backups on this server and the restore tests on record.
    .json = Print JSON.
cli-backup-attest-restore = Record that a backup was restored for a test. With --compare, the agent itself compares what was restored with the original.
    .target = What was restored, such as the path or address of the store, without passwords.
    .result = ok or failed.
    .note = What else should be known.
    .date = Day of the test. Default: today.
    .by = Who made the test. Default: the account that called sudo.
    .compare = The original and what was restored: two files or two folders. Every byte of both is read.
cli-enroll = Get this server an identity from the collector, with the one-time token that you were given.
    .collector = Address of the collector, as HOST:PORT.
    .token = The one-time token; - reads it from standard input. Other users can see a token on the command line, so prefer - or --token-file.
    .token_file = File that holds the one-time token.
    .ca_sha256 = SHA-256 fingerprint of the collector's CA certificate, as the collector shows it.
    .ca_file = The collector's CA certificate (PEM).
    .force = Replace the identity that this server has.
    .offline_request = On a one-way site: write a request to this file, to be carried to the collector.
    .offline_grant = On a one-way site: take the grant that came back. Needs --ca-sha256 or --ca-file.
cli-export = Write the runs that wait to a file, to be carried from a one-way site to the collector. Nothing is settled until a receipt comes back.
    .out = File to write. Default: capdo-HOST-RUN.runs in this folder.
    .since_receipt = Take this receipt first, as “receipt” does.
    .whole = Write the whole state after the latest run instead, for a collector that lacks what came before.
cli-receipt = Take the collector's receipt for a file that was carried to it: the runs in it are settled, and the next file holds only what changed.
    .file = The receipt. Its signature stands beside it, with .sig at the end.
cli-run = Serve: observe on schedule and report to the collector. Started by systemd.
cli-status = Show identity, certificate, last run, what waits to be sent, and the connection.
    .json = Print JSON.
cli-completions = Print completions for a shell.
    .shell = Which shell.
cli-man = Write the man pages.
    .dir = Folder to write them to.

## Scan

no-such-check = There is no check or family “{ $asked }”. Nearest: { $nearest }. “capdo-agent checks list” lists all.
check-by-collector = “{ $asked }” is made by the collector, from what this agent and others send; it cannot be tried here. See the page of this host at the collector.
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

## Probes

probe-target = “{ $target }” is no target. Write HOST, HOST:PORT or [IPV6]:PORT.
probe-no-address = { $target }: no address was found. Check the name, or leave -4 and -6 away. { $detail }
probe-not-authorised = { $target } ({ $address }) is not this server. Nothing was sent. If its owner permitted the probe, say who with --authorisation TEXT, for example the number and date of a decision; the probe is then recorded.
probe-authorisation = --authorisation needs 1 to 500 characters that say who permitted the probe.
probe-log = The probe cannot be recorded in { $file } ({ $detail }), so nothing was sent. Make the file writable, or run the command as a user who has a home folder.
probe-sni = “{ $name }” is no name that a server can be asked for. Write a host name such as www.example.gov.vn after --sni, or leave --sni away.
probe-silent-refused = The port is closed: { $address } refuses connections. Check the port, and that the service runs.
probe-silent-no-connection = No connection comes about: { $address } does not answer, or the network does not lead there. A firewall may drop what is sent.
probe-silent-mute = { $address } takes connections and gave no answer in time that could be used. The service may be stuck, or wait for another protocol; with --timeout it gets longer.
probe-silent-tls-at-once = { $address } speaks TLS from the first byte, and no { $protocol } before it. Leave --starttls away.
probe-silent-greets = { $address } answers otherwise than was asked: it greets as { $protocol } does. Try --starttls { $protocol }.
probe-silent-otherwise = { $address } answers otherwise than was asked: it speaks another protocol, or breaks off.
probe-head = { $target } at { $address }
probe-none = none
probe-yes = yes
probe-no = no
probe-ssh-protocol = Protocol
probe-ssh-software = Software
probe-ssh-no-algorithms = Algorithms: the server named none that could be read
probe-ssh-kex = Key exchange
probe-ssh-host-keys = Host keys
probe-ssh-ciphers = Ciphers
probe-ssh-macs = Message authentication
probe-ssh-compression = Compression
probe-ssh-broken = Broken algorithms
probe-ssh-legacy = Algorithms of old
probe-ssh-strict-kex = Strict key exchange
probe-ssh-terrapin = Open to Terrapin (CVE-2023-48795)
probe-ssh-post-quantum = Key exchange that holds against quantum computers
probe-ssh-open = { $user } is let in without any proof
probe-ssh-methods = Ways to log in that are named first for { $user }: { $methods }

probe-http-scheme = Site
probe-http-silent = no answer: { $why }
probe-http-status = Status
probe-http-away = Leads on to
probe-http-other-path = Other paths lead on to HTTPS too
probe-http-no-hsts = HSTS: none
probe-http-bad-hsts = HSTS: malformed, browsers ignore it
probe-http-hsts = HSTS: { $days } days
probe-http-no-security-txt = security.txt: none
probe-http-security-txt = security.txt: usable contacts: { $contacts }, valid until { $ends }
probe-http-frames = Kept out of foreign frames
probe-http-nosniff = Types are not guessed
probe-http-csp = Content-Security-Policy
probe-http-scripts = Foreign and inline scripts are kept from running
probe-http-referrer = Addresses are not handed to others
probe-http-cookies = Cookies
probe-http-versions = Exact versions told
probe-http-leaks = Lies open
probe-http-internal = Internal pages that answer
probe-http-catch-all = Answers 200 to paths that do not exist

probe-dns-resolver = Nothing can be asked: { $detail }.
probe-dns-silent = The resolver { $server } does not answer. Check the address, or name another with --server.
probe-dns-dnssec = DNSSEC
probe-dns-secure = signed and valid
probe-dns-insecure = not signed
probe-dns-bogus = signatures do not hold
probe-dns-indeterminate = cannot be told
probe-dns-unanswered = no answer that can be believed
probe-dns-spf = SPF ends with { $ends }; DNS questions: { $lookups } of 10, without answer: { $voids } of 2
probe-dns-spf-problems = SPF problems
probe-dns-spf-sound = SPF works and turns strangers away

## Pages of checks

checks-by-collector = { $title } (made by the collector)
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
config-cpu = `budget.cpu` must be from 1 second to 6 hours of processor time. Write for example "5m".
config-memory = `budget.memory_mib` must be from 16 to 4096. Write for example 80.
config-capability = `guest.capabilities` names “{ $value }”, which the agent never takes. It takes CAP_NET_ADMIN, CAP_SYS_PTRACE and CAP_AUDIT_CONTROL.
config-capability-for-nothing = `guest.capabilities` grants { $value } for no check. Name the checks that need it, for example ["net.open-ports"].
config-port-zero = `[declared]` names port 0. Write a port from 1 to 65535.
config-not-an-ip = `declared.approved_dns` holds “{ $value }”, which is not an IP address. Write the resolver's IP address.
config-endpoint-path = Endpoint { $endpoint }: `path` does not begin with “/”. Write for example "/login".
config-endpoint-realm = Endpoint { $endpoint }: the `path` of a Keycloak realm ends in “/realms/NAME”. Write for example "/realms/agency".
config-endpoint-file = Endpoint { $endpoint }: `password_file` or `config_file` is not an absolute path. Begin it with “/”.
config-endpoint-not-authorised = Endpoint { $endpoint }: a test account is only used with an `authorisation`. Write who permitted the test login, for example the number of the decision.
config-endpoint-no-login = Endpoint { $endpoint }: this kind has no login that could be tried. Remove `test_account`, or write kind "web_login".
config-endpoint-start = Endpoint { $endpoint }: a test login at “oidc” needs `client`, one at “saml” needs `start`; `start` and `origins` begin with “https://”, `address` is an IP address, and the path of `login_api` begins with “/”.
config-world-writable = Warning: every user may change this file. Run “chmod o-w” on it.

man-failed = The man pages cannot be written to { $dir }: { $detail }. Give a folder that you may write to.

## Enrolment and identity

run-already = Another capdo-agent already runs on { $folder }, probably the service (systemctl status capdo-agent). Stop that one first: two at once would count against this host.
identity-none = This server has no identity yet ({ $file }). Run “capdo-agent enroll” with the token that you were given.
identity-exists = This server has an identity already ({ $file }). Give --force for a new one; at the collector that it is enrolled with it stays the same host.
identity-io = { $file }: { $detail }. Run the command as the user that the service runs as, or as root.
identity-broken = { $file } cannot be used: { $detail }. Enrol again with --force.
identity-crypto = Keys cannot be made or read: { $detail }.

## The TPM

tpm-absent = There is no TPM at { $tpm }. If it was removed or switched off, put it back; if it is gone for good, this host needs a new key: ask an officer for a token for this host and run “capdo-agent enroll --force”.
tpm-denied = { $tpm } may not be opened. Add the user that the service runs as to the group of that device (usermod -aG tss capdo-agent), and start the service anew.
tpm-no-device = { $tpm } is no TPM: neither a device nor a socket. Correct `tpm` in agent.toml.
tpm-io = The TPM { $tpm } cannot be used: { $detail }. Look into the kernel’s messages (dmesg) for tpm.
tpm-slow = The TPM { $tpm } gave no answer in time. It is tried again; if that stays so, restart the machine.
tpm-busy = The TPM { $tpm } is kept busy by other programs. It is tried again.
tpm-answer = What answers at { $tpm } does not answer as a TPM 2.0 does: { $detail }.
tpm-owner = The TPM { $tpm } lets nobody make keys: its owner hierarchy has a password or is switched off. Have that undone, or set `tpm = "off"` in agent.toml and enrol again.
tpm-lockout = The TPM { $tpm } is locked, after too many wrong passwords of some program. Wait, or have its administrator reset that (tpm2_dictionarylockout -c).
tpm-foreign = The host’s key is not of the TPM { $tpm }: it was cleared or replaced, or these files come from another machine. Ask an officer for a token for this host and run “capdo-agent enroll --force”.
tpm-refused = The TPM { $tpm } refused with code { $detail }. “tpm2_rc_decode { $detail }” explains it.
tpm-off = The host’s key is in its TPM, and agent.toml says `tpm = "off"`. Take that line out, or ask an officer for a token for this host and run “capdo-agent enroll --force”.
dial-address = “{ $address }” is not an address of the form HOST:PORT.
dial-unreachable = The collector at { $address } does not answer: { $detail }. Check the address, the network and the firewall.
dial-untrusted = What answers at { $address } is not the collector that you trust: { $detail }. Compare the CA fingerprint with what the collector shows; do not go on if they differ.
dial-tls = No TLS 1.3 connection with { $address }: { $detail }. Check that this is the collector's port for agents.
enroll-ca = The CA of the collector cannot be used: { $detail }. Give its PEM file, or the 64 hexadecimal digits of its SHA-256.
enroll-known = This machine has an identity at the collector already. Enrol with the state folder that holds its key (--force keeps the identity), or ask an officer for a token for this host. If the machine was cloned, give it a machine id of its own first: remove /etc/machine-id and run systemd-machine-id-setup.
enroll-token = The token was not accepted: it is mistyped, used already, or expired. Ask for a new one.
enroll-no-trust = Say whom to trust: --ca-sha256 with the fingerprint that the collector shows, or --ca-file with its CA certificate; or set one of them under [collector] in the configuration.
enroll-token-unread = The token cannot be read: { $detail }.
enroll-too-often = The collector takes no more attempts for now. Wait a few minutes, then try again.
enroll-answer = The collector's answer cannot be used: { $detail }. Check that collector and agent have versions that go together.
enroll-refused = The collector refused: { $detail }.
enroll-done = Enrolled with { $collector } as host { $host }. Now start the service: systemctl enable --now capdo-agent
enroll-key-tpm = The host’s key was made in its TPM ({ $tpm }) and does not leave it.
enroll-key-file = The host’s key is in a file: agent.toml says to use no TPM.
enroll-key-no-tpm = The host’s key is in a file: there is no TPM ({ $tpm }).
enroll-key-denied = The host’s key is in a file: there is a TPM ({ $tpm }), and the user of the service may not open it. To use it: usermod -aG tss capdo-agent; the key moves into it with the next renewal of the certificate.

## Service and status

spool-failed = { $file } cannot be used: { $detail }. Check the disk and the permissions; a damaged file may be moved away, and the agent then sends everything anew.
status-not-enrolled = This server is not enrolled. “capdo-agent scan” works without; “capdo-agent enroll” gets an identity.
status-identity = Host: { $host }
status-certificate = Certificate: { $days } days left
status-key-file = Key: in a file
status-key-tpm = Key: in the TPM { $tpm }
status-down = Service: not running (systemctl status capdo-agent)
status-connecting = Service: running, no session with { $collector }
status-connected = Service: running, in session with { $collector }
status-carried = Service: running; its runs are carried in files (capdo-agent export)
status-error = Last trouble: { $detail }
status-spool-error = Nothing can be kept on disk: { $detail }
status-disk-full = The disk of the state folder is full: runs are kept in memory only, the latest alone. Free some space.
status-disk-read-only = The state folder is mounted read-only: runs are kept in memory only, the latest alone. Check the disk and mount it writable again.
status-stuck = A RUN DOES NOT END: it began at { $at }. Something on this server does not answer, such as a broken disk; until it does, nothing new is seen. systemd starts the service anew.
status-clock-ahead = The clock of this server is { $seconds } s ahead of the collector’s. Set it right: evidence is dated by it.
status-clock-behind = The clock of this server is { $seconds } s behind the collector’s. Set it right: evidence is dated by it.
status-given-up = Runs that the collector never got: { $runs }. They were given up for want of room, or refused; the collector is told.
status-no-run = Last run: none yet
status-last-run = Last run: { $at }, number { $counter }, { $findings } findings
status-cost = Cost of that run: { $cpu } ms of processor time, at most { $rss } MiB of memory
status-cost-limited = Cost of that run: { $cpu } ms of processor time (limit { $cpu_limit } s), at most { $rss } MiB of memory (limit { $rss_limit } MiB)
status-over-budget = OVER BUDGET: { $checks } checks were not made, or not to their end. They count as not assessed; raise [budget] in agent.toml, or find what takes so much.
status-guest-user = Runs as: { $user ->
    [root] root (the unit file gives it a user of its own)
   *[own] user { $uid }, not root
  }
status-guest-capabilities = Rights: { $names }
status-guest-no-capabilities = none beyond those of its user
status-guest-no-new-privs = No new rights (no_new_privs): { $in_force ->
    [yes] in force
   *[no] NOT in force
  }
status-guest-landlock = Writes, programs and ports (Landlock): { $abi ->
    [0] NOT in force; the kernel has none, or something switches it off or refuses it
   *[other] in force, version { $abi }{ $ports ->
        [no] ; opening ports is refused by the filter of system calls alone
       *[yes] { "" }
    }
  }
status-guest-seccomp = Filter of system calls (seccomp): { $in_force ->
    [yes] in force
   *[no] NOT in force
  }
status-guest-priority = Priority: nice { $nice }, disk { $idle ->
    [yes] only when idle
   *[no] behind others
  }
status-last-ack = Last taken by the collector: { $at }
status-next-run = Next run: { $at }
status-spool-unread = Runs waiting to be sent: not to be read now ({ $detail })
status-spool = Runs waiting to be sent: { $runs }

## Probe of TLS

probe-tls-none = This address does not speak TLS.
probe-tls-greets = It greets as { $protocol } does, which turns to TLS only when asked. Try --starttls { $protocol }.
probe-tls-versions = Versions
probe-tls-offered = offered
probe-tls-refused = not offered
probe-tls-unclear = not clear
probe-tls-not-asked = not asked
probe-tls-suites = Cipher suites of { $version } ({ $order }; strength in bits)
probe-tls-order-server = in the order that the server prefers
probe-tls-order-client = the client's order counts
probe-tls-order-unclear = whose order counts is not clear
probe-tls-anonymous = nobody is authenticated
probe-tls-weak = weak
probe-tls-old = outdated
probe-tls-no-fs = no forward secrecy
probe-tls-cbc = no AEAD
probe-tls-exchange = Key exchange and signatures
probe-tls-groups = Groups of TLS 1.3
probe-tls-curves = Curves of TLS 1.2 and before
probe-tls-dh = Diffie-Hellman group, bits
probe-tls-signatures = Signatures
probe-tls-alpn = Protocols on top (ALPN)
probe-tls-traits = Traits
probe-tls-compression = Compression
probe-tls-renegotiation = Secure renegotiation
probe-tls-client-renegotiation = Renegotiation by the client
probe-tls-fallback = Refuses a forced fallback
probe-tls-ems = Extended master secret
probe-tls-etm = Encrypt-then-MAC
probe-tls-tickets = Session tickets
probe-tls-ids = Session ids
probe-tls-early = Early data (0-RTT)
probe-tls-heartbeat = Heartbeat
probe-tls-sentinel = Warns of a downgrade
probe-tls-tolerant = Tolerates the unknown (GREASE)
probe-tls-opportunistic = Works without TLS as well
probe-tls-clear-login = Offers logins before TLS
probe-tls-unknown-name = Answer to an unknown name
probe-tls-weaknesses = Weaknesses
probe-tls-vulnerable = VULNERABLE
probe-tls-sound = not vulnerable
probe-tls-cut = Not answered to the end
probe-tls-part-certificates = Certificates
probe-tls-part-suites = Cipher suites of { $version }
probe-tls-asked = asked for { $name }
probe-tls-asked-none = asked without a name
probe-tls-chain = Certificate chain { $number } ({ $asked })
probe-tls-root = Root, sent along
probe-tls-issuer = Intermediate
probe-tls-subject = For
probe-tls-issued-by = Issued by
probe-tls-issuer-says = The issuer's name speaks of
probe-tls-known-national-root = the Vietnamese national root (a name alone is no proof)
probe-tls-known-government = the Vietnamese Government's specialised authority (a name alone is no proof)
probe-tls-known-public = a public authority of Viet Nam (a name alone is no proof)
probe-tls-names = Names
probe-tls-validity = Valid
probe-tls-valid = { $from } to { $until }, { $left } days left
probe-tls-expired = EXPIRED on { $until }
probe-tls-not-yet = NOT YET, only from { $from }
probe-tls-key = Key
probe-tls-hash = Hash of the signature
probe-tls-usage = Key usage
probe-tls-is-ca = may sign other certificates (an authority)
probe-tls-not-server = not meant for servers
probe-tls-serial = Serial number
probe-tls-fingerprint = Fingerprint (SHA-256)
probe-tls-spki = Public key (SHA-256)
probe-tls-scts = Certificate transparency, embedded
probe-tls-ocsp = OCSP
probe-tls-crl = Revocation lists
probe-tls-trust = Trusted by
probe-tls-store-public = Mozilla's public roots
probe-tls-store-agency = the agency's declared authorities
probe-tls-store-system = this host's own store
probe-tls-anchor = Root
probe-tls-self-signed = itself: self-signed, nobody else vouches for it
probe-tls-serial-bits = { $serial } ({ $bits } bits)
probe-tls-lifetime = Lifetime
probe-tls-too-long = { $days } days, longer than the { $limit } days that browsers permit for a public certificate of that date
probe-tls-alert = refused (alert { $code })
probe-tls-unknown-name-same-chain = the same chain
probe-tls-unknown-name-other-chain = another chain
probe-tls-problem-unknown-issuer = the issuer is unknown
probe-tls-problem-expired-issuer = an issuer's certificate has expired
probe-tls-problem-issuer-not-valid-yet = an issuer's certificate is not valid yet
probe-tls-problem-authority-used-as-server-certificate = an authority's certificate is used for a server
probe-tls-problem-server-certificate-used-as-authority = a server's certificate is used as an authority
probe-tls-problem-not-for-servers = not for servers
probe-tls-problem-name-constraint = the name is outside of what the issuer may certify
probe-tls-problem-chain-too-long = the chain is too long
probe-tls-problem-bad-signature = a signature is wrong
probe-tls-problem-unknown-critical-extension = a critical extension is unknown
probe-tls-problem-old-certificate-version = the certificate is of an old version
probe-tls-problem-weak-or-unknown-algorithm = a weak or unknown algorithm
probe-tls-problem-invalid-chain = the chain is invalid
probe-tls-problem-no-certificate = no certificate
probe-tls-problem-unreadable = unreadable
probe-tls-untrusted = NOBODY
probe-tls-name-matches = Bears the name
probe-tls-shape = Chain
probe-tls-shape-fine = complete and in order
probe-tls-out-of-order = out of order
probe-tls-incomplete = it ends at an issuer that is not known here
probe-tls-duplicates = a certificate is sent twice
probe-tls-root-sent = the root is sent along, which is needless
probe-tls-extra = certificates that do not belong to it
probe-tls-unreadable = a certificate cannot be read
probe-tls-staple = OCSP response, stapled
probe-tls-staple-none = none
probe-tls-staple-must = none, and the certificate demands one
probe-tls-staple-bad = not usable
probe-tls-staple-unsigned = not signed by the issuer
probe-tls-staple-old = out of date
probe-tls-staple-good = good
probe-tls-staple-revoked = REVOKED
probe-tls-staple-unknown = the issuer does not know the certificate
probe-tls-grade = Grade by SSL Labs' guide 2009r
probe-tls-numbers = score { $total } (protocol { $protocol }, key exchange { $exchange }, cipher { $cipher })
probe-tls-without-trust = Trust and name left aside: { $letter }
probe-tls-unmeasured = Could not be measured, may be worse
probe-tls-mozilla = Mozilla's profiles, version 6.0
probe-tls-modern = Satisfies “modern”.
probe-tls-intermediate = Satisfies “intermediate”.
probe-tls-no-profile = Satisfies neither “modern” nor “intermediate”.
probe-tls-not-modern = Not modern
probe-tls-not-intermediate = Not intermediate
probe-tls-note = Note
labs-score = The score is { $about }.
labs-ssl2 = SSL 2.0 is offered.
labs-ssl3-only = Nothing newer than SSL 3.0 is offered.
labs-no-tls12 = Nothing newer than TLS 1.1 is offered.
labs-ssl3 = SSL 3.0 is offered.
labs-old-tls = TLS 1.0 or 1.1 is offered.
labs-poodle = SSL 3.0 with CBC suites (POODLE).
labs-anonymous = Suites without authentication: { $about }.
labs-export = Suites weakened for export: { $about }.
labs-weak = Suites of less than 112 bits: { $about }.
labs-rc4-new = RC4 in TLS 1.1 or newer: { $about }.
labs-rc4 = RC4: { $about }.
labs-sweet32 = Ciphers with short blocks in TLS 1.1 or newer (SWEET32): { $about }.
labs-no-aead = No suite with authenticated encryption.
labs-no-fs = No suite with forward secrecy.
labs-beast = CBC suites in TLS 1.0 or before (BEAST).
labs-key-exchange = The key exchange or a key is weak.
labs-heartbleed = Heartbleed (CVE-2014-0160).
labs-ccs = CCS injection (CVE-2014-0224).
labs-ticketbleed = Ticketbleed (CVE-2016-9244).
labs-robot = ROBOT: an RSA padding oracle.
labs-drown = SSL 2.0 with RSA (DROWN).
labs-crime = Compression (CRIME).
labs-md5 = A signature rests on MD2 or MD5.
labs-exponent = An RSA key has the exponent 1.
labs-sha1 = A signature rests on SHA-1.
labs-self-signed = The certificate is self-signed.
labs-untrusted = Nobody vouches for the chain: { $about }.
labs-expired = A certificate is out of its validity.
labs-revoked = The certificate is revoked.
labs-name = The certificate does not bear the name.
labs-incomplete = The chain is incomplete.
labs-no-tls13 = TLS 1.3 is not offered.
labs-renegotiation = No secure renegotiation.
labs-hsts = HSTS is missing or shorter than six months.
labs-hsts-unknown = HSTS was not asked for, so A+ cannot be given.
mozilla-version = Old versions: { $about }.
mozilla-no-tls13 = TLS 1.3 is not offered.
mozilla-unclear = Not clear: { $about }.
mozilla-suite = Weaker suites: { $about }.
mozilla-group = Weaker groups: { $about }.
mozilla-compression = Compression is on.
mozilla-key = The key does not suffice: { $about }.
mozilla-hash = The signature rests on { $about }.
mozilla-lifetime = The certificate lasts { $about } days; 366 are the most, 90 are recommended.
mozilla-hsts = HSTS is shorter than two years.
mozilla-hsts-unknown = HSTS was not asked for.
mozilla-no-post-quantum = No group that holds against quantum computers (X25519MLKEM768).

## Backups

backup-stores = Stores of backups:
backup-no-stores = No store of backups was found on this host.
backup-store = { $path }: { $form }, { $count } copies, newest { $newest } by { $by ->
    [record] the tool's own record
   *[file] times of files
}
backup-store-empty = { $path }: { $form }, no copy
backup-gap = Not looked at: { $detail }
backup-tests = Restore tests on record:
backup-no-tests = No restore test is on record.
backup-test = { $date }: { $target }, { $result ->
    [ok] restored
   *[failed] FAILED
}, { $compared ->
    [yes] compared with the original
   *[no] not compared
}, by { $by }
backup-recorded = Recorded: restore test of { $date }, { $target }.
backup-compared = Compared: { $files } files, { $bytes } bytes, equal.
backup-not-equal = What was restored is not the same as the original. Nothing was recorded; record the test with --result failed.
backup-same-place = The original and what was restored are the same files. Restore into another folder and compare again.
backup-nothing-compared = There is nothing to compare: the original holds no data.
backup-unreadable = { $path } cannot be read: { $detail }
backup-future = { $date } lies in the future. Give the day on which the test was made.
backup-no-target = Say with --target what was restored, such as the folder or the address of the store.
backup-no-name = Say with --by who made the test.
backup-record-broken = { $path } cannot be used: { $detail }. Move it away and keep it; the next test begins a new record.
backup-record-unwritable = { $path } cannot be written: { $detail }. Run this as root.

## One-way sites

carry-request-done = The request is in { $file }. Carry it to the collector, and run there: capdo-collector host enroll-offline --system SYSTEM --out GRANT { $file }
carry-grant-done = Enrolled as host { $host } of a one-way site. Start the service (systemctl enable --now capdo-agent); it observes, and “capdo-agent export” writes its runs to a file.
carry-file = { $file } cannot be used: { $detail }
carry-frame = { $file } cannot be used: { $detail }. Copy it from the collector again.
carry-kind = { $file } is not the file that is needed here. Enrolment takes the grant that host enroll-offline wrote; “receipt” takes the receipt that import wrote, with its .sig beside it.
carry-signature = { $file } is not signed by a CA that is trusted here. Check the fingerprint of the collector's CA, and copy the file from the collector again.
carry-no-request = The grant answers no request that waits here. Run “capdo-agent enroll --offline-request FILE” and carry that file to the collector.
carry-connects = This host connects to its collector; its runs are not carried in files. For a one-way site enrol it with “capdo-agent enroll --offline-request FILE --force”.
carry-nothing = No run waits to be carried. Nothing was written.
carry-no-state = There is no run yet whose state could be written. Start the service and wait for its first run.
carry-other-host = { $file } is a receipt for another host.
carry-other-state = { $file } speaks of another state than the one that this host signed. Nothing is settled; write the whole state: capdo-agent export --whole
export-not-kept = The service cannot keep its runs, so none will ever wait: { $detail }. Mend that first (capdo-agent status).
export-down = The service does not run, so none will ever wait. Start it (systemctl start capdo-agent), and see what keeps it from running: systemctl status capdo-agent
export-done = { $file }: { $runs ->
    [one] 1 run
   *[other] { $runs } runs
} ({ $from } to { $to }), { $findings } findings, { $bytes } bytes. Carry it to the collector: capdo-collector import { $file }
export-done-gaps = { $file }: { $runs ->
    [one] 1 run
   *[other] { $runs } runs
} ({ $from } to { $to }), { $findings } findings, { $bytes } bytes. Older runs were given up for want of room; the collector notes the gap. Carry the file to it: capdo-collector import { $file }
receipt-done = The collector holds everything up to run { $counter }; runs settled by this: { $runs }.
