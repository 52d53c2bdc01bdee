//! Applications and pages that people log in to in a browser.

use super::{Login, declared, gitlab, nextcloud, pages, zimbra};
use crate::{
    context::{Cx, Gather},
    observation::Gap,
    settings::EndpointKind as K,
};

/// Their logins: what files show, what was declared, what was found listening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebLogins(pub Vec<Login>);

/// Most declared endpoints that are tried in one run.
const MAX_TRIED: usize = 8;

impl Gather for WebLogins {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut found = nextcloud::gather(cx)?;
        found.extend(gitlab::gather(cx)?);
        found.extend(zimbra::gather(cx)?);
        let kinds = [
            K::WebLogin,
            K::Nextcloud,
            K::Gitlab,
            K::Zimbra,
            K::Cockpit,
            K::Webmin,
        ];
        for (n, endpoint) in declared::of_kinds(cx, &kinds).enumerate() {
            if n >= MAX_TRIED {
                let what = format!(
                    "{}: more than {MAX_TRIED} endpoints",
                    declared::label(endpoint)
                );
                let gap = Gap::new(crate::observation::GapReason::OverBudget, what);
                found.push(Login::at(declared::label(endpoint), Err(gap)));
            } else {
                let login = declared::login(cx, endpoint);
                found.extend(declared::by_zone(cx, endpoint, login));
            }
        }
        found.extend(pages::gather(cx)?);
        Ok(Self(found))
    }
}
