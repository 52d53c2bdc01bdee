# Texts of the family patch.

patch-security-updates = No security fix waits to be installed
    .why = A hole with a fix is a published hole: the tools to use it exist. A host without the fix is taken over by exactly those.
    .fix-debian = apt-get update && apt-get upgrade. Where no security source is configured, add http://security.debian.org/debian-security with suite CODENAME-security (Ubuntu: http://security.ubuntu.com/ubuntu, suite CODENAME-security) under /etc/apt/sources.list.d/ and run both commands again.
    .fix-rhel = dnf upgrade --security (SUSE: zypper patch --category security)
    .fix-alpine = apk update && apk upgrade
    .confirm = apt-get update && apt list --upgradable 2>/dev/null | grep -i security  # RHEL family: dnf updateinfo list --security; SUSE: zypper list-patches --category security
    .pass = The host's security sources offer nothing that is not installed.
    .fail = { $count } packages have security fixes that are not installed: { $packages }.
    .fail-since = { $count } packages have security fixes that are not installed, the first of them issued on { $date }: { $packages }.
    .fail-hidden = { $count } packages have security fixes that are not installed, behind newer versions from sources that are not of security, so that programs which install security fixes alone pass over them: { $packages }.
    .fail-no-source = The host has no source of security fixes for the system release that it runs.
    .unknown-no-source = Not assessed: no source tells about security fixes.
    .unknown-lists = Not assessed: not all package lists of the security source have been fetched.
    .unknown-stale = Not assessed: the lists of the security source are older than { $limit } days, or dated in the future.
    .unknown-frozen = Not assessed: the repository that brings the system's own fixes was made on { $date }, more than { $limit } days ago or in the future, however lately it was fetched: the archive of an old point release, or a mirror that stands still.
    .unknown-undated = Not assessed: the repository that brings the system's own fixes does not say when it was made, so that a fresh fetch proves nothing.
    .unknown-untold = Not assessed: these fixes for packages of modules do not say for which stream they are, and may be for the installed one: { $packages }.
    .unknown-updates = Not assessed: { $count } packages have updates that are not installed ({ $packages }); the lists of this system do not say which of them close holes.
    .unknown-system = Not assessed: this release does not read the host's package system.

patch-lists-age = The package lists of the security source are recent
    .why = With old lists the host does not know of new fixes, and every "nothing to update" is worth nothing.
    .fix-debian = apt-get update. If the date stays old, the mirror stands still: name another one under /etc/apt/sources.list.d/. Fetch lists daily: systemctl enable --now apt-daily.timer
    .fix-rhel = dnf makecache; systemctl enable --now dnf-makecache.timer (SUSE: zypper refresh)
    .fix-alpine = apk update
    .confirm = grep -m1 ^Date: /var/lib/apt/lists/*security*InRelease  # RHEL family: grep revision /var/cache/dnf/*/repodata/repomd.xml
    .pass = The lists of the security source are dated { $date }.
    .fail = The lists of the security source are dated { $date }, more than { $limit } days ago.
    .fail-none = { $lists } lists of the security source are missing: never fetched, or deleted.
    .unknown-future = Not assessed: the lists are dated { $date }, in the future by this host's clock.
    .unknown-frozen = Not assessed: the repository that brings the system's own fixes was made on { $date }, more than { $limit } days ago or in the future, however lately it was fetched: the archive of an old point release, or a mirror that stands still.
    .unknown-undated = Not assessed: the repository that brings the system's own fixes does not say when it was made, so that a fresh fetch proves nothing.
    .unknown-no-source = Not assessed: there is no security source whose date could be seen.
    .unknown-system = Not assessed: this release does not read the host's package system.

patch-last-upgrade = Software is upgraded within the time of the level
    .why = The standard asks for fixes to be looked for and installed regularly. A host that is not upgraded gathers published holes.
    .fix-debian = apt-get update && apt-get upgrade
    .fix-rhel = dnf upgrade
    .fix-alpine = apk update && apk upgrade
    .confirm = grep -B3 ^Upgrade: /var/log/apt/history.log | grep Start-Date | tail -1  # RHEL family: grep -E "Upgraded?:" /var/log/dnf.rpm.log | tail -1
    .pass = Last upgrade: { $date }.
    .pass-nothing-waits = By recent package lists, no fix waits to be installed.
    .fail = The last upgrade was on { $date }, more than { $limit } days ago.
    .fail-never = Nothing has been upgraded since { $date }, more than { $limit } days ago.
    .partial-young = The first record of a package is of { $date }, and none has been upgraded since: a new host, or one whose records were removed.
    .unknown-no-log = Not assessed: no log tells of any upgrade.
    .unknown-future = Not assessed: the log is dated in the future by this host's clock.
    .unknown-system = Not assessed: this release does not read the host's package system.

