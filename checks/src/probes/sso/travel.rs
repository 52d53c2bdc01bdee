//! A browser that knows the hosts that were declared, and no other. Every one is reached over TLS
//! with a certificate that is trusted and bears its name; the password goes to one of them alone.

use std::{net::SocketAddr, sync::Arc};

use reqwest::Url;
use rustls::RootCertStore;

use super::cookies::Cookies;
use crate::{
    host::{Host, HostError, HttpAnswer, HttpAsk, HttpMethod},
    probes::browser::{Page, encoded, without_query},
};

const MAX_REDIRECTS: usize = 12;
const PAGE_CAP: usize = 512 << 10;

/// A declared origin.
#[derive(Clone, Debug)]
pub struct Place {
    /// The origin as a URL; only its scheme, name and port count.
    pub origin: Url,
    /// Where it is reached.
    pub target: SocketAddr,
}

/// Where a step ended.
pub enum Stop {
    /// At a page.
    Page(Url, Page),
    /// Where it was meant to end; that address was not asked.
    End(Url),
    /// At the door of something undeclared, or in a circle; it was not asked.
    Left,
}

/// A browser over the declared origins.
pub struct Traveller<'h> {
    host: &'h dyn Host,
    places: Vec<Place>,
    /// The origin that the password may go to.
    login: Url,
    /// The address at which the journey ends.
    end: Option<Url>,
    roots: Arc<RootCertStore>,
    cookies: Cookies,
}

impl<'h> Traveller<'h> {
    /// A browser without cookies. `login` is the origin to which the password may go.
    pub fn new(
        host: &'h dyn Host,
        places: Vec<Place>,
        login: Url,
        roots: Arc<RootCertStore>,
    ) -> Self {
        Self {
            host,
            places,
            login,
            end: None,
            roots,
            cookies: Cookies::default(),
        }
    }

    /// Ends where a redirect leads to `url`, whatever its query.
    pub fn ends_at(&mut self, url: Url) {
        self.end = Some(url);
    }

    /// Whether a URL belongs to a declared origin.
    pub fn knows(&self, url: &Url) -> bool {
        self.place(url).is_some()
    }

    /// Whether a URL belongs to the origin that the password may go to.
    pub fn takes_password(&self, url: &Url) -> bool {
        url.scheme() == "https" && url.origin() == self.login.origin()
    }

    /// Fetches a page and follows it.
    ///
    /// # Errors
    /// When a declared host does not answer, or shows a certificate that is not trusted.
    pub fn get(&mut self, url: &Url) -> Result<Stop, HostError> {
        self.follow(url.clone(), None)
    }

    /// Sends a form and follows the answer.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(
        &mut self,
        from: &Url,
        url: &Url,
        fields: &[(String, String)],
    ) -> Result<Stop, HostError> {
        let kind = "application/x-www-form-urlencoded";
        let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
        headers.push(("origin".to_owned(), from.origin().ascii_serialization()));
        headers.push((
            "referer".to_owned(),
            format!("{}/", from.origin().ascii_serialization()),
        ));
        self.follow(url.clone(), Some((headers, encoded(url, fields))))
    }

    /// Asks once and follows nothing; `body` is sent with POST. `None` where the origin is not
    /// declared.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn ask(
        &mut self,
        url: &Url,
        headers: Vec<(String, String)>,
        body: Option<String>,
    ) -> Result<Option<HttpAnswer>, HostError> {
        let Some(place) = self.place(url) else {
            return Ok(None);
        };
        let host = url.host_str().unwrap_or_default();
        let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
        let path = format!("{}{query}", url.path());
        let mut ask = HttpAsk::get(place.target, true, host, &path);
        ask.roots = Some(Arc::clone(&self.roots));
        ask.cap = PAGE_CAP;
        ask.headers = headers;
        if let Some(cookies) = self.cookies.header(url) {
            ask.headers.push(("cookie".to_owned(), cookies));
        }
        if body.is_some() {
            (ask.method, ask.body) = (HttpMethod::Post, body.map(String::into_bytes));
        }
        let answer = self.host.http(&ask).map_err(without_query)?;
        self.cookies.keep(url, &answer);
        Ok(Some(answer))
    }

    fn place(&self, url: &Url) -> Option<&Place> {
        let same = |p: &&Place| p.origin.origin() == url.origin();
        let plain =
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        self.places.iter().filter(|_| plain).find(same)
    }

    fn is_end(&self, url: &Url) -> bool {
        self.end.as_ref().is_some_and(|end| {
            end.scheme() == url.scheme()
                && end.host_str() == url.host_str()
                && end.port_or_known_default() == url.port_or_known_default()
                && end.path() == url.path()
        })
    }

    fn follow(&mut self, mut url: Url, sent: Option<Sent>) -> Result<Stop, HostError> {
        let mut sent = sent;
        for _ in 0..=MAX_REDIRECTS {
            if self.is_end(&url) {
                return Ok(Stop::End(url));
            }
            let was_sent = sent.is_some();
            let (headers, body) = match sent.take() {
                Some((headers, body)) => (headers, Some(body)),
                None => (Vec::new(), None),
            };
            let Some(answer) = self.ask(&url, headers, body)? else {
                return Ok(Stop::Left);
            };
            // What 307 and 308 ask for is to hand the same form to somebody else.
            let again = was_sent && matches!(answer.status, 307 | 308);
            let moved = (300..400).contains(&answer.status) && answer.status != 304;
            let location = answer.first("location").filter(|_| moved);
            let Some(location) = location else {
                let page = page(&url, &answer);
                return Ok(Stop::Page(url, page));
            };
            match url.join(location) {
                Ok(next) if !again => url = next,
                _ => return Ok(Stop::Left),
            }
            url.set_fragment(None);
        }
        Ok(Stop::Left)
    }
}

type Sent = (Vec<(String, String)>, String);

fn page(url: &Url, answer: &HttpAnswer) -> Page {
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    Page {
        path: format!("{}{query}", url.path()),
        status: answer.status,
        body: answer.text(),
        asks_by_header: answer.status == 401 && answer.first("www-authenticate").is_some(),
        left: false,
        away: None,
        cut: answer.body_cut,
    }
}
