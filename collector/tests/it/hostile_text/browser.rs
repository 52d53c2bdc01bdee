//! Pages in a real browser. All it asks for goes through a proxy of this test, which signs it in and notes
//! where else it would have gone.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::{
    PROGRAM,
    seed::{COOKIE, Seeded},
};

/// What the collector is called in the browser: browsers trust this name as much as HTTPS.
const SITE: &str = "http://localhost";

/// A page that does what no page of ours may: the test is only worth something where this is seen.
const CONTROL: &str = "<!doctype html><title>x</title><script>console.log('ran')</script>\
                       <img src=\"http://evil.example/i\">";

/// Answers for every host; what was asked for is noted.
struct Proxy {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(web: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                thread::spawn(move || answer(stream, web, &noted));
            }
        });
        Self { at, asked }
    }
}

/// Answers one request. What the browser's makers are asked on the way gets nothing.
fn answer(mut stream: TcpStream, web: SocketAddr, noted: &Mutex<Vec<String>>) -> Option<()> {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    let mut language = String::new();
    for line in lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
    {
        if line.to_lowercase().starts_with("accept:") {
            language = line;
        }
    }
    noted.lock().ok()?.push(first.clone());
    let target = first.split(' ').nth(1)?.to_owned();
    if target == format!("{SITE}/control") {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n";
        return stream.write_all(format!("{head}{CONTROL}").as_bytes()).ok();
    }
    let Some(path) = target.strip_prefix(SITE) else {
        return stream
            .write_all(b"HTTP/1.1 502 No\r\nConnection: close\r\n\r\n")
            .ok();
    };
    let mut to = TcpStream::connect(web).ok()?;
    let ask = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\n{language}\r\nCookie: capdo={COOKIE}\r\nConnection: close\r\n\r\n"
    );
    to.write_all(ask.as_bytes()).ok()?;
    let mut all = Vec::new();
    to.read_to_end(&mut all).ok()?;
    stream.write_all(&all).ok()
}

/// What a browser made of a page, and what it said about it.
fn look(proxy: &Proxy, path: &str) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
        ])
        .args([
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-extensions",
        ])
        .args([
            "--enable-logging=stderr",
            "--v=0",
            "--dump-dom",
            "--timeout=4000",
        ])
        .arg(format!("--proxy-server=http://{}", proxy.at))
        .arg("--proxy-bypass-list=<-loopback>")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("{SITE}{path}"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_runs_nothing_and_goes_nowhere_else() {
    let seeded = Seeded::new().await;
    let mut process = Command::new(PROGRAM)
        .env_clear()
        .arg("--data")
        .arg(seeded.data())
        .args(["serve", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    while !said.trim_end().ends_with('}') {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "it ended: {said}");
    }
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    let proxy = Proxy::start(told["web"].as_str().unwrap().parse().unwrap());
    let (_, console) = look(&proxy, "/control");
    let went = |host: &str| proxy.asked.lock().unwrap().iter().any(|a| a.contains(host));
    assert!(
        console.contains("\"ran\"") && went("evil.example"),
        "{console}"
    );
    proxy.asked.lock().unwrap().clear();
    let pages = [
        "/".to_owned(),
        format!("/agencies/{}", seeded.agency),
        format!("/systems/{}", seeded.system),
        format!("/hosts/{}", seeded.host),
        format!("/endpoints/{}?lang=en", seeded.endpoint),
        "/checks/account.uid-zero".to_owned(),
        "/software?q=libhostile".to_owned(),
        "/probes".to_owned(),
        "/audit".to_owned(),
    ];
    let mut wrong = Vec::new();
    for page in pages {
        let (dom, console) = look(&proxy, &page);
        if !dom.contains("gpj.exe") {
            wrong.push(format!("{page} shows no hostile name: {dom:.800}"));
        }
        let lines = console.lines().filter(|l| l.contains("CONSOLE"));
        wrong.extend(lines.map(|line| format!("{page}: {line}")));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    if went("evil.example") {
        wrong.push(format!("{:?}", proxy.asked.lock().unwrap()));
    }
    assert!(
        went("/assets/") || went(".css"),
        "{:?}",
        proxy.asked.lock().unwrap()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
