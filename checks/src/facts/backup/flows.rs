//! What the started jobs copy, and which commands take the copies of others along.

use super::{
    Job, Jobs, Sent, Starter,
    patterns::{self, Files, Taken, known},
    places::{Here, Kind, Place},
    sources::{Cover, Sources},
    tools::{Target, base_name},
};
use crate::{facts::storage::is_below, observation::Gap};

/// What one command copies, and where to.
pub(super) struct Flow {
    pub(super) at: String,
    script: usize,
    pub(super) found: Vec<Place>,
    /// Files that it writes, as its words have them, and whether those may name others elsewhere.
    files: Vec<String>,
    renamed: bool,
    /// The same words with their variables marked.
    known: Vec<String>,
    /// Whether these are files, and no folders.
    plain: bool,
    sources: Sources,
    /// How long its own names are, and what it takes.
    size: usize,
    weight: usize,
    /// Where its copies end, as far as other commands take them along.
    ends: Kind,
    /// Whether another command takes its copies to a better place, and which if that is no job by itself.
    pub(super) staged: bool,
    pub(super) sent: Option<Place>,
    /// Whether its copies may be taken to a better place, which does not show.
    pub(super) hidden: bool,
}

/// A command that may take copies along.
struct Taker<'t> {
    at: &'t str,
    script: usize,
    sources: &'t Sources,
    weight: usize,
}

impl<'t> Taker<'t> {
    fn sent(sent: &'t Sent) -> Self {
        Self {
            at: &sent.at,
            script: sent.script,
            sources: &sent.sources,
            weight: weight(&sent.sources),
        }
    }
}

impl Flow {
    fn new(job: &Job, found: Vec<Place>) -> Self {
        let best = found.iter().map(|p| p.kind).min();
        let lengths = found.iter().map(|p| p.target.len());
        let size = lengths.chain(job.files.iter().map(String::len)).sum();
        Self {
            at: job.at.clone(),
            script: job.script,
            ends: best.unwrap_or(Kind::Unnamed),
            found,
            known: job.files.iter().map(|f| known(f)).collect(),
            files: job.files.clone(),
            renamed: job.renamed,
            plain: writes_files(job),
            weight: weight(&job.sources),
            size,
            sources: job.sources.clone(),
            staged: false,
            sent: None,
            hidden: false,
        }
    }

    fn taker(&self) -> Taker<'_> {
        Taker {
            at: &self.at,
            script: self.script,
            sources: &self.sources,
            weight: self.weight,
        }
    }

    /// Whether another command takes all of this one's copies along.
    fn taken_by(&self, other: &Taker<'_>, here: &Here<'_>) -> Taken {
        let named = self.named_by(other);
        if named == Taken::Yes {
            return named;
        }
        let places = self.found.iter().map(|p| p.target.as_str());
        let best = places.map(|place| self.taken_from(place, other.sources, here));
        best.max().unwrap_or(Taken::No).max(named)
    }

    /// Whether another command names the very files.
    fn named_by(&self, other: &Taker<'_>) -> Taken {
        let sources = other.sources;
        let named = |f: &String| sources.words.contains(f);
        let here = self.at == other.at && !self.files.is_empty();
        if !here || sources.shallow && !self.plain || !self.files.iter().all(named) {
            return Taken::No;
        }
        // Elsewhere the same variable may hold something else.
        let fixed = |f: &String| f.starts_with('/') && !f.contains(['$', '`']);
        let same = self.script == other.script && !self.renamed || self.files.iter().all(fixed);
        let files = &self.known;
        let each = files.iter().map(|f| Files {
            place: f,
            files: std::slice::from_ref(f),
        });
        let kept = |f| patterns::kept(&sources.excluded, f).min(patterns::only(&sources.only, f));
        let kept = each.map(kept).min();
        match kept.unwrap_or(Taken::Yes) {
            Taken::Yes if !same || sources.filtered => Taken::Perhaps,
            kept => kept,
        }
    }

    /// Whether another command takes what lies in a place.
    fn taken_from(&self, place: &str, other: &Sources, here: &Here<'_>) -> Taken {
        let doubt = other.unclear || other.filtered;
        let same_fs = |a: &str, b: &str| here.mounts.same(a, b);
        let copy = Files {
            place,
            files: &self.known,
        };
        let kept = || patterns::kept(&other.excluded, copy);
        match other.cover(place, same_fs) {
            Cover::Yes if doubt => Taken::Perhaps,
            Cover::Yes => patterns::only(&other.only, copy).min(kept()),
            Cover::Excluded if doubt => Taken::Perhaps,
            Cover::Excluded => Taken::No,
            Cover::No => {
                let taken = if other.shallow {
                    self.taken_alone(place, other)
                } else {
                    patterns::taken(&other.paths, copy)
                };
                let taken = if taken == Taken::No {
                    taken
                } else {
                    taken.min(kept())
                };
                match taken {
                    Taken::Yes if doubt => Taken::Perhaps,
                    Taken::No if other.hides() => Taken::Perhaps,
                    taken => taken,
                }
            }
        }
    }

    fn taken_alone(&self, place: &str, other: &Sources) -> Taken {
        let same = |f: &String| base_name(f) == base_name(place);
        let is_file =
            self.known.iter().any(same) || self.known.iter().any(|f| f.contains(patterns::VALUE));
        if self.plain && is_file {
            patterns::taken_alone(
                &other.paths,
                Files {
                    place,
                    files: &self.known,
                },
            )
        } else {
            Taken::No
        }
    }
}

