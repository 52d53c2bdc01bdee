# Texts of the family account.

account-uid-zero = Only root has user id 0
    .why = An account with user id 0 is root under another name: it may do everything, and the logs cannot tell the two apart.
    .fix = Give each account in the list a user id of its own (usermod -u NEW_ID NAME), or delete it (userdel NAME). Grant rights through sudo instead.
    .confirm = awk -F: '$3 == 0 {"{"} print $1 {"}"}' /etc/passwd
    .pass = Only root has user id 0.
    .fail = These accounts have user id 0 besides root: { $accounts }.
    .unknown-none = Not assessed: /etc/passwd names no account with user id 0, not even root.
