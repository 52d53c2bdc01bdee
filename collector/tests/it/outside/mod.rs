//! Looks from outside: nothing leaves without a permission that holds, and a lying agent is caught.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the server that is looked at, and the program that is under test"
)]

mod assigned;
mod claims;
mod moved;
mod permission;
mod program;
mod ssh;

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use capdo_collector::{
    clock::FixedClock,
    outside::{Outside, resolve::Resolve},
    store::{
        Scope, Store,
        agency::{self, AgencyKind},
        authorisation::{self, NewAuthorisation},
        endpoint::{self, EndpointKind, NewEndpoint},
        outside_finding, probe,
        system::{self, Details, Dossier},
    },
};
use tempfile::TempDir;

pub(super) const NOW: i64 = 1_795_334_040_000;
pub(super) const HOUR: i64 = 3_600_000;
pub(super) const NAME: &str = "cong.tinh.gov.vn";

/// Says where a name leads, and counts how often it is asked.
pub(super) struct Says {
    leads_to: Mutex<Vec<IpAddr>>,
    server: Option<SocketAddr>,
    pub(super) asked: AtomicUsize,
}

impl Says {
    /// From now on the name leads there.
    pub(super) fn lead_to(&self, addresses: &[&str]) {
        let addresses = addresses.iter().map(|a| a.parse().unwrap());
        *self.leads_to.lock().unwrap() = addresses.collect();
    }
}

impl Resolve for Says {
    fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.leads_to.lock().unwrap().clone())
    }

    fn server(&self) -> Option<SocketAddr> {
        self.server
    }
}

/// A store with one system, and a collector that looks.
pub(super) struct Place {
    pub(super) dir: TempDir,
    pub(super) store: Store,
    pub(super) clock: FixedClock,
    pub(super) resolver: Arc<Says>,
    pub(super) outside: Outside,
    pub(super) agency: String,
    pub(super) system: String,
}

impl Place {
    pub(super) async fn new(leads_to: &[&str], server: Option<SocketAddr>) -> Self {
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
            leads_to: Mutex::new(leads_to.iter().map(|a| a.parse().unwrap()).collect()),
            server,
            asked: AtomicUsize::new(0),
        });
        let outside = Outside::new(store.clone(), Arc::new(clock.clone()), resolver.clone());
        Self {
            dir,
            store,
            clock,
            resolver,
            outside,
            agency,
            system,
        }
    }

    pub(super) async fn endpoint(&self, kind: EndpointKind, host: &str, port: u16) -> String {
        self.endpoint_on(kind, host, port, None).await
    }

    pub(super) async fn endpoint_on(
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
    pub(super) async fn permit(&self, targets: &str) -> String {
        self.permit_for(targets, 2).await
    }

    pub(super) async fn permit_for(&self, targets: &str, hours: i64) -> String {
        let new = NewAuthorisation {
            agency_id: &self.agency,
            system_id: None,
            number: "12/UBND",
            dated: "2026-11-01",
            signed_by: "Trần Văn A",
            targets,
            valid_from: NOW,
            valid_until: NOW + hours * HOUR,
            document: b"%PDF-1.7",
            recorded_by: "test",
        };
        let mut tx = self.store.write().await.unwrap();
        let id = authorisation::add(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(super) async fn log(&self) -> Vec<probe::Line> {
        let mut db = self.store.read().await.unwrap();
        let mut lines = probe::list(&mut db, &Scope::All, None, 1000).await.unwrap();
        lines.reverse();
        lines
    }

    pub(super) async fn verdicts(&self) -> Vec<(String, String)> {
        let mut db = self.store.read().await.unwrap();
        let found = outside_finding::of_system(&mut db, &Scope::All, &self.system)
            .await
            .unwrap();
        found.into_iter().map(|f| (f.part, f.verdict)).collect()
    }
}

/// A listener that counts who comes, and answers each with the same bytes.
pub(super) fn counting(address: &str, answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
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

pub(super) fn seen(count: &AtomicUsize) -> usize {
    count.load(Ordering::SeqCst)
}

/// OpenSSL's test server, which offers what it is told.
pub(super) struct OpenSsl(Child, pub(super) SocketAddr);

impl OpenSsl {
    pub(super) fn serve(more: &[&str]) -> Self {
        let at = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        Self::serve_at(at, more)
    }

    /// At that address, which must be free.
    pub(super) fn serve_at(at: SocketAddr, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new([NAME.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let cert = params.self_signed(&key).unwrap();
        let file = dir.path().join("all.pem");
        std::fs::write(&file, format!("{}{}", cert.pem(), key.serialize_pem())).unwrap();
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

pub(super) const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
