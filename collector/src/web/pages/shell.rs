//! What every page has around it: title, breadcrumbs, language, who is signed in.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use capdo_checks::lang::Lang;
use capdo_cli::disk::Trouble;

use super::{
    failure::Failure,
    text::{Text, foreign},
};
use crate::{
    store::Scope,
    web::{Authenticated, Shared},
};

/// The cookie that keeps the reader's language.
pub const LANG_COOKIE: &str = "capdo_lang";

/// A place that a reader can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub label: String,
}

impl Link {
    /// A link to `href` whose label somebody else may have written.
    pub fn new(href: impl Into<String>, label: &str) -> Self {
        Self {
            href: href.into(),
            label: foreign(label),
        }
    }

    /// An agency's page.
    pub fn agency(id: &str, name: &str) -> Self {
        Self::new(format!("/agencies/{id}"), name)
    }

    /// A system's page.
    pub fn system(id: &str, name: &str) -> Self {
        Self::new(format!("/systems/{id}"), name)
    }

    /// A host's page.
    pub fn host(id: &str, name: &str) -> Self {
        Self::new(format!("/hosts/{id}"), name)
    }

    /// A check's page.
    pub fn check(id: &str, title: &str) -> Self {
        Self::new(format!("/checks/{id}"), title)
    }

    /// A control's page.
    pub fn control(standard: &str, id: &str, title: &str) -> Self {
        Self::new(format!("/controls/{standard}/{id}"), title)
    }
}

/// What surrounds a page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The language.
    pub text: Text,
    /// What the page is about.
    pub title: String,
    /// From the start to here; the page itself not included.
    pub crumbs: Vec<Link>,
    /// The page's own path.
    pub path: String,
    /// Who is signed in.
    pub user: Option<String>,
    /// When the page was made.
    pub made_at: String,
    /// The sentence about why nothing can be kept, where that is so.
    pub trouble: Option<&'static str>,
}

impl Shell {
    /// The sentence `id`.
    pub fn t(&self, id: &str) -> String {
        self.text.t(id)
    }

    /// The language's code, for `lang=`.
    pub fn lang(&self) -> &'static str {
        self.text.lang().code()
    }

    /// The code of the other language.
    pub fn other_lang(&self) -> &'static str {
        match self.text.lang() {
            Lang::Vi => Lang::En.code(),
            Lang::En => Lang::Vi.code(),
        }
    }

    /// Where the style sheet lies; the address changes with its content.
    pub fn css(&self) -> &'static str {
        super::assets::css_href()
    }
}

/// A signed-in reader's request for a page.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What the reader may see.
    pub scope: Scope,
    /// The reader's language.
    pub text: Text,
    /// Now, in stored time.
    pub now: i64,
    path: String,
    user: String,
    trouble: Option<Trouble>,
}

impl Visit {
    /// What surrounds the page that is being asked for.
    pub fn shell(&self, title: &str, crumbs: Vec<Link>) -> Shell {
        let start = Link {
            href: "/".to_owned(),
            label: self.text.t("nav-home"),
        };
        let at_start = self.path == "/";
        Shell {
            text: self.text,
            title: foreign(title),
            crumbs: (!at_start)
                .then_some(start)
                .into_iter()
                .chain(crumbs)
                .collect(),
            path: self.path.clone(),
            user: Some(self.user.clone()),
            made_at: self.text.time(self.now),
            trouble: self.trouble.map(|trouble| match trouble {
                Trouble::Full => "trouble-disk-full",
                Trouble::ReadOnly => "trouble-read-only",
            }),
        }
    }
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Response> {
        let who = Authenticated::from_request_parts(parts, web)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self {
            scope: who.scope,
            text: Text::new(lang_of(&parts.uri, &parts.headers)),
            now: web.clock.now_ms(),
            path: parts.uri.path().to_owned(),
            user: foreign(&who.user.name),
            trouble: web.store.trouble(),
        })
    }
}

/// The reader's language: what the address asks for, else the cookie, else Vietnamese.
pub fn lang_of(uri: &Uri, headers: &HeaderMap) -> Lang {
    lang_asked(uri)
        .or_else(|| lang_kept(headers))
        .unwrap_or_default()
}

/// The language that the address asks for: `?lang=en`.
pub fn lang_asked(uri: &Uri) -> Option<Lang> {
    let mut pairs = uri
        .query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "lang")?.1.parse().ok()
}

fn lang_kept(headers: &HeaderMap) -> Option<Lang> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == LANG_COOKIE)
        .and_then(|(_, value)| value.parse().ok())
}

/// Renders a page.
///
/// # Errors
/// When the template fails, which is a defect.
pub fn page(template: &impl Template) -> Result<Html<String>, Failure> {
    Ok(Html(template.render()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_address_goes_before_the_cookie() {
        let mut headers = HeaderMap::new();
        let uri: Uri = "/hosts/1".parse().unwrap();
        assert_eq!(lang_of(&uri, &headers), Lang::Vi);
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; capdo_lang=en"),
        );
        assert_eq!(lang_of(&uri, &headers), Lang::En);
        let uri: Uri = "/hosts/1?x=1&lang=vi".parse().unwrap();
        assert_eq!(lang_of(&uri, &headers), Lang::Vi);
        let uri: Uri = "/?lang=%3Cscript%3E".parse().unwrap();
        assert_eq!(lang_of(&uri, &headers), Lang::En);
    }
}
