//! What the OpenSSH client says when it has tried the method `none`.

/// Most methods that are kept. RFC 4252 and its kin define fewer than ten.
const MAX_METHODS: usize = 32;

/// The methods that can continue, in the server's order; empty where the server let the client in;
/// `None` where the client says neither.
pub(super) fn parse(stderr: &str) -> Option<Vec<String>> {
    let refused = |line: &str| {
        let list = line.trim_end().strip_suffix(").")?;
        list.rsplit_once(": Permission denied (")
            .map(|(_, list)| list.to_owned())
    };
    // The client speaks last, so that a text of the server's cannot stand in for it.
    let last = stderr.lines().rev().find(|line| !line.trim().is_empty())?;
    if last.trim_end() == "subsystem request failed on channel 0" {
        return Some(Vec::new());
    }
    let list = refused(last)?;
    let names: Vec<String> = list.split(',').map(str::to_owned).collect();
    let plain = |name: &String| {
        !name.is_empty()
            && name.len() <= 64
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-@.".contains(&b))
    };
    (names.len() <= MAX_METHODS && names.iter().all(plain)).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_the_client_counts() {
        let said = "a@b: Permission denied (publickey).\r\nroot@::1: Permission denied (publickey,password).\r\n";
        assert_eq!(parse(said).unwrap(), ["publickey", "password"]);
        let open = "subsystem request failed on channel 0\r\n";
        assert_eq!(parse(open), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_not_understood() {
        for said in [
            "",
            "ssh: connect to host ::1 port 22: Connection refused",
            "a: Permission denied ().",
            "a: Permission denied (pass word).",
            "x: Permission denied (password). and more",
        ] {
            assert_eq!(parse(said), None, "{said}");
        }
    }
}
