# Texts of the family password.

password-quality-module = A module judges every new password
    .why = Without it anybody may choose “123456”, whatever the rules on paper say. A configuration file alone does nothing: the module must stand in the PAM stack.
    .fix-debian = apt install libpam-pwquality (it wires itself in through pam-auth-update).
    .fix-rhel = authselect select minimal with-faillock --force, or put “password requisite pam_pwquality.so” before pam_unix.so in the profile.
    .confirm = grep -v '^#' /etc/pam.d/common-password /etc/pam.d/system-auth
    .pass = { $module } judges every new password before it is stored.
    .fail-none = No module judges new passwords.
    .fail-loose = { $module } stands in the stack, but a password can be stored past it.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.

password-length = New passwords are long enough
    .why = The time to guess a password grows with its length more than with anything else.
    .fix = Install the quality module, set minlen = 14 in /etc/security/pwquality.conf, and remove minlen from the module's line in the PAM stack (arguments override the file). Positive credits (dcredit = 1 …) shorten what is really asked for: set them to 0 or below.
    .confirm = grep -rE '^ *(minlen|[dulo]credit)' /etc/security/pwquality.conf /etc/security/pwquality.conf.d; grep -E 'pwquality|passwdqc|pam_unix' /etc/pam.d/common-password /etc/pam.d/system-auth
    .pass = The shortest password accepted has { $length } characters.
    .partial = The shortest password accepted has { $length } characters: enough only where a second factor is always asked for, otherwise { $wanted }.
    .fail = The shortest password accepted has { $length } characters, not { $wanted }.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.

password-classes = New passwords mix enough kinds of characters
    .why = Passwords of lower-case letters only fall to word lists first.
    .fix = Install the quality module and set minclass = 4 in /etc/security/pwquality.conf. Positive credits are a bonus, not a demand.
    .confirm = grep -rE '^ *(minclass|[dulo]credit)' /etc/security/pwquality.conf /etc/security/pwquality.conf.d
    .pass = New passwords must mix { $classes } kinds of characters.
    .fail = New passwords must mix { $classes } kinds of characters, not { $wanted }.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.

password-dictionary = New passwords are looked up in a dictionary
    .why = Attackers try words and known passwords first.
    .fix = Install the quality module and remove dictcheck = 0 from /etc/security/pwquality.conf and from the module's line in the PAM stack.
    .confirm = grep -rn dictcheck /etc/security/pwquality.conf /etc/security/pwquality.conf.d /etc/pam.d
    .pass = New passwords are looked up in a dictionary.
    .fail-off = The dictionary is switched off.
    .fail-no-module = No module judges every new password, so there is no dictionary either.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.

password-binds-root = The password rules bind root too
    .why = Whoever resets passwords does so as root; without this setting the rules are a mere hint then.
    .fix = Write the line enforce_for_root into /etc/security/pwquality.conf.
    .confirm = grep -rn enforce_for_root /etc/security/pwquality.conf /etc/security/pwquality.conf.d /etc/pam.d
    .pass = The rules bind root too.
    .fail-off = Root may set any password.
    .fail-no-module = No module judges every new password, root's included.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.

password-history = Old passwords cannot be used again
    .why = A forced change protects nothing when the old password comes straight back.
    .fix = Put “password required pam_pwhistory.so remember=10 use_authtok enforce_for_root” after the quality module and before pam_unix.so in /etc/pam.d/common-password (RHEL: authselect enable-feature with-pwhistory).
    .confirm = grep -rE 'pam_pwhistory|remember' /etc/pam.d /etc/security/pwhistory.conf
    .pass = The last { $remembered } passwords are refused.
    .partial-root = The last { $remembered } passwords are refused, but root is not bound.
    .fail-none = Old passwords are not remembered.
    .fail-few = Only the last { $remembered } passwords are refused, not { $wanted }.
    .fail-loose = The module stands in the stack, but a password can be stored past it.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.
    .not-applicable = This level asks for no password history.

password-admin-age = Administrators change their passwords in time
    .why = The password of an administrator that leaked unnoticed stays useful until it is changed.
    .fix = For each account in the list: chage -M 60 NAME. For new accounts: PASS_MAX_DAYS 60 in /etc/login.defs.
    .confirm = sudo awk -F: '$2 ~ /^[$]/ {"{"} print $1, $5 {"}"}' /etc/shadow; getent group sudo wheel
    .pass = Every administrator's password expires within { $wanted } days.
    .fail = These administrators' passwords expire later than after { $wanted } days (days in brackets): { $accounts }.
    .unknown-many = Not assessed: there are more administrators than can be listed.
    .not-applicable = No administrator has a usable password.

password-min-age = A new password stays for a day at least
    .why = Otherwise somebody changes it ten times in a minute and is back at the old one.
    .fix = For each account in the list: chage -m 1 NAME. For new accounts: PASS_MIN_DAYS 1 in /etc/login.defs.
    .confirm = sudo awk -F: '$2 ~ /^[$]/ {"{"} print $1, $4 {"}"}' /etc/shadow
    .pass = Every password stays for a day at least.
    .partial = These accounts may change their password at once again: { $accounts }.
    .fail = No account has a minimum age of the password: { $accounts }.
    .not-applicable = No account that can log in has a password.

