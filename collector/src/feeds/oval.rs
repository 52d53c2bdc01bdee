//! Red Hat's OVAL v2 files (`rhel-9.oval.xml.bz2`): one definition a patch. What a patch needs stands in
//! the comments of its criteria, which Red Hat generates: `openssl is earlier than 1:3.0.7-27.el9`,
//! `Module nodejs:18 is enabled`.

use std::io::{self, BufReader, Read};

use capdo_checks::advisories::Distribution;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Sink, Unit, date_ms, severity_of};
use crate::store::advisory::{Advisory, FixRow, Record};

/// One definition as it is being read.
#[derive(Default)]
struct Definition {
    advisory: Advisory,
    releases: Vec<String>,
    module: String,
    fixes: Vec<(String, String, String)>,
}

/// Reads the file, one patch at a time.
pub(super) fn read(from: impl Read, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut xml = Reader::from_reader(BufReader::new(from));
    let mut buffer = Vec::new();
    let mut patch: Option<Definition> = None;
    let mut element = String::new();
    let mut dated = None;
    let mut any = false;
    loop {
        let event = xml.read_event_into(&mut buffer).map_err(broken)?;
        match event {
            Event::Start(start) | Event::Empty(start) => {
                start.local_name().as_ref().clone_into(&mut element);
                any |= element == "oval_definitions";
                if element == "definition" {
                    is_red_hats(&start)?;
                    let is_patch = attribute(&start, "class").as_deref() == Some("patch");
                    patch = is_patch.then(Definition::default);
                } else if let Some(patch) = &mut patch {
                    patch.take(&element, &start);
                }
            }
            Event::Text(text) => {
                let text = text.trim();
                match &mut patch {
                    Some(patch) => patch.text(&element, text),
                    None if element == "timestamp" && dated.is_none() => dated = date_ms(text),
                    None => {}
                }
            }
            Event::End(end) => {
                if end.local_name().as_ref() == "definition"
                    && let Some(patch) = patch.take()
                {
                    sink.put(patch.finish(dated))?;
                }
                element.clear();
            }
            Event::Eof if any => return Ok(()),
            Event::Eof => return Err(io::Error::other("it has no oval_definitions")),
            _ => {}
        }
        buffer.clear();
    }
}

/// Others write OVAL too; the comments of their criteria say something else, or nothing.
fn is_red_hats(definition: &BytesStart<'_>) -> io::Result<()> {
    let id = attribute(definition, "id").unwrap_or_default();
    if id.starts_with("oval:com.redhat.") {
        return Ok(());
    }
    let id: String = id.chars().take(60).collect();
    Err(io::Error::other(format!(
        "its definition {id:?} is not Red Hat's; for other distributions import their OSV records"
    )))
}

fn broken(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    let value = found.value;
    Some(
        value
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&quot;", "\""),
    )
}

impl Definition {
    fn take(&mut self, element: &str, start: &BytesStart<'_>) {
        match element {
            "reference" => {
                let source = attribute(start, "source").unwrap_or_default();
                let id = attribute(start, "ref_id").unwrap_or_default();
                match source.as_str() {
                    "RHSA" | "RHBA" | "RHEA" => self.advisory.id = id,
                    "CVE" => self.advisory.cves.push(id),
                    _ => {}
                }
            }
            "issued" => {
                self.advisory.published = attribute(start, "date").as_deref().and_then(date_ms);
            }
            "criterion" => self.criterion(&attribute(start, "comment").unwrap_or_default()),
            _ => {}
        }
    }

    fn text(&mut self, element: &str, text: &str) {
        match element {
            "severity" => self.advisory.severity = severity_of(text),
            "platform" => {
                let release = text.strip_prefix("Red Hat Enterprise Linux ");
                self.releases.extend(release.map(str::to_owned));
            }
            _ => {}
        }
    }

    fn criterion(&mut self, comment: &str) {
        let module = comment
            .strip_prefix("Module ")
            .and_then(|c| c.strip_suffix(" is enabled"));
        if let Some(module) = module {
            module.clone_into(&mut self.module);
        } else if let Some((package, version)) = comment.split_once(" is earlier than ") {
            let version = version.strip_prefix("0:").unwrap_or(version);
            let fix = (package.to_owned(), version.to_owned(), self.module.clone());
            self.fixes.push(fix);
        }
    }

    fn finish(mut self, dated: Option<i64>) -> Unit {
        if self.advisory.id.is_empty() {
            return Unit {
                records: Vec::new(),
                dated,
            };
        }
        self.advisory.distro = "rhel".to_owned();
        for release in &self.releases {
            let release = Distribution::new("rhel", release).release;
            let speaks = |version: &str| version.contains(&format!("el{release}"));
            for (package, version, module) in self.fixes.iter().filter(|f| speaks(&f.1)) {
                self.advisory.fixes.push(FixRow {
                    release: release.clone(),
                    package: package.clone(),
                    fixed: version.clone(),
                    module: super::stream(version, module),
                    ..FixRow::default()
                });
            }
        }
        Unit {
            records: vec![Record::Advisory(self.advisory)],
            dated,
        }
    }
}
