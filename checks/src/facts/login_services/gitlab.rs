//! GitLab: its files tell only who may pass by its second factor; whether it demands one stands in
//! its database.

use super::{Blind, Login, UNSEEN, Way};
use crate::{context::Cx, facts::text::lines, observation::Gap};

const FILES: [&str; 3] = [
    "/etc/gitlab/gitlab.rb",
    "/etc/gitlab/gitlab.yml",
    "/home/git/gitlab/config/gitlab.yml",
];

/// GitLab's login, where it is installed.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Option<Login>, Gap> {
    for file in FILES {
        if let Some(text) = cx.host().text_if_any(file)? {
            let ways = bypass(&text).into_iter().collect();
            return Ok(Some(
                Login::configured("gitlab", file, ways).blind(Blind::Database),
            ));
        }
    }
    Ok(None)
}

/// `omniauth_allow_bypass_two_factor` (`allow_bypass_two_factor` in YAML): whoever comes from
/// these providers is not asked again.
fn bypass(text: &str) -> Option<Way> {
    let value = lines(text).find_map(|(_, line)| {
        let (key, value) = line.split_once([':', '='])?;
        let named = key.contains("allow_bypass_two_factor");
        named.then(|| value.trim().to_owned())
    })?;
    let off = matches!(value.as_str(), "false" | "[]" | "" | "nil");
    (!off).then(|| {
        Way::new(
            "single sign-on",
            UNSEEN,
            format!("allow_bypass_two_factor: {value}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bypass_is_read_in_both_spellings() {
        assert!(bypass("gitlab_rails['omniauth_allow_bypass_two_factor'] = ['saml']\n").is_some());
        assert!(bypass("  allow_bypass_two_factor: true\n").is_some());
        assert!(bypass("# gitlab_rails['omniauth_allow_bypass_two_factor'] = true\n").is_none());
        assert!(bypass("  allow_bypass_two_factor: false\n").is_none());
    }
}
