# What the web pages say.

# Around every page
tagline = Security scores of government servers
skip-to-content = Skip to content
other-language = Tiếng Việt
sign-out = Sign out
sign-in = Sign in
sign-in-refused = The name or the password is not right.
login-name = Name
password = Password
nav-home = All agencies
nav-crumbs = Breadcrumbs
nav-on-page = On this page
footer-made-at = Page made at
footer-own-words = Requirements are in capdo's own words and do not replace the official text of the standard.
never = never
yes = yes
no = no
empty-list = (empty list)
empty-text = (empty)
seconds = { $seconds } s
months = { $months } months
level = Level
level-n = Level { $level }
agency = Agency
system = System
host = Host
hosts = Hosts
agent = agent
subject = Subject
state = State
value = Points
clause = Clause
severity = Severity
last-change = Last change
events = Integrity events

# The four numbers
number-score = Score
number-coverage = Coverage
number-exempt = Exempt
number-level = Attained level
of-100 = / 100
before-waivers = Before waivers
hosts-enrolled-declared = Hosts enrolled / declared
systems-reached = { $reached }/{ $systems } systems reach their level
attained-of = { $attained } / needs { $own }
no-level = No level
not-scored = No score yet
not-scored-yet = No score yet: it is computed after the agent's first run.
measured-at = Computed at { $time }.
measured-against = Against

# States
gate = Gate
gates = Gates
gate-met = Met
gate-partly = Partly
gate-not-met = Not met
gate-score = Score at this level
gate-open = Controls not met
gates-caption = Gate of each level
own-level = level of the system
verdict = Verdict
verdict-pass = Pass
verdict-partial = Partial
verdict-fail = Fail
verdict-not-applicable = Not applicable
verdict-unknown = Unknown
state-met = Met
state-partly-met = Partly met
state-not-met = Not met
state-not-assessed = Not assessed
state-not-applicable = Not applicable
state-equivalent-measure = Equivalent measure
state-waived = Waived
no-result = No result
level-approved = Level { $level } (approved, { $dossier })
level-proposed = Level { $level } (proposed, { $dossier })
dossier-none = no dossier
dossier-draft = dossier being written
dossier-submitted = dossier submitted
dossier-approved = dossier approved

# How this number comes about
how-title = How does this number come about?
how-finding = Each check looks at one thing on one host and gives a result. Where there are several subjects, the worst counts: pass 100, partial 50, fail 0.
how-control = A control counts the mean of its checks over all hosts, times the share that machines can prove, plus what an officer has accepted from statements.
how-group = A group counts the weighted mean of its applicable controls.
how-system = A system scores the mean of its groups; all groups weigh the same. Every mean is rounded down.
how-agency = An agency scores the mean of its systems; a system without a score counts 0.
how-zero = These count 0: what could not be assessed, results that are too old, hosts out of contact, declared hosts without an agent. Coverage says how much has evidence; exempt says how much is not applicable or waived.
how-click = Follow agency, system, group and host to get from a number to each piece of evidence.

# Start page
home-title = All agencies
home-counts = { $agencies } agencies, { $systems } systems.
home-caption = Agencies, worst first
home-empty-title = No agency yet
home-empty-text = Run these commands on the collector:
home-empty-agency = Enter the first agency:
home-empty-system = Enter an information system of that agency:
home-empty-token = Make an enrolment token to install the agent on a host:
home-empty-ask = This account belongs to no agency that is in service. Ask whoever runs the collector.
agency-department = Department
agency-commune = Commune committee
agency-party = Party body
agency-mass = Mass organisation
agency-other = Other

# Agency
agency-empty-title = This agency has no information system yet
agency-empty-text = Run this command on the collector:
agency-caption = Systems, worst first

# What to do
fixes = What to do
fixes-caption = What to do first: most points
fixes-left = { $count } fixes are open; all of them together reach the system's level. The points are what the system's score rises by if only that one is done.
fixes-none = Nothing is left to do at this level
fix-gain = Points gained
fix-what = Fix
fix-where = Where
fix-controls = Controls
fix-hosts = hosts: { $hosts }
fix-kind-check = Fix on hosts
fix-kind-attest = Statement to be accepted
fix-attest = Statement with evidence: { $title }
severity-low = Low
severity-medium = Medium
severity-high = High
severity-critical = Critical

# System
controls = Controls
control = Control
controls-by-group = Controls by group
controls-hint = Open a group to see each control, its checks and the hosts behind them.
evidenced = With evidence
checks-behind = Checks behind it
on-hosts = On hosts
and-more = more
note-statement-only = Machines cannot prove this: it takes a statement with evidence that is accepted.
note-machine-share = Machines can prove at most { $share }; the rest takes an accepted statement.
hosts-caption = Hosts of the system
hosts-more-missing = And { $count } more declared hosts without an agent.
hosts-enrol = To enrol a host, make a one-time token on the collector and enter it when you install the agent:
host-declared = Declared host no.
host-active = Reporting
host-stale = Results too old: count 0
host-disabled = Turned away
host-silent = No run yet: counts 0
host-no-agent = No agent: counts 0