patch-automatic-updates = Security fixes are installed automatically
    .why = A fix that waits for somebody to remember it often waits for months. Installing automatically makes that a day. Where another server patches centrally, declare that as an equal measure.
    .fix-debian = apt-get install unattended-upgrades && dpkg-reconfigure -plow unattended-upgrades && systemctl unmask apt-daily.timer apt-daily-upgrade.timer && systemctl enable --now apt-daily.timer apt-daily-upgrade.timer
    .fix-rhel = dnf install dnf-automatic && systemctl enable --now dnf-automatic-install.timer
    .confirm = apt-config dump APT::Periodic; systemctl status apt-daily.timer apt-daily-upgrade.timer; ls -l /var/lib/apt/periodic/
    .pass = Switched on and running; last run: { $date }.
    .partial-never = Configured and switched on, but nothing shows that it has ever run.
    .partial-lists = Runs (last on { $date }), but nothing fetches the package lists, so it never learns of new fixes.
    .partial-left-out = Runs (last on { $date }), but leaves packages out, whose fixes wait for somebody: { $packages }.
    .partial-only = Runs (last on { $date }), but for some packages only, and the fixes of all others wait: { $packages }.
    .fail-left-out = Switched on, but told to leave every package out, so it installs nothing.
    .partial-own = A job of your own installs updates: { $jobs }. Whether it went well does not show; the distribution's own program would leave a trace.
    .fail-absent = Neither unattended-upgrades (Debian, Ubuntu), dnf-automatic (RHEL family) nor transactional-update, os-update or YaST's online update (SUSE) is installed, and no job runs the package manager.
    .fail-off = Installed, but its configuration does not let it install fixes.
    .fail-origins = Switched on, but no origin that it may install from fits the source that brings the system's own security fixes (the ordinary one; once its support is over, that of ESM infra or ELTS), so it installs none of them.
    .fail-timer = Configured, but its timer is not at work (state: { $state }), so it never runs.
    .fail-stalled = Switched on, but it last ran on { $date }: it has stopped.
    .fail-errors = Switched on, but its last run ({ $date }) ended with an error.
    .unknown-future = Not assessed: its trace is dated { $date }, in the future by this host's clock.
    .unknown-system = Not assessed: this release does not read the host's package system.
    .unknown-jobs = Not assessed: the distribution's own program does not run, and whether a job of your own installs updates could not be seen ({ $detail }).

patch-os-support = The operating system is supported by its vendor
    .why = A system beyond its support gets no fixes: what is found after that day stays open for good.
    .fix = Upgrade to a supported release, or subscribe to longer support and configure its source (Debian LTS: keep the source CODENAME-security; Ubuntu: pro attach TOKEN).
    .confirm = cat /etc/os-release  # compare with the vendor's life cycle page
    .pass = { $release } is supported until { $date }.
    .pass-extended = { $release } is beyond its ordinary support and gets longer support until { $date }.
    .fail = { $release } has been without support since { $date }.
    .fail-minor = This host stays on { $release }, which gets no more fixes since { $date }. Let it go on (subscription-manager release --unset; or remove /etc/dnf/vars/releasever), or enable the repositories of a longer support that still runs (EUS, E4S).
    .fail-extended = { $release } is beyond its ordinary support. Longer support lasts until { $date }, but its source is not configured, or nothing was ever fetched from it.
    .unknown-extended = { $release } is beyond its ordinary support. Longer support lasts until { $date }, but nothing shows whether this host has it.
    .unknown-minor = Not assessed: this host stays on { $release }, and the life cycle table does not know whether that point release still gets fixes. Let it go on (subscription-manager release --unset; remove /etc/dnf/vars/releasever; name the release and not the point release in the addresses under /etc/yum.repos.d/).
    .unknown-release = Not assessed: the life cycle table does not know { $release }.

