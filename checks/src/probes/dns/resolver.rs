//! Questions through one resolver, whose answers are validated here: the resolver's own word on
//! signatures is not believed.

use std::{cell::Cell, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        dnssec::{self, TrustAnchors},
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};

use super::{Answer, Asker, Kind, Proof};

/// Most questions of one survey.
const MAX_QUESTIONS: u32 = 200;
/// Most records of one answer, and most characters of one record, that are kept.
const MAX_RECORDS: usize = 100;
const MAX_TEXT: usize = 4_096;

/// Why no question can be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The trust anchor is not understood.
    #[error("{0}: no DNSKEY records of a trust anchor")]
    Anchor(String),
    /// The system gave no room to work.
    #[error("{0}")]
    Start(String),
}

/// One resolver.
pub struct Resolver {
    runtime: tokio::runtime::Runtime,
    inner: TokioResolver,
    left: Cell<u32>,
    limit: Duration,
}

impl Resolver {
    /// Questions go to `server`; `anchor` is a file of DNSKEY records in place of the root's keys,
    /// and `patience` is how long one answer may take.
    ///
    /// # Errors
    /// When the anchor is not understood, or there is no room to work.
    pub fn new(
        server: SocketAddr,
        anchor: Option<&Path>,
        patience: Duration,
    ) -> Result<Self, AskError> {
        let anchors = match anchor {
            None => TrustAnchors::default(),
            Some(path) => TrustAnchors::from_file(path)
                .map_err(|_| AskError::Anchor(path.display().to_string()))?,
        };
        let start = |e: &dyn std::error::Error| AskError::Start(e.to_string());
        let mut at = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut at.connections {
            connection.port = server.port();
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![at]);
        let mut options = ResolverOpts::default();
        options.timeout = patience;
        options.attempts = 1;
        options.edns0 = true;
        options.use_hosts_file = ResolveHosts::Never;
        let inner = hickory_resolver::Resolver::builder_with_config(
            config,
            TokioRuntimeProvider::default(),
        )
        .with_options(options)
        .with_trust_anchor(Arc::new(anchors))
        .build()
        .map_err(|e| start(&e))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| start(&e))?;
        Ok(Self {
            runtime,
            inner,
            left: Cell::new(MAX_QUESTIONS),
            limit: patience * 4, // the keys on the way there are asked for as well
        })
    }
}

impl Asker for Resolver {
    fn ask(&self, name: &str, kind: Kind) -> Answer {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Answer::Failed;
        };
        self.left.set(left);
        let Ok(mut name) = Name::from_ascii(name) else {
            return Answer::Nothing {
                exists: false,
                proof: Proof::Indeterminate,
            };
        };
        name.set_fqdn(true);
        let looked = self.runtime.block_on(async {
            tokio::time::timeout(self.limit, self.inner.lookup(name, code(kind))).await
        });
        match looked {
            Err(_) => Answer::Failed,
            Ok(Err(error)) => absent(&error),
            Ok(Ok(lookup)) => {
                let wanted = lookup
                    .answers()
                    .iter()
                    .filter(|r| r.record_type() == code(kind));
                let proofs = lookup.answers().iter().map(|r| proof(r.proof));
                let worst = proofs.min().unwrap_or(Proof::Indeterminate);
                let list: Vec<String> = wanted.take(MAX_RECORDS).map(|r| text(&r.data)).collect();
                match worst {
                    Proof::Bogus => Answer::Bogus,
                    proof if list.is_empty() => Answer::Nothing {
                        exists: true,
                        proof,
                    },
                    proof => Answer::Records(list, proof),
                }
            }
        }
    }
}

/// What an error says about a record that is not there.
fn absent(error: &NetError) -> Answer {
    match error {
        NetError::Dns(DnsError::DnssecBogus) => Answer::Bogus,
        NetError::Dns(DnsError::NoRecordsFound(none)) => Answer::Nothing {
            exists: none.response_code != ResponseCode::NXDomain,
            proof: Proof::Indeterminate,
        },
        NetError::Dns(DnsError::Nsec {
            response, proof: p, ..
        }) => match proof(*p) {
            Proof::Bogus => Answer::Bogus,
            proof => Answer::Nothing {
                exists: response.response_code != ResponseCode::NXDomain,
                proof,
            },
        },
        _ => Answer::Failed,
    }
}

const fn proof(proof: dnssec::Proof) -> Proof {
    match proof {
        dnssec::Proof::Secure => Proof::Secure,
        dnssec::Proof::Insecure => Proof::Insecure,
        dnssec::Proof::Bogus => Proof::Bogus,
        dnssec::Proof::Indeterminate => Proof::Indeterminate,
    }
}

const fn code(kind: Kind) -> RecordType {
    match kind {
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Caa => RecordType::CAA,
        Kind::Mx => RecordType::MX,
        Kind::Ns => RecordType::NS,
        Kind::Soa => RecordType::SOA,
        Kind::Tlsa => RecordType::TLSA,
        Kind::Txt => RecordType::TXT,
    }
}

/// The strings of a text are joined without space (RFC 7208, 3.3).
fn text(data: &RData) -> String {
    let whole = match data {
        RData::TXT(txt) => {
            let bytes: Vec<u8> = txt.txt_data.concat();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => other.to_string(),
    };
    whole.chars().take(MAX_TEXT).collect()
}
