//! Modules of the RHEL family, as titles of advisories name them.

/// The modules with their streams (`name:stream`) that a title or summary names:
/// `Important: nodejs:18 security update`.
pub fn streams(title: &str) -> Vec<String> {
    let is_stream = |word: &&str| {
        word.split_once(':').is_some_and(|(name, stream)| {
            !name.is_empty() && !stream.is_empty() && !stream.contains(':')
        })
    };
    let words = title.split([' ', ',']).filter(is_stream);
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_its_modules() {
        for (title, named) in [
            ("Important: nodejs:22 security update", &["nodejs:22"][..]),
            (
                "Moderate: virt:rhel and virt-devel:rhel security, bug fix update",
                &["virt:rhel", "virt-devel:rhel"],
            ),
            ("Moderate: ruby security update", &[]),
            ("", &[]),
        ] {
            assert_eq!(streams(title), named, "{title}");
        }
    }
}
