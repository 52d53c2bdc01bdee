# Texts of the family file.

file-account-databases = Account and password files are protected
    .why = Whoever can change /etc/passwd can make themselves root; whoever can read /etc/shadow can take the hashes away and guess.
    .fix-debian = chown root:root /etc/passwd* /etc/group*; chmod 644 /etc/passwd* /etc/group*; chown root:shadow /etc/shadow* /etc/gshadow*; chmod 640 /etc/shadow* /etc/gshadow*
    .fix-rhel = chown root:root /etc/passwd* /etc/group* /etc/shadow* /etc/gshadow*; chmod 644 /etc/passwd* /etc/group*; chmod 000 /etc/shadow* /etc/gshadow*
    .confirm = stat -c "%a %U:%G %n" /etc/passwd* /etc/group* /etc/shadow* /etc/gshadow*
    .pass = Only root changes the account files, and others cannot read the hashes.
    .fail-changeable = Others than root can change: { $files }.
    .fail-readable = Others can read password hashes: { $files }.
    .unknown-none = Not assessed: there is no /etc/shadow.

file-cron-permissions = Only root changes the system's scheduled jobs
    .why = The system's cron jobs run as root; whoever can change one is root.
    .fix = chown -R root:root /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly; chmod -R go-w /etc/crontab /etc/cron.*; chmod 600 /etc/crontab; chmod 700 /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly; [ -e /etc/cron.allow ] || echo root > /etc/cron.allow; chmod 640 /etc/cron.allow
    .confirm = stat -c "%a %U:%G %n" /etc/crontab /etc/cron.* /etc/cron.*/*
    .pass = Only root reads and changes the system's jobs, and a list names who may use cron.
    .partial-readable = Others cannot change them, but can read: { $files }.
    .partial-anybody = The system's jobs are protected, but without /etc/cron.allow everybody may have jobs of their own.
    .fail = Others than root can change: { $files }.
    .not-applicable = There is no cron: neither its program nor its files are there.

file-home-permissions = Home folders are open to their owners only
    .why = Home folders hold keys, command histories and work.
    .fix = For each folder in the list: chown NAME:NAME /home/NAME && chmod 750 /home/NAME ; for later ones set HOME_MODE 0750 in /etc/login.defs and DIR_MODE=0750 in /etc/adduser.conf.
    .confirm = sudo stat -c "%a %U:%G %n" /root /home/*
    .pass = Home folders belong to their owners, and others cannot enter.
    .fail-owner = Home folders that belong to somebody else: { $homes }.
    .fail-open = Others can enter home folders: { $homes }.
    .not-applicable = No account that can log in has a home folder.

file-secret-files = Files with passwords and keys are closed to others
    .why = One open database password or backup key turns the weakest account on the machine into a way to the data.
    .fix = chmod 600 FILE for each file in the list (files of services: chown root:SERVICE_GROUP FILE && chmod 640 FILE); then change the passwords and keys that stood open.
    .confirm = sudo stat -c "%a %U:%G %n" FILE
    .pass = Files with secrets in the usual places are closed to others.
    .partial-shielded = These files are open and only a folder above shuts others out: { $files }.
    .partial-group = A group can read personal secrets: { $files }.
    .fail = Every account on the machine can reach: { $files }.
    .not-applicable = No file with secrets stands in the usual places.

file-tls-keys = Private keys of certificates are protected
    .why = Whoever has the private key can pose as the site and read its traffic.
    .fix = chown root:root FILE && chmod 600 FILE (or 640 with the service's group) for each key in the list. Where everybody could read a key, revoke the certificate and have it issued anew.
    .confirm = sudo stat -c "%a %U:%G %n" /etc/ssl/private/* /etc/pki/tls/private/* /etc/letsencrypt/archive/*/privkey*.pem; sudo grep -rlE "BEGIN .*PRIVATE KEY" /etc/nginx /etc/apache2 /etc/httpd /etc/haproxy /etc/postfix /etc/dovecot | xargs -r sudo stat -c "%a %U:%G %n"
    .pass = Private keys in the usual places are readable by their services alone.
    .partial-owner = Private keys that belong to a person's account: { $files }.
    .partial-shielded = These keys are open and only a folder above shuts others out: { $files }.
    .fail = Every account on the machine can reach private keys: { $files }.
    .partial-group = People in their group may read these keys: { $files }.
    .fail-group = People in their group may replace these keys: { $files }.
    .not-applicable = No private key stands in the usual places, and nothing here serves TLS.
    .unknown-elsewhere = Not assessed: TLS is served here, and its private keys stand in none of the usual places.

file-tmp-mounts = Programs cannot run from shared temporary folders
    .why = Malicious programs are often dropped into /tmp or /dev/shm and run from there.
    .fix = Add to /etc/fstab: tmpfs /tmp tmpfs defaults,nodev,nosuid,noexec,size=2G 0 0 ; tmpfs /dev/shm tmpfs defaults,nodev,nosuid,noexec 0 0 ; and a partition of its own for /var/tmp with the same options; then restart at a planned time. Try it first where software installs or builds through /tmp: noexec may stop it.
    .confirm = findmnt -no TARGET,OPTIONS /tmp; findmnt -no TARGET,OPTIONS /var/tmp; findmnt -no TARGET,OPTIONS /dev/shm; grep -nE "/tmp|/dev/shm" /etc/fstab
    .pass = /tmp, /var/tmp and /dev/shm are all mounted with nodev, nosuid and noexec.
    .partial = Still missing (- means not mounted on its own): { $mounts }.
    .fail = Temporary folders are not protected; missing (- means not mounted on its own): { $mounts }.

file-umask = New files are closed to others by default
    .why = With a loose umask others can read every file that an administrator creates.
    .fix = Set UMASK 027 in /etc/login.defs, see to it that /etc/pam.d/common-session (RHEL: /etc/pam.d/postlogin) has the line session optional pam_umask.so, and change the umask lines named in /etc/profile, /etc/profile.d and /etc/bashrc to umask 027.
    .confirm = grep -rnE "^[^#]*umask" /etc/login.defs /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/pam.d -i; bash -lc umask
    .pass = Every umask is 027 or stricter.
    .partial-no-effect = /etc/login.defs has the right umask, but nothing applies it at login (no pam_umask, no umask in the shells' set-up).
    .fail = umask is too loose: { $masks }.
    .fail-none = umask is set nowhere.
    .unknown-unclear = Not assessed: umask is not octal at { $lines }.
