# Texts of the family net.

net-admin-sources = Only certain addresses may administer remotely
    .why = An SSH port that is open to everybody lets anybody on the network guess passwords or exploit a flaw of SSH.
    .fix = Let only the administrators' range in to the SSH port, for example: nft add rule inet filter input ip saddr 10.0.0.0/24 tcp dport 22 accept (with your own range), then delete the rule that opens port 22 to every source.
    .confirm = nft list ruleset | grep -n "dport 22"; ss -tlnp | grep ssh
    .pass = The packet filter lets only named sources in to the SSH port.
    .partial = SSH listens on private addresses only, but the packet filter binds no source: every machine on that network can connect.
    .partial-users = sshd takes users from named addresses only (AllowUsers), but the packet filter leaves the port open to every source.
    .fail = The SSH port is open to every source: the packet filter does not limit who may administer.
    .not-applicable = No SSH service is reachable from other machines.
    .unknown-process = Not assessed: the process behind an open port could not be seen (this takes root or the capability CAP_SYS_PTRACE), so that SSH on an unusual port cannot be ruled out.

net-brute-force = Guessing SSH passwords is stopped
    .why = Where nothing stops them, attackers try thousands of passwords an hour.
    .fix-debian = apt-get install fail2ban nftables; create /etc/fail2ban/jail.d/sshd.local with the four lines "[sshd]", "enabled = true", "backend = systemd", "banaction = nftables-multiport"; then systemctl enable --now fail2ban && systemctl restart fail2ban
    .fix-rhel = dnf install epel-release fail2ban; create /etc/fail2ban/jail.d/sshd.local with the two lines "[sshd]", "enabled = true"; then systemctl enable --now fail2ban
    .confirm = systemctl is-active fail2ban crowdsec sshguard; fail2ban-client status sshd; fail2ban-client get sshd actions; command -v iptables nft; sshd -T | grep -i persourcepenalties
    .pass = Running: { $guards }.
    .pass-penalties = sshd itself slows down and blocks addresses that fail to log in (PerSourcePenalties).
    .fail = Nothing stops addresses that guess SSH passwords.
    .fail-jail = Fail2ban runs, but its jail sshd is off, so that it blocks nothing for SSH.
    .fail-tool = Fail2ban runs and counts, but bans nobody: its action { $action } needs a program that is not installed.
    .not-applicable = No SSH service is reachable from other machines.
    .unknown-process = Not assessed: the process behind an open port could not be seen (this takes root or the capability CAP_SYS_PTRACE), so that SSH on an unusual port cannot be ruled out.

net-database-exposed = Databases are not open to the network
    .why = A database on the network is the shortest way to all of its data: one weak password or one flaw is enough.
    .fix = Let the database listen on this machine only: MariaDB/MySQL bind-address = 127.0.0.1; PostgreSQL listen_addresses = 'localhost'; Redis bind 127.0.0.1 ::1; MongoDB net.bindIp: 127.0.0.1; then restart it. Where other machines really need it, declare its port in expected_ports, insist on TLS and limit the sources with the firewall.
    .confirm = ss -tlnp | grep -E ':(1433|1521|3306|5432|6379|9200|11211|27017) '
    .pass = Databases listen on this machine only.
    .partial = Databases listen on the network ({ $ports }); they are declared or kept away by the firewall. Encryption and sources are not proved.
    .fail = Other machines can reach databases: { $ports }.
    .not-applicable = No database listens on this host.
    .unknown-process = Not assessed: the process behind an open port could not be seen (this takes root or the capability CAP_SYS_PTRACE), so that a database on an unusual port cannot be ruled out.

net-dns-servers = Only trusted DNS servers are used
    .why = A foreign DNS server can lead the host to forged addresses.
    .fix = Set the agency's DNS servers in the network configuration (nmcli, netplan, /etc/network/interfaces or /etc/systemd/resolved.conf) and declare them in approved_dns.
    .confirm = cat /etc/resolv.conf /run/systemd/resolve/resolv.conf
    .pass = Every DNS server in use is on the declared list.
    .fail = DNS servers that are not on the list: { $servers }.
    .unknown-undeclared = Not assessed: the agency has declared no trusted DNS servers (in use: { $servers }).
    .unknown-none = Not assessed: the configuration names no DNS server.
    .unknown-local = Not assessed: a DNS service on this machine ({ $servers }) hides the real servers.

