//! `pam_umask`: whether a session gets the mask of `/etc/login.defs` or one of its own.

use crate::host::{Host, HostError};

/// Stacks that a login on Debian or RHEL goes through.
const STACKS: [&str; 5] = [
    "/etc/pam.d/common-session",
    "/etc/pam.d/system-auth",
    "/etc/pam.d/password-auth",
    "/etc/pam.d/postlogin",
    "/etc/pam.d/login",
];

/// The line of `pam_umask`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PamUmask {
    /// `umask=`, where it stands.
    pub mask: Option<u32>,
    /// `FILE:LINE`.
    pub source: String,
}

/// The line of `pam_umask` in the first stack that has one.
///
/// # Errors
/// When a stack may not be read.
pub fn gather(host: &dyn Host) -> Result<Option<PamUmask>, HostError> {
    for path in STACKS {
        let text = host.text_if_any(path)?.unwrap_or_default();
        if let Some((line, mask)) = parse(&text) {
            let source = format!("{path}:{line}");
            return Ok(Some(PamUmask { mask, source }));
        }
    }
    Ok(None)
}

fn parse(text: &str) -> Option<(usize, Option<u32>)> {
    super::text::lines(text).find_map(|(line, words)| {
        let mut words = words.split_whitespace();
        let kind = words.next()?.trim_start_matches('-');
        let mut rest = words.skip_while(|w| !w.ends_with("pam_umask.so"));
        (kind == "session" && rest.next().is_some()).then(|| {
            let mask = rest.find_map(|o| o.strip_prefix("umask="));
            (line, mask.and_then(|m| u32::from_str_radix(m, 8).ok()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_and_its_mask_are_found() {
        let text = "# x\nsession optional pam_umask.so usergroups umask=0027\n";
        assert_eq!(parse(text), Some((2, Some(0o027))));
        assert_eq!(
            parse("-session [default=1] pam_umask.so\n"),
            Some((1, None))
        );
        assert_eq!(parse("auth required pam_umask.so\n"), None);
    }
}
