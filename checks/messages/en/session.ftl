# Texts of the family session.

session-shell-timeout = Idle shells end by themselves
    .why = An abandoned command line lets others act in the name of whoever logged in.
    .fix = Create /etc/profile.d/tmout.sh with the two lines readonly TMOUT=600 and export TMOUT ; where shells that are no login shells need it too, add . /etc/profile.d/tmout.sh to /etc/bash.bashrc (RHEL: /etc/bashrc). Delete other places that set TMOUT.
    .confirm = grep -rn TMOUT /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc; bash -lc 'declare -p TMOUT'
    .pass = Idle shells end after { $seconds } seconds, and users cannot lift that.
    .partial-not-firm = TMOUT is { $seconds } seconds, but not both read-only and exported, so users can lift it.
    .partial-conditional = TMOUT of { $seconds } seconds is set under a condition only, so it may not hold for all.
    .fail-none = Idle shells never end (TMOUT is not set).
    .fail-long = Idle shells end after { $seconds } seconds, later than the limit of { $limit }.
