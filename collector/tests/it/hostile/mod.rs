//! Hostile agents against a collector that is a process of its own. While each attack runs an honest
//! agent is served; afterwards the offender is cut off and named, and memory is where it was.

#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

mod crowding;
mod heavy;
mod http;
mod raw;
mod stuffed;
mod target;
mod words;

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use capdo_collector::store::{integrity::IntegrityKind, new_id};
use capdo_proto::v1::RunFinished;
use target::Target;

use crate::agent::{Agent, blind, checks};

/// How long a run of an honest agent may take while an attack is under way.
const HONEST: Duration = Duration::from_secs(20);
/// So much more memory may be in use at most, in MiB.
const MORE: u64 = 160;

type Attack = for<'a> fn(&'a Target, &'a Agent) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Where the offender is to be named.
#[derive(Clone, Copy, Debug)]
enum Named {
    /// As one of these on its host.
    Host(&'static [&'static str]),
    /// As one of these in the log, by its address.
    Address(&'static str),
    /// As another event on its host.
    Event(IntegrityKind),
    /// Nowhere: it costs little and may be an accident.
    Not,
}

macro_rules! attacks {
    ($($part:ident :: $name:ident => $named:expr;)*) => {
        [$((stringify!($name), (|t, f| Box::pin($part::$name(t, f))) as Attack, $named)),*]
    };
}

const HTTP: Named = Named::Host(&["http2", "flood"]);
const MESSAGE: Named = Named::Host(&["message"]);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn http_attacks_end_with_the_offender_cut_off_and_named() {
    let attacks = attacks! {
        http::rapid_reset => HTTP;
        http::header_bomb => HTTP;
        http::continuation_flood => HTTP;
        http::ping_flood => HTTP;
        http::settings_flood => HTTP;
        http::priority_flood => HTTP;
        http::empty_data => HTTP;
        http::many_streams => HTTP;
        http::not_http => HTTP;
        http::length_lie => MESSAGE;
        http::too_large => MESSAGE;
        http::gzip => MESSAGE;
        http::packed_without_a_word => MESSAGE;
        http::no_protobuf => MESSAGE;
        http::not_utf8 => MESSAGE;
        http::idle => Named::Not;
        http::slow_handshake => Named::Address("slow");
        http::slow_stream => Named::Host(&["slow"]);
        http::never_reads => Named::Host(&["deaf"]);
    };
    stand(&attacks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attacks_with_messages_end_with_the_offender_cut_off_and_named() {
    let attacks = attacks! {
        words::endless_beginnings => Named::Host(&["too-often", "flood"]);
        words::tiny_messages => Named::Host(&["flood"]);
        words::tiny_batches => Named::Host(&["flood"]);
        words::out_of_order => Named::Host(&["order"]);
        words::lost_ends => Named::Host(&["order"]);
        words::observation_bombs => Named::Host(&["order"]);
        words::inventory_bombs => Named::Host(&["order", "message"]);
        words::wrong_tenant => Named::Host(&["order", "flood"]);
        words::replay => Named::Host(&["flood"]);
        words::stolen_certificate => Named::Event(IntegrityKind::TwoStreams);
        words::retired => Named::Host(&["not-let-in"]);
        words::renew => Named::Host(&["too-often"]);
        words::guessed_tokens => Named::Address("not-let-in");
    };
    stand(&attacks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn evidence_that_is_large_once_it_is_read_costs_little() {
    let named = Named::Event(IntegrityKind::SentTooMuch);
    stand(&attacks! { heavy::announced => named; heavy::not_announced => named; }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_that_are_full_of_unknown_fields_cost_little() {
    stand(&attacks! { stuffed::unknown_fields => Named::Not; }).await;
}

/// Lets every attack loose, one after the other, and prints what it cost.
async fn stand(attacks: &[(&str, Attack, Named)]) {
    let target = Target::start().await;
    let honest = target.host().await;
    let mut counter = 0;
    serve(&honest, &mut counter).await;
    let (start, _) = target.memory();
    println!("attack                  seconds  honest run  MiB now  MiB most  named");
    for (name, attack, named) in attacks {
        let foe = target.host().await;
        let began = Instant::now();
        let mut under_way = attack(&target, &foe);
        let mut slowest = Duration::ZERO;
        let mut over = false;
        while !over {
            let run = serve(&honest, &mut counter);
            tokio::pin!(run);
            slowest = slowest.max(loop {
                tokio::select! {
                    took = &mut run => break took,
                    () = &mut under_way, if !over => over = true,
                }
            });
        }
        let took = began.elapsed();
        let told = tell(&target, &foe, *named).await;
        let (now, most) = target.memory();
        println!(
            "{name:<22} {:>8.1} {:>9.2} s {now:>8} {most:>9}  {told}",
            took.as_secs_f64(),
            slowest.as_secs_f64()
        );
        assert!(most < start + MORE, "{name}: {most} MiB, {start} at first");
    }
}

/// A whole run of an honest agent; how long it took.
async fn serve(honest: &Agent, counter: &mut u64) -> Duration {
    let began = Instant::now();
    let detail = format!("{counter}");
    *counter += 1;
    let run = async {
        let (mut stream, told) = honest.open().await;
        let state: Vec<_> = checks(20).iter().map(|c| blind(c, &detail)).collect();
        let run = honest.run(*counter, &told, &state);
        stream.complete(&run, &state).await;
    };
    let done = tokio::time::timeout(HONEST, run).await;
    assert!(done.is_ok(), "the honest agent is not served");
    // Runs are limited to two a minute over an hour, and streams to ten.
    tokio::time::sleep(Duration::from_secs(3)).await;
    began.elapsed().saturating_sub(Duration::from_secs(3))
}

/// What stands against the offender; waits for it a little.
async fn tell(target: &Target, foe: &Agent, named: Named) -> String {
    let wanted = |what: &str| {
        let address = format!("address={}", target.address_of(foe));
        let what = format!("what=\"{what}\"");
        let log = target.log();
        let cut = log.lines().find(|l| {
            l.contains(&address) && l.contains("an offender is cut off") && l.contains(&what)
        });
        cut.map(str::to_owned)
    };
    for _ in 0..50 {
        let events = target.events(&foe.host_id).await;
        let told = match named {
            Named::Not => {
                let seen = events
                    .iter()
                    .map(|e| format!("{} × {}", e.subject, e.count));
                Some(format!("- {}", seen.collect::<Vec<_>>().join(", ")))
            }
            Named::Address(what) => wanted(what).map(|_| format!("log: {what}")),
            Named::Event(kind) => {
                let event = events.iter().find(|e| e.kind == kind);
                event.map(|e| format!("{kind:?} × {}", e.count))
            }
            Named::Host(subjects) => {
                let mut its = events
                    .iter()
                    .filter(|e| e.kind == IntegrityKind::Misbehaved);
                its.find(|e| subjects.contains(&e.subject.as_str()))
                    .map(|e| format!("{} × {}: {}", e.subject, e.count, e.detail))
            }
        };
        if let Some(told) = told {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let events = target.events(&foe.host_id).await;
    panic!("not named as {named:?}: {events:?}\n{}", target.log());
}

/// The end of a run that never began.
fn lost_run() -> RunFinished {
    RunFinished {
        run_id: new_id(),
        finished_ms: 1_795_000_000_000,
        state_sha256: vec![1; 32],
        state_findings: 1,
        unchanged_findings: 0,
        cpu_ms: 1,
        peak_rss_kib: 1,
        signature: vec![1; 70],
        ..RunFinished::default()
    }
}
