# Texts of the family mfa.

mfa-ssh = Nobody comes in over SSH with one factor alone
    .why = A password that is guessed, or a key that is copied, then opens the server by itself. A second factor that can be skipped on one path protects nothing: the attacker takes that path.
    .fix = Install libpam-google-authenticator (or pam_u2f), let every person enrol, add “auth required pam_google_authenticator.so” (without nullok) to /etc/pam.d/sshd, and set in /etc/ssh/sshd_config: “UsePAM yes”, “KbdInteractiveAuthentication yes”, “PasswordAuthentication no”, “AuthenticationMethods publickey,keyboard-interactive:pam”. Keep one session open, run sshd -t and systemctl reload ssh, and try a new login before closing it.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -E 'authenticationmethods|authentication |usepam'; grep -v '^#' /etc/pam.d/sshd /etc/pam.d/common-auth /etc/pam.d/password-auth
    .pass = Every way in asks for two factors ({ $who }); the weakest is { $path }.
    .partial-same-kind = The weakest way in asks for a key and a code, two things of the same kind (held, not known); { $who }: { $path }.
    .fail-bypass = A second factor is asked for on some ways in, but this one goes by it; { $who }: { $path }.
    .fail-optional = A second-factor module is configured, but it can be skipped; { $who }: { $path }.
    .fail-none = One factor is enough; { $who }: { $path }.
    .fail-conditional = A second factor is asked for, but a condition in the PAM stack lets some by without it; { $who }: { $path }.
    .fail-key = A key alone is enough; whether it has a passphrase the server cannot see; { $who }: { $path }.
    .closed = Nobody of these comes in here: { $who }.
    .unknown-unseen = Not assessed: this way in depends on a module, a server or an issuer whose demands cannot be seen from here; { $who }: { $path }.
    .unknown-no-way = Not assessed: no way in was found, not even for administrators.
    .unknown-match = Not assessed: what these criteria do could not be tried out: { $blocks }.
    .not-applicable = This host has no SSH server.

mfa-sudo = Becoming root asks for a second factor
    .why = Whoever takes over an ordinary session needs only the password, often the same one, to become root.
    .fix = Add “auth required pam_google_authenticator.so” (without nullok) or “auth required pam_u2f.so” to /etc/pam.d/sudo and /etc/pam.d/su before the line that includes the common stack, remove NOPASSWD and !authenticate from the sudo rules (visudo), and lock root's password (passwd -l root). Keep a root session open while trying it.
    .confirm = grep -v '^#' /etc/pam.d/sudo /etc/pam.d/su /etc/pam.d/common-auth /etc/pam.d/system-auth; sudo grep -rE 'NOPASSWD|!authenticate' /etc/sudoers /etc/sudoers.d
    .pass = Every way to become root asks for two factors; the weakest is { $path }.
    .partial-same-kind = The weakest way to become root asks for two things of the same kind: { $path }.
    .fail-nopasswd = These sudo rules ask for nothing at all: { $rules }.
    .fail-bypass = A second factor is asked for on some ways, but this one goes by it: { $path }.
    .fail-optional = A second-factor module is configured, but it can be skipped: { $path }.
    .fail-none = One factor is enough to become root: { $path }.
    .unknown-unseen = Not assessed: this depends on a module or server whose demands cannot be seen from here: { $path }.
    .unknown-no-way = Not assessed: the PAM stacks let nobody through.
    .not-applicable = There is no sudo, and root's password is locked.

mfa-console = Logging in at the console asks for a second factor
    .why = The console of a virtual machine is often one click away for whoever manages the virtualisation platform; a password alone is then all that stands before the server.
    .fix = Add “auth required pam_google_authenticator.so” (without nullok) or “auth required pam_u2f.so” to /etc/pam.d/login (and to the graphical login, where there is one). Keep a root session open while trying it.
    .confirm = grep -v '^#' /etc/pam.d/login /etc/pam.d/common-auth /etc/pam.d/system-auth
    .pass = Every console login asks for two factors; the weakest is { $path }.
    .partial-same-kind = The weakest console login asks for two things of the same kind: { $path }.
    .fail-bypass = A second factor is asked for on some ways, but this one goes by it: { $path }.
    .fail-optional = A second-factor module is configured, but it can be skipped: { $path }.
    .fail-none = One factor is enough at the console: { $path }.
    .unknown-unseen = Not assessed: this depends on a module or server whose demands cannot be seen from here: { $path }.
    .unknown-no-way = Not assessed: the PAM stacks let nobody through.
    .not-applicable = This host has no login program and no graphical login.