/// Whether a job writes files, and no folder full of them.
fn writes_files(job: &Job) -> bool {
    let Some(command) = &job.command else {
        return false;
    };
    match job.tool {
        "tar" | "zip" | "slapcat" | "redis" | "sqlite" => true,
        "pg_dump" => {
            let folder = command.value(&["-D", "--pgdata"]).is_some_and(|d| d != "-");
            let form = command.value(&["-F", "--format"]).unwrap_or_default();
            let cluster = command.program == "pg_backupcluster";
            !folder && !cluster && !form.starts_with('d')
        }
        "mysqldump" => !command.has(&["-T", "--tab"]),
        "mongodump" => command.has(&["--archive"]),
        "mariabackup" => command.has(&["--stream"]),
        _ => false,
    }
}

/// How much there is to compare with what a command takes.
fn weight(sources: &Sources) -> usize {
    let length = |all: &[String]| all.iter().map(|w| w.len() + 8).sum::<usize>();
    // What is left out is compared with each folder of a path.
    let excluded = length(&sources.excluded).saturating_mul(16);
    let taken = length(&sources.paths) + length(&sources.only) + length(&sources.words);
    taken.saturating_add(excluded)
}

/// How much may be compared in all. Whoever has a crontab can name thousands of files with thousands of
/// patterns.
const WORK: usize = 100_000;
/// What one comparison of that much costs.
const UNIT: usize = 4_096;

/// What is left of [`WORK`].
struct Work(usize);

impl Work {
    /// Whether another command takes a flow's copies; nothing where there is no time to tell.
    fn taken(&mut self, flow: &Flow, by: &Taker<'_>, here: &Here<'_>) -> Option<Taken> {
        let cost = flow.size.saturating_mul(by.weight) / UNIT;
        let left = self.0.checked_sub(cost.saturating_add(1));
        self.0 = left.unwrap_or(0);
        left.map(|_| flow.taken_by(by, here))
    }
}

/// What the started jobs copy, and where to. Services that take their orders from a backup server name no
/// target of their own.
pub(super) fn flows(jobs: &Jobs, here: &Here<'_>) -> Result<Vec<Flow>, Gap> {
    let started = || jobs.started().filter(|j| j.starter != Starter::Service);
    let mut all = Vec::new();
    for job in started() {
        // What the same line or script put there a moment ago, such as a dump, is no data of the host.
        let beside = started().filter(|j| j.at == job.at);
        let own: Vec<&str> = beside
            .flat_map(|j| &j.targets)
            .filter_map(|t| match t {
                Target::Local(t) => Some(t.as_str()),
                Target::Remote(_) => None,
            })
            .collect();
        let staged = |s: &str| {
            let above = |t: &str| t.rsplit_once('/').is_some_and(|(dir, _)| dir == s);
            own.iter().any(|t| is_below(s, t) || above(t))
        };
        let mut data = job.sources.clone();
        data.paths.retain(|s| !staged(s));
        let found: Result<Vec<Place>, Gap> =
            job.targets.iter().map(|t| here.place(t, &data)).collect();
        all.push(Flow::new(job, found?));
    }
    let mut work = Work(WORK);
    settle_sent(&mut all, &jobs.sent, here, &mut work)?;
    settle_staging(&mut all, here, &mut work);
    settle_hidden(&mut all, &jobs.sent, here, &mut work);
    Ok(all)
}

/// Copies that something takes to another machine which is no job by itself.
fn settle_sent(
    flows: &mut [Flow],
    all: &[Sent],
    here: &Here<'_>,
    work: &mut Work,
) -> Result<(), Gap> {
    for sent in all {
        let Some(target) = &sent.target else { continue };
        let place = here.place(target, &sent.sources)?;
        if place.kind != Kind::Remote {
            continue;
        }
        let by = Taker::sent(sent);
        for flow in flows.iter_mut().filter(|f| f.ends > Kind::Remote) {
            match work.taken(flow, &by, here) {
                Some(Taken::Yes) => {
                    flow.ends = Kind::Remote;
                    flow.staged = true;
                    flow.sent = Some(place.clone());
                }
                Some(_) => {}
                None => flow.hidden = true,
            }
        }
    }
    Ok(())
}

