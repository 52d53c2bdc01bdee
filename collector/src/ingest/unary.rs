//! Looks at how calls are answered: one that is refused before or by its handler may be an offence.
//! What is said within a session is for [`super::session`] to judge.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tonic::{Code, Status};

use super::{guard::Guard, peer::Peer, strikes::Offence};

/// Lets a call through and counts what its answer says against the caller.
pub(super) async fn look(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().cloned();
    let response = next.run(request).await;
    let status = Status::from_header_map(response.headers());
    if let (Some(peer), Some(status)) = (peer, status)
        && let Some(offence) = offence(status.code())
    {
        let detail = format!("a call was answered: {}", status.message());
        peer.strike(&guard, offence, &detail);
    }
    response
}

/// `Internal` is ours, and `AlreadyExists` is a machine that was cloned without bad will.
const fn offence(code: Code) -> Option<Offence> {
    match code {
        Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented => Some(Offence::Message),
        Code::Unauthenticated | Code::PermissionDenied => Some(Offence::NotLetIn),
        Code::ResourceExhausted => Some(Offence::TooOften),
        _ => None,
    }
}
