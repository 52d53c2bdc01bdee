//! What a page that nobody declared asks for, as far as it can be told without running scripts.

use std::net::SocketAddr;

use reqwest::Url;

use crate::{
    host::{Host, HostError},
    probes::{
        browser::{Browser, Page},
        forms::{asks_password, shows_later},
    },
};

/// What a page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A password, at this name and port where a redirect led to another.
    Password(Option<String>),
    /// Nothing: it stands there for everybody.
    Nothing,
    /// It cannot be told; the words say why.
    Unread(&'static str),
}

/// What stands at the address to which a page sends the browser.
pub enum Lead {
    /// This listener of the host, to be asked under that name. Whether it is known to serve it.
    Here(SocketAddr, bool),
    /// Something that is assessed by itself.
    Assessed,
    /// Perhaps another machine.
    Away,
}

/// Asks at `target` for the page of `name`; `lead` tells what stands at another address.
///
/// # Errors
/// When nothing answers at `target`.
pub fn ask(
    host: &dyn Host,
    target: SocketAddr,
    name: &str,
    lead: impl Fn(&Url) -> Lead,
) -> Result<Asked, HostError> {
    let page = Browser::reaching(host, target, name)?.get("/")?;
    let Some(away) = &page.away else {
        return Ok(read(&page, None));
    };
    let (at, sure) = match lead(away) {
        Lead::Here(at, sure) => (at, sure),
        Lead::Assessed => return Ok(Asked::Nothing),
        Lead::Away => return Ok(Asked::Unread("a redirect to another host")),
    };
    let other = away.host_str().unwrap_or_default();
    let query = away.query().map(|q| format!("?{q}")).unwrap_or_default();
    let path = format!("{}{query}", away.path());
    let Ok(page) = Browser::new(host, at, away.scheme() == "https", other).get(&path) else {
        return Ok(Asked::Unread("a redirect to what does not answer"));
    };
    // Who only sends on to another name or to TLS keeps the path; what stands there stands here.
    let sure = sure || away.path() == "/";
    Ok(match read(&page, Some(format!("{other}:{}", at.port()))) {
        Asked::Nothing if !sure => Asked::Unread("a redirect to another host"),
        asked => asked,
    })
}

fn read(page: &Page, name: Option<String>) -> Asked {
    if page.asks_by_header || asks_password(&page.body) {
        Asked::Password(name)
    } else if page.left {
        Asked::Unread("a redirect to another host")
    } else if page.cut {
        Asked::Unread("a page that is too large")
    } else if page.status >= 400 {
        Asked::Unread("a page that refuses")
    } else if shows_later(&page.body) {
        Asked::Unread("a page that a script builds")
    } else {
        Asked::Nothing
    }
}
