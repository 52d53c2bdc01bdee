//! What goes to the resolver and comes back, before it is judged. Checking is switched off there:
//! a resolver that validates would else answer for a broken zone as for a dead one (RFC 4035, 3.2.2).

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::stream::{self, Stream};
use hickory_resolver::{
    NameServerPool, PoolContext, TlsConfig,
    config::{NameServerConfig, ResolverOpts},
    net::{
        DnsError, DnsHandle, NetError, NoRecords, runtime::TokioRuntimeProvider,
        xfer::FirstAnswer as _,
    },
    proto::{
        op::{DnsRequest, DnsRequestOptions, DnsResponse, Edns, Query, ResponseCode},
        rr::{LowerName, Name, RecordType},
    },
};

/// Most questions that are sent, those about keys too.
const MAX_SENT: u32 = 600;
/// A resolver that failed so often and never answered is not asked again.
const MAX_SILENT: u32 = 3;

type Said = Result<DnsResponse, NetError>;

/// One resolver; each question is sent once.
#[derive(Clone)]
pub(super) struct Upstream {
    pool: NameServerPool<TokioRuntimeProvider>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    sent: u32,
    failures: u32,
    answered: bool,
    heard: bool,
    said: HashMap<(LowerName, RecordType), Said>,
}

impl Upstream {
    /// # Errors
    /// When there is no room to work.
    pub(super) fn new(server: SocketAddr, patience: Duration) -> Result<Self, NetError> {
        let mut at = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut at.connections {
            connection.port = server.port();
        }
        let mut options = ResolverOpts::default();
        options.timeout = patience;
        options.attempts = 2;
        options.edns0 = true;
        let context = Arc::new(PoolContext::new(options, TlsConfig::new()?));
        let pool = NameServerPool::from_config([at], context, TokioRuntimeProvider::default());
        let seen = Arc::default();
        Ok(Self { pool, seen })
    }

    /// How many questions came to nothing: not answered, or with an error.
    pub(super) fn failures(&self) -> u32 {
        self.seen().failures
    }

    /// Whether anything came back at all, an error too.
    pub(super) fn heard(&self) -> bool {
        self.seen().heard
    }

    /// What the resolver says, unproved.
    pub(super) async fn said(&self, name: &Name, kind: RecordType) -> Said {
        let query = Query::query(name.clone(), kind);
        self.lookup(query, options()).first_answer().await
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn note(&mut self, said: &Said) {
        if is_failure(said) {
            self.failures += 1;
        } else {
            self.answered = true;
        }
    }
}

impl DnsHandle for Upstream {
    type Response = Pin<Box<dyn Stream<Item = Said> + Send>>;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, mut request: DnsRequest) -> Self::Response {
        let Some(query) = request.queries.first() else {
            return Box::pin(stream::iter([Err(NetError::from("no question"))]));
        };
        let key = (LowerName::from(query.name()), query.query_type());
        {
            let mut seen = self.seen();
            let known = seen.said.get(&key).cloned();
            let silent = !seen.answered && seen.failures >= MAX_SILENT;
            let spent = silent || seen.sent >= MAX_SENT;
            let refused = || Err(NetError::from("not asked any more"));
            if let Some(said) = known.or_else(|| spent.then(refused)) {
                seen.note(&said);
                return Box::pin(stream::iter([said]));
            }
            seen.sent += 1;
        }
        request.metadata.checking_disabled = true;
        let edns = request.edns.get_or_insert_with(Edns::new);
        edns.set_dnssec_ok(true);
        let this = self.clone();
        Box::pin(stream::once(async move {
            let said = this.pool.send(request).first_answer().await;
            let mut seen = this.seen();
            seen.heard |= matches!(said, Ok(_) | Err(NetError::Dns(_)));
            seen.note(&said);
            seen.said.insert(key, said.clone());
            said
        }))
    }
}

/// The options of every question.
pub(super) fn options() -> DnsRequestOptions {
    let mut options = DnsRequestOptions::default();
    options.use_edns = true;
    options.edns_set_dnssec_ok = true;
    options
}

fn is_failure(said: &Said) -> bool {
    let code = match said {
        Ok(response) => response.metadata.response_code,
        Err(NetError::Dns(DnsError::NoRecordsFound(NoRecords { response_code, .. }))) => {
            *response_code
        }
        Err(_) => return true,
    };
    !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
}
