//! A small browser for one address: keeps cookies, follows redirects on the same address only.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use reqwest::Url;
use rustls::RootCertStore;

use crate::host::{Host, HostError, HttpAnswer, HttpAsk, HttpMethod};

const MAX_STEPS: usize = 5;
const MAX_COOKIES: usize = 40;
const MAX_COOKIE: usize = 4_096;
/// Login pages with their scripts inline fit several times.
const PAGE_CAP: usize = 512 << 10;

/// How a gap ends where a password would have gone out in the clear.
pub const NO_TLS: &str = "no TLS";

/// What stands at the end of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Path and query of the last step.
    pub path: String,
    /// Status of the last step.
    pub status: u16,
    /// Its text.
    pub body: String,
    /// It asks for a password in the browser's own dialogue.
    pub asks_by_header: bool,
    /// A redirect led to another address and was not followed, or there were too many.
    pub left: bool,
    /// The other address.
    pub away: Option<Url>,
    /// The text is not whole.
    pub cut: bool,
}

/// One address as a browser meets it.
pub struct Browser<'h> {
    host: &'h dyn Host,
    target: SocketAddr,
    tls: bool,
    name: String,
    roots: Option<Arc<RootCertStore>>,
    cookies: BTreeMap<String, String>,
}

impl<'h> Browser<'h> {
    /// A browser without cookies. An empty `name` stands for the address itself.
    pub fn new(host: &'h dyn Host, target: SocketAddr, tls: bool, name: &str) -> Self {
        Self {
            host,
            target,
            tls,
            name: name.to_owned(),
            roots: None,
            cookies: BTreeMap::new(),
        }
    }

    /// A browser that speaks TLS where the address does, and clear text where it does not.
    ///
    /// # Errors
    /// When the address answers neither.
    pub fn reaching(host: &'h dyn Host, target: SocketAddr, name: &str) -> Result<Self, HostError> {
        let over_tls = Self::new(host, target, true, name);
        let first = host.http(&over_tls.question(HttpMethod::Head, "/"));
        match first {
            Ok(_) => return Ok(over_tls),
            Err(error @ (HostError::NotAuthorised(_) | HostError::NotLive(_))) => {
                return Err(error);
            }
            Err(_) => {}
        }
        let plain = Self::new(host, target, false, name);
        host.http(&plain.question(HttpMethod::Head, "/"))?;
        Ok(plain)
    }

    /// A browser to which a password may be told: over TLS alone, with a certificate that leads to
    /// `roots` and bears the name. What never leaves this host needs [`Self::reaching`] alone.
    ///
    /// # Errors
    /// When the address does not answer, speaks no TLS, or shows a certificate that is not trusted.
    pub fn confiding(
        host: &'h dyn Host,
        target: SocketAddr,
        name: &str,
        roots: Arc<RootCertStore>,
    ) -> Result<Self, HostError> {
        let mut over_tls = Self::new(host, target, true, name);
        over_tls.roots = Some(roots);
        let Err(error) = host.http(&over_tls.question(HttpMethod::Head, "/")) else {
            return Ok(over_tls);
        };
        let plain = Self::new(host, target, false, name);
        let silent = matches!(&error, HostError::Unreachable(what) if *what == target.to_string());
        // A port of TLS may answer what is no TLS, too: with 400.
        let head = || host.http(&plain.question(HttpMethod::Head, "/"));
        Err(if silent && head().is_ok_and(|a| a.status != 400) {
            HostError::Unreachable(format!("{target}: {NO_TLS}"))
        } else {
            error
        })
    }

