//! ClamAV: the header of its signature files.

use jiff::{Timestamp, civil::DateTime};

use crate::{context::Cx, facts::text, observation::Gap};

const HEADER: usize = 512;
const DEFAULT_DIR: &str = "/var/lib/clamav";

/// The newest signature file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatures {
    /// When it was built, by its own header.
    pub built: Timestamp,
    /// Its version.
    pub version: i64,
    /// The file.
    pub path: String,
}

/// The folder of signatures, as `freshclam.conf` or `clamd.conf` names it.
///
/// # Errors
/// When a configuration cannot be read.
pub fn folder(cx: &Cx<'_>) -> Result<String, Gap> {
    for path in [
        "/etc/clamav/clamd.conf",
        "/etc/clamd.d/scan.conf",
        "/etc/clamav/freshclam.conf",
    ] {
        if let Some(dir) = option(cx, path, "DatabaseDirectory")? {
            return Ok(dir);
        }
    }
    Ok(DEFAULT_DIR.to_owned())
}

/// The value of `name` in the file `path`.
///
/// # Errors
/// When the file cannot be read.
pub fn option(cx: &Cx<'_>, path: &str, name: &str) -> Result<Option<String>, Gap> {
    let text = cx.host().text_if_any(path)?.unwrap_or_default();
    Ok(text::lines(&text)
        .filter_map(|(_, l)| l.split_once(char::is_whitespace))
        .find(|(k, _)| *k == name)
        .map(|(_, v)| v.trim().trim_matches('"').to_owned()))
}

/// The newer of `daily.cld` and `daily.cvd` in `dir`; `None` when neither stands there.
///
/// # Errors
/// When a file cannot be read, or its header is not understood.
pub fn daily(cx: &Cx<'_>, dir: &str) -> Result<Option<Signatures>, Gap> {
    let mut newest: Option<Signatures> = None;
    for name in ["daily.cld", "daily.cvd"] {
        let path = format!("{dir}/{name}");
        let bytes = match cx.host().read_at(&path, 0, HEADER) {
            Ok(bytes) => bytes,
            Err(e) if e.is_not_found() => continue,
            Err(e) => return Err(e.into()),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (built, version) = parse_header(&text).ok_or_else(|| Gap::parse(&path))?;
        if newest.as_ref().is_none_or(|n| n.version < version) {
            newest = Some(Signatures {
                built,
                version,
                path,
            });
        }
    }
    Ok(newest)
}

/// `ClamAV-VDB:DD Mon YYYY hh-mm +zzzz:version:signatures:level:md5:dsig:builder:seconds`.
fn parse_header(text: &str) -> Option<(Timestamp, i64)> {
    let mut fields = text.split(':');
    if fields.next()? != "ClamAV-VDB" {
        return None;
    }
    let date = fields.next()?;
    let version = fields.next()?.parse().ok().filter(|&v| v > 0)?;
    Some((build_time(date)?, version))
}

fn build_time(date: &str) -> Option<Timestamp> {
    let words: Vec<&str> = date.split_whitespace().collect();
    let [day, month, year, clock, zone] = words.as_slice() else {
        return None;
    };
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months
        .find(month)
        .filter(|at| at % 3 == 0 && month.len() == 3)?
        / 3
        + 1;
    let (hour, minute) = clock.split_once('-')?;
    let local = DateTime::new(
        year.parse().ok()?,
        i8::try_from(month).ok()?,
        day.parse().ok()?,
        hour.parse().ok()?,
        minute.parse().ok()?,
        0,
        0,
    )
    .ok()?;
    let (sign, digits) = match zone.as_bytes() {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let offset = sign * (digits / 100 * 3_600 + digits % 100 * 60);
    let utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Timestamp::from_second(utc.as_second().checked_sub(offset)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_when_it_was_built() {
        let (built, version) =
            parse_header("ClamAV-VDB:20 Nov 2026 08-29 -0500:27461:2060000:90:x:y:z:1").unwrap();
        assert_eq!(built.to_string(), "2026-11-20T13:29:00Z");
        assert_eq!(version, 27461);
    }

    #[test]
    fn nonsense_is_no_header() {
        for bad in [
            "",
            "ClamAV-VDB",
            "ClamAV-VDB:::",
            "x:20 Nov 2026 08-29 -0500:1",
            "ClamAV-VDB:31 Feb 2026 08-29 +0000:1",
            "ClamAV-VDB:20 anF 2026 08-29 +0000:1",
            "ClamAV-VDB:20 Nov 2026 08-29 0500:1",
            "ClamAV-VDB:20 Nov 2026 08-29 +0000:0",
        ] {
            assert_eq!(parse_header(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(ClamAV-VDB:|[0-9]{1,4} | Nov |-|\\+|[a-zé0-9: ]){0,20}") {
            let _found = parse_header(&text);
        }
    }

    #[test]
    fn a_zone_beyond_reason_is_no_time() {
        assert_eq!(build_time("21 Nov 2026 08-00 +9223372036854775807"), None);
        assert!(build_time("21 Nov 2026 08-00 +0700").is_some());
    }
}
