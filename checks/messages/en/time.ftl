# Texts of the family time.

time-configured-service = A time service runs and starts at boot
    .why = With a wrong clock the logs of several hosts cannot be put together, and certificates and one-time codes fail.
    .fix-debian = apt install chrony && systemctl enable --now chrony
    .fix-rhel = dnf install chrony && systemctl enable --now chronyd
    .confirm = systemctl status chrony chronyd systemd-timesyncd ntpsec
    .pass = Runs and starts at boot: { $services }.
    .partial-two = Several services set the clock: { $services }.
    .partial-boot = Runs, but does not start at boot: { $services }.
    .fail = No time service runs.
    .fail-no-server = { $services } runs, but no time server is configured.
    .not-applicable = Not applicable: this is a container and uses the clock of the machine below.

time-synchronised = The clock is synchronised
    .why = Logs are evidence only when the clock is right.
    .fix = Look at the sources with chronyc sources -v; open UDP 123 to the time servers in the firewall; then chronyc makestep
    .confirm = chronyc tracking; timedatectl
    .pass = Within { $offset } ms, stratum { $stratum } ({ $most } ms allowed).
    .pass-kernel = The kernel counts the clock as synchronised; this service does not tell the offset.
    .fail = The clock is not synchronised.
    .fail-no-service = No service keeps the clock, even if the virtual machine's host may set it.
    .fail-own = chrony takes this host's own clock as its source (stratum { $stratum }; { $offset } ms / { $most } ms).
    .fail-stale = No source has answered for more than a day (stratum { $stratum }; { $offset } ms / { $most } ms).
    .fail-offset = The clock is off by up to { $offset } ms; { $most } ms are allowed (stratum { $stratum }).
    .not-applicable = Not applicable: this is a container and uses the clock of the machine below.

time-source-approved = Time comes from approved servers
    .why = A foreign time source can shift the clock to void certificates or confuse logs.
    .fix = In /etc/chrony/chrony.conf (RHEL: /etc/chrony.conf) keep only the server lines of your agency, remove pool and sourcedir /run/chrony-dhcp; declare them in capdo's approved_ntp; systemctl restart chrony
    .confirm = grep -rnE '^(server|pool|peer|sourcedir)' /etc/chrony* /run/chrony-dhcp; timedatectl show-timesync
    .pass = Every source is approved: { $servers }.
    .partial-undeclared = Servers are set ({ $servers }), but the owner has declared none as approved (approved_ntp).
    .fail = Not approved: { $servers }.
    .fail-default = No time server is chosen; the program uses its distributor's default.
    .fail-no-service = No time service runs.
    .not-applicable = Not applicable: this is a container and uses the clock of the machine below.
