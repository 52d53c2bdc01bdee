//! HTTP/2 by hand: frames as a library would never send them.

use std::{net::Ipv4Addr, time::Duration};

use capdo_proto::v1::SessionRequest;
use prost::Message as _;
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, WriteHalf, split},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use super::target::Target;
use crate::agent::{Agent, connector, tcp};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const CONTINUATION: u8 = 9;
pub(super) const END_HEADERS: u8 = 4;

pub(super) const SESSION: &str = "/capdo.v1.AgentService/Session";

/// One connection; what comes is read and thrown away.
pub(super) struct Raw {
    to: WriteHalf<TlsStream<TcpStream>>,
    ended: watch::Receiver<bool>,
}

impl Raw {
    /// Connects as `agent`, or as nobody; `settings` is the content of the first frame.
    pub(super) async fn open(
        target: &Target,
        from: Ipv4Addr,
        agent: Option<&Agent>,
        settings: &[u8],
    ) -> std::io::Result<Self> {
        let identity = agent.map(|a| (a.chain.clone(), a.key.serialize_der()));
        let name = ServerName::try_from("localhost").unwrap();
        let stream = tcp(from, target.agents).await?;
        let tls = connector(&target.ca, identity);
        let (mut from, to) = split(tls.connect(name, stream).await?);
        let (end, ended) = watch::channel(false);
        tokio::spawn(async move {
            let mut bytes = vec![0; 16 * 1024];
            while from.read(&mut bytes).await.is_ok_and(|n| n > 0) {}
            end.send_replace(true);
        });
        let mut raw = Self { to, ended };
        raw.put(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
        raw.put(&frame(SETTINGS, 0, 0, settings)).await?;
        Ok(raw)
    }

    pub(super) async fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.is_over() {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        let put = async {
            self.to.write_all(bytes).await?;
            self.to.flush().await
        };
        let done = timeout(Duration::from_secs(60), put).await;
        done.unwrap_or(Err(std::io::ErrorKind::TimedOut.into()))
    }

    /// Whether the other end has ended it.
    pub(super) fn is_over(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits until the other end ends it; whether it did.
    pub(super) async fn over(&mut self, within: Duration) -> bool {
        timeout(within, self.ended.wait_for(|e| *e)).await.is_ok()
    }

    /// Begins a call.
    pub(super) async fn call(&mut self, stream: u32, more: &[(&str, &str)]) -> std::io::Result<()> {
        let block = block(more);
        self.put(&frame(HEADERS, END_HEADERS, stream, &block)).await
    }
}

/// A frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// The headers of a session and more, none of them packed.
pub(super) fn block(more: &[(&str, &str)]) -> Vec<u8> {
    let ordinary = [
        (":method", "POST"),
        (":scheme", "https"),
        (":path", SESSION),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let mut bytes = Vec::new();
    for (name, value) in ordinary.iter().chain(more) {
        bytes.push(0);
        for text in [name, value] {
            length(text.len(), &mut bytes);
            bytes.extend(text.as_bytes());
        }
    }
    bytes
}

/// A number in seven bits and what does not fit.
fn length(n: usize, to: &mut Vec<u8>) {
    let Some(mut rest) = n.checked_sub(127) else {
        to.push(u8::try_from(n).unwrap());
        return;
    };
    to.push(127);
    while rest >= 128 {
        to.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    to.push(u8::try_from(rest).unwrap());
}

/// Bytes as a gRPC message in one frame of data.
pub(super) fn grpc(stream: u32, packed: u8, said: u32, message: &[u8]) -> Vec<u8> {
    let mut content = vec![packed];
    content.extend(said.to_be_bytes());
    content.extend(message);
    frame(DATA, 0, stream, &content)
}

/// An honest message in one frame of data.
pub(super) fn honest(stream: u32, message: &SessionRequest) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    grpc(stream, 0, u32::try_from(bytes.len()).unwrap(), &bytes)
}