/// How many commands may pack the copies of one another.
const STEPS: usize = 4;

/// Copies that another command takes to a better place, perhaps packed by a third, are in no last place.
fn settle_staging(flows: &mut [Flow], here: &Here<'_>, work: &mut Work) {
    for _ in 0..STEPS {
        let mut better = Vec::new();
        let mut hidden = Vec::new();
        for (n, flow) in flows.iter().enumerate() {
            let mut best = None;
            for (m, other) in flows.iter().enumerate() {
                if n == m || other.ends >= best.unwrap_or(flow.ends) {
                    continue;
                }
                match work.taken(flow, &other.taker(), here) {
                    Some(Taken::Yes) => best = Some(other.ends),
                    Some(_) => {}
                    None => hidden.push(n),
                }
            }
            better.extend(best.map(|ends| (n, ends)));
        }
        for n in hidden {
            if let Some(flow) = flows.get_mut(n) {
                flow.hidden = true;
            }
        }
        if better.is_empty() {
            return;
        }
        for (n, ends) in better {
            if let Some(flow) = flows.get_mut(n) {
                flow.ends = ends;
                flow.staged = true;
            }
        }
    }
}

/// Copies beside the data that another command may take to a place that does not show, or takes there
/// perhaps: they are neither sent away nor kept here for certain.
fn settle_hidden(flows: &mut [Flow], sent: &[Sent], here: &Here<'_>, work: &mut Work) {
    let sent: Vec<(Taker<'_>, bool)> = sent
        .iter()
        .map(|s| (Taker::sent(s), s.target.is_none()))
        .collect();
    for _ in 0..STEPS {
        let mut found = Vec::new();
        let open = |f: &Flow| f.ends == Kind::Same && !f.hidden;
        for (n, flow) in flows.iter().enumerate().filter(|(_, f)| open(f)) {
            let by_sent = sent
                .iter()
                .any(|(by, nowhere)| match work.taken(flow, by, here) {
                    Some(Taken::Yes) => *nowhere,
                    Some(Taken::Perhaps) | None => true,
                    Some(Taken::No) => false,
                });
            let mut others = flows.iter().enumerate().filter(|(m, _)| *m != n);
            let by_job = others.any(|(_, o)| {
                let nowhere = o.hidden || o.ends == Kind::Unnamed;
                let better = o.ends < flow.ends;
                // What lies no better, and shows, changes nothing.
                (nowhere || better)
                    && match work.taken(flow, &o.taker(), here) {
                        Some(Taken::Yes) => nowhere,
                        Some(Taken::Perhaps) | None => true,
                        Some(Taken::No) => false,
                    }
            });
            if by_sent || by_job {
                found.push(n);
            }
        }
        if found.is_empty() {
            return;
        }
        for n in found {
            if let Some(flow) = flows.get_mut(n) {
                flow.hidden = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        context::{Cx, Gather},
        facts::backup::places::Places,
        settings::Settings,
    };

    /// The kinds of the places of a host whose crontab runs these scripts.
    fn kinds(scripts: &[String]) -> Vec<Kind> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        let base = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fixtures/base/debian12-disk.toml"
        );
        let mut text = format!("base = {base:?}\n");
        let mut crontab = String::new();
        for (n, script) in scripts.iter().enumerate() {
            let script = format!("#!/bin/sh\n{script}");
            text.push_str(&format!(
                "[files.\"/opt/{n}.sh\"]\ntext = {script:?}\nmode = \"0755\"\n"
            ));
            crontab.push_str(&format!("0 1 * * * root /opt/{n}.sh\n"));
        }
        text.push_str(&format!("[files.\"/etc/cron.d/x\"]\ntext = {crontab:?}\n"));
        std::fs::write(&path, text).unwrap();
        let host = crate::host::Fixture::load(&path).unwrap();
        let settings = Settings::default();
        let places = Places::gather(&Cx::new(&host, &settings)).unwrap();
        let mut kinds: Vec<Kind> = places.all.iter().map(|p| p.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    #[test]
    fn what_is_compared_has_an_end() {
        let script = |n: usize| {
            let dumps: String = (0..100)
                .map(|d| format!("pg_dump a > /backup/{n}/{d}.sql\n"))
                .collect();
            let patterns: String = (0..50).map(|p| format!(" /backup/*/*/x{p}*.sql")).collect();
            let sent: String = (0..100)
                .map(|s| format!("scp{patterns} b@10.1.1.1:/{n}/{s}\n"))
                .collect();
            dumps + &sent
        };
        let many: Vec<String> = (0..9).map(script).collect();
        assert_eq!(kinds(&many), [Kind::Unclear]);
        let few = ["pg_dump a > /backup/a.sql\nscp /backup/x*.sql b@10.1.1.1:/b/\n".to_owned()];
        assert_eq!(kinds(&few), [Kind::Same]);
    }
}