net-firewall-default-deny = The host's firewall denies by default
    .why = With a firewall that denies by default, a service opened by mistake still cannot be reached.
    .fix-debian = Allow SSH first, not to lock yourself out: apt-get install ufw && ufw allow from ADMIN_RANGE to any port 22 proto tcp && ufw default deny incoming && ufw enable
    .fix-rhel = systemctl enable --now firewalld; firewall-cmd --set-default-zone=public; open only what is needed: firewall-cmd --permanent --add-service=https && firewall-cmd --reload
    .confirm = nft list ruleset; iptables-save; ip6tables-save
    .pass = Incoming packets that no rule allows are denied, for IPv4 and IPv6.
    .partial-wide = The firewall denies by default, but a very wide rule (a whole interface, or a match that cannot be told) lets packets in.
    .fail = The host's firewall does not deny incoming IPv4 packets by default.
    .fail-v6 = The firewall denies IPv4 but leaves IPv6 open, and the host has IPv6 addresses.

net-firewall-logging = The firewall writes a log
    .why = The firewall's log shows who probed the host, and since when.
    .fix-debian = ufw logging low; or with nftables, before the final rule: limit rate 5/minute log prefix "nft-drop: "
    .fix-rhel = firewall-cmd --set-log-denied=unicast
    .confirm = nft list ruleset | grep -w log; iptables-save | grep -E 'LOG|NFLOG'
    .pass = A rule on the way of incoming packets logs.
    .fail = No rule on the way of incoming packets logs.
    .fail-no-filter = No firewall denies by default, so that there is no log of it either.

net-firewall-persistent = The firewall survives a restart
    .why = Rules that were loaded by hand are gone after a restart, often at night and unnoticed.
    .fix-debian = With ufw: systemctl enable ufw && ufw enable. With nftables: nft list ruleset > /etc/nftables.conf && systemctl enable nftables. With iptables: apt-get install iptables-persistent && netfilter-persistent save
    .fix-rhel = systemctl enable --now firewalld && firewall-cmd --runtime-to-permanent
    .confirm = systemctl is-enabled nftables ufw firewalld netfilter-persistent iptables; cat /etc/nftables.conf; grep -h ENABLED /etc/ufw/ufw.conf; grep -h DEFAULT_INPUT_POLICY /etc/default/ufw
    .pass = After a restart, { $units } loads rules that deny by default.
    .partial = { $units } starts at boot, but not all the rules that it will load could be verified.
    .fail-no-unit = No firewall service starts at boot.
    .fail-open = { $units } starts at boot, but its rules do not deny by default.

net-mail-listener = The mail system takes no mail from the network
    .why = A host that is no mail server and opens port 25 can be abused to send spam.
    .fix = Postfix: postconf -e inet_interfaces=loopback-only && systemctl restart postfix. Exim (Debian): dpkg-reconfigure exim4-config, choose local delivery only. If this is a mail server, declare its ports in expected_ports.
    .confirm = ss -tlnp | grep -E ':(25|465|587) '
    .pass = No mail service is reachable from other machines.
    .partial = The mail service is declared ({ $ports }); that it relays for no stranger is not proved.
    .fail = A mail service that was not declared is open to the network: { $ports }.

net-not-a-router = The host does not forward packets
    .why = A host that forwards packets joins networks that the firewall keeps apart.
    .fix = printf "net.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding = 0\n" > /etc/sysctl.d/60-no-forward.conf && sysctl --system. Not on hosts that run Docker, Kubernetes or virtual machines.
    .confirm = sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
    .pass = Forwarding is off.
    .partial = Forwarding is on; bridges of containers or virtual machines ({ $bridges }) need it.
    .fail = Forwarding is on, and no container or virtual machine needs it.

net-open-ports = Only declared ports are open
    .why = Each open port is a way in. A port that nobody declared is often a forgotten service or a back door.
    .fix = Stop services that are not needed (systemctl disable --now NAME) or let them listen on 127.0.0.1 only; declare the ports that are needed in expected_ports.
    .confirm = ss -tulpn
    .pass = Every port that is open to the network was declared.
    .partial-undeclared = No port was declared; only SSH is open to the network: { $ports }.
    .fail-undeclared = No port was declared, and these are open to the network: { $ports }.
    .fail = Ports that are open to the network and were not declared: { $ports }.

