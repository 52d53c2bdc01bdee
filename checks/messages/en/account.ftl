# Texts of the family account.

account-uid-zero = Only root has user id 0
    .why = An account with user id 0 is root under another name: it may do everything, and the logs cannot tell the two apart.
    .fix = Give each account in the list a user id of its own (usermod -u NEW_ID NAME), or delete it (userdel NAME). Grant rights through sudo instead.
    .confirm = awk -F: '$3 == 0 {"{"} print $1 {"}"}' /etc/passwd
    .pass = Only root has user id 0.
    .fail = These accounts have user id 0 besides root: { $accounts }.
    .unknown-none = Not assessed: /etc/passwd names no account with user id 0, not even root.

account-empty-password = No account has an empty password
    .why = Whoever knows the name of an account without a password can log in.
    .fix = Set a password (passwd NAME) or lock the account (passwd -l NAME) for each in the list; the second field of /etc/passwd must be x (run pwconv).
    .confirm = sudo awk -F: '$2 == ""' /etc/shadow /etc/passwd
    .pass = No account has an empty password.
    .partial = These accounts have an empty password, though their shell is closed: { $accounts }.
    .fail = These accounts let anybody in without a password: { $accounts }.
    .unknown-none = Not assessed: /etc/passwd names no account.

account-idle = Accounts that nobody uses are disabled
    .why = A forgotten account, such as that of somebody who has left, is a door that nobody watches.
    .fix = For each account in the list: lock and expire it (usermod -L -e 1 NAME) and move ~/.ssh/authorized_keys away; delete it (userdel NAME) if surely not needed. Declare automation accounts under automation_accounts.
    .confirm = lastlog; last -w -F; sudo chage -l NAME
    .pass = Every account that can log in was used within { $days } days.
    .partial-automation = All others were used within { $days } days; these automation accounts leave no login records: { $accounts }.
    .fail = These accounts were not used for over { $days } days and can still log in: { $accounts }.
    .unknown-no-source = Not assessed: there are no login records to read (/var/log/lastlog, /var/log/wtmp).
    .unknown-no-login = Not assessed: no login of anybody is on record, so that it cannot be told whether logins are recorded at all.
    .unknown-stale = Not assessed: the login records show nobody within the limit, so they are likely no longer written.
    .unknown-future = Not assessed: the records show logins in the future for { $accounts } (check the clock).
    .unknown-short = Not assessed: the login records reach back less than { $days } days, too short for { $accounts }.

account-password-hash = Passwords are stored with a strong hash
    .why = When the password file is stolen, a weak hash gives the passwords away within hours.
    .fix = Set ENCRYPT_METHOD YESCRYPT (or SHA512) in /etc/login.defs, then have each account in the list change its password (chage -d 0 NAME); old hashes stay until then.
    .confirm = sudo awk -F: '$2 ~ /^[$]/ {"{"} split($2, p, "$"); print $1, p[2] {"}"}' /etc/shadow; grep ENCRYPT_METHOD /etc/login.defs
    .pass = Every stored password has a strong hash.
    .partial = These accounts have a hash that is fast to guess: { $accounts }.
    .partial-next = The stored hashes are strong, but /etc/login.defs sets a weak method for the next one: { $method }.
    .fail = These accounts have a broken or unknown hash: { $accounts }.
    .not-applicable = No password is stored on this host.
    .unknown-unshadowed = Not assessed: passwords stand in /etc/passwd itself (see account.shadowed).

account-shadowed = Passwords stand in /etc/shadow, not in /etc/passwd
    .why = Everybody reads /etc/passwd; a hash there can be taken away and guessed.
    .fix = Run pwconv, then have the accounts in the list change their passwords (chage -d 0 NAME). Delete lines that start with + unless NIS is in use.
    .confirm = awk -F: '$2 != "x" {"{"} print NR, $1 {"}"}' /etc/passwd
    .pass = No password stands in /etc/passwd.
    .fail = The passwords of these accounts stand in /etc/passwd: { $accounts }.
    .unknown-lines = Not assessed: these lines of /etc/passwd are no accounts (NIS, perhaps): { $lines }.
    .unknown-none = Not assessed: /etc/passwd names no account.

account-system-shells = Nobody can log in as a system account
    .why = A service's account belongs to nobody; who logs in as it cannot be held to account.
    .fix = usermod -s /usr/sbin/nologin NAME and passwd -l NAME for each account in the list; delete its file of SSH keys.
    .confirm = awk -F: '$3 > 0 && $3 < 1000 && $7 !~ /(nologin|false|sync|shutdown|halt)$/' /etc/passwd; sudo passwd -S NAME
    .pass = No system account can log in.
    .fail = These system accounts can log in: { $accounts }.
    .unknown-none = Not assessed: /etc/passwd names no account.

account-unique-ids = No accounts or groups share a name or number
    .why = Two accounts with one number share all rights, and the logs cannot tell them apart.
    .fix = Give each a number of its own: usermod -u NEW_UID NAME, groupmod -g NEW_GID GROUP; then correct the owner of old files (find / -xdev -uid OLD_UID).
    .confirm = cut -d: -f3 /etc/passwd | sort | uniq -d; cut -d: -f1 /etc/passwd | sort | uniq -d; cut -d: -f3 /etc/group | sort | uniq -d; cut -d: -f1 /etc/group | sort | uniq -d
    .pass = Every account and group has a name and number of its own.
    .fail = Shared: { $shared }.
    .unknown-none = Not assessed: /etc/passwd names no account.
