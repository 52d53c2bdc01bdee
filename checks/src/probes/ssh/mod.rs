//! SSH as a server shows it before anybody logs in: its version, its algorithms, and the ways to
//! log in that it names to a given user.

mod methods;
pub mod names;
mod wire;

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

pub use self::wire::{Algorithms, Greeting, parse};
use crate::host::{Command, Exchange, Host, HostError};

/// A user whom no server knows: to such a one it names the methods of its settings that hold for nobody.
pub const NOBODY: &str = "capdo";
/// What is sent: a version of our own, so that the server goes on to its algorithms.
const HELLO: &[u8] = b"SSH-2.0-capdo\r\n";
/// Text before the version, the version, and one packet of the largest size (RFC 4253, 6.1).
const CAP: usize = 64 << 10;

/// What a server shows to somebody who does not log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshFace {
    /// Version line and algorithms.
    pub greeting: Greeting,
    /// The ways to log in at step one, for the user that was asked about; `None` where none was.
    pub methods: Option<Methods>,
}

/// The ways to log in that a server names for one user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Methods {
    /// The user. Servers name the same methods for users that do not exist.
    pub user: String,
    /// The server let the user in without any proof.
    pub open: bool,
    /// Methods of which one comes first, such as `publickey`; none where `open`.
    pub offered: Vec<String>,
}

/// Looks at the SSH server of an address without logging in. Methods are asked for by the request
/// `none` of RFC 4252, section 5.2, through the OpenSSH client.
///
/// # Errors
/// When the address is not to be asked, does not answer, or answers something that is not SSH; or
/// when there is no OpenSSH client to ask for methods.
pub fn face<H: Host + ?Sized>(
    host: &H,
    target: SocketAddr,
    user: Option<&str>,
) -> Result<SshFace, HostError> {
    let mut greeting = greet(host, target)?;
    if greeting.as_ref().is_none_or(|g| g.algorithms.is_none()) {
        greeting = greet(host, target)?.or(greeting); // a busy server may pause in between
    }
    let greeting = greeting.ok_or_else(|| HostError::Io {
        path: target.to_string(),
        what: "does not speak SSH".to_owned(),
    })?;
    let methods = user.map(|user| ask(host, target, user)).transpose()?;
    Ok(SshFace { greeting, methods })
}

fn greet<H: Host + ?Sized>(host: &H, target: SocketAddr) -> Result<Option<Greeting>, HostError> {
    let bytes = host.exchange(&Exchange {
        target,
        label: "ssh-hello",
        send: HELLO,
        cap: CAP,
    })?;
    Ok(parse(&bytes))
}

fn ask<H: Host + ?Sized>(host: &H, target: SocketAddr, user: &str) -> Result<Methods, HostError> {
    let output = host.run(&Command::SshMethods {
        user: user.to_owned(),
        target,
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let answer = methods::parse(&said).ok_or_else(|| HostError::Io {
        path: target.to_string(),
        what: "names no ways to log in".to_owned(),
    })?;
    Ok(Methods {
        user: user.to_owned(),
        open: answer.is_empty(),
        offered: answer,
    })
}
