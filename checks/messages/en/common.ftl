# Reasons that any check can give.
common-gap = Not assessed: { $reason ->
    [no_permission] no permission to see it; it takes root, or a service with the capability CAP_DAC_READ_SEARCH
    [lacks_net_admin] the capability CAP_NET_ADMIN is lacking (a scan by hand: run it as root; the agent's service: grant it with systemctl edit capdo-agent, and name it under [guest] in /etc/capdo/agent.toml)
    [lacks_sys_ptrace] the capability CAP_SYS_PTRACE is lacking (a scan by hand: run it as root; the agent's service: grant it with systemctl edit capdo-agent, and name it under [guest] in /etc/capdo/agent.toml), or a security module of the host refuses (SELinux, AppArmor)
    [lacks_audit_control] the capability CAP_AUDIT_CONTROL is lacking (a scan by hand: run it as root; the agent's service: grant it with systemctl edit capdo-agent, and name it under [guest] in /etc/capdo/agent.toml)
    [timeout] looking took too long
    [over_budget] there was more to do than the check, or the whole run, may do
    [tool_missing] what shows it is not on this host
    [parse_error] it was read and not understood
    [unreachable] it does not answer
    [untrusted] its certificate is not trusted, so no password was sent there; name its authority under trusted_cas in /etc/capdo/agent.toml
    [no_tls] it speaks no TLS, so no password was sent there; declare its TLS port, or the address 127.0.0.1 where it listens there
    [not_authorised] nobody permitted it yet: declare the address in /etc/capdo/agent.toml ([[declared.endpoints]]) with authorisation = "who permitted it"
    [not_live] only a running system shows it
    [io] reading failed
   *[crashed] the check itself failed
} ({ $detail }).
common-missing = Not assessed: the evidence does not hold “{ $fact }”.
common-version = Not assessed: the evidence has version { $version }, which this release does not judge.
common-unknown-check = Not assessed: this release does not know the check.
common-crashed = Not assessed: judging the evidence failed; this is a defect of capdo.
common-contested = Not assessed: at { $date } the collector itself saw at { $endpoint }: { $seen }. The host says: { $claimed }.
common-unreadable = Not assessed: this release cannot read the stored evidence.

# Names of the families of checks.
family-account = Accounts
family-backup = Backups
family-disk = Disks
family-file = Files and permissions
family-integrity = Integrity
family-kernel = Kernel
family-log = Logs
family-malware = Malware defence
family-mfa = Multi-factor authentication
family-net = Network
family-password = Passwords
family-patch = Patches
family-session = Sessions
family-ssh = SSH
family-sudo = Privilege (sudo)
family-time = Time
family-tls = TLS
family-web = Web
