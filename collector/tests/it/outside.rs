//! Looks from outside: nothing leaves without a permission that holds, and a lying agent is caught.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the server that is looked at"
)]

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use capdo_checks::{Facts, Observation, Subject, observation::SubjectKind};
use capdo_collector::{
    clock::FixedClock,
    outside::{Outside, resolve::Resolve},
    store::{
        Scope, Store,
        agency::{self, AgencyKind},
        authorisation::{self, NewAuthorisation},
        contradiction,
        endpoint::{self, EndpointKind, LookState, NewEndpoint},
        finding::{self, Finding},
        host::{self, Claims},
        integrity::{self, IntegrityKind},
        observation, outside_finding,
        probe::{self, Step},
        system::{self, Details, Dossier},
    },
};
use tempfile::TempDir;

const NOW: i64 = 1_795_334_040_000;
const HOUR: i64 = 3_600_000;
const NAME: &str = "cong.tinh.gov.vn";

/// Says where a name leads, and counts how often it is asked.
struct Says {
    leads_to: Vec<IpAddr>,
    server: Option<SocketAddr>,
    asked: AtomicUsize,
}

impl Resolve for Says {
    fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.leads_to.clone())
    }

    fn server(&self) -> Option<SocketAddr> {
        self.server
    }
}

/// A store with one system, and a collector that looks.
struct Place {
    _dir: TempDir,
    store: Store,
    clock: FixedClock,
    resolver: Arc<Says>,
    outside: Outside,
    agency: String,
    system: String,
}

