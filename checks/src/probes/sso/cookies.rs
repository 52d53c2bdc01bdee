//! Cookies of several hosts, as RFC 6265 has them: each goes back to where it came from only.

use reqwest::Url;

use crate::host::HttpAnswer;

const MAX_COOKIES: usize = 80;
const MAX_COOKIE: usize = 4_096;

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    /// The host that set it, or the domain that it named.
    host: String,
    /// It named a domain, and so goes to the hosts below.
    below: bool,
    path: String,
}

/// The cookies of one journey. Every host is asked over TLS, so that `Secure` needs no thought.
#[derive(Clone, Default)]
pub struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Keeps what an answer from `url` sets, and drops what it takes back.
    pub fn keep(&mut self, url: &Url, answer: &HttpAnswer) {
        for line in answer.all("set-cookie") {
            let Some((cookie, gone)) = parse(url, line) else {
                continue;
            };
            self.0.retain(|c| {
                (&c.name, &c.host, &c.path) != (&cookie.name, &cookie.host, &cookie.path)
            });
            if !gone && self.0.len() < MAX_COOKIES {
                self.0.push(cookie);
            }
        }
    }

    /// The header for a request to `url`; the longest path goes first.
    pub fn header(&self, url: &Url) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        let goes = |c: &&Cookie| {
            let same = host == c.host || c.below && is_below(host, &c.host);
            same && path_matches(url.path(), &c.path)
        };
        let mut fitting: Vec<&Cookie> = self.0.iter().filter(goes).collect();
        fitting.sort_by_key(|c| std::cmp::Reverse(c.path.len()));
        let pairs: Vec<String> = fitting
            .iter()
            .map(|c| format!("{}={}", c.name, c.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn parse(url: &Url, line: &str) -> Option<(Cookie, bool)> {
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    let (name, value) = pair.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let plain = |c: char| !c.is_control() && c != ';';
    if name.is_empty()
        || name.len() + value.len() >= MAX_COOKIE
        || !name.chars().chain(value.chars()).all(plain)
    {
        return None;
    }
    let host = url.host_str()?.to_owned();
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        host: host.clone(),
        below: false,
        path: folder(url.path()).to_owned(),
    };
    let mut gone = value.is_empty();
    for attribute in attributes.split(';') {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" => {
                let domain = value.trim_start_matches('.').to_ascii_lowercase();
                if domain != host && !is_below(&host, &domain) {
                    return None;
                }
                (cookie.host, cookie.below) = (domain, true);
            }
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "max-age" => gone |= value == "0" || value.starts_with('-'),
            "expires" => gone |= value.contains("1970"),
            _ => {}
        }
    }
    Some((cookie, gone))
}

/// Section 5.1.3; a domain without a dot is none that hosts could share.
fn is_below(host: &str, domain: &str) -> bool {
    let name = host.parse::<std::net::IpAddr>().is_err();
    let rest = host.strip_suffix(domain);
    name && domain.contains('.') && rest.is_some_and(|r| r.ends_with('.'))
}

/// Section 5.1.4.
fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cookie_goes_back_to_its_own_host_and_path() {
        let mut jar = Cookies::default();
        let url = |text: &str| Url::parse(text).unwrap();
        let set = |jar: &mut Cookies, at: &str, line: &str| {
            let answer = HttpAnswer {
                headers: vec![("set-cookie".to_owned(), line.to_owned())],
                ..HttpAnswer::default()
            };
            jar.keep(&url(at), &answer);
        };
        set(&mut jar, "https://sso.tinh.vn/a/b", "s=1; Path=/");
        set(&mut jar, "https://sso.tinh.vn/a/b", "t=2");
        set(
            &mut jar,
            "https://sso.tinh.vn/",
            "d=3; Domain=.tinh.vn; Path=/",
        );
        set(&mut jar, "https://sso.tinh.vn/", "x=4; Domain=other.vn");
        set(&mut jar, "https://sso.tinh.vn/", "y=5; Domain=vn; Path=/");
        let header = |jar: &Cookies, at: &str| jar.header(&url(at)).unwrap_or_default();
        assert_eq!(header(&jar, "https://sso.tinh.vn/a/c"), "t=2; s=1; d=3");
        assert_eq!(header(&jar, "https://sso.tinh.vn/ab"), "s=1; d=3");
        assert_eq!(header(&jar, "https://app.tinh.vn/"), "d=3");
        assert_eq!(header(&jar, "https://tinh.vn.evil.vn/"), "");
        set(&mut jar, "https://sso.tinh.vn/", "s=; Path=/");
        set(
            &mut jar,
            "https://sso.tinh.vn/",
            "d=9; Domain=tinh.vn; Path=/; Max-Age=0",
        );
        assert_eq!(header(&jar, "https://sso.tinh.vn/ab"), "");
    }
}
