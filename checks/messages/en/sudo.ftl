# Texts of the family sudo.

sudo-admins-named = Administrators are named persons
    .why = Where several people share an administrator's account nobody can tell who did what.
    .fix = Give each administrator an account of their own (adduser NAME; usermod -aG sudo NAME, wheel on RHEL), then take the accounts in the list out of the group (gpasswd -d NAME sudo) and out of /etc/sudoers (with visudo). Declare automation accounts under automation_accounts.
    .confirm = getent group sudo wheel admin; sudo grep -rvE "^(#|Defaults|$)" /etc/sudoers /etc/sudoers.d
    .pass = Every administrator has an account of their own: { $accounts }.
    .partial-automation = Besides people, automation accounts have all rights: { $accounts }.
    .fail = These administrators are no named persons: { $accounts }.
    .unknown-none = Not assessed: besides root no administrator was found; people may share root, or accounts may come from a directory service.
    .not-applicable = There is no sudo: neither the program nor /etc/sudoers is there.

sudo-no-passwordless = sudo always asks for a password
    .why = With NOPASSWD whoever takes over one session is root at once.
    .fix = With visudo (or visudo -f /etc/sudoers.d/FILE) take NOPASSWD and !authenticate out of the lines named; see to it that the account has a password first. Limit automation accounts to the commands they need and declare them under automation_accounts.
    .confirm = sudo grep -rnE 'NOPASSWD|authenticate|timestamp_timeout' /etc/sudoers /etc/sudoers.d
    .pass = sudo always asks for a password.
    .partial-automation = Only declared automation accounts use sudo without a password: { $users }.
    .partial-remembered = sudo asks once and then not again until the next boot (timestamp_timeout below 0): { $settings }.
    .fail = sudo asks these for no password: { $users }.
    .fail-off = sudo asks nobody for a password (Defaults !authenticate).
    .not-applicable = There is no sudo: neither the program nor /etc/sudoers is there.

sudo-pty-and-log = sudo uses its own terminal and keeps a log
    .why = Without a log nobody knows who used root's rights; without its own terminal a hostile program run through sudo can type into the administrator's session.
    .fix = With visudo -f /etc/sudoers.d/00-capdo write: Defaults use_pty and Defaults logfile=/var/log/sudo.log ; delete lines with !syslog, !use_pty or !log_allowed.
    .confirm = sudo grep -rnE 'use_pty|logfile|syslog|log_allowed' /etc/sudoers /etc/sudoers.d; sudo -V | head -1
    .pass = sudo uses its own terminal and keeps a log.
    .partial-no-pty = sudo keeps a log, but gives commands no terminal of their own (use_pty).
    .partial-exceptions = sudo is set up right, with exceptions: { $lines }.
    .fail-no-log = sudo keeps no log of its use.
    .not-applicable = There is no sudo: neither the program nor /etc/sudoers is there.

sudo-su-restricted = Only one group may use su
    .why = Where everybody may run su, any stolen account can guess root's password and become root past sudo.
    .fix = groupadd sugroup; add to /etc/pam.d/su, right below the line with pam_rootok.so: auth required pam_wheel.so use_uid group=sugroup . Put nobody into that group where sudo is used.
    .confirm = grep -n pam_wheel /etc/pam.d/su; stat -c "%a %n" /usr/bin/su; getent group sugroup wheel
    .pass = Only members of { $group } may use su (members now: { $members }).
    .pass-no-setuid = The program su has no set-uid bit, so only root can use it.
    .partial-login-name = su is limited to { $group } (members: { $members }), but without use_uid it goes by the name at first login.
    .fail = Every account may use su.
    .not-applicable = There is no program su.
