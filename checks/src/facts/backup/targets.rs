//! Where a backup goes, by what its command says: a folder, or another machine.

use std::net::IpAddr;

/// Where a backup goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A folder on this host.
    Local(String),
    /// Another machine or service: `SCHEME HOST`, or the scheme alone where no host shows. Nothing
    /// else of the address: it may hold passwords.
    Remote(String),
}

/// What [`Target::Remote`] holds where the "other machine" is this one.
pub const THIS_MACHINE: &str = "loopback";

/// What kind of place a word names; nothing where a variable hides it.
pub fn classify(word: &str) -> Option<Target> {
    let word = word.trim_matches(['"', '\'']);
    // Of `/backup/db-$DAY.sql` the folder is known.
    let word = match word.find(['$', '`']) {
        Some(at) if word.starts_with('/') => word.get(..at)?.rsplit_once('/')?.0,
        Some(at) => word.get(..at).filter(|w| names_machine(w))?,
        None => word,
    };
    if word.is_empty() {
        return None;
    }
    let local = word.strip_prefix("file://").unwrap_or(word);
    if local.starts_with('/') {
        let is_device = local.starts_with("/dev/");
        return (!is_device).then(|| Target::Local(local.trim_end_matches('/').to_owned()));
    }
    // `nas::module` is a daemon of rsync: neither part is a scheme.
    if let Some((host, _)) = word
        .split_once("::")
        .filter(|(h, _)| !h.contains(['/', ':']))
    {
        let host = host.rsplit('@').next().unwrap_or(host);
        return classify(&format!("rsync://{host}/"));
    }
    let (scheme, _) = word.split_once(':')?;
    let scheme = if scheme.contains(['@', '.']) {
        "ssh"
    } else {
        scheme
    };
    let host = authority(word);
    if is_loopback(host) {
        return Some(Target::Remote(THIS_MACHINE.to_owned()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '+';
    if scheme.is_empty() || !scheme.chars().all(plain) {
        return None;
    }
    let buckets = ["s3", "b2", "azure", "gs", "swift", "rclone"];
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    let shown = !host.is_empty() && host.len() <= 253 && host.chars().all(fits);
    let shown = shown && (!buckets.contains(&scheme) || word.contains("://"));
    Some(Target::Remote(if shown {
        format!("{scheme} {host}")
    } else {
        scheme.to_owned()
    }))
}

/// Whether the machine shows in the beginning of an address, of which a variable hides the rest:
/// `u@nas:/b/`, `sftp:u@nas:/b/`, `s3://kho/b/`.
fn names_machine(start: &str) -> bool {
    const SCHEMES: [&str; 11] = [
        "sftp", "rest", "s3", "ssh", "http", "https", "ftp", "rsync", "scp", "file", "rclone",
    ];
    if start.matches('[').count() != start.matches(']').count() {
        return false;
    }
    if let Some((_, rest)) = start.rsplit_once("://") {
        return rest.find('/').is_some_and(|at| at > 0);
    }
    let Some((name, rest)) = start.split_once(':') else {
        return false;
    };
    // Of `sftp:$HOST:/r` nothing is known, of `sftp:u@nas:/r/$DAY` the machine is.
    let shown = !SCHEMES.contains(&name) || rest.contains(':');
    !name.is_empty() && !name.contains('/') && shown
}

/// The host of a [`Target::Remote`], where it shows.
pub fn host_of(remote: &str) -> Option<&str> {
    remote.split_once(' ').map(|(_, host)| host)
}

/// The machine that an address names: of `sftp:u@nas:/r`, `rest:https://nas:8000/r`, `u@nas:/r`.
fn authority(address: &str) -> &str {
    let rest = match (address.rsplit_once("://"), address.split_once(':')) {
        (Some((_, rest)), _) => rest,
        (None, Some((scheme, rest))) if !scheme.contains(['@', '.']) && rest.contains(':') => rest,
        _ => address,
    };
    let rest = rest.split('/').next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((inner, _)) => inner,
        None => rest.split(':').next().unwrap_or_default(),
    }
}

/// Whether a name or address is that of the machine itself.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let names = [
        "localhost",
        "localhost.localdomain",
        "ip6-localhost",
        "ip6-loopback",
        "localhost4",
        "localhost6",
    ];
    if names.contains(&host.as_str()) || host.ends_with(".localhost") {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let address = address.to_canonical();
        return address.is_loopback() || address.is_unspecified();
    }
    // inet_aton(3) reads `127.1` and `2130706433` too.
    let numbers = host
        .split('.')
        .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let first = host.split('.').next().and_then(|p| p.parse::<u64>().ok());
    let top = if host.contains('.') {
        first
    } else {
        first.map(|n| n >> 24)
    };
    numbers && matches!(top, Some(0 | 127))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_behind_the_machine_hides_no_place() {
        let away = |name: &str| Some(Target::Remote(name.into()));
        for (word, want) in [
            ("backup@10.1.1.1:/b/$()/", away("ssh 10.1.1.1")),
            ("nas:/b/$DAY/", away("nas nas")),
            ("nas::b/$DAY/", away("rsync nas")),
            ("s3://kho/db/$()/", away("s3 kho")),
            ("s3:https://kho.example/b/${DAY}", away("s3 kho.example")),
            ("remote:srv1/$()", away("remote remote")),
            ("sftp:b@10.1.1.1:/r/``", away("sftp 10.1.1.1")),
            ("b@127.0.0.1:/b/$DAY", away(THIS_MACHINE)),
            ("$HOST:/b/", None),
            ("u@$HOST:/b/", None),
            ("sftp:$HOST:/r", None),
            ("sftp://$HOST/r", None),
            ("sftp://u:$PASS@nas/r", None),
            ("rclone:$REMOTE", None),
            ("u@[::$REST]:/b", None),
            ("./a:b/$DAY", None),
        ] {
            assert_eq!(classify(word), want, "{word}");
        }
    }

    #[test]
    fn this_machine_is_known_by_all_its_names() {
        for own in [
            "rsync://localhost/b",
            "localhost::b",
            "u@127.1::b",
            "ssh://u@127.0.0.1:22/b",
            "u@localhost.:/b",
            "sftp:u@[::1]:/b",
            "ssh://[::ffff:127.0.0.1]/b",
            "2130706433:/b",
            "0.0.0.0:/b",
            "s3:http://127.0.0.1:9000/b",
        ] {
            let want = Some(Target::Remote(THIS_MACHINE.to_owned()));
            assert_eq!(classify(own), want, "{own}");
        }
        let other = Some(Target::Remote("rsync nas".into()));
        assert_eq!(classify("u@nas::b"), other);
        assert_eq!(
            classify("10.0.0.1:/b"),
            Some(Target::Remote("ssh 10.0.0.1".into()))
        );
    }
}
