//! The head of a repository's `InRelease` or `Release` file.

use jiff::{Timestamp, civil};

/// What a repository says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Who publishes it.
    pub origin: String,
    /// What it is called.
    pub label: String,
    /// Suite, such as `oldstable-security`. It moves when a release grows old.
    pub suite: String,
    /// Codename, such as `bookworm-security`.
    pub codename: String,
    /// Version, such as `12.8`.
    pub version: String,
    /// Its packages are not chosen unless somebody asks for them.
    pub not_automatic: bool,
    /// As before, but what was chosen once is upgraded.
    pub but_automatic_upgrades: bool,
    /// When it was made.
    pub date: Option<Timestamp>,
    /// Size of each plain `Packages` file, by path.
    pub packages: Vec<(String, u64)>,
}

impl Release {
    /// Whether it carries security fixes: its own label says so, or its suite or codename.
    pub fn is_security(&self) -> bool {
        let named = |n: &str| n.ends_with("-security") || n.ends_with("/updates");
        self.label == "Debian-Security" || named(&self.suite) || named(&self.codename)
    }
}

impl Release {
    /// Size of the plain package list of a component.
    pub(super) fn size_of(&self, component: &str, arch: &str) -> Option<u64> {
        let tail = format!("{component}/binary-{arch}/Packages");
        let is_it = |path: &str| path == tail || path.ends_with(&format!("/{tail}"));
        let found = self.packages.iter().find(|(path, _)| is_it(path));
        found.map(|(_, size)| *size)
    }
}

/// Reads the head; the signature around it is apt's to verify, and is passed over.
pub(super) fn parse(text: &str) -> Release {
    let mut release = Release::default();
    let mut section = "";
    for line in text.lines() {
        if let Some(entry) = line.strip_prefix([' ', '\t']) {
            if section == "SHA256" {
                release.packages.extend(packages_entry(entry));
            }
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        section = key;
        let value = value.trim();
        match key {
            "Origin" => value.clone_into(&mut release.origin),
            "Label" => value.clone_into(&mut release.label),
            "Suite" => value.clone_into(&mut release.suite),
            "Codename" => value.clone_into(&mut release.codename),
            "Version" => value.clone_into(&mut release.version),
            "NotAutomatic" => release.not_automatic = super::is_yes(value),
            "ButAutomaticUpgrades" => release.but_automatic_upgrades = super::is_yes(value),
            "Date" => release.date = date(value),
            _ => {}
        }
    }
    release
}

fn packages_entry(entry: &str) -> Option<(String, u64)> {
    let mut words = entry.split_whitespace().skip(1);
    let size = words.next()?.parse().ok()?;
    let path = words.next().filter(|p| p.ends_with("/Packages"))?;
    Some((path.to_owned(), size))
}

/// `Sat, 21 Nov 2026 20:11:31 UTC`; only universal time is allowed there.
fn date(value: &str) -> Option<Timestamp> {
    let rest = value.split_once(',').map_or(value, |(_, rest)| rest);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [day, month, year, time, "UTC" | "GMT" | "Z" | "+0000"] = words.as_slice() else {
        return None;
    };
    let names = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = names.iter().position(|n| n == month)? + 1;
    let mut clock = time.split(':').map(|part| part.parse::<i8>().ok());
    let at = civil::DateTime::new(
        year.parse().ok()?,
        i8::try_from(month).ok()?,
        day.parse().ok()?,
        clock.next()??,
        clock.next()??,
        clock.next()??,
        0,
    )
    .ok()?;
    at.to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_and_the_signature_passed_over() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nOrigin: Debian\n\
            Label: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\n\
            Date: Sat, 21 Nov 2026 8:05:09 UTC\nSHA256:\n ab 12 main/binary-amd64/Packages\n \
            cd 3 main/binary-amd64/Packages.xz\n-----BEGIN PGP SIGNATURE-----\n";
        let got = parse(text);
        assert!(got.is_security());
        assert_eq!(
            got.packages,
            [("main/binary-amd64/Packages".to_owned(), 12)]
        );
        assert_eq!(got.date.unwrap().to_string(), "2026-11-21T08:05:09Z");
    }

    #[test]
    fn odd_dates_are_no_dates() {
        for odd in [
            "",
            "x",
            "Sat, 99 Nov 2026 08:05:09 UTC",
            "Sat, 1 Nov 2026 08:05:09 +0700",
        ] {
            assert_eq!(date(odd), None, "{odd}");
        }
    }
}
