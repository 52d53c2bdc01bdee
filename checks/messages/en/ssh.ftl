# Texts of the family ssh.

ssh-not-applicable = There is no SSH server: neither the program sshd nor /etc/ssh/sshd_config is there.

ssh-unknown-match = Not assessed: a Match block in the files touches this, and sshd could not be asked what holds.

ssh-access-list = SSH lets in named accounts or groups only
    .why = Without a list every account on the machine can log in from afar, service accounts and forgotten ones included.
    .fix = Make a group of those who may log in from afar (groupadd ssh-users; usermod -aG ssh-users NAME), write AllowGroups ssh-users into /etc/ssh/sshd_config.d/00-capdo.conf, test with sshd -t and reload the ssh service. Keep one session open until a new login has worked.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(allowusers|allowgroups|denyusers|denygroups) '; sudo grep -rniE 'match|allowusers|allowgroups|denyusers|denygroups' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH lets in only accounts or groups that it names.
    .partial-deny = There is only a list of those kept out; everybody else gets in ({ $where }: { $values }).
    .partial-anybody = The list limits addresses, not people ({ $where }: { $values }).
    .fail-none = No list limits who may log in over SSH ({ $where }: { $values }).
    .fail-all = The list names everybody, so it limits nobody ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-config-permissions = The SSH server's configuration and keys are protected
    .why = Whoever can change the configuration can open the door; whoever can read a private key can pose as the server.
    .fix = chown root:root /etc/ssh/sshd_config && chmod 600 /etc/ssh/sshd_config; chmod 600 /etc/ssh/sshd_config.d/*.conf; chmod 600 /etc/ssh/ssh_host_*_key (RHEL: chgrp ssh_keys and chmod 640). Keys that others could read should be made anew: delete them, run ssh-keygen -A and restart ssh.
    .confirm = sudo stat -c "%a %U:%G %n" /etc/ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf /etc/ssh/ssh_host_*_key
    .pass = Only root can change the SSH configuration and read the server's private keys.
    .partial-readable = The private keys are protected, but everybody can read the configuration: { $files }.
    .fail-keys = Others than root can read or change the server's private keys: { $files }.
    .fail-changeable = Others than root can change the configuration: { $files }.
    .not-applicable = { ssh-not-applicable }

ssh-empty-passwords = SSH refuses empty passwords
    .why = An account without a password is taken at once where SSH accepts an empty one.
    .fix = Create /etc/ssh/sshd_config.d/00-capdo.conf (what is read first wins; where /etc/ssh/sshd_config has no Include line, write at the top of that file) with: PermitEmptyPasswords no ; correct any Match block that says otherwise; test with sshd -t, then run systemctl reload ssh (Debian, Ubuntu) or systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(permitemptypasswords) '; sudo grep -rniE 'match|permitemptypasswords' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH refuses empty passwords.
    .fail = SSH accepts empty passwords ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-forwarding = SSH forwards nothing that is not needed
    .why = Forwarding of ports, tunnels, X11 or agents leads around the firewall and lets an infected workstation reach through the server.
    .fix = Create /etc/ssh/sshd_config.d/00-capdo.conf (what is read first wins; where /etc/ssh/sshd_config has no Include line, write at the top of that file) with: DisableForwarding yes ; correct any Match block that says otherwise; test with sshd -t, then run systemctl reload ssh (Debian, Ubuntu) or systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(disableforwarding|x11forwarding|permittunnel|allowtcpforwarding|allowagentforwarding) '; sudo grep -rniE 'match|disableforwarding|x11forwarding|permittunnel|allowtcpforwarding|allowagentforwarding' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH forwards nothing.
    .partial = X11 and tunnels are off, but ports or agents are still forwarded ({ $where }: { $values }).
    .fail = SSH still forwards X11 or tunnels ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-host-trust = SSH does not trust a machine in place of a person
    .why = With host-based logins whoever holds one machine walks into the next without password or key.
    .fix = Write HostbasedAuthentication no and IgnoreRhosts yes into /etc/ssh/sshd_config.d/00-capdo.conf, delete /etc/hosts.equiv, /etc/shosts.equiv, ~/.rhosts and ~/.shosts, test with sshd -t and reload the ssh service.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(hostbasedauthentication|ignorerhosts) '; sudo grep -rniE 'match|hostbasedauthentication|ignorerhosts' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH trusts no machine in place of a person.
    .partial-files = Host-based logins are off, but files that name trusted machines are left (.rhosts, .shosts or hosts.equiv).
    .partial-rhosts = Host-based logins are off, but SSH would read users' .rhosts files ({ $where }: { $values }).
    .fail = SSH lets machines log in on their own word ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-idle-timeout = Idle SSH sessions end by themselves
    .why = An abandoned session lets whoever comes to the keyboard go on with the administrator's rights.
    .fix = Write ClientAliveInterval 100 and ClientAliveCountMax 3 into /etc/ssh/sshd_config.d/00-capdo.conf, and into /etc/profile.d/tmout.sh the two lines readonly TMOUT=300 and export TMOUT. From OpenSSH 9.2 on, ChannelTimeout session:*=5m does it as well. Test with sshd -t and reload the ssh service.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(clientaliveinterval|clientalivecountmax|channeltimeout) '; sudo grep -rniE 'match|clientaliveinterval|clientalivecountmax|channeltimeout' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Idle SSH sessions end within the limit.
    .partial-long = Dead connections end, but later than the limit for administrators' sessions ({ $where }: { $values }).
    .partial-alive-only = Dead connections end in time, but a live session that nobody uses does not: there is no read-only TMOUT that is short enough ({ $where }: { $values }).
    .fail-off = SSH never ends idle sessions ({ $where }: { $values }).
    .fail-long = SSH ends sessions too late ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-login-limits = SSH limits unfinished logins and sessions
    .why = Without limits an attacker holds hundreds of unfinished logins: administrators are shut out and guessing is faster.
    .fix = Create /etc/ssh/sshd_config.d/00-capdo.conf (what is read first wins; where /etc/ssh/sshd_config has no Include line, write at the top of that file) with: LoginGraceTime 60 / MaxSessions 10 / MaxStartups 10:30:60 ; correct any Match block that says otherwise; test with sshd -t, then run systemctl reload ssh (Debian, Ubuntu) or systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(logingracetime|maxsessions|maxstartups) '; sudo grep -rniE 'match|logingracetime|maxsessions|maxstartups' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = The limits on SSH logins are strict.
    .partial = Only the limits that OpenSSH ships hold ({ $where }: { $values }).
    .fail = A limit on logins is off or too wide ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-max-auth-tries = SSH limits tries per connection
    .why = Few tries per connection slow guessing and leave more traces in the logs. It is no lock-out: who connects again tries again.
    .fix = Create /etc/ssh/sshd_config.d/00-capdo.conf (what is read first wins; where /etc/ssh/sshd_config has no Include line, write at the top of that file) with: MaxAuthTries 4 ; correct any Match block that says otherwise; test with sshd -t, then run systemctl reload ssh (Debian, Ubuntu) or systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(maxauthtries) '; sudo grep -rniE 'match|maxauthtries' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = A connection has four tries at most.
    .partial = More than four tries, but within the lock-out limit ({ $where }: { $values }).
    .fail = A connection has too many tries ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-root-login = Nobody logs in over SSH as root
    .why = Every attacker knows the name root, and where people share it the logs do not tell who did what.
    .fix = Create /etc/ssh/sshd_config.d/00-capdo.conf (what is read first wins; where /etc/ssh/sshd_config has no Include line, write at the top of that file) with: PermitRootLogin no . Before that, see that an account of your own can log in over SSH and use sudo, and keep one session open until a new login has worked; correct any Match block that says otherwise; test with sshd -t, then run systemctl reload ssh (Debian, Ubuntu) or systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(permitrootlogin) '; sudo grep -rniE 'match|permitrootlogin' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = root cannot log in over SSH from anywhere.
    .partial-key = root can log in with a key or a fixed command only, but still directly ({ $where }: { $values }).
    .fail = root can log in over SSH ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-strong-crypto = SSH offers strong algorithms only
    .why = Algorithms with published weaknesses let others read or change an administrator's session.
    .fix = Take the named algorithms off with lists that start with a minus in /etc/ssh/sshd_config.d/00-capdo.conf, such as: Ciphers -*-cbc ; MACs -hmac-sha1*,umac-64*,hmac-md5* ; KexAlgorithms -*-sha1 ; HostKeyAlgorithms -ssh-rsa,ssh-dss ; test with sshd -t and reload the ssh service. RHEL: update-crypto-policies --set DEFAULT:NO-SHA1.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(ciphers|macs|kexalgorithms|hostkeyalgorithms) '; sudo grep -rniE 'match|ciphers|macs|kexalgorithms|hostkeyalgorithms' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Every algorithm that SSH offers is strong.
    .partial = SSH still offers weakened algorithms ({ $where }: { $values }).
    .fail = SSH still offers broken algorithms ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-unique-host-keys = No SSH host key is on several servers
    .why = Servers that were cloned with their host keys are each other to every client: whoever takes one can read and alter the sessions of all, and no client warns.
    .fix = rm /etc/ssh/ssh_host_*_key* && ssh-keygen -A && systemctl restart sshd, on every copy; take the keys out of the image. Tell the administrators the new fingerprints.
    .confirm = for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done, on each server
    .pass = No other server reports any of its { $count } host keys.
    .fail = { $count } other servers of this agency have the same host key.
    .unknown-claimed = Not assessed: { $count } servers of other agencies say that they have the same host key. Public keys are public, so their word alone proves nothing; an officer can find out.
    .unknown-unseen = Not assessed: the host keys were not all seen: { $places }.
    .not-applicable = The host has no SSH server with host keys.
