//! The three calls of `capdo.v1.AgentService`.

use std::sync::Arc;

use capdo_proto::{
    Validate,
    v1::{
        EnrollRequest, EnrollResponse, RenewRequest, RenewResponse, SessionRequest,
        SessionResponse, agent_service_server::AgentService,
    },
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{Ingest, peer::Peer, session};
use crate::{
    identity::IdentityError,
    metric::Metric,
    store::{StoreError, certificate, restored},
};

/// Answers of a session that wait for the agent to read them.
const ANSWERS: usize = 32;

/// The certificate is one of our CA's and names a host that the record does not know.
const UNKNOWN_SINCE_RESTORE: &str = "this collector was restored from a backup that is older than \
    this host's identity: ask an officer for a token of its system, then run capdo-agent enroll \
    --force with it";

/// The service.
#[derive(Clone)]
pub(super) struct Service(pub(super) Arc<Ingest>);

#[tonic::async_trait]
impl AgentService for Service {
    type SessionStream = ReceiverStream<Result<SessionResponse, Status>>;

    async fn enroll(
        &self,
        request: Request<EnrollRequest>,
    ) -> Result<Response<EnrollResponse>, Status> {
        let from = peer(&request)?.address.ip();
        let message = request.into_inner();
        message.validate().map_err(invalid)?;
        let done = self.0.enrolment.enroll(&message, from).await;
        match &done {
            Ok(_) => Metric::Enrolled.add(1),
            Err(error) => {
                Metric::EnrolmentRefused.add(1);
                tracing::warn!(%error, %from, "an enrolment was refused");
            }
        }
        done.map(Response::new).map_err(status)
    }

    async fn renew(
        &self,
        request: Request<RenewRequest>,
    ) -> Result<Response<RenewResponse>, Status> {
        let host_id = self.identify(&request).await?;
        let serial = peer(&request)?.serial.unwrap_or_default();
        if !self
            .0
            .renewals
            .allow(host_id.clone(), self.0.clock.now_ms())
        {
            return Err(Status::resource_exhausted(
                "too many renewals; try again later",
            ));
        }
        let message = request.into_inner();
        message.validate().map_err(invalid)?;
        let done = self.0.enrolment.renew(&message, &host_id, &serial).await;
        done.map(Response::new).map_err(status)
    }

    async fn session(
        &self,
        request: Request<Streaming<SessionRequest>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let host_id = self.identify(&request).await?;
        let peer = peer(&request)?;
        if !self.0.streams.allow(host_id.clone(), self.0.clock.now_ms()) {
            return Err(Status::resource_exhausted(
                "too many streams; try again later",
            ));
        }
        let (sender, receiver) = mpsc::channel(ANSWERS);
        let (ingest, inbound) = (self.0.clone(), request.into_inner());
        tokio::spawn(session::run(ingest, host_id, peer, inbound, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

impl Service {
    /// The host behind the connection. Looked up in the store: a certificate that was revoked since
    /// the connection opened is turned away.
    async fn identify<T>(&self, request: &Request<T>) -> Result<String, Status> {
        let peer = peer(request)?;
        let serial = peer
            .serial
            .ok_or_else(|| Status::unauthenticated("a client certificate is needed"))?;
        let mut db = self.0.store.read().await.map_err(failed)?;
        let standing = certificate::standing(&mut db, &serial)
            .await
            .map_err(failed)?;
        if let Some(standing) = &standing
            && !self.0.guard.know(&serial, &standing.host_id)
        {
            peer.cut.make();
            return Err(Status::unavailable("the host is turned away for a while"));
        }
        match standing {
            Some(standing) if standing.is_good() => Ok(standing.host_id),
            Some(_) => Err(Status::permission_denied("the host is disabled or revoked")),
            None => {
                // TLS verified that our CA gave it: the record is older than the certificate.
                tracing::warn!(serial, "a certificate of our CA is not in the record");
                let since_restore = restored::ever(&mut db).await.map_err(failed)?;
                let text = if since_restore {
                    UNKNOWN_SINCE_RESTORE
                } else {
                    "the certificate is not known here"
                };
                Err(Status::unauthenticated(text))
            }
        }
    }
}

fn peer<T>(request: &Request<T>) -> Result<Peer, Status> {
    let peer = request.extensions().get::<Peer>().cloned();
    peer.ok_or_else(|| Status::internal("the connection has no peer"))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn invalid(invalid: capdo_proto::Invalid) -> Status {
    Metric::MessageRefused.add(1);
    Status::invalid_argument(invalid.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: StoreError) -> Status {
    tracing::error!(%error, "the store failed");
    Status::internal("the collector failed; try again later")
}

fn status(error: IdentityError) -> Status {
    match error {
        IdentityError::Token => Status::unauthenticated(error.to_string()),
        IdentityError::Fallen => Status::permission_denied(error.to_string()),
        IdentityError::Known => Status::already_exists(error.to_string()),
        IdentityError::TooMany => Status::resource_exhausted(error.to_string()),
        IdentityError::Csr(_) => Status::invalid_argument(error.to_string()),
        other => {
            tracing::error!(error = %other, "an identity could not be given");
            Status::internal("the collector failed; try again later")
        }
    }
}