net-plaintext-services = No service sends passwords in the clear
    .why = Whoever listens on the line reads the passwords of Telnet, FTP, rsh, TFTP and VNC.
    .fix-debian = apt-get purge telnetd inetutils-telnetd rsh-server tftpd-hpa vsftpd; use SSH/SFTP instead. With Dovecot: ssl = required, and close ports 110 and 143.
    .fix-rhel = dnf remove telnet-server rsh-server tftp-server vsftpd; use SSH/SFTP instead. With Dovecot: ssl = required, and close ports 110 and 143.
    .confirm = ss -tulpn | grep -E ':(21|23|69|110|143|512|513|514|59[0-9][0-9]) '
    .pass = No service that sends passwords in the clear is open to the network.
    .partial = These services may send passwords in the clear unless they insist on TLS: { $services }.
    .fail = Services that send passwords in the clear are open to the network: { $services }.
    .fail-inetd = inetd or xinetd stands ready to start clear-text services: { $services }.
    .unknown-process = Not assessed: the process behind an open port could not be seen (this takes root or the capability CAP_SYS_PTRACE), so that a service without encryption on an unusual port cannot be ruled out.

net-snmp-safe = SNMP uses version 3 with encryption only
    .why = SNMP versions 1 and 2c send the community in the clear; whoever listens can read the host's configuration.
    .fix = In /etc/snmp/snmpd.conf delete every rocommunity, rwcommunity and com2sec line; make a v3 user: net-snmp-create-v3-user -ro -a SHA -x AES NAME; set "rouser NAME priv"; restart snmpd. If it is not used: systemctl disable --now snmpd.
    .confirm = ss -ulnp | grep ':161 '; grep -nE '^(ro|rw)(community|user)|^com2sec' /etc/snmp/snmpd.conf
    .pass = SNMP serves only users of version 3 with encryption.
    .fail-community = SNMP still grants access by community (versions 1, 2c).
    .fail-unencrypted = SNMP lets users of version 3 in without encryption.
    .unknown-no-user = Not assessed: the SNMP configuration grants nobody access in a way that is recognised.
    .not-applicable = No SNMP service listens.

net-sysctls = The kernel's network settings are hardened
    .why = Taking redirects or source-routed packets lets somebody on the network pull traffic through their own machine.
    .fix = printf "net.ipv4.conf.all.accept_redirects=0\nnet.ipv4.conf.default.accept_redirects=0\nnet.ipv4.conf.all.send_redirects=0\nnet.ipv4.conf.default.send_redirects=0\nnet.ipv4.conf.all.accept_source_route=0\nnet.ipv4.conf.default.accept_source_route=0\nnet.ipv4.conf.all.rp_filter=1\nnet.ipv4.conf.default.rp_filter=1\nnet.ipv4.conf.all.log_martians=1\nnet.ipv4.tcp_syncookies=1\nnet.ipv6.conf.all.accept_redirects=0\nnet.ipv6.conf.default.accept_redirects=0\n" > /etc/sysctl.d/60-net-hardening.conf && sysctl --system
    .confirm = sysctl -a 2>/dev/null | grep -E 'redirects|source_route|rp_filter|martians|syncookies'
    .pass = Every interface refuses redirects and source routes and checks return paths.
    .partial = The main part is hardened; still weak: { $settings }.
    .fail = Settings that are weak on at least one interface: { $settings }.

net-unneeded-servers = No unneeded servers
    .why = Avahi, CUPS, rpcbind, Samba, NFS, LDAP, DHCP, DNS or a proxy that nobody uses only add ways in.
    .fix = For each service on the list: systemctl disable --now NAME, or remove the package. If it is this host's task, declare its port in expected_ports.
    .confirm = ss -tulpn
    .pass = No unneeded server is open to the network.
    .fail = Servers that were not declared are open to the network: { $servers }.

net-wireless-off = The server uses no wireless network
    .why = A wireless interface that is on opens a way in beside the agency's firewall.
    .fix = nmcli radio all off; or ip link set NAME down, and block its module in /etc/modprobe.d.
    .confirm = ls -d /sys/class/net/*/wireless; ip -br link
    .pass = The host has no wireless interface.
    .partial = A wireless interface is there, but off: { $interfaces }.
    .fail = A wireless interface is on: { $interfaces }.
