//! One bounded question over HTTP/1.1: no redirect is followed, nothing is unpacked, no cookie is
//! kept, no proxy is asked. Any certificate will do, since certificates are judged elsewhere, unless
//! the asker names the roots that it must lead to.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{Client, Request, Response, Url, header, redirect};
use rustls::RootCertStore;

use super::{HostError, tls};

/// Most bytes of a body that are read unless the asker says otherwise.
pub const BODY_CAP: usize = 64 << 10;
/// Most bytes of all headers of an answer together.
const HEADERS_CAP: usize = 64 << 10;
/// How a gap ends where a certificate does not lead to the roots that were named.
pub const DISTRUSTED: &str = "its certificate is not trusted";
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// What is done to a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HttpMethod {
    /// Fetch it.
    #[default]
    Get,
    /// Fetch its headers.
    Head,
    /// Hand something over.
    Post,
}

impl HttpMethod {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        }
    }
}

/// A question over HTTP.
#[derive(Clone)]
pub struct HttpAsk {
    /// Where the connection goes, whatever `host` says.
    pub target: SocketAddr,
    /// Whether to speak TLS.
    pub tls: bool,
    /// The name to ask for (`Host` header and SNI); empty for the address itself.
    pub host: String,
    /// What to do.
    pub method: HttpMethod,
    /// The path with its query, beginning with `/`.
    pub path: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// What to hand over.
    pub body: Option<Vec<u8>>,
    /// Most bytes of the body to read.
    pub cap: usize,
    /// Roots that the certificate must lead to; without them any certificate will do.
    pub roots: Option<Arc<RootCertStore>>,
}

impl HttpAsk {
    /// Fetches `path` from `target`, with the usual cap.
    pub fn get(target: SocketAddr, tls: bool, host: impl Into<String>, path: &str) -> Self {
        Self {
            target,
            tls,
            host: host.into(),
            method: HttpMethod::Get,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            cap: BODY_CAP,
            roots: None,
        }
    }

    /// `GET https://127.0.0.1:443/path`: how the question is named in fixtures and errors.
    pub fn line(&self) -> String {
        let scheme = self.scheme();
        format!(
            "{} {scheme}://{}{}",
            self.method.word(),
            self.target,
            self.path
        )
    }

    const fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

/// Headers and body may hold a token or a password: neither is shown.
impl fmt::Debug for HttpAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpAsk({} for {})", self.line(), self.host)
    }
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status, such as 200.
    pub status: u16,
    /// Headers with their names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, as much of it as was asked for.
    pub body: Vec<u8>,
    /// The body is longer, or broke off.
    pub body_cut: bool,
}

impl HttpAnswer {
    /// The values of a header, in their order; `name` is in lower case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(n, _)| n == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The first value of a header.
    pub fn first(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(n, _)| n == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Bytes that it takes in memory, roughly.
    pub fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(n, v)| n.len() + v.len() + 48);
        self.body.len() + headers.sum::<usize>()
    }
}

/// Asks, within `limit` altogether. Whether `target` may be asked was settled before.
pub(super) fn fetch(ask: &HttpAsk, limit: Duration) -> Result<HttpAnswer, HostError> {
    let url = url(ask)?;
    let client = client(ask, limit)?;
    let request = request(&client, ask, url)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| failed(ask, &e))?;
    runtime.block_on(async {
        let until = tokio::time::Instant::now() + limit;
        let response = tokio::time::timeout_at(until, client.execute(request))
            .await
            .map_err(|_| HostError::Timeout(ask.line()))?
            .map_err(|e| silence(ask, &e))?;
        read(ask, response, until).await
    })
}

/// The address of what is asked for. Its authority names `host`, and the client knows no other
/// address for that name than `target`; an address in its place stands for `target` alone.
fn url(ask: &HttpAsk) -> Result<Url, HostError> {
    let wrong = || HostError::WrongKind(ask.line());
    if ask.roots.is_some() && !ask.tls {
        return Err(wrong());
    }
    let authority = if is_address(&ask.host) {
        ask.target.to_string()
    } else {
        format!("{}:{}", ask.host, ask.target.port())
    };
    let text = format!("{}://{authority}{}", ask.scheme(), ask.path);
    let url = Url::parse(&text).map_err(|_| wrong())?;
    let same_host = is_address(&ask.host)
        || url
            .domain()
            .is_some_and(|d| d.eq_ignore_ascii_case(&ask.host));
    let same_port = url.port_or_known_default() == Some(ask.target.port());
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if same_host && same_port && plain && ask.path.starts_with('/') {
        Ok(url)
    } else {
        Err(wrong())
    }
}