    /// Fetches a page.
    ///
    /// # Errors
    /// When the address does not answer.
    pub fn get(&mut self, path: &str) -> Result<Page, HostError> {
        self.follow(self.question(HttpMethod::Get, path))
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the address does not answer, or `path` is none.
    pub fn post(&mut self, path: &str, fields: &[(String, String)]) -> Result<Page, HostError> {
        let mut ask = self.question(HttpMethod::Post, path);
        let origin = self.url("/")?;
        let form = encoded(&origin, fields);
        let kind = "application/x-www-form-urlencoded".to_owned();
        ask.headers.push(("content-type".to_owned(), kind));
        ask.headers
            .push(("origin".to_owned(), origin.origin().ascii_serialization()));
        ask.headers
            .push(("referer".to_owned(), self.url(path)?.to_string()));
        ask.body = Some(form.into_bytes());
        self.follow(ask)
    }

    /// Asks once, with further headers and without following anything.
    ///
    /// # Errors
    /// When the address does not answer.
    pub fn ask(&self, path: &str, headers: &[(String, String)]) -> Result<HttpAnswer, HostError> {
        let mut ask = self.question(HttpMethod::Get, path);
        ask.headers.extend_from_slice(headers);
        self.host.http(&ask)
    }

    /// Where `target` leads from `path`, when it stays at this address.
    pub fn resolve(&self, path: &str, target: &str) -> Option<String> {
        let base = self.url(path).ok()?;
        let next = base.join(target).ok()?;
        let query = next.query().map(|q| format!("?{q}")).unwrap_or_default();
        (next.origin() == base.origin()).then(|| format!("{}{query}", next.path()))
    }

    fn url(&self, path: &str) -> Result<Url, HostError> {
        let scheme = if self.tls { "https" } else { "http" };
        let authority = if self.name.is_empty() {
            self.target.to_string()
        } else {
            format!("{}:{}", self.name, self.target.port())
        };
        let url = Url::parse(&format!("{scheme}://{authority}{path}"));
        url.map_err(|_| HostError::WrongKind(path.to_owned()))
    }

    fn question(&self, method: HttpMethod, path: &str) -> HttpAsk {
        let mut ask = HttpAsk::get(self.target, self.tls, self.name.as_str(), path);
        ask.method = method;
        ask.cap = PAGE_CAP;
        ask.roots.clone_from(&self.roots);
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        if !pairs.is_empty() {
            ask.headers.push(("cookie".to_owned(), pairs.join("; ")));
        }
        ask
    }

    fn follow(&mut self, mut ask: HttpAsk) -> Result<Page, HostError> {
        for _ in 0..=MAX_STEPS {
            let answer = self.host.http(&ask).map_err(without_query)?;
            self.keep_cookies(&answer);
            let location = answer
                .first("location")
                .filter(|_| (300..400).contains(&answer.status));
            let Some(location) = location else {
                return Ok(page(&ask.path, &answer, false));
            };
            match self.resolve(&ask.path, location) {
                Some(next) => ask = self.question(HttpMethod::Get, &next),
                None => {
                    let mut page = page(&ask.path, &answer, true);
                    page.away = self.url(&ask.path)?.join(location).ok();
                    return Ok(page);
                }
            }
        }
        Ok(Page {
            path: ask.path,
            left: true,
            ..Page::default()
        })
    }

    fn keep_cookies(&mut self, answer: &HttpAnswer) {
        for line in answer.all("set-cookie") {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let attributes = attributes.to_ascii_lowercase();
            let gone = value.is_empty()
                || attributes.contains("max-age=0")
                || attributes.contains("01 jan 1970");
            let plain = |c: char| !c.is_control() && c != ';';
            if gone {
                self.cookies.remove(name);
            } else if self.cookies.len() < MAX_COOKIES
                && name.len() + value.len() < MAX_COOKIE
                && name.chars().chain(value.chars()).all(plain)
            {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A query may hold what identifies a session, and an error may be shown.
pub(super) fn without_query(error: HostError) -> HostError {
    let cut = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    match error {
        HostError::Timeout(what) => HostError::Timeout(cut(&what)),
        HostError::OverBudget(what) => HostError::OverBudget(cut(&what)),
        HostError::WrongKind(what) => HostError::WrongKind(cut(&what)),
        HostError::Unreachable(what) => HostError::Unreachable(cut(&what)),
        HostError::Io { path, what } => HostError::Io {
            path: cut(&path),
            what,
        },
        other => other,
    }
}

/// Fields as a browser sends them.
pub(super) fn encoded(origin: &Url, fields: &[(String, String)]) -> String {
    let mut url = origin.clone();
    url.query_pairs_mut().clear().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

fn page(path: &str, answer: &HttpAnswer, left: bool) -> Page {
    Page {
        path: path.to_owned(),
        status: answer.status,
        body: answer.text(),
        asks_by_header: answer.status == 401 && answer.first("www-authenticate").is_some(),
        left,
        away: None,
        cut: answer.body_cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Fixture;

    fn host(text: &str) -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        Fixture::load(&path).unwrap()
    }

    #[test]
    fn other_hosts_are_not_followed_and_rounds_end() {
        let host = host(
            "[http.\"GET http://127.0.0.1:80/a\"]\nstatus = 302\nheaders = [[\"Location\", \"//192.0.2.1/b\"]]\n\
             [http.\"GET http://127.0.0.1:80/r\"]\nstatus = 302\nheaders = [[\"Location\", \"/r\"]]\n\
             [http.\"GET http://127.0.0.1:80/b?s=secret\"]\nerror = \"timeout\"\n\
             [http.\"GET http://127.0.0.1:80/c\"]\nstatus = 302\nheaders = [[\"Location\", \"b?s=secret\"]]\n",
        );
        let target = "127.0.0.1:80".parse().unwrap();
        let mut browser = Browser::new(&host, target, false, "");
        assert!(browser.get("/a").unwrap().left);
        assert!(browser.get("/r").unwrap().left);
        let error = browser.get("/c").unwrap_err();
        assert!(
            matches!(&error, HostError::Timeout(what) if !what.contains("secret")),
            "{error}"
        );
    }

    #[test]
    fn fields_are_encoded() {
        let origin = Url::parse("http://a/").unwrap();
        let fields = [("a b".to_owned(), "x&y=ế".to_owned())];
        assert_eq!(encoded(&origin, &fields), "a+b=x%26y%3D%E1%BA%BF");
    }
}
