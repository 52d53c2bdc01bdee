//! Zimbra: which edition it is, and whether mail programs reach it with a password alone. Whom the
//! paid edition asks for a second factor stands in its directory.

use super::{Blind, Login, PASSWORD, Way};
use crate::{
    context::Cx,
    facts::sockets::{Proto, Sockets},
    observation::Gap,
};

const CONF: &str = "/opt/zimbra/conf/localconfig.xml";
/// Only the paid edition has it; Zimbra's own installer tells the editions apart by this file.
const PAID: &str = "/opt/zimbra/bin/zmbackupquery";
/// IMAP, POP3 and submission, as Zimbra and its proxy serve them.
const MAIL: [u16; 10] = [110, 143, 465, 587, 993, 995, 7110, 7143, 7993, 7995];

/// Zimbra's login, where it is installed.
///
/// # Errors
/// When a file may not be read, or the listening sockets of a running host cannot be seen.
pub fn gather(cx: &Cx<'_>) -> Result<Option<Login>, Gap> {
    let host = cx.host();
    if host.stat_if_any(CONF)?.is_none() {
        return Ok(None);
    }
    let login = Login::configured("zimbra", CONF, Vec::new());
    if host.stat_if_any(PAID)?.is_some() {
        return Ok(Some(login.blind(Blind::Directory)));
    }
    let sockets = cx.get::<Sockets>()?;
    let mut open: Vec<String> = sockets
        .reachable()
        .filter(|l| l.proto == Proto::Tcp && MAIL.contains(&l.port))
        .map(|l| l.port.to_string())
        .collect();
    open.dedup();
    Ok(Some(if open.is_empty() {
        login.blind(Blind::Unenforceable)
    } else {
        let via = format!("IMAP, POP3 or SMTP at port {}", open.join(", "));
        Login::configured("zimbra", CONF, vec![Way::new("password", PASSWORD, via)])
    }))
}