password-no-nullok = No login accepts an empty password
    .why = With nullok an account whose password is empty is open to everybody who knows its name.
    .fix = Set a password for or lock (passwd -l NAME) each account without one, then remove nullok from the pam_unix lines named here.
    .confirm = grep -rn nullok /etc/pam.d; awk -F: '$2 == "" {"{"} print $1 {"}"}' /etc/shadow
    .pass = No login service accepts an empty password.
    .partial = Empty passwords would be accepted ({ $places }), but no account has one.
    .fail = Empty passwords are accepted ({ $places }), and these accounts have one: { $accounts }.
    .unknown-no-service = Not assessed: no login service is configured in PAM.

password-default-hash = New passwords are stored with a strong hash
    .why = When /etc/shadow or a backup of it leaks, a weak hash gives the passwords away within hours.
    .fix-debian = Write ENCRYPT_METHOD YESCRYPT into /etc/login.defs, and yescrypt behind pam_unix.so in /etc/pam.d/common-password; then let people change their passwords.
    .fix-rhel = Write ENCRYPT_METHOD YESCRYPT (RHEL 8: SHA512) into /etc/login.defs, and select the profile again: authselect apply-changes.
    .confirm = grep ENCRYPT_METHOD /etc/login.defs; grep pam_unix /etc/pam.d/common-password /etc/pam.d/system-auth
    .pass = New passwords are stored with { $hash }.
    .partial = New passwords are stored with { $hash }, which is dated.
    .partial-defs = PAM stores new passwords with { $hash }, but login.defs names { $defs } for the tools that do not use PAM.
    .fail = New passwords are stored with { $hash }.
    .fail-unset = Neither PAM nor login.defs names a hash; the old default is broken.
    .unknown-elsewhere = Not assessed: passwords are not changed through pam_unix here.

password-lockout-wired = Wrong passwords lock the account in every login service
    .why = Without a lock-out an attacker may guess without end. /etc/security/faillock.conf alone does nothing: the module must stand in the stack, before and after the password is asked for.
    .fix-debian = In /etc/pam.d/common-auth: “auth requisite pam_faillock.so preauth” before pam_unix.so and “auth [default=die] pam_faillock.so authfail” right after it (raise its success= by one); in /etc/pam.d/common-account: “account required pam_faillock.so”. Keep a root session open while trying it.
    .fix-rhel = authselect enable-feature with-faillock
    .confirm = grep -rn faillock /etc/pam.d; faillock
    .pass = Wrong passwords lock the account in: { $services }.
    .partial-not-cleared = Wrong passwords lock the account, but a successful login does not clear the count in: { $services }.
    .fail-none = No lock-out in: { $services }.
    .fail-not-counted = A lock-out is configured, but a wrong password can go uncounted in: { $services }.
    .fail-not-refused = Wrong passwords are counted, but a locked account still gets in with the right one in: { $services }.
    .fail-sshd = sshd checks passwords without PAM, so nothing counts the wrong ones.
    .unknown-no-service = Not assessed: no login service is configured in PAM.

password-lockout-threshold = Few wrong passwords lock the account
    .why = The more guesses are allowed, the likelier one of them is right.
    .fix = Set deny = 5 in /etc/security/faillock.conf and remove deny= from the module's lines in the PAM stack (arguments override the file). deny = 0 switches the lock-out off.
    .confirm = grep -E '^ *deny' /etc/security/faillock.conf; grep -rn 'deny=' /etc/pam.d
    .pass = { $deny } wrong passwords lock the account.
    .fail-many = Only { $deny } wrong passwords lock the account; at most { $wanted } are allowed.
    .fail-off = The limit is 0: the account is never locked.
    .fail-not-wired = No lock-out works in: { $services }.
    .unknown-no-service = Not assessed: no login service is configured in PAM.

password-lockout-time = A locked account stays locked long enough
    .why = A lock of a few minutes lets an attacker go on guessing all day.
    .fix = Set unlock_time = 43200 (12 hours) in /etc/security/faillock.conf and remove unlock_time= from the module's lines in the PAM stack. An administrator opens an account early with: faillock --user NAME --reset
    .confirm = grep -E '^ *unlock_time' /etc/security/faillock.conf; grep -rn 'unlock_time=' /etc/pam.d
    .pass = An account stays locked for { $seconds } seconds.
    .pass-manual = Only an administrator opens a locked account.
    .pass-long = An account stays locked for { $seconds } seconds, longer than suggested.
    .partial = An account stays locked for { $seconds } seconds; { $least } are suggested.
    .fail = An account stays locked for { $seconds } seconds only; { $least } are suggested.
    .fail-not-wired = No lock-out works in: { $services }.
    .unknown-no-service = Not assessed: no login service is configured in PAM.

password-lockout-root = The lock-out counts root too
    .why = Root is the one account whose name every attacker knows.
    .fix = Write even_deny_root and root_unlock_time = 900 into /etc/security/faillock.conf, or lock root's password: passwd -l root
    .confirm = grep -E 'even_deny_root|root_unlock_time' /etc/security/faillock.conf; passwd -S root
    .pass = The lock-out counts root too.
    .fail = Root's password may be guessed without end.
    .fail-not-wired = No lock-out works in: { $services }.
    .unknown-no-service = Not assessed: no login service is configured in PAM.
    .not-applicable = Root's password is locked; nobody can guess it.