impl Place {
    async fn new(leads_to: &[&str], server: Option<SocketAddr>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let agency = agency::add(&mut tx, "Sở Y tế", AgencyKind::Department, NOW)
            .await
            .unwrap();
        let details = Details {
            name: "Cổng thông tin",
            standard_id: "tcvn-14423-2026",
            proposed_level: 3,
            approved_level: None,
            dossier: Dossier::Draft,
            declared_hosts: 1,
        };
        let system = system::add(&mut tx, &agency, &details, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let clock = FixedClock::at(NOW);
        let resolver = Arc::new(Says {
            leads_to: leads_to.iter().map(|a| a.parse().unwrap()).collect(),
            server,
            asked: AtomicUsize::new(0),
        });
        let outside = Outside::new(store.clone(), Arc::new(clock.clone()), resolver.clone());
        Self {
            _dir: dir,
            store,
            clock,
            resolver,
            outside,
            agency,
            system,
        }
    }

    async fn endpoint(&self, kind: EndpointKind, host: &str, port: u16) -> String {
        self.endpoint_on(kind, host, port, None).await
    }

    async fn endpoint_on(
        &self,
        kind: EndpointKind,
        host: &str,
        port: u16,
        on: Option<&str>,
    ) -> String {
        let new = NewEndpoint {
            system_id: &self.system,
            host_id: on,
            kind,
            host,
            port,
            sni: "",
        };
        let mut tx = self.store.write().await.unwrap();
        let id = endpoint::add(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Permits for two hours from now on.
    async fn permit(&self, targets: &str) -> String {
        let new = NewAuthorisation {
            agency_id: &self.agency,
            system_id: None,
            number: "12/UBND",
            dated: "2026-11-01",
            signed_by: "Trần Văn A",
            targets,
            valid_from: NOW,
            valid_until: NOW + 2 * HOUR,
            document: b"%PDF-1.7",
            recorded_by: "test",
        };
        let mut tx = self.store.write().await.unwrap();
        let id = authorisation::add(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn log(&self) -> Vec<probe::Line> {
        let mut db = self.store.read().await.unwrap();
        let mut lines = probe::list(&mut db, &Scope::All, None, 1000).await.unwrap();
        lines.reverse();
        lines
    }

    async fn verdicts(&self) -> Vec<(String, String)> {
        let mut db = self.store.read().await.unwrap();
        let found = outside_finding::of_system(&mut db, &Scope::All, &self.system)
            .await
            .unwrap();
        found.into_iter().map(|f| (f.part, f.verdict)).collect()
    }
}

/// A listener that counts who comes, and answers each with the same bytes.
fn counting(address: &str, answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(address).unwrap();
    let at = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let Ok(mut peer) = peer else { continue };
            std::thread::spawn(move || {
                peer.set_read_timeout(Some(Duration::from_secs(1))).ok();
                let mut head = [0; 4096];
                if peer.read(&mut head).is_ok() {
                    peer.write_all(answer.as_bytes()).ok();
                }
            });
        }
    });
    (at, count)
}

fn seen(count: &AtomicUsize) -> usize {
    count.load(Ordering::SeqCst)
}

/// OpenSSL's test server, which offers what it is told.
struct OpenSsl(Child, SocketAddr);

impl OpenSsl {
    fn serve(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new([NAME.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let cert = params.self_signed(&key).unwrap();
        let file = dir.path().join("all.pem");
        std::fs::write(&file, format!("{}{}", cert.pem(), key.serialize_pem())).unwrap();
        let at = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &at.to_string(), "-cert"])
            .arg(&file)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let up = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(at).is_ok()
        });
        assert!(up, "openssl s_server does not answer");
        Self(child, at)
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

#[tokio::test(flavor = "multi_thread")]
async fn without_an_authorisation_nothing_leaves_not_even_to_the_dns() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let (at, count) = counting("127.0.0.1:0", PAGE);
    let named = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
    let direct = place
        .endpoint(EndpointKind::Http, "127.0.0.1", at.port())
        .await;
    for id in [&named, &direct, &named] {
        let state = place.outside.look(id).await.unwrap();
        assert_eq!(state, LookState::NotAuthorised);
    }
    assert_eq!((seen(&count), seen(&place.resolver.asked)), (0, 0));
    let log = place.log().await;
    assert!(log.iter().all(|l| l.step == Step::Refused), "{log:?}");
    assert_eq!(
        log.len(),
        2,
        "a second try that ends the same is not logged again"
    );
    assert_eq!(place.verdicts().await, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_is_on_record_before_it_leaves_and_after() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let (at, count) = counting("127.0.0.1:0", PAGE);
    let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
    let under = place
        .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
        .await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::LookedAt);
    assert_eq!(seen(&place.resolver.asked), 1);
    let log = place.log().await;
    let steps: Vec<_> = log.iter().map(|l| (l.step, l.what.as_str())).collect();
    let parts = ["resolve", "outside.exposure", "outside.http"];
    let wanted: Vec<_> = parts
        .iter()
        .flat_map(|part| [(Step::Begun, *part), (Step::Ended, *part)])
        .collect();
    assert_eq!(steps, wanted);
    for line in log.iter().filter(|l| l.step == Step::Begun) {
        assert_eq!(line.authorisation_id.as_deref(), Some(under.as_str()));
    }
    let opened: i64 = log.iter().filter_map(|l| l.connections).sum();
    assert_eq!(usize::try_from(opened).unwrap(), seen(&count));
    let fail = [
        ("outside.exposure", "not_applicable"),
        ("outside.http", "fail"),
    ];
    let fail: Vec<_> = fail.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    assert_eq!(place.verdicts().await, fail);
    let mut db = place.store.read().await.unwrap();
    assert_eq!(probe::verify(&mut db).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_expiry_and_after_revocation_nothing_leaves() {
    for revoke in [false, true] {
        let place = Place::new(&["127.0.0.1"], None).await;
        let (at, count) = counting("127.0.0.1:0", PAGE);
        let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
        let under = place
            .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
            .await;
        place.outside.look(&id).await.unwrap();
        let before = seen(&count);
        assert!(before > 0);
        if revoke {
            let mut tx = place.store.write().await.unwrap();
            authorisation::revoke(&mut tx, &Scope::All, &under, "x", NOW)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        } else {
            place.clock.advance(2 * HOUR);
        }
        let state = place.outside.look(&id).await.unwrap();
        assert_eq!(state, LookState::NotAuthorised);
        assert_eq!((seen(&count), seen(&place.resolver.asked)), (before, 1));
        assert_eq!(
            place.verdicts().await,
            vec![],
            "what was seen counts no more"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_elsewhere_is_not_followed() {
    let (at, own) = counting("127.0.0.1:0", PAGE);
    let (_, other) = counting(&format!("127.0.0.2:{}", at.port()), PAGE);
    for leads_to in [&["127.0.0.2"][..], &["127.0.0.1", "127.0.0.2"]] {
        let place = Place::new(leads_to, None).await;
        let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
        // The whole internet is no leave to look into one's own network.
        place
            .permit(&format!(
                "{NAME}:{0}\n127.0.0.1:{0}\n0.0.0.0/0:{0}",
                at.port()
            ))
            .await;
        let state = place.outside.look(&id).await.unwrap();
        assert_eq!(state, LookState::Elsewhere);
        assert_eq!((seen(&own), seen(&other)), (0, 0));
        let last = place.log().await.pop().unwrap();
        assert_eq!(
            (last.step, last.outcome.as_str()),
            (Step::Refused, "elsewhere")
        );
        assert!(last.address.starts_with("127.0.0.2:"), "{last:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_to_where_nobody_permitted() {
    let (elsewhere, count) = counting("127.0.0.1:0", PAGE);
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    let (at, own) = counting("127.0.0.1:0", answer.leak());
    let place = Place::new(&["127.0.0.1"], None).await;
    let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
    place
        .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
        .await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::LookedAt);
    assert!(seen(&own) > 1);
    assert_eq!(seen(&count), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_is_asked_about_only_where_its_name_is_covered() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let place = Place::new(&[], Some(server.local_addr().unwrap())).await;
    let id = place
        .endpoint(EndpointKind::DnsZone, "tinh.gov.vn", 0)
        .await;
    place.permit("*.tinh.gov.vn:53\ntinh.gov.vn:443").await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::NotAuthorised);
    let mut packet = [0; 512];
    assert!(server.recv(&mut packet).is_err(), "a question left");
    place.permit("tinh.gov.vn:53").await;
    let looking = place.outside.clone();
    let look = tokio::spawn(async move { looking.look(&id).await });
    let came = async {
        while server.recv(&mut packet).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), came)
        .await
        .unwrap();
    let begun = place.log().await.pop().unwrap();
    assert_eq!(
        (begun.step, begun.what.as_str()),
        (Step::Begun, "outside.dns")
    );
    look.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_is_unknown() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let place = Place::new(&[], None).await;
    let id = place
        .endpoint(EndpointKind::Https, "127.0.0.1", gone.port())
        .await;
    place.permit("127.0.0.1:1-65535").await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::LookedAt);
    let verdicts = place.verdicts().await;
    assert_eq!(verdicts.len(), 3);
    assert!(verdicts.iter().all(|(_, v)| v == "unknown"), "{verdicts:?}");
    let log = place.log().await;
    assert_eq!(log.last().unwrap().outcome, "refused");
    assert!(log.iter().all(|l| l.what == "outside.exposure"), "{log:?}");
}

/// The host's claim that TLS 1.0 is refused at a port, confirmed now.
async fn claim(place: &Place, host: &str, port: u16, tls10: &str, at: i64) {
    let label = format!("{NAME}:{port}");
    let facts = Facts::new()
        .observed("tls", true, &label)
        .observed("tls10", tls10, &label);
    let observed = Observation {
        check: "tls.versions".to_owned(),
        version: 2,
        subject: Subject::new(SubjectKind::Endpoint, &label),
        facts: facts.facts,
        gap: None,
    };
    let sha256 = observed.sha256();
    let mut tx = place.store.write().await.unwrap();
    observation::keep(&mut tx, &sha256, &observed.to_bytes(), at)
        .await
        .unwrap();
    let row = Finding {
        host_id: host.to_owned(),
        check_id: "tls.versions".to_owned(),
        subject_kind: 2,
        subject_name: label,
        observation_sha256: sha256.to_vec(),
        verdict: "pass".to_owned(),
        reason: "{\"key\":\"pass\"}".to_owned(),
        claimed_verdict: "pass".to_owned(),
        claim_mismatch: false,
        observed_at: at,
        confirmed_at: at,
        since: at,
    };
    finding::put(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

async fn with_host(place: &Place) -> String {
    let id = capdo_collector::store::new_id();
    let claims = Claims {
        hostname: "web-1",
        machine_id_sha256: &[],
        os_id: "debian",
        os_version: "12",
        agent_version: "0.1.0",
    };
    let mut tx = place.store.write().await.unwrap();
    host::add(&mut tx, &id, &place.system, &claims, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn events(place: &Place, host: &str) -> Vec<(IntegrityKind, String)> {
    let mut db = place.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(host))
        .await
        .unwrap();
    events.into_iter().map(|e| (e.kind, e.subject)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_denies_an_old_version_is_caught() {
    let server = OpenSsl::serve(&["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    let port = server.1.port();
    let place = Place::new(&["127.0.0.1"], None).await;
    let host = with_host(&place).await;
    claim(&place, &host, port, "refused", NOW).await;
    place
        .permit(&format!("{NAME}:{port}\n127.0.0.1:{port}"))
        .await;
    let id = place
        .endpoint_on(EndpointKind::Tls, NAME, port, Some(&host))
        .await;
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    let tls = ("outside.tls".to_owned(), "fail".to_owned());
    let verdicts = place.verdicts().await;
    assert!(verdicts.contains(&tls), "{verdicts:?}");
    // Once is not enough: the server may have been changed after the agent's run.
    assert_eq!(events(&place, &host).await, vec![]);
    let mut db = place.store.read().await.unwrap();
    let noted = contradiction::of_endpoint(&mut db, &Scope::All, &id)
        .await
        .unwrap();
    drop(db);
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert_eq!(
        (noted[0].topic.as_str(), noted[0].proved_at),
        ("tls10", None)
    );
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    assert_eq!(events(&place, &host).await, vec![]);
    // The host says it again, and it is seen again.
    place.clock.advance(1000);
    claim(&place, &host, port, "refused", NOW + 3000).await;
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    let caught = (
        IntegrityKind::OutsideContradiction,
        "tls.versions".to_owned(),
    );
    assert_eq!(events(&place, &host).await, vec![caught]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_agent_is_not_accused() {
    let server = OpenSsl::serve(&["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    let port = server.1.port();
    let place = Place::new(&["127.0.0.1"], None).await;
    let host = with_host(&place).await;
    place
        .permit(&format!("{NAME}:{port}\n127.0.0.1:{port}"))
        .await;
    let id = place
        .endpoint_on(EndpointKind::Tls, NAME, port, Some(&host))
        .await;
    let nobody = place.endpoint(EndpointKind::Tls, "127.0.0.1", port).await;
    for at in 1..4 {
        claim(&place, &host, port, "offered", NOW + at * 2000 - 1000).await;
        place.clock.advance(2000);
        place.outside.look(&id).await.unwrap();
    }
    // Nor is a host of which nobody said that it answers there.
    for at in 4..7 {
        claim(&place, &host, port, "refused", NOW + at * 2000 - 1000).await;
        place.clock.advance(2000);
        place.outside.look(&nobody).await.unwrap();
    }
    assert_eq!(events(&place, &host).await, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modern_server_passes() {
    let server = OpenSsl::serve(&[]);
    let port = server.1.port();
    let place = Place::new(&["127.0.0.1"], None).await;
    place
        .permit(&format!("{NAME}:{port}\n127.0.0.1:{port}"))
        .await;
    let id = place.endpoint(EndpointKind::Tls, NAME, port).await;
    place.outside.look(&id).await.unwrap();
    let tls = ("outside.tls".to_owned(), "pass".to_owned());
    let verdicts = place.verdicts().await;
    assert!(verdicts.contains(&tls), "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_documents_and_authorisations_cannot_be_rewritten() {
    let place = Place::new(&[], None).await;
    let id = place.endpoint(EndpointKind::Ssh, "127.0.0.1", 22).await;
    place.permit("203.0.113.7:22").await;
    place.outside.look(&id).await.unwrap();
    for sql in [
        "UPDATE probe SET outcome = 'x'",
        "DELETE FROM probe",
        "DELETE FROM authorisation",
        "UPDATE authorisation SET targets = '0.0.0.0/0:1-65535'",
        "UPDATE authorisation SET valid_until = valid_until + 1, revoked_at = 1",
        "DELETE FROM document",
        "UPDATE document SET bytes = x'00'",
    ] {
        let mut tx = place.store.write().await.unwrap();
        let done = sqlx::query(sql).execute(&mut *tx).await;
        assert!(done.is_err(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_looks_once_and_then_waits_a_day() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let (at, _) = counting("127.0.0.1:0", PAGE);
    let id = place.endpoint(EndpointKind::Tcp, NAME, at.port()).await;
    place
        .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
        .await;
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let settings = capdo_collector::config::Outside::default();
    let work = capdo_collector::outside::worker::run(place.outside.clone(), settings, stopping);
    let work = tokio::spawn(work);
    let mut found = None;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut db = place.store.read().await.unwrap();
        let it = endpoint::find(&mut db, &Scope::All, &id).await.unwrap();
        if it.state == LookState::LookedAt {
            found = it.next_at;
            break;
        }
    }
    let wait = found.expect("it was looked at") - NOW;
    assert!((20 * HOUR..28 * HOUR).contains(&wait), "{wait}");
    assert_eq!(seen(&place.resolver.asked), 1);
    stop.send(true).unwrap();
    work.await.unwrap();
}
