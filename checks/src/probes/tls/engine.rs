//! A whole survey: what is asked, in which order, and how many questions at a time.

use std::{
    collections::VecDeque,
    sync::{Mutex, mpsc},
};

use super::{
    cleartext::{self, Clear},
    enumerate,
    hello::Hello,
    prober::{Cut, Prober},
    read::{Goal, Reply},
    shown,
    suites::{self, Exchange},
    survey::{Answered, Ask, Protocol, StartTls, Suites, Survey},
    talk::{Dial, Limits, ProbeError},
    traits::{newest_classic, traits},
    weaknesses,
};

/// Progress of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The question that was answered, such as `suites tls12`.
    pub what: String,
    /// Questions that are answered.
    pub done: usize,
    /// Questions that are known so far.
    pub total: usize,
}

/// Versions, oldest first.
const VERSIONS: [Protocol; 6] = [
    Protocol::Ssl2,
    Protocol::Ssl3,
    Protocol::Tls10,
    Protocol::Tls11,
    Protocol::Tls12,
    Protocol::Tls13,
];
/// MySQL and MariaDB shut an address out after 100 talks that were broken off (`max_connect_errors`), over
/// all surveys; loopback does not count there.
const MYSQL_CONNECTIONS: u32 = 60;

/// Asks a service for everything.
///
/// # Errors
/// When the address does not answer, or says nothing at all.
pub fn survey(
    dial: &dyn Dial,
    ask: &Ask,
    limits: &Limits,
    progress: &mut dyn FnMut(Step),
) -> Result<Survey, ProbeError> {
    let mut limits = *limits;
    if ask.starttls == Some(StartTls::Mysql) && !ask.target.ip().is_loopback() {
        limits.connections = limits.connections.min(MYSQL_CONNECTIONS);
    }
    let prober = Prober::new(dial, ask, limits);
    let mut survey = Survey {
        tls: acquaint(&prober)?,
        ..Survey::default()
    };
    if survey.tls {
        versions(&prober, limits.parallel, &mut survey, progress);
        details(&prober, limits.parallel, &mut survey, progress);
    }
    if survey.tls {
        survey.weaknesses = weaknesses::without_probe(&survey);
        if ask.intrusive {
            probe_weaknesses(&prober, &mut survey, progress);
        }
    }
    if let Some(how) = ask.starttls {
        let clear = in_the_clear(&prober, how);
        (survey.opportunistic, survey.clear_login) = (clear.works, clear.login);
    }
    survey.cut.sort();
    Ok(survey)
}

/// Finds a hello that is answered. `Ok(false)` when what stands there does not speak TLS.
fn acquaint(prober: &Prober<'_>) -> Result<bool, ProbeError> {
    let target = prober.ask.target;
    match prober.dial() {
        Ok(Ok(_)) => {}
        Ok(Err(_)) | Err(Cut) => return Err(ProbeError::Unreachable(target)),
    }
    let (mut refused, mut other, mut silent) = (false, false, 0);
    for hello in introductions(prober.name()) {
        let Ok(reply) = prober.say(&hello, Goal::Hello) else {
            break;
        };
        match reply {
            Reply::Flight(_) => {
                prober.remember(&hello);
                return Ok(true);
            }
            Reply::Refused(_) => refused = true,
            Reply::Other => other = true,
            Reply::Closed => {}
            Reply::Silent | Reply::Broken => silent += 1,
        }
        if prober.declined() || other && !refused {
            return Ok(false);
        }
        if silent > 1 && !refused {
            return Err(ProbeError::Silent(target));
        }
    }
    if refused || matches!(enumerate::ssl2_hello(prober), Ok(Some(_))) {
        return Ok(true);
    }
    Err(ProbeError::Silent(target))
}

/// Hellos that one server or another answers, likely ones first.
fn introductions(name: Option<&str>) -> Vec<Hello> {
    let mut all = vec![Hello::new(Protocol::Tls13, suites::modern(), name)];
    for list in suites::classic() {
        for version in [Protocol::Tls12, Protocol::Tls10, Protocol::Ssl3] {
            all.push(Hello::new(version, list.clone(), name));
        }
    }
    let usual = suites::classic().into_iter().next().unwrap_or_default();
    all.insert(2, Hello::new(Protocol::Tls11, usual.clone(), name));
    // One kind of key exchange at a time, for servers that give up over another.
    for kind in [Exchange::Ecdhe, Exchange::Rsa] {
        let is = |code: &u16| suites::suite(u32::from(*code)).is_some_and(|s| s.exchange == kind);
        let some: Vec<u16> = usual.iter().copied().filter(is).collect();
        for version in [Protocol::Tls12, Protocol::Tls10] {
            all.push(Hello::new(version, some.clone(), name));
        }
    }
    all
}

type Work<'a, T> = Box<dyn FnOnce(&mut T) -> Result<(), Cut> + Send + 'a>;

/// A question and how it is answered.
struct Job<'a, T> {
    what: String,
    work: Work<'a, T>,
}

/// What became of a question.
struct Done<T> {
    found: T,
    cut: bool,
}

