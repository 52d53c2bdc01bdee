# Texts of the family integrity.

integrity-vantage-points = Files and running services say the same
    .why = Where a file and the running service disagree, a change was never loaded or will be gone with the next restart. One of the two is not what somebody believes it to be.
    .fix = For each line: decide which value is meant, write it into the file, and reload the service (systemctl reload NAME, sysctl --system, or the command on the other check's page).
    .confirm = Compare the two values on the pages of the checks named.
    .pass = { $compared } settings were seen both in a file and in effect, and agree.
    .fail = { $count } settings differ between file and effect: { $list }.
    .unknown-none = Not assessed: no setting could be seen from two sides. The agent needs root, or the other checks were left out.