patch-kernel-running = The running kernel is the newest installed one
    .why = A fix of the kernel takes effect only after a reboot. Until then the host runs the kernel with the hole, although the package is up to date.
    .fix = Plan maintenance and reboot: systemctl reboot
    .confirm = uname -rv; dpkg -l 'linux-image-[0-9]*' | grep ^ii  # RHEL family: rpm -q --last kernel-core
    .pass = { $running } is running, the newest one installed.
    .fail = { $running } is running while { $newest } is installed: reboot.
    .fail-build = { $running } is running, built earlier than the installed package: reboot.
    .not-applicable = This is a container: the kernel belongs to the machine that holds it.
    .unknown-no-package = Not assessed: no kernel package is installed.

patch-reboot-needed = No request for a reboot has been forgotten
    .why = An upgraded package said that it takes effect only after a reboot. Until then the old code with the hole keeps running.
    .fix = Plan maintenance and reboot: systemctl reboot
    .confirm = cat /run/reboot-required /run/reboot-required.pkgs (RHEL family: dnf install yum-utils; needs-restarting -r)
    .pass = No reboot is asked for, and the host has what would ask for one.
    .fail = The host needs a reboot because of: { $packages }.
    .not-applicable = This is a container, with no kernel of its own to reboot.
    .unknown-no-hook = Not assessed: nothing on the host would ask for a reboot (Debian, Ubuntu: no hook; RHEL family, SUSE: none of the distribution's kernels is installed), so that silence proves nothing.

patch-deleted-libraries = No program still runs code that was replaced
    .why = A running program keeps the old library in memory until its service is restarted; the hole in that library stays open.
    .fix = Restart the services in the list (systemctl restart NAME), or install needrestart to be reminded.
    .confirm = sudo grep -l 'r-xp.*(deleted)' /proc/[0-9]*/maps
    .pass = No program uses code that was replaced or removed.
    .fail = { $count } programs still use code that was replaced: { $programs }.
    .unknown-none = Not assessed: no process could be seen.
    .unknown-large = Not assessed: these programs have more mappings than are read, and no other runs code that was replaced: { $programs }.

patch-held-packages = No package is frozen at an old version
    .why = A frozen package (hold, versionlock, exclude) gets no security fixes, and nothing warns of it.
    .fix-debian = apt-mark unhold PACKAGE && apt-get upgrade
    .fix-rhel = dnf versionlock delete PACKAGE && dnf upgrade (SUSE: zypper removelock PACKAGE && zypper update)
    .fix-alpine = Remove the version behind the package's name in /etc/apk/world, then run apk upgrade
    .confirm = apt-mark showhold  # RHEL family: cat /etc/dnf/plugins/versionlock.list; grep -nE "^exclude(pkgs)?" /etc/dnf/dnf.conf /etc/yum.repos.d/*.repo
    .pass = No package is frozen.
    .partial = These packages are frozen; no security fix is seen to be kept away today: { $packages }.
    .unknown-preferences = Not assessed: the preferences of apt could not be understood, and they may keep a waiting fix away.
    .fail = These packages are frozen although they have security fixes: { $packages }.
    .unknown-system = Not assessed: this release does not read the host's package system.

patch-signed-repositories = Every repository must be signed
    .why = A repository whose signature is not asked for lets anybody on the way install anything as root.
    .fix-debian = Remove trusted=yes, allow-insecure=yes, allow-weak=yes and allow-downgrade-to-insecure=yes from the lines in the list, and AllowUnauthenticated, AllowInsecureRepositories, AllowWeakRepositories and AllowDowngradeToInsecureRepositories from /etc/apt/apt.conf.d/; name the repository's key with signed-by.
    .fix-rhel = Set gpgcheck=1 in /etc/dnf/dnf.conf and in the named files under /etc/yum.repos.d/
    .fix-alpine = Remove the line allow-untrusted from /etc/apk/config
    .confirm = grep -rniE 'trusted|insecure|weak|unauthenticated' /etc/apt/  # RHEL family: grep -rn gpgcheck /etc/dnf/dnf.conf /etc/yum.repos.d/
    .pass = Signatures are asked for from every repository in use.
    .fail = Signatures are waived at: { $places }.
    .fail-forged = What was fetched from these repositories does not fit its signature: { $places }.
    .unknown-none = Not assessed: the host has no repository configured.
    .unknown-system = Not assessed: this release does not read the host's package system.

patch-third-party-repositories = Only the distribution's own repositories are used
    .why = Each repository of somebody else can install anything as root, and its fixes do not follow the distribution's calendar. One that is needed must have been approved.
    .fix-debian = Delete the files of repositories no longer needed from /etc/apt/sources.list.d/; put those that are needed on the list of approved software.
    .fix-rhel = Remove packages of other vendors that are no longer needed and set enabled=0 for their repositories in /etc/yum.repos.d/; put those that are needed on the list of approved software.
    .fix-alpine = In /etc/apk/repositories keep only the folders main and community of the release in use
    .confirm = apt-cache policy | grep -A1 http  # RHEL family: rpm -qa --qf '%{"{"}VENDOR{"}"}\n' | sort | uniq -c; Alpine: cat /etc/apk/repositories
    .pass = All repositories are the distribution's own.
    .partial = There are repositories of others: { $repositories }.
    .fail-none = The host has no repository configured, so that it gets no fixes at all.
    .unknown-system = Not assessed: this release does not read the host's package system.

patch-inventory = What is installed can be listed
    .why = What nobody lists, nobody patches. The list is also what advisories are compared with.
    .fix-debian = Repair the package database: dpkg --audit; a copy of it lies in /var/backups/dpkg.status.0
    .fix-rhel = Repair the package database: rpm --rebuilddb
    .confirm = dpkg-query -W | wc -l  # RHEL family: rpm -qa | wc -l; Alpine: apk info | wc -l
    .pass = The package database lists { $count } packages.
    .fail = The package database lists { $count } packages and not even the package manager itself: it was emptied or replaced.

patch-advisories = No fix that the distribution published is missing
    .why = Whoever attacks reads the same advisories. A hole that is published and open for weeks is the first that is tried, and those that are known to be attacked are tried by everybody.
    .fix-debian = apt-get update && apt-get upgrade; restart the host where the kernel was updated.
    .fix-rhel = dnf upgrade --security; restart the host where the kernel was updated.
    .confirm = debsecan --suite CODENAME --only-fixed  # RHEL family: dnf updateinfo list --security; running kernel: uname -rv
    .pass = Nothing that is installed is older than a published fix. Advisories of { $date }.
    .pass-within = { $count } fixes are published and not installed, the oldest since { $date }: within { $limit } days.
    .partial-not-running = Every fix is installed within its time, but the kernel { $running } still runs: restart the host.
    .fail = { $count } published fixes are missing, the oldest since { $date }, more than { $limit } days ago: { $packages }.
    .fail-exploited = { $count } packages have holes that are known to be attacked, and fixes that are not at work: { $packages }.
    .unknown-inventory = Not assessed: the host's package list has not arrived.
    .unknown-feed = Not assessed: the collector's advisories are of { $date }, more than { $limit } days ago or in the future. Import newer ones.
    .unknown-exploited = Not assessed: fixes are missing, and the collector has no list of known attacks from the last { $limit } days to tell how urgent they are.
    .unknown-distribution = Not assessed: the package list calls itself { $release }, and other evidence of the same host names { $others }.
    .unknown-release = Not assessed: the package list calls itself { $release }, a release that is not known here, so that it is not known which advisories speak about it.
    .unknown-list = Not assessed: the list of { $count } packages does not hold the package manager itself, so it was emptied or made up.
    .unknown-undated = Not assessed: fixes are missing, and it is not known since when they have been published.
    .unknown-stream = Not assessed: advisories name newer versions of packages of modules and do not say of which stream, so that they may be for the installed ones: { $packages }.

patch-central-mirror = Packages come from the agency's own patch server
    .why = With one server for all, the agency decides which fixes are tested and installed when, sees who lacks them, and servers need no way to the internet.
    .fix = Set up a mirror inside the network (apt-mirror, aptly, Foreman or Red Hat Satellite), let the server's repositories point to it, and declare its name under patch_servers in the agent's configuration. Where patches are pushed centrally in another way, declare that as an equal measure.
    .confirm = grep -rhE "^(deb|URIs:|baseurl|metalink|mirrorlist|http)" /etc/apt/sources.list /etc/apt/sources.list.d /etc/yum.repos.d /etc/apk/repositories 2>/dev/null
    .pass = All packages come from the declared patch servers: { $servers }.
    .partial = Beside the declared patch servers, packages come from: { $servers }.
    .fail = Packages come from servers that are not the agency's own: { $servers }.
    .fail-none = The host has no repository configured, so that it gets no fixes at all.
    .unknown-undeclared = Not assessed: packages come from { $servers }, and the owner has not declared whether these are the agency's own (patch_servers).
    .unknown-system = Not assessed: this release does not read the host's package system.
