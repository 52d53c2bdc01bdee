//! What is attacked, and what may be: CISA's Known Exploited Vulnerabilities and FIRST's EPSS.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{Sink, Unit, date_ms};
use crate::store::advisory::Record;

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "cveID")]
    cve: String,
    #[serde(rename = "dateAdded")]
    added: Option<String>,
}

/// Reads `known_exploited_vulnerabilities.json`, one entry at a time.
pub(super) fn kev(from: impl Read, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(from));
    json.deserialize_map(Catalogue { sink })
        .map_err(io::Error::from)?;
    json.end().map_err(io::Error::from)
}

struct Catalogue<'a, 'b> {
    sink: &'a mut Sink<'b>,
}

impl<'de> Visitor<'de> for Catalogue<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CISA's catalogue of known exploited vulnerabilities")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "dateReleased" => {
                    let date: String = map.next_value()?;
                    let dated = date_ms(&date);
                    self.sink
                        .put(Unit {
                            records: Vec::new(),
                            dated,
                        })
                        .map_err(A::Error::custom)?;
                }
                "vulnerabilities" => {
                    seen = true;
                    map.next_value_seed(Entries {
                        sink: &mut *self.sink,
                    })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if seen {
            Ok(())
        } else {
            Err(A::Error::missing_field("vulnerabilities"))
        }
    }
}

struct Entries<'a, 'b> {
    sink: &'a mut Sink<'b>,
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of vulnerabilities")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
        while let Some(entry) = all.next_element::<Entry>()? {
            let added = entry.added.as_deref().and_then(date_ms);
            let unit = Unit {
                records: vec![Record::Kev(entry.cve, added)],
                dated: None,
            };
            self.sink.put(unit).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Reads EPSS scores: `#model_version:…,score_date:2026-11-20T00:00:00+0000`, then
/// `cve,epss,percentile` with one hole a line.
pub(super) fn epss(from: impl Read, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut lines = BufReader::new(from);
    let mut first = String::new();
    lines.read_line(&mut first)?;
    let date = first
        .split(',')
        .find_map(|part| part.trim().strip_prefix("score_date:"));
    if !first.starts_with('#') || date.is_none() {
        return Err(io::Error::other("its first line names no score_date"));
    }
    sink.put(Unit {
        records: Vec::new(),
        dated: date.and_then(date_ms),
    })?;
    let mut table = csv::ReaderBuilder::new()
        .has_headers(true)
        .from_reader(lines);
    let head = table.headers().map_err(io::Error::other)?;
    if head.iter().take(2).ne(["cve", "epss"]) {
        return Err(io::Error::other("it has no columns cve and epss"));
    }
    let mut row = csv::StringRecord::new();
    while table.read_record(&mut row).map_err(io::Error::other)? {
        let record = row.get(0).zip(row.get(1).and_then(basis_points));
        let record = record.map(|(cve, bp)| Record::Epss(cve.to_owned(), bp));
        sink.put(Unit {
            records: record.into_iter().collect(),
            dated: None,
        })?;
    }
    Ok(())
}

/// `0.97565` → 9756, without floating point.
fn basis_points(text: &str) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("0000".chars()).take(4).collect();
    if let Some((_, exponent)) = text.split_once(['e', 'E']) {
        // Scientific notation is used for next to nothing: 9e-05.
        return exponent.starts_with('-').then_some(0);
    }
    let bp = whole.parse::<u32>().ok()?.checked_mul(10_000)? + digits.parse::<u32>().ok()?;
    (bp <= 10_000).then_some(bp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_read_without_rounding_up() {
        let cases = [
            ("0.97565", Some(9_756)),
            ("1", Some(10_000)),
            ("1.0", Some(10_000)),
            ("0.00043", Some(4)),
            ("9e-05", Some(0)),
            ("1.5", None),
            ("-1", None),
            ("x", None),
        ];
        for (text, bp) in cases {
            assert_eq!(basis_points(text), bp, "{text}");
        }
    }
}
