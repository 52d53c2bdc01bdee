# Texts of the family log.

log-daemon = A log service runs
    .why = Without a log service, nothing is left to investigate after an incident.
    .fix-debian = apt install rsyslog && systemctl enable --now rsyslog
    .fix-rhel = dnf install rsyslog && systemctl enable --now rsyslog
    .confirm = systemctl status rsyslog systemd-journald
    .pass = Running: { $daemons }.
    .partial-boot = Running, but not started at boot: { $daemons }.
    .fail = None of rsyslog, syslog-ng and journald runs.

log-persistent-journal = The journal survives a restart
    .why = A journal kept only in memory is lost at a restart, also one that an attacker causes.
    .fix = mkdir -p /var/log/journal /etc/systemd/journald.conf.d && printf '[Journal]\nStorage=persistent\n' > /etc/systemd/journald.conf.d/50-persistent.conf && systemctl restart systemd-journald && journalctl --flush
    .confirm = systemd-analyze cat-config systemd/journald.conf; ls /var/log/journal/*/
    .pass = Storage={ $storage }, and journal files stand on the disk.
    .partial-rsyslog = Storage={ $storage }: journald keeps nothing on the disk; only rsyslog writes text files.
    .fail = Storage={ $storage }: the journal is kept in memory only and lost at a restart.
    .fail-no-files = Storage={ $storage } is configured, yet no journal file stands on the disk; journald has not been restarted.
    .not-applicable = Not applicable: this host has no systemd-journald.

log-forwarding = Logs are sent to a central place
    .why = Whoever takes over a host deletes its logs; only copies elsewhere remain.
    .fix = Create /etc/rsyslog.d/90-forward.conf with the line *.* action(type="omfwd" target="LOG_SERVER" port="6514" protocol="tcp"), then run rsyslogd -N1 && systemctl restart rsyslog
    .confirm = grep -rnE 'omfwd|omrelp|@' /etc/rsyslog.conf /etc/rsyslog.d; ss -tn state established
    .pass = All messages are sent to: { $targets }.
    .partial-shipper = A program that ships logs runs ({ $shippers }); what it sends, and where, is not confirmed.
    .partial-unconnected = Sending to { $targets } is configured, but no connection stands (UDP has none: nothing shows that anything arrives).
    .partial-some = Only part of the messages is sure to be sent to: { $targets }.
    .fail = No target for logs other than this host itself.
    .fail-stopped = Sending to { $targets } is configured, but the service that sends does not run.

log-forwarding-tls = Logs travel encrypted to a verified receiver
    .why = Logs in clear text can be read, changed or diverted on their way.
    .fix-debian = apt install rsyslog-gnutls; in action(type="omfwd" …) add StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="LOG_SERVER"; then systemctl restart rsyslog
    .fix-rhel = dnf install rsyslog-gnutls; the rest as on Debian.
    .confirm = grep -rniE 'streamdriver|tls' /etc/rsyslog.conf /etc/rsyslog.d
    .pass = Every target is reached over TLS and its name is checked.
    .partial = Encrypted, but the receiver's identity is not checked: { $targets }.
    .fail = Sent in clear text to: { $targets }.
    .fail-none = Logs are not sent anywhere.
    .unknown-shipper = Not assessed: { $shippers } sends by its own configuration, which is not read.

log-forwarding-queue = Logs are not lost while the receiver is away
    .why = By default messages are dropped while the log server is away; an attacker only has to block the way.
    .fix = In action(type="omfwd" …) add queue.type="LinkedList" queue.filename="fwd" queue.maxDiskSpace="1g" queue.saveOnShutdown="on" action.resumeRetryCount="-1"; then systemctl restart rsyslog
    .confirm = grep -rniE 'queue|resumeRetry' /etc/rsyslog.conf /etc/rsyslog.d
    .pass = Every target has a queue on disk and is retried for ever.
    .partial = Only one of the two, a queue on disk or endless retries: { $targets }.
    .fail = Messages are lost while the receiver is away: { $targets }.
    .fail-none = Logs are not sent anywhere.
    .unknown-shipper = Not assessed: { $shippers } sends by its own configuration, which is not read.

log-retention = Logs are kept for as long as the level asks
    .why = Many intrusions are found weeks later; logs kept too briefly cannot show their origin. Debian's default is 4 weeks only.
    .fix-debian = Edit /etc/logrotate.d/rsyslog: set weekly and rotate N with N × 7 above the days asked for, remove size, maxsize and maxage; check with logrotate -d /etc/logrotate.conf
    .fix-rhel = Edit /etc/logrotate.d/rsyslog in the same way; check with logrotate -d /etc/logrotate.conf
    .confirm = ls -lt /var/log/auth.log* /var/log/secure*; grep -rnE 'rotate|daily|weekly|monthly' /etc/logrotate.conf /etc/logrotate.d/rsyslog; journalctl --header | grep -E 'File path|Head realtime'
    .pass = Logs are kept for { $days } days; { $wanted } are asked for.
    .pass-journal = The journal reaches back { $days } days; { $wanted } are asked for.
    .partial-young = Configured to keep { $days } days, { $wanted } are asked for; the host seems too young to hold entries that old. Full marks follow when entries reach back that far.
    .partial-missing = The configuration keeps { $wanted } days, yet entries reach back only { $days } days although the host is older.
    .fail = Logs are kept for { $days } days only; { $wanted } are asked for.
    .fail-size = Logs rotate by size, which guarantees no age; { $wanted } days are asked for (present: { $days }).
    .fail-none = No log is kept on the disk; { $wanted } days are asked for (present: { $days }).
    .fail-journal = The journal reaches back { $days } days only; { $wanted } are asked for.
    .unknown-young = Not assessed: the host is young ({ $days } days of journal) and the journal is bounded by size only; { $wanted } days are asked for.
    .not-applicable-level = Not applicable: the standard sets no period at this level.

log-space = There is room to write logs
    .why = When the disk is full, logging stops, often just when the host is under attack.
    .fix = See what takes the room: du -xsh /var/log/* | sort -h; shrink the journal with journalctl --vacuum-size=1G (only when logs are also kept elsewhere) or enlarge the partition.
    .confirm = df -h /var/log /var/log/audit
    .pass = At least { $percent }% are free.
    .partial = Only about { $percent }% are free.
    .fail = Nearly full: about { $percent }% are free.

log-audit-running = auditd runs from boot
    .why = auditd records at kernel level who did what; without it commands and account changes leave no sure trace.
    .fix-debian = apt install auditd audispd-plugins && systemctl enable --now auditd; add audit=1 audit_backlog_limit=8192 to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub and restart.
    .fix-rhel = dnf install audit && systemctl enable --now auditd; grubby --update-kernel=ALL --args='audit=1 audit_backlog_limit=8192' and restart.
    .confirm = systemctl is-enabled auditd; auditctl -s; cat /proc/cmdline
    .pass = auditd runs, starts at boot, and the kernel records from boot.
    .partial-boot = auditd runs, but does not start at boot.
    .partial-kernel = auditd runs, but audit=1 is missing from the kernel's command line.
    .fail-off = The kernel's audit is switched off.
    .fail-stopped = auditd is installed, but does not run or takes no records.
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-audit-logins = Log-in and session records are watched
    .why = Tampering with log-in records is a sign of covering tracks; who did it must be recorded.
    .fix = printf '%s\n' '-w /var/log/lastlog -p wa -k logins' '-w /var/run/faillock -p wa -k logins' '-w /var/log/wtmp -p wa -k session' '-w /var/log/btmp -p wa -k session' > /etc/audit/rules.d/50-capdo-logins.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = All the rules needed are loaded.
    .partial = Rules are missing for: { $missing }.
    .fail = None of the rules needed is loaded: { $missing }.
    .fail-off = The kernel's audit is switched off, so no rule has any effect.
    .fail-suppressed = A rule “never,task” makes all other rules void.
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-audit-identity = Changes of accounts and groups are recorded
    .why = Adding an account or a group member is the usual way to come back to a host.
    .fix = printf '%s\n' '-w /etc/passwd -p wa -k identity' '-w /etc/shadow -p wa -k identity' '-w /etc/group -p wa -k identity' '-w /etc/gshadow -p wa -k identity' '-w /etc/security/opasswd -p wa -k identity' > /etc/audit/rules.d/50-capdo-identity.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = All the rules needed are loaded.
    .partial = Rules are missing for: { $missing }.
    .fail = None of the rules needed is loaded: { $missing }.
    .fail-off = The kernel's audit is switched off, so no rule has any effect.
    .fail-suppressed = A rule “never,task” makes all other rules void.
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-audit-admin = Administrators' actions and started programs are recorded
    .why = After an incident the question is who ran which command with which rights.
    .fix = printf '%s\n' '-w /etc/sudoers -p wa -k scope' '-w /etc/sudoers.d/ -p wa -k scope' '-a always,exit -F arch=b64 -S execve -F euid=0 -F auid>=1000 -F auid!=unset -k admin' > /etc/audit/rules.d/50-capdo-admin.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = All the rules needed are loaded.
    .partial = Rules are missing for: { $missing }.
    .fail = None of the rules needed is loaded: { $missing }.
    .fail-off = The kernel's audit is switched off, so no rule has any effect.
    .fail-suppressed = A rule “never,task” makes all other rules void.
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-audit-time = Changes of the clock and of the network set-up are recorded
    .why = A changed clock falsifies every log; a changed host name or hosts file can divert connections.
    .fix = printf '%s\n' '-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time' '-w /etc/localtime -p wa -k time' '-w /etc/hosts -p wa -k net' '-a always,exit -F arch=b64 -S sethostname,setdomainname -k net' > /etc/audit/rules.d/50-capdo-time.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = All the rules needed are loaded.
    .partial = Rules are missing for: { $missing }.
    .fail = None of the rules needed is loaded: { $missing }.
    .fail-off = The kernel's audit is switched off, so no rule has any effect.
    .fail-suppressed = A rule “never,task” makes all other rules void.
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-audit-immutable = Audit rules are locked until the next boot
    .why = Unlocked, whoever becomes root switches recording off with one command.
    .fix = echo '-e 2' > /etc/audit/rules.d/99-finalize.rules && augenrules --load (to change rules later, the host must be restarted)
    .confirm = auditctl -s | grep enabled
    .pass = The rules are locked (enabled 2).
    .partial-file = The rules are locked now, but no file says -e 2, so the lock is lost at a restart.
    .fail = The audit rules are not locked.
    .fail-not-loaded = A file says -e 2, but the kernel has not locked the rules; load them again.
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-audit-retention = auditd does not lose records in silence when full
    .why = If auditd just goes on when files or the disk are full, an attacker fills the disk to work unrecorded.
    .fix = In /etc/audit/auditd.conf set max_log_file_action = keep_logs (or rotate), space_left_action = email, disk_full_action = rotate (or, where losing a record is worse than standing still, single or halt: the server then stops when the disk is full); then service auditd reload
    .confirm = grep -E '_action|write_logs|log_format|num_logs' /etc/audit/auditd.conf
    .fail-unwritten = auditd is told to write no records (write_logs = no, or log_format = nolog).
    .pass = File full: { $file }; space low: { $alarm }; disk full: { $disk }.
    .partial = The alarm is weak, or recording stops when the disk is full (file full: { $file }; space low: { $alarm }; disk full: { $disk }).
    .fail = Records are lost unnoticed (file full: { $file }; space low: { $alarm }; disk full: { $disk }).
    .not-applicable = Not applicable: this is a container; the kernel's audit belongs to the machine below and is assessed there.
    .fail-absent = auditd is not installed, so these events are not recorded.

log-permissions = Only those in charge can read the system's logs
    .why = Logs hold account names, addresses and sometimes a mistyped password; whoever can write them can change the evidence.
    .fix = chmod 640 each file in the list; set $FileCreateMode 0640 in /etc/rsyslog.conf and create 640 in /etc/logrotate.d/rsyslog.
    .confirm = ls -ld /var/log; ls -l /var/log/auth.log* /var/log/secure* /var/log/syslog* /var/log/messages* /var/log/kern.log* /var/log/cron* /var/log/mail* /var/log/audit
    .pass = No system log is open beyond 0640.
    .fail = { $count } entries are too open: { $files }.
    .unknown-none = Not assessed: no file of the system's log was found.

log-not-a-collector = The host takes no logs from others by accident
    .why = An open port for logs lets any machine fill the disk and forge entries.
    .fix = Remove the imtcp, imudp and imrelp lines from /etc/rsyslog.conf and /etc/rsyslog.d, then systemctl restart rsyslog; systemctl disable --now systemd-journal-remote.socket. If this is the log server, declare the port in expected_ports.
    .confirm = ss -lntup | grep -E ':(514|601|2514|6514|10514|20514|19532) '; ss -lntup | grep rsyslogd
    .pass = No port for logs is open to other machines.
    .pass-declared = The host takes logs as declared: { $declared }.
    .partial = Taking logs is configured, though the port is not open now: { $inputs }.
    .fail = Takes logs from other machines undeclared, on port: { $ports }.

log-login-records = Log-ins are recorded
    .why = Without records of log-ins nobody can tell who entered the host and when.
    .fix-debian = apt install rsyslog && systemctl enable --now rsyslog; check the line auth,authpriv.* in /etc/rsyslog.conf; touch /var/log/wtmp && chown root:utmp /var/log/wtmp && chmod 664 /var/log/wtmp
    .fix-rhel = systemctl enable --now rsyslog; check the line authpriv.* in /etc/rsyslog.conf; touch /var/log/wtmp && chown root:utmp /var/log/wtmp && chmod 664 /var/log/wtmp
    .confirm = ls -l /var/log/auth.log /var/log/secure /var/log/wtmp; last -n 5
    .pass = The newest entry is of { $date }.
    .partial-sessions = Log-ins are recorded ({ $date }), but wtmp, the record of sessions, is missing.
    .fail = There is no file of log-ins, and the journal is not kept on the disk.
    .fail-silent = Nothing new in the log of log-ins since { $date }: recording is broken.
    .unknown-future = Not assessed: the newest entry lies in the future ({ $date }).
