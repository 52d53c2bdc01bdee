//! Set-Cookie, RFC 6265: the names and the flags. Values are secrets and are not kept.

use serde::Serialize;

use crate::host::HttpAnswer;

/// Most cookies of one visit.
const MAX_COOKIES: usize = 50;
const MAX_NAME: usize = 64;

/// One cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cookie {
    /// Its name, cut at 64 characters.
    pub name: String,
    /// Sent over TLS only.
    pub secure: bool,
    /// Hidden from scripts.
    pub http_only: bool,
    /// `strict`, `lax`, `none`, or nothing where it is not said.
    pub same_site: String,
    /// Its prefix promises what its flags do not keep, so that browsers refuse it.
    pub broken_prefix: bool,
}

impl Cookie {
    /// Whether the name is one of those that sessions usually have. A heuristic: other names may
    /// carry a session as well.
    pub fn is_session(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let readable = ["csrf", "xsrf"]; // scripts send these back by design
        let usual = [
            "sess", "sid", "auth", "token", "jwt", "login", "remember", "identity", "aspx", "sso",
        ];
        !readable.iter().any(|w| name.contains(w)) && usual.iter().any(|w| name.contains(w))
    }

    /// `name Secure HttpOnly SameSite=lax`: what is shown of it.
    pub fn shown(&self) -> String {
        let mut out = self.name.clone();
        for (set, word) in [(self.secure, " Secure"), (self.http_only, " HttpOnly")] {
            if set {
                out.push_str(word);
            }
        }
        if !self.same_site.is_empty() {
            out.push_str(" SameSite=");
            out.push_str(&self.same_site);
        }
        out
    }
}

/// The cookies that answers set, the last of each name, sorted. A cookie that is taken back is none.
pub fn of<'a>(answers: impl IntoIterator<Item = &'a HttpAnswer>) -> Vec<Cookie> {
    let mut found: Vec<Cookie> = Vec::new();
    for answer in answers {
        for value in answer.all("set-cookie") {
            let Some((cookie, gone)) = parse(value) else {
                continue;
            };
            found.retain(|c| c.name != cookie.name);
            if !gone && found.len() < MAX_COOKIES {
                found.push(cookie);
            }
        }
    }
    found.sort();
    found
}

/// Section 5.2. Also says whether the cookie is taken back (an age of nothing).
fn parse(value: &str) -> Option<(Cookie, bool)> {
    let mut parts = value.split(';');
    let (name, content) = parts.next()?.split_once('=')?;
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    let mut cookie = Cookie {
        name: name.chars().take(MAX_NAME).collect(),
        ..Cookie::default()
    };
    let (mut root, mut domain, mut gone) = (false, false, content.trim().is_empty());
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "samesite" => cookie.same_site = same_site(value),
            "path" => root = value == "/",
            "domain" => domain |= !value.is_empty(),
            "max-age" => gone |= value.starts_with('-') || value == "0",
            _ => {}
        }
    }
    let lower = name.to_ascii_lowercase();
    let host = lower.starts_with("__host-") && (!cookie.secure || !root || domain);
    let secure = lower.starts_with("__secure-") && !cookie.secure;
    cookie.broken_prefix = host || secure;
    Some((cookie, gone))
}

/// Unknown words count as not said.
fn same_site(value: &str) -> String {
    let lower = value.to_ascii_lowercase();
    if ["strict", "lax", "none"].contains(&lower.as_str()) {
        lower
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(text: &str) -> Cookie {
        parse(text).unwrap().0
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        // Section 3.1.
        let got = cookie("SID=31d4d96e407aad42; Path=/; Secure; HttpOnly");
        assert!(got.secure && got.http_only && got.is_session());
        assert_eq!(got.shown(), "SID Secure HttpOnly");
        let lang = cookie("lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT");
        assert!(!lang.secure && !lang.is_session());
        assert_eq!(parse("=x"), None);
        assert_eq!(parse("none"), None);
    }

    #[test]
    fn values_are_not_kept() {
        let got = cookie("PHPSESSID=hush; path=/; samesite=LAX");
        assert!(!format!("{got:?}").contains("hush"));
        assert_eq!(got.same_site, "lax");
    }

    #[test]
    fn prefixes_bind() {
        assert!(!cookie("__Host-sid=1; Secure; Path=/").broken_prefix);
        for text in [
            "__Host-sid=1; Path=/",
            "__Host-sid=1; Secure",
            "__Host-sid=1; Secure; Path=/; Domain=a",
            "__Secure-sid=1",
        ] {
            assert!(cookie(text).broken_prefix, "{text}");
        }
    }

    #[test]
    fn a_cookie_that_is_taken_back_is_none() {
        let answer = HttpAnswer {
            headers: ["sid=1; Secure", "sid=; Max-Age=0", "csrftoken=2"]
                .iter()
                .map(|v| ("set-cookie".to_owned(), (*v).to_owned()))
                .collect(),
            ..HttpAnswer::default()
        };
        let names: Vec<String> = of([&answer]).into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["csrftoken"]);
    }
}
