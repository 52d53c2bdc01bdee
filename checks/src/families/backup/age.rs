use jiff::Timestamp;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Job, Jobs, Starter,
            bacula::Remembered,
            proof::State,
            readings::Readings,
            remotes::{self, Remotes},
            runs::{Runs, writes_to},
            stores::{Form, Store, Stores},
            tools::Target,
            veeam::{self, Logged},
        },
        dates::follows,
        storage::is_below,
    },
    host::Budget,
    observation::{Facts, Gap, GapReason, Seen, Subject, SubjectKind, Vantage},
    verdict::Judgement,
};

/// In every store, the newest copy is not older than the level allows. A tool's own record of success
/// (backup.info of pgBackRest and Barman, a finished set of duplicity, the date inside a whole dump, logs
/// of rsnapshot and vzdump, the last jobs of the clients of Bacula and Bareos, the log of Veeam's agent, the exit status of a service that runs the tool directly) gives a pass. Times of files give half of one: they are easily set, and housekeeping touches them too.
///
/// A copy that only another machine holds leaves nothing to see here, and stays unknown, whatever else is seen; but
/// not one of copies that are seen here. Of several stanzas, servers or guests in one store each counts: one without
/// a recent copy is half of a pass, for it may have been given up.
pub(super) struct Age;

const META: Meta = Meta {
    id: "backup.age",
    version: 7,
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &["backup.max-age-days"],
    always_applies: true,
};

impl Check for Age {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_reading_copies()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let runs = cx.get::<Runs>()?;
        let remotes = cx.get::<Remotes>()?; // before the reading, which may use up the time of this check
        let readings = cx.get::<Readings>()?;
        let mut subjects = Vec::new();
        for store in &stores.all {
            subjects.extend(in_store(store, &jobs, &runs, &readings));
        }
        let remembered = remembered(cx, &jobs, &runs)?;
        let by_client = by_client(cx, &jobs)?;
        // What only another machine holds shows here by the status of its job alone.
        let alone = |j: &&Job| !stores.all.iter().any(|s| writes_to(j, s));
        for job in jobs.started().filter(alone) {
            let (subject, facts) = match job.service.as_deref().zip(runs.of(job)) {
                Some((service, ended)) => {
                    let from = format!("systemctl show {service}");
                    let facts = seen(&jobs, None, None).observed("recorded", ended, from);
                    (Subject::new(SubjectKind::Service, service), facts)
                }
                None if is_silent(job, &stores) && !is_remembered(job, &remotes) => {
                    let name = format!("{} ({})", job.tool, job.at);
                    let subject = Subject::new(SubjectKind::Service, name);
                    (subject, seen(&jobs, None, None))
                }
                None => continue,
            };
            if subjects.iter().all(|(s, _)| *s != subject) {
                subjects.push((subject, facts));
            }
        }
        subjects.extend(remembered);
        subjects.extend(by_client);
        let gap = stores.gap.as_ref().or(jobs.gap.as_ref());
        if gap.is_some() || subjects.is_empty() {
            subjects.push((Subject::host(), seen(&jobs, None, gap)));
        }
        Ok(Seen::each(subjects))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let limit = case.threshold("backup.max-age-days");
        let recorded = case.age_days("recorded").ok();
        let file = case.age_days("newest_file").ok();
        if recorded.into_iter().chain(file).any(|age| age < -1) {
            return Ok(Judgement::unknown("unknown-future"));
        }
        if recorded.is_some_and(|age| age <= limit) {
            return Ok(Judgement::pass("pass").with("date", case.text("recorded")?));
        }
        if file.is_some_and(|age| age <= limit) {
            return Ok(Judgement::partial("partial").with("date", case.text("newest_file")?));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        if let Ok(store) = case.text("part_of") {
            let judgement = match case.time("recorded") {
                Ok(date) => Judgement::partial("partial-part").with("date", date),
                Err(_) => Judgement::partial("partial-part-never"),
            };
            return Ok(judgement.with("store", store).with("limit", limit));
        }
        let newest = [case.time("recorded").ok(), case.time("newest_file").ok()];
        if let Some(newest) = newest.into_iter().flatten().max() {
            let stuck = case.time("locked_since").ok();
            let judgement = match stuck {
                Some(since) => Judgement::fail("fail-locked").with("since", since),
                None => Judgement::fail("fail"),
            };
            return Ok(judgement.with("date", newest).with("limit", limit));
        }
        let stores = case.list("stores")?.len();
        Ok(
            if stores > 0 && case.int("empty_stores")? == i64::try_from(stores).unwrap_or(0) {
                Judgement::fail("fail-empty").with("stores", case.list("stores")?.to_vec())
            } else if stores == 0 && case.int("job_count")? == 0 {
                Judgement::fail("fail-none")
            } else {
                Judgement::unknown("unknown-no-evidence")
            },
        )
    }
}

/// What shows in a store, and of each stanza, server or guest in it.
fn in_store(store: &Store, jobs: &Jobs, runs: &Runs, readings: &Readings) -> Vec<(Subject, Facts)> {
    let mut subjects = Vec::new();
    let mut recorded = store.newest_record;
    let mut from = format!("records of {} in {}", store.form.name(), store.path);
    // A dump that is whole says itself when it was made; half a dump is no copy.
    let own = readings.0.iter().filter(|r| r.store == store.path);
    let whole = own.filter(|r| r.state == Ok(State::Whole));
    recorded = recorded.max(whole.filter_map(|r| r.made).max());
    for job in jobs.started().filter(|j| writes_to(j, store)) {
        let ended = runs.of(job).filter(|at| left_a_copy(job, store, *at));
        if ended > recorded {
            recorded = ended;
            let service = job.service.as_deref().unwrap_or_default();
            from = format!("systemctl show {service}");
        }
    }
    // Of several stanzas, servers or guests each stands for itself.
    let parts = store.parts.iter().filter(|_| store.parts.len() > 1);
    for (part, newest) in parts {
        let facts = seen(jobs, None, None)
            .observed("part_of", store.path.as_str(), "ls -l")
            .maybe("recorded", Vantage::Observed, *newest, &from);
        let name = format!("{}/{part}", store.path.trim_end_matches('/'));
        subjects.push((Subject::new(SubjectKind::File, name), facts));
    }
    let facts = seen(jobs, Some(store), None);
    let facts = facts.maybe("recorded", Vantage::Observed, recorded, &from);
    subjects.push((Subject::new(SubjectKind::File, &store.path), facts));
    subjects
}