/// Runs jobs, some at a time; the results come in the order of the jobs.
fn run<T: Default + Send>(
    jobs: Vec<Job<'_, T>>,
    parallel: usize,
    progress: &mut dyn FnMut(Step),
) -> Vec<(String, Done<T>)> {
    let total = jobs.len();
    let queue: VecDeque<_> = jobs.into_iter().enumerate().collect();
    let queue = Mutex::new(queue);
    let (send, receive) = mpsc::channel();
    let mut all = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..parallel.clamp(1, total.max(1)) {
            let (queue, send) = (&queue, send.clone());
            scope.spawn(move || {
                let next = || queue.lock().ok().and_then(|mut q| q.pop_front());
                while let Some((n, job)) = next() {
                    let mut found = T::default();
                    let cut = (job.work)(&mut found).is_err();
                    if send.send((n, job.what, Done { found, cut })).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        for (n, what, done) in &receive {
            progress(Step {
                what: what.clone(),
                done: all.len() + 1,
                total,
            });
            all.push((n, what, done));
        }
    });
    all.sort_by_key(|one| one.0);
    all.into_iter()
        .map(|(_, what, done)| (what, done))
        .collect()
}

fn versions(
    prober: &Prober<'_>,
    parallel: usize,
    survey: &mut Survey,
    progress: &mut dyn FnMut(Step),
) {
    let newest_first = VERSIONS.into_iter().rev();
    let job = |version: Protocol| Job::<(Answered, Suites)> {
        what: format!("suites {}", version.name()),
        work: Box::new(move |(answered, suites)| {
            let end = match version {
                Protocol::Ssl2 => enumerate::ssl2(prober, suites),
                _ => enumerate::version(prober, version, suites),
            };
            *answered = match end {
                Ok(answered) => answered,
                Err(Cut) if suites.codes.is_empty() => Answered::Unclear,
                Err(Cut) => Answered::Yes,
            };
            end.map(drop)
        }),
    };
    let jobs = newest_first.clone().map(job).collect();
    for (version, (what, done)) in newest_first.zip(run(jobs, parallel, progress)) {
        let (answered, suites) = done.found;
        survey.versions.insert(version, answered);
        if answered == Answered::Yes {
            survey.suites.insert(version, suites);
        }
        if done.cut {
            survey.cut.push(what);
        }
    }
}

/// Fills its part of a survey, from what is known already.
type Detail = fn(&Prober<'_>, &Survey, &mut Survey) -> Result<Answered, Cut>;

/// What is asked once versions and suites are known.
const DETAILS: &[(&str, Detail)] = &[
    ("certificates", |prober, known, found| {
        shown::certificates(prober, known, found).map(|()| Answered::Yes)
    }),
    ("groups", |prober, known, found| {
        if !known.suites.contains_key(&Protocol::Tls13) {
            return Ok(Answered::NotAsked);
        }
        enumerate::groups(prober, &mut found.groups)
    }),
    ("curves", |prober, known, found| {
        let Some((version, suites)) = newest_classic(known) else {
            return Ok(Answered::NotAsked);
        };
        found.dh = enumerate::dh(prober, version, suites)?;
        enumerate::curves(prober, version, suites, &mut found.curves)
    }),
    ("signatures", |prober, known, found| {
        let Some(suites) = known.suites.get(&Protocol::Tls12) else {
            return Ok(Answered::NotAsked);
        };
        enumerate::signatures(prober, suites, &mut found.signatures)
    }),
    ("signatures tls13", |prober, known, found| {
        if known.suites.contains_key(&Protocol::Tls13) {
            shown::signatures(prober, &mut found.signatures)?;
        }
        Ok(Answered::Yes)
    }),
    ("alpn", |prober, known, found| {
        shown::alpn(prober, known, &mut found.alpn).map(|()| Answered::Yes)
    }),
    ("traits", |prober, known, found| {
        traits(prober, known, &mut found.traits).map(|()| Answered::Yes)
    }),
    ("tickets", |prober, known, found| {
        if known.suites.contains_key(&Protocol::Tls13) {
            let (early_data, tickets) = shown::tickets(prober)?;
            found.traits.early_data = early_data;
            if newest_classic(known).is_none() {
                found.traits.session_tickets = tickets;
            }
        }
        Ok(Answered::Yes)
    }),
];

fn details(
    prober: &Prober<'_>,
    parallel: usize,
    survey: &mut Survey,
    progress: &mut dyn FnMut(Step),
) {
    let known = survey.clone();
    let known = &known;
    let job = |(what, detail): &(&str, Detail)| {
        let detail = *detail;
        Job::<(Survey, Answered)> {
            what: (*what).to_owned(),
            work: Box::new(move |(found, answered)| {
                *answered = detail(prober, known, found)?;
                Ok(())
            }),
        }
    };
    let jobs = DETAILS.iter().map(job).collect();
    for (what, done) in run(jobs, parallel, progress) {
        let (found, answered) = done.found;
        survey.absorb(found);
        if done.cut || answered == Answered::Unclear {
            survey.cut.push(what);
        }
    }
}

fn probe_weaknesses(prober: &Prober<'_>, survey: &mut Survey, progress: &mut dyn FnMut(Step)) {
    let known = survey.clone();
    let known = &known;
    let job = Job::<Survey> {
        what: "weaknesses".to_owned(),
        work: Box::new(move |found| weaknesses::probe(prober, known, found)),
    };
    for (what, done) in run(vec![job], 1, progress) {
        survey.absorb(done.found);
        if done.cut {
            survey.cut.push(what);
        }
    }
}

fn in_the_clear(prober: &Prober<'_>, how: StartTls) -> Clear {
    let found = match prober.dial() {
        Ok(Ok(mut talk)) => cleartext::clear(talk.as_mut(), how, prober.name()).ok(),
        _ => None,
    };
    found.unwrap_or(Clear {
        works: Answered::Unclear,
        login: match how {
            StartTls::Smtp => Answered::Unclear,
            _ => Answered::NotAsked,
        },
    })
}