# Host
host-os = Operating system
host-agent-version = Agent version
host-enrolled-at = Enrolled
host-last-seen = Last contact
host-last-run = Last run
host-runs = Runs
host-clock = Clock ahead by
host-cost = Cost of the last run
host-cost-value = { $cpu } s of processor time, { $rss } MiB of memory
host-cost-limited = { $cpu } s of processor time (limit { $cpu_limit } s), { $rss } MiB of memory (limit { $rss_limit } MiB)
host-gap = History missing from { $first } to { $last }: { $runs ->
    [one] one run
   *[other] { $runs } runs
} never arrived.
host-over-budget = Over budget: the last run took all that it may on this host and left { $checks } checks unmade or unfinished. They count as not assessed. Its owner can raise [budget] in agent.toml.
host-level = Measured at
host-empty-title = No results yet
host-empty-text = The agent has enrolled and has not finished a run. Look at the service capdo-agent on that host.
missing-checks = Checks without a result: count 0
missing-checks-text = The level asks for these checks, and the agent has sent no result. Update the agent or wait for its next run.
claim-differs = The evidence does not support what the agent claimed
seen = What was seen
seen-nothing = No facts were recorded.
fact = Fact
fact-value = Value
fact-vantage = Vantage point
fact-source = Source
vantage-configured = Configured
vantage-effective = Effective
vantage-observed = Observed
why = Why it matters
fix = How to fix it
platform-all = all platforms
platform-debian = Debian, Ubuntu
platform-rhel = RHEL, Rocky, AlmaLinux
confirm = Confirm it yourself
serves = Controls served
since = So since
confirmed = Last confirmed
about-check = About this check
evidence-sha256 = SHA-256 of the evidence:
reason-unreadable = The stored reason cannot be read.
subject-host = Host
subject-endpoint = Endpoint
subject-account = Account
subject-package = Package
subject-file = File
subject-service = Service
events-caption = Integrity events
event-what = Event
event-detail = Detail
event-count = Times
event-first = First
event-last = Last
event-claim-mismatch = The agent claimed what its evidence does not show
event-counter-replayed = An old run was sent again
event-counter-skipped = Runs are missing that the agent does not account for
event-counter-went-back = The counter went back: a disk was restored or copied
event-digest-mismatch = What was sent does not match the signature
event-machine-changed = The identity is used on another machine
event-nonce-mismatch = A run bears a nonce that this host was not given
event-observation-refused = Evidence cannot be read or is about something else
event-signature-invalid = The signature is not valid
event-two-streams = Two machines use one identity

# Control
figures = Figures
kind = Proof
kind-automatic = Automatic: checks decide
kind-partial = Partial: checks give evidence, a person confirms the rest
kind-document = Document: only an accepted statement counts
control-share = Machines can prove at most { $share }
weight = Weight in its group
source-confidence = Confidence in this text
source-high = High: several sources that agree, or a legal text
source-medium = Medium: one good source
source-low = Low: deduced or remembered
source-unknown = Unknown: no source seen
clauses-caption = Clause at each level
period = Longest interval
not-asked = not asked for
systems-open-caption = Systems that do not meet this control
systems-open-none = No system fails to meet this control
maps = In other standards
maps-note = The mapping is capdo's own inference.
thresholds-caption = Figures at each level
threshold = Figure
unit = Unit
figure-source = Source
figure-standard = Required by the standard
figure-suggested = Suggested by the standard
figure-own = capdo's own choice
unit-attempts = attempts
unit-bits = bits
unit-characters = characters
unit-classes = classes
unit-days = days
unit-milliseconds = milliseconds
unit-passwords = passwords
unit-seconds = seconds
unit-tls-version = TLS version

# Check
confidence = Confidence
confidence-low = Low: a sign that is usually right
confidence-medium = Medium: sound, with exceptions
confidence-high = High: the evidence is the thing itself
needs = What it needs to see anything
need-root = read access of root
need-live = a running system
need-loopback = connections to the host's own addresses
need-nothing = nothing special
open-caption = Where it does not pass
open-none = It passes on every host
open-more = Only the 200 oldest are listed.

# Where there is no page
failure-home = To the start page
failure-code = Code:
failure-title-400 = Bad request
failure-next-400 = The server did not understand this. Go back and try again.
failure-title-403 = Not allowed
failure-next-403 = This account may not do that. If it should, ask whoever runs the collector.
failure-title-404 = Not found
failure-next-404 = There is no such page, or it is not for this account.
failure-title-405 = Not supported
failure-next-405 = Open the page by its ordinary address.
failure-title-429 = Too many tries
failure-next-429 = Wait a few minutes, then try again.
failure-title-500 = A fault in capdo
failure-next-500 = The fault is in the collector's log. Try again later; if it stays, tell whoever runs the collector.

# Software
software = Software
software-query = Package or source package, with or without a bound on its version
software-search = Search
software-hint = For example:
software-bad = This is not understood. Write the name of a package, or a name, one of < <= = >= > and a version.
software-count = { $count } packages found
software-csv = Download as CSV
software-caption = Where it is installed
software-package = Package
software-source = Source package
software-version = Version
software-seen = List received
software-packages = Packages
software-lists = Package lists of the hosts
software-cut = This is not all: only the first { $count } packages of that name were looked at. Search within one agency, or for one binary package.
software-more = Only the first rows are shown; the CSV file has more.
fixes-open = Missing fixes
fix-installed = Installed or running
fix-fixed = Fixed in
fix-ids = Advisories and CVEs
fix-exploited = known to be attacked
severity-not-said = not rated
advisories-none = Missing fixes are not measured on this host: no advisories for its distribution have been imported. The check does not count.