/// Whether a run that ended well shows in the store. One that wrote nothing there, such as a trial, made
/// no copy.
fn left_a_copy(job: &Job, store: &Store, ended: Timestamp) -> bool {
    match store.form {
        Form::Empty => false,
        // restic is told to leave no snapshot where nothing changed.
        Form::Restic if job.text.contains("--skip-if-unchanged") => true,
        // Turning older folders over succeeds as well.
        Form::Restic | Form::Borg | Form::Dumps | Form::Rsnapshot => {
            store.newest_file.is_some_and(|file| follows(file, ended))
        }
        _ => true,
    }
}

/// Whether nothing at all shows of a job: what it writes to is on another machine, is not there or is not named, and
/// it takes along more than copies that are seen here.
fn is_silent(job: &Job, stores: &Stores) -> bool {
    let is_copy = |path: &String| {
        let holds = |s: &Store| s.has_copies() && is_below(path, &s.path);
        stores.all.iter().any(holds)
    };
    let paths = &job.sources.paths;
    let sends_on = !paths.is_empty() && paths.iter().all(is_copy);
    job.starter != Starter::Service && !sends_on && stores.gap.is_none()
}

/// Whether borg's client here remembers each repository that a job writes to.
fn is_remembered(job: &Job, remotes: &Remotes) -> bool {
    let known = |t: &Target| matches!(t, Target::Remote(name) if remotes.0.contains_key(name));
    job.tool.starts_with("borg") && !job.targets.is_empty() && job.targets.iter().all(known)
}

/// The repositories on other machines that borg's client here remembers, where the job's own status does
/// not show. An old time proves nothing: another account may have written since.
fn remembered(cx: &Cx<'_>, jobs: &Jobs, runs: &Runs) -> Result<Vec<(Subject, Facts)>, Gap> {
    let remotes = cx.get::<Remotes>()?;
    let mut found: Vec<(Subject, Facts)> = Vec::new();
    let borgs = jobs.started().filter(|j| j.tool.starts_with("borg"));
    for job in borgs.filter(|j| runs.of(j).is_none()) {
        for target in &job.targets {
            let Target::Remote(name) = target else {
                continue;
            };
            let subject = Subject::new(SubjectKind::File, name);
            let Some(at) = remotes.0.get(name) else {
                continue;
            };
            let gap = Gap::new(
                GapReason::NoPermission,
                format!("{name}: what others wrote"),
            );
            let facts = seen(jobs, None, Some(&gap));
            let facts = facts.observed("newest_file", *at, remotes::PLACE);
            if found.iter().all(|(s, _)| *s != subject) {
                found.push((subject, facts));
            }
        }
    }
    Ok(found)
}

/// What the clients of Bacula, Bareos and Veeam remember. That they remember no newer copy proves nothing:
/// they write that down when they end, and for their last jobs only.
fn by_client(cx: &Cx<'_>, jobs: &Jobs) -> Result<Vec<(Subject, Facts)>, Gap> {
    let runs = |tool: &str| jobs.started().any(|j| j.tool == tool);
    let mut found = Vec::new();
    let remembered = cx.get::<Remembered>()?;
    for (client, at) in remembered.0.iter().filter(|(c, _)| runs(c.tool)) {
        let detail = format!("the catalogue of {}'s director", client.tool);
        found.push((client.unit.to_owned(), *at, client.place, detail));
    }
    let logged = cx.get::<Logged>()?;
    for (job, at) in logged.0.iter().filter(|_| runs("veeam")) {
        let detail = "the database of Veeam".to_owned();
        found.push((format!("veeam {job}"), *at, veeam::PLACE, detail));
    }
    let subjects = found.into_iter().map(|(name, at, place, detail)| {
        let gap = Gap::new(GapReason::NoPermission, detail);
        let facts = seen(jobs, None, Some(&gap)).observed("recorded", at, place);
        (Subject::new(SubjectKind::Service, name), facts)
    });
    Ok(subjects.collect())
}

/// What every subject says, with what shows in its store.
fn seen(jobs: &Jobs, store: Option<&Store>, gap: Option<&Gap>) -> Facts {
    let paths: Vec<&str> = store.map(|s| s.path.as_str()).into_iter().collect();
    let empty = store.is_some_and(|s| s.form == Form::Empty);
    let file = store.and_then(|s| s.newest_file);
    Facts::new()
        .maybe("newest_file", Vantage::Observed, file, paths.join(" "))
        .maybe(
            "copies",
            Vantage::Observed,
            store.map(|s| s.points),
            paths.join(" "),
        )
        .maybe(
            "locked_since",
            Vantage::Observed,
            store.and_then(|s| s.locked_since),
            paths.join(" "),
        )
        .configured(
            "job_count",
            jobs.all.len(),
            "crontab -l; systemctl list-timers",
        )
        .observed("stores", paths, "ls -l")
        .observed("empty_stores", usize::from(empty), "ls -l")
        .all_seen(gap, "ls -l")
}