/// An address, or nothing: then the name of the address itself is used.
fn is_address(host: &str) -> bool {
    host.is_empty() || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

fn client(ask: &HttpAsk, limit: Duration) -> Result<Client, HostError> {
    let config = match &ask.roots {
        Some(roots) => tls::accepting_known(Arc::clone(roots)),
        None => tls::accepting_any(),
    };
    let config = config.map_err(|e| failed(ask, &e))?;
    let mut builder = Client::builder()
        .tls_backend_preconfigured(config)
        .user_agent(concat!("capdo-agent/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(limit.min(CONNECT_LIMIT))
        .timeout(limit);
    if !is_address(&ask.host) {
        builder = builder.resolve(&ask.host, ask.target);
    }
    builder.build().map_err(|e| failed(ask, &e))
}

fn request(client: &Client, ask: &HttpAsk, url: Url) -> Result<Request, HostError> {
    let mut builder = match ask.method {
        HttpMethod::Get => client.get(url),
        HttpMethod::Head => client.head(url),
        HttpMethod::Post => client.post(url),
    };
    for (name, value) in &ask.headers {
        builder = builder.header(name, value);
    }
    if let Some(body) = &ask.body {
        builder = builder.body(body.clone());
    }
    // The error could quote a header, so only the question is named.
    builder
        .build()
        .map_err(|_| HostError::WrongKind(ask.line()))
}

async fn read(
    ask: &HttpAsk,
    mut response: Response,
    until: tokio::time::Instant,
) -> Result<HttpAnswer, HostError> {
    let headers = response.headers();
    let size: usize = headers
        .iter()
        .map(|(n, v)| n.as_str().len() + v.len())
        .sum();
    if size > HEADERS_CAP {
        return Err(HostError::OverBudget(ask.line()));
    }
    let mut answer = HttpAnswer {
        status: response.status().as_u16(),
        headers: headers.iter().map(pair).collect(),
        ..HttpAnswer::default()
    };
    loop {
        match tokio::time::timeout_at(until, response.chunk()).await {
            Ok(Ok(None)) => break,
            Ok(Ok(Some(chunk))) => {
                let room = ask.cap - answer.body.len();
                answer
                    .body
                    .extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    answer.body_cut = true;
                    break;
                }
            }
            // What came before the pause or the reset still counts.
            Ok(Err(_)) | Err(_) => {
                answer.body_cut = true;
                break;
            }
        }
    }
    Ok(answer)
}

fn pair((name, value): (&header::HeaderName, &header::HeaderValue)) -> (String, String) {
    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
    (name.as_str().to_owned(), value)
}

fn silence(ask: &HttpAsk, error: &reqwest::Error) -> HostError {
    if error.is_timeout() {
        HostError::Timeout(ask.line())
    } else if distrusts(error) {
        HostError::Unreachable(format!("{}: {DISTRUSTED}", ask.target))
    } else {
        HostError::Unreachable(ask.target.to_string())
    }
}

/// Whether the peer's certificate stood in the way.
fn distrusts(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(at) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = at.downcast_ref() {
            return true;
        }
        // An I/O error keeps another error inside, which is not its source, sometimes several deep.
        let held = at.downcast_ref::<std::io::Error>();
        let inner = held.and_then(|e| e.get_ref());
        cause = inner.map_or_else(|| at.source(), |inner| Some(inner));
    }
    false
}

fn failed(ask: &HttpAsk, error: &dyn std::error::Error) -> HostError {
    HostError::Io {
        path: ask.line(),
        what: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// A server that answers one question with these bytes, and gives back what it was asked.
    fn serve(answer: Vec<u8>) -> (SocketAddr, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        let asked = thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut head = vec![0; 4096];
            let n = peer.read(&mut head).unwrap();
            peer.write_all(&answer).ok();
            String::from_utf8_lossy(&head[..n]).into_owned()
        });
        (target, asked)
    }

    fn limit() -> Duration {
        Duration::from_secs(5)
    }

    #[test]
    fn the_name_is_asked_for_and_the_target_is_reached() {
        let (target, asked) =
            serve(b"HTTP/1.1 301 Moved\r\nLocation: /a\r\nX-A: 1\r\nX-A: 2\r\n\r\n".to_vec());
        let ask = HttpAsk::get(target, false, "may.example", "/x?y=1");
        let got = fetch(&ask, limit()).unwrap();
        assert_eq!((got.status, got.first("location")), (301, Some("/a")));
        assert_eq!(got.all("x-a").collect::<Vec<_>>(), ["1", "2"]);
        let asked = asked.join().unwrap().to_lowercase();
        assert!(asked.starts_with("get /x?y=1 http/1.1\r\n"), "{asked}");
        let host = format!("host: may.example:{}\r\n", target.port());
        assert!(asked.contains(&host) && !asked.contains("accept-encoding"));
    }

    #[test]
    fn an_address_as_the_name_never_leads_elsewhere() {
        let (target, asked) = serve(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec());
        let ask = HttpAsk::get(target, false, "192.0.2.1", "/");
        assert_eq!(fetch(&ask, limit()).unwrap().status, 204);
        assert!(asked.join().unwrap().contains("127.0.0.1"));
    }

    #[test]
    fn names_and_paths_that_would_change_the_question_are_refused() {
        let target = "127.0.0.1:9".parse().unwrap();
        for (host, path) in [
            ("a@b", "/"),
            ("a/b", "/"),
            ("a:1", "/"),
            ("a", "x"),
            ("a", "@192.0.2.1/"),
            ("a", "/#x"),
            ("a b", "/"),
            ("0x7f.1", "/"),
        ] {
            let got = url(&HttpAsk::get(target, false, host, path));
            assert!(matches!(got, Err(HostError::WrongKind(_))), "{host} {path}");
        }
    }

    #[test]
    fn a_long_body_is_cut_and_a_broken_one_is_called_so() {
        let mut long = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n".to_vec();
        long.extend(vec![b'x'; 300_000]);
        let (target, _) = serve(long);
        let got = fetch(&HttpAsk::get(target, false, "", "/"), limit()).unwrap();
        assert!(got.body_cut && got.body.len() == BODY_CAP);
        let (target, _) = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec());
        let got = fetch(&HttpAsk::get(target, false, "", "/"), limit()).unwrap();
        assert!(got.body_cut && got.body == b"abc");
    }

    #[test]
    fn an_endless_head_and_a_silent_server_are_left() {
        let mut endless = b"HTTP/1.1 200 OK\r\n".to_vec();
        for n in 0..90 {
            endless.extend(format!("X-{n}: {}\r\n", "y".repeat(4000)).into_bytes());
        }
        endless.extend(b"\r\n");
        let (target, _) = serve(endless);
        assert!(fetch(&HttpAsk::get(target, false, "", "/"), limit()).is_err());
        let quiet = TcpListener::bind("127.0.0.1:0").unwrap();
        let ask = HttpAsk::get(quiet.local_addr().unwrap(), false, "", "/");
        let got = fetch(&ask, Duration::from_millis(200));
        assert!(matches!(got, Err(HostError::Timeout(_))), "{got:?}");
    }

    #[test]
    fn a_certificate_that_nobody_vouches_for_is_named_as_the_reason() {
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = rcgen::CertificateParams::new(vec!["may.example".to_owned()]).unwrap();
        let cert = cert.self_signed(&key).unwrap().der().clone();
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth();
        let config = config.with_single_cert(vec![cert], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        thread::spawn(move || {
            let mut peer = listener.accept().unwrap().0;
            let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            while tls.complete_io(&mut peer).is_ok_and(|(read, _)| read > 0) {}
        });
        let mut ask = HttpAsk::get(target, true, "may.example", "/");
        ask.roots = Some(Arc::new(RootCertStore::empty()));
        let got = fetch(&ask, limit()).unwrap_err().to_string();
        assert!(got.contains(DISTRUSTED), "{got}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut ask = HttpAsk::get("127.0.0.1:1".parse().unwrap(), true, "a", "/");
        ask.headers
            .push(("authorization".into(), "Bearer hush".into()));
        ask.body = Some(b"password=hush".to_vec());
        assert!(!format!("{ask:?}").contains("hush"));
    }
}
