//! security.txt, RFC 9116: where to report a weakness.

use serde::Serialize;

use jiff::Timestamp;

use crate::host::HttpAnswer;

/// Where it stands, in the order in which it is looked for.
pub const PATHS: [&str; 2] = ["/.well-known/security.txt", "/security.txt"];
const MAX_LINES: usize = 1_000;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SecurityTxt {
    /// How many ways to get in touch are named whose form is right.
    pub contacts: usize,
    /// How many are named whose form is not.
    pub bad_contacts: usize,
    /// The end of its validity, where exactly one is named and understood.
    pub expires: Option<Timestamp>,
    /// How many ends are named.
    pub expiries: usize,
    /// It bears an OpenPGP signature, which is not verified.
    pub signed: bool,
    /// Breaks of form that readers forgive: `type`, `bom`, `cut`.
    pub flaws: Vec<&'static str>,
}

/// Reads an answer; `None` where it is no security.txt at all: another status, a page of HTML, or
/// no field that the RFC knows.
pub fn of(answer: &HttpAnswer) -> Option<SecurityTxt> {
    if answer.status != 200 {
        return None;
    }
    let kind = answer.first("content-type").unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("text/html") {
        return None;
    }
    let text = answer.text();
    let mut found = parse(&text)?;
    let mut parts = kind.split(';').map(str::trim);
    let plain = parts.next() == Some("text/plain");
    let foreign = |p: &str| {
        let charset = p.strip_prefix("charset=");
        charset.is_some_and(|c| c.trim_matches('"') != "utf-8")
    };
    for (flawed, flaw) in [
        (!plain || parts.any(foreign), "type"),
        (text.starts_with('\u{feff}'), "bom"),
        (answer.body_cut, "cut"),
    ] {
        if flawed {
            found.flaws.push(flaw);
        }
    }
    Some(found)
}

/// Reads the fields of section 2.5; what is signed is read between the armour (RFC 9580, 7).
fn parse(text: &str) -> Option<SecurityTxt> {
    let mut found = SecurityTxt::default();
    let mut known = false;
    let mut expires = None;
    for line in body(text, &mut found.signed) {
        let Some((name, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "contact" => {
                known = true;
                if is_contact(value) {
                    found.contacts += 1;
                } else {
                    found.bad_contacts += 1;
                }
            }
            "expires" => {
                known = true;
                found.expiries += 1;
                expires = value.parse().ok();
            }
            _ => {}
        }
    }
    found.expires = expires.filter(|_| found.expiries == 1);
    known.then_some(found)
}

/// The lines that count. In a signed file: after the armour's headers, before the signature, with
/// the dashes taken off.
fn body<'a>(text: &'a str, signed: &mut bool) -> Vec<&'a str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().take(MAX_LINES).peekable();
    *signed = lines.peek().map(|l| l.trim_end()) == Some("-----BEGIN PGP SIGNED MESSAGE-----");
    if !*signed {
        return lines.collect();
    }
    lines
        .skip_while(|line| !line.trim().is_empty())
        .take_while(|line| line.trim_end() != "-----BEGIN PGP SIGNATURE-----")
        .map(|line| line.strip_prefix("- ").unwrap_or(line))
        .collect()
}

/// Section 2.5.3: a URI, and one of the web only over TLS.
fn is_contact(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let rest = ["mailto:", "tel:", "https://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    rest.is_some_and(|r| !r.is_empty() && !r.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: &str, body: &str) -> HttpAnswer {
        HttpAnswer {
            status: 200,
            headers: vec![("content-type".into(), kind.into())],
            body: body.as_bytes().to_vec(),
            body_cut: false,
        }
    }

    /// Section 2.6 of the RFC, its two examples.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let plain = "# Our security address\nContact: mailto:security@example.com\n\n\
                     # Our OpenPGP key\nEncryption: https://example.com/pgp-key.txt\n\
                     Expires: 2021-12-31T18:37:07z\n";
        let got = of(&answer("text/plain; charset=utf-8", plain)).unwrap();
        assert_eq!((got.contacts, got.expiries, got.signed), (1, 1, false));
        assert_eq!(got.expires.unwrap().to_string(), "2021-12-31T18:37:07Z");
        assert!(got.flaws.is_empty());
        let signed = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n\
                      # Canonical URI\r\nCanonical: https://example.com/.well-known/security.txt\r\n\
                      Contact: tel:+1-201-555-0123\r\n- Contact: https://example.com/report\r\n\
                      Expires: 2026-12-31T00:00:00Z\r\n-----BEGIN PGP SIGNATURE-----\r\n\
                      Contact: mailto:not@signed\r\n-----END PGP SIGNATURE-----\r\n";
        let got = of(&answer("text/plain", signed)).unwrap();
        assert_eq!((got.contacts, got.signed), (2, true));
    }

    #[test]
    fn what_is_wrong_is_seen() {
        let twice = "Contact: security@example.com\nContact: http://a/\nExpires: x\nExpires: y\n";
        let got = of(&answer("application/octet-stream", twice)).unwrap();
        assert_eq!((got.contacts, got.bad_contacts, got.expiries), (0, 2, 2));
        assert_eq!((got.expires, got.flaws), (None, vec!["type"]));
        let bom = "\u{feff}Contact: mailto:a@b\nExpires: 2027-01-01T00:00:00+07:00\n";
        let got = of(&answer("text/plain; charset=\"UTF-8\"", bom)).unwrap();
        assert_eq!((got.contacts, got.flaws), (1, vec!["bom"]));
    }

    #[test]
    fn a_page_for_everything_is_none() {
        let page = "<!doctype html>\nContact: mailto:a@b";
        assert_eq!(of(&answer("text/html; charset=utf-8", page)), None);
        assert_eq!(of(&answer("text/plain", "hello\n")), None);
    }
}
