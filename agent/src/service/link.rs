//! One attempt at a session: dial, open the stream, hand on what arrives.

use std::{sync::Arc, time::Duration};

use capdo_proto::{
    Validate as _,
    limits::MAX_MESSAGE_BYTES,
    v1::{self, agent_service_client::AgentServiceClient},
};
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    dial::{DialError, dial},
    identity::Identity,
    tls,
};

/// What happened on the link.
#[derive(Debug)]
pub(super) enum Event {
    /// The connection stands; the first message must be put in at once.
    Opening(mpsc::Sender<v1::SessionRequest>),
    /// A message that keeps its bounds.
    Message(Box<v1::session_response::Payload>),
    /// The attempt is over.
    Closed(Closed),
}

/// Why an attempt is over.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The collector was not reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The collector ended the call with an error.
    #[error("the collector ended the session: {0}")]
    Status(String),
    /// A message broke a bound. The collector's fault.
    #[error("the collector broke the protocol: {0}")]
    Invalid(String),
    /// The collector ended the stream in good order.
    #[error("the collector closed the session")]
    Ended,
}

impl Closed {
    /// Whether the collector was there and did not take our certificate, or may not have.
    pub(super) const fn may_be_the_certificate(&self) -> bool {
        matches!(self, Self::Status(_) | Self::Dial(DialError::Tls { .. }))
    }
}

/// A running attempt. Dropping it ends the connection.
#[derive(Debug)]
pub(super) struct Link {
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Link {
    /// Starts an attempt after `delay`. `heard_ms` is the latest time that the collector told.
    pub(super) fn start(
        delay: Duration,
        address: String,
        identity: Arc<Identity>,
        heard_ms: i64,
    ) -> Self {
        let (sender, events) = mpsc::channel(8);
        let task = tokio::spawn(async move {
            sleep(delay).await;
            let closed = match attempt(&address, &identity, heard_ms, &sender).await {
                Ok(never) => match never {},
                Err(closed) => closed,
            };
            drop(sender.send(Event::Closed(closed)).await); // nobody listens once we are dropped
        });
        Self { events, task }
    }

    /// None at all, for a host whose runs are carried: nothing ever happens on it.
    pub(super) fn none() -> Self {
        let (sender, events) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            sender.closed().await;
        });
        Self { events, task }
    }

    /// What happens next.
    pub(super) async fn next(&mut self) -> Event {
        let event = self.events.recv().await;
        event.unwrap_or(Event::Closed(Closed::Ended))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn attempt(
    address: &str,
    identity: &Identity,
    heard_ms: i64,
    events: &mpsc::Sender<Event>,
) -> Result<std::convert::Infallible, Closed> {
    let tls = tls::mutual(identity, heard_ms).map_err(|e| DialError::Tls {
        address: address.to_owned(),
        detail: e.to_string(),
    })?;
    let channel = dial(address, tls).await?;
    let mut client = AgentServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let (requests, outgoing) = mpsc::channel(4);
    hand_on(events, Event::Opening(requests)).await?;
    let status = |s: tonic::Status| Closed::Status(format!("{:?}: {}", s.code(), s.message()));
    let answer = client.session(ReceiverStream::new(outgoing)).await;
    let mut incoming = answer.map_err(status)?.into_inner();
    while let Some(message) = incoming.message().await.map_err(status)? {
        message
            .validate()
            .map_err(|e| Closed::Invalid(e.to_string()))?;
        if let Some(payload) = message.payload {
            hand_on(events, Event::Message(Box::new(payload))).await?;
        }
    }
    Err(Closed::Ended)
}

async fn hand_on(events: &mpsc::Sender<Event>, event: Event) -> Result<(), Closed> {
    events.send(event).await.map_err(|_| Closed::Ended)
}
