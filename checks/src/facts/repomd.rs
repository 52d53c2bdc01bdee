//! A repository's table of contents, `repodata/repomd.xml`: what of it was fetched, and when it was made.

use jiff::Timestamp;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::updateinfo::attribute;
use crate::observation::Gap;

/// What `repomd.xml` says of the advisories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repomd {
    /// Name of their file, where the repository has any.
    pub updateinfo: Option<String>,
    /// Name of the same packed with zchunk, which dnf fetches in its place where it is let.
    pub zck: Option<String>,
    /// When the newest part of it was made: by the parts' own times, or by the revision where that is
    /// a time (`createrepo_c` writes it so; some distributions put a version there). No time of the fetch.
    pub made: Option<Timestamp>,
}

/// Reads a repository's table of contents.
///
/// # Errors
/// When it is cut short or no such table.
pub fn repomd(path: &str, text: &str) -> Result<Repomd, Gap> {
    let mut reader = Reader::from_reader(text.as_bytes());
    let mut raw = Vec::new();
    let mut found = Repomd::default();
    let mut kind = String::new();
    let mut dated = false;
    let (mut ended, mut depth) = (false, 0_usize);
    loop {
        raw.clear();
        let event = reader.read_event_into(&mut raw);
        let event = event.map_err(|e| Gap::parse(format!("{path}: {e}")))?;
        depth += usize::from(matches!(event, Event::Start(_)));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                dated = matches!(tag.name().as_ref(), "revision" | "timestamp");
                match tag.name().as_ref() {
                    "data" => kind = attribute(&tag, "type"),
                    "location" if kind == "updateinfo" => found.updateinfo = file_name(&tag),
                    "location" if kind == "updateinfo_zck" => found.zck = file_name(&tag),
                    _ => {}
                }
            }
            Event::Text(text) if dated => found.made = found.made.max(time(text.as_ref())),
            Event::End(tag) => {
                dated = false;
                depth = depth.saturating_sub(1);
                ended = depth == 0 && tag.name().as_ref() == "repomd";
            }
            Event::Eof if ended && depth == 0 => return Ok(found),
            Event::Eof => return Err(Gap::parse(format!("{path}: cut short"))),
            _ => {}
        }
    }
}

/// Seconds of Unix time, with or without a fraction. A version such as `9.2` is none.
fn time(text: &str) -> Option<Timestamp> {
    let whole = text.trim().split('.').next()?;
    let seconds: i64 = whole.parse().ok()?;
    (whole.len() >= 9 && seconds > 0)
        .then(|| Timestamp::from_second(seconds).ok())
        .flatten()
}

fn file_name(location: &BytesStart<'_>) -> Option<String> {
    let href = attribute(location, "href");
    href.rsplit('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_contents_names_the_advisories() {
        let text = "<repomd><data type=\"primary\"><location href=\"repodata/p.xml.gz\"/></data>\
            <data type=\"updateinfo\"><location href=\"repodata/u.xml.gz\"/></data></repomd>";
        assert_eq!(
            repomd("/f", text).unwrap().updateinfo.as_deref(),
            Some("u.xml.gz")
        );
        assert_eq!(repomd("/f", text).unwrap().made, None);
        assert!(repomd("/f", &text[..60]).is_err());
        assert!(repomd("/f", &format!("<a>{text}")).is_err());
    }

    #[test]
    fn the_newest_part_tells_when_it_was_made() {
        let made = |revision: &str, parts: [&str; 2]| {
            let parts =
                parts.map(|p| format!("<data type=\"x\"><timestamp>{p}</timestamp></data>"));
            let text = format!(
                "<repomd><revision>{revision}</revision>{}</repomd>",
                parts.concat()
            );
            repomd("/f", &text).unwrap().made.map(|t| t.as_second())
        };
        assert_eq!(
            made("9.2", ["1699300000", "1699400000.53"]),
            Some(1_699_400_000)
        );
        assert_eq!(made("1795219200", ["", "x"]), Some(1_795_219_200));
        assert_eq!(made("20231107", ["-1699300000", "99999999999999999"]), None);
    }
}