mfa-web-admin = Web consoles for administration ask for a second factor
    .why = A web console is root in a browser; a password alone is guessed, reused or fished.
    .fix = Cockpit: add “auth required pam_google_authenticator.so” (without nullok) to /etc/pam.d/cockpit. Webmin: switch on two-factor authentication in Webmin Configuration and enrol every user. phpMyAdmin and other consoles: put them behind a VPN that asks for two factors, or remove them.
    .confirm = grep -v '^#' /etc/pam.d/cockpit; grep twofactor /etc/webmin/miniserv.conf; ls -d /etc/phpmyadmin
    .pass = Every way in asks for two factors; the weakest is { $path }.
    .pass-webmin = Webmin asks each of its { $users } users for a second factor.
    .partial-same-kind = The weakest way in asks for two things of the same kind: { $path }.
    .fail-bypass = A second factor is asked for on some ways, but this one goes by it: { $path }.
    .fail-optional = A second-factor module is configured, but it can be skipped: { $path }.
    .fail-none = One factor is enough: { $path }.
    .fail-webmin-off = Webmin has no second factor configured.
    .fail-webmin-users = These Webmin users have no second factor: { $accounts }.
    .unknown-kind = Not assessed: capdo cannot see whether this console is always behind a second factor.
    .unknown-unseen = Not assessed: this depends on a module or server whose demands cannot be seen from here: { $path }.
    .unknown-no-way = Not assessed: no way in was found.
    .not-applicable = No web console for administration was found on this host.

mfa-enrolment = Everybody who can log in has enrolled a second factor, and nobody else can read the secret
    .why = Who has not enrolled is let in with the password alone or not at all; a secret that others can read is no secret.
    .fix = Let each person in the list run google-authenticator (or pamu2fcfg) once; set the permissions of the files: chmod 600 ~/.google_authenticator
    .confirm = ls -l /home/*/.google_authenticator /home/*/.config/Yubico/u2f_keys
    .pass = All { $people } people who can log in have enrolled.
    .partial = These accounts have not enrolled: { $accounts }.
    .fail = Nobody has enrolled: { $accounts }.
    .fail-readable = Others may read these secrets: { $files }.
    .unknown-central = Not assessed: these modules keep their secrets elsewhere: { $modules }.
    .unknown-nobody = Not assessed: no account that can log in was found.
    .not-applicable = No second-factor module that keeps secrets on this host is configured.

mfa-vpn = The VPN server asks for two factors
    .why = The VPN is the door from the Internet into the agency's network. A certificate or key on a lost laptop opens it by itself.
    .fix = OpenVPN: keep “verify-client-cert require” (the default) and add “plugin openvpn-plugin-auth-pam.so openvpn” with a PAM stack that asks for password and code; remove auth-user-pass-optional. WireGuard has no second factor of its own: hand out keys through a portal that asks for one, or use OpenVPN.
    .confirm = grep -E 'verify-client-cert|plugin|auth-user-pass' /etc/openvpn/*.conf /etc/openvpn/server/*.conf; ls /etc/wireguard
    .pass = The server asks for two factors: { $path }.
    .partial-same-kind = The server asks for two things of the same kind: { $path }.
    .fail-bypass = A second factor can be gone by: { $path }.
    .fail-optional = A second factor can be skipped: { $path }.
    .fail-none = One factor is enough: { $path }.
    .unknown-kind = Not assessed: capdo does not read the rules of this VPN server.
    .unknown-unseen = Not assessed: this depends on a script or server whose demands cannot be seen from here: { $path }.
    .unknown-no-way = Not assessed: no way in was found.
    .not-applicable = No VPN server is configured on this host.
