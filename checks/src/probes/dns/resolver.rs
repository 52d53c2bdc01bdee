//! Questions through one resolver, whose answers are validated here: the resolver's own word on
//! signatures is not believed.

use std::{cell::Cell, net::SocketAddr, path::Path, time::Duration};

use hickory_resolver::{
    net::{
        DnsError, DnsHandle as _, NetError,
        dnssec::DnssecDnsHandle,
        runtime::{Time as _, TokioTime},
        xfer::FirstAnswer as _,
    },
    proto::{
        dnssec::{self, rdata::DNSSECRData},
        op::{DnsResponse, Query, ResponseCode},
        rr::{Name, RData, Record, RecordType},
    },
};

use super::{
    Answer, Asker, Kind, Proof,
    anchors::{Anchors, Footing},
    upstream::{self, Upstream},
};

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
    upstream: Upstream,
    anchors: Anchors,
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
            None => Anchors::of_root(),
            Some(path) => {
                Anchors::read(path).ok_or_else(|| AskError::Anchor(path.display().to_string()))?
            }
        };
        let start = |e: &dyn std::error::Error| AskError::Start(e.to_string());
        let upstream = Upstream::new(server, patience).map_err(|e| start(&e))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| start(&e))?;
        Ok(Self {
            runtime,
            upstream,
            anchors,
            left: Cell::new(MAX_QUESTIONS),
            limit: patience * 4, // the keys on the way there are asked for as well
        })
    }

    /// Whether the resolver ever gave an answer, be it an error. Until something was asked it did not.
    pub fn heard(&self) -> bool {
        self.upstream.heard()
    }

    /// What stands below the name, after a look at the keys of its anchors.
    /// `None` where nobody showed these.
    async fn footing(&self, name: &Name) -> Option<Footing> {
        for zone in self.anchors.unseen(name) {
            let before = self.upstream.failures();
            let said = self.upstream.said(&zone, RecordType::DNSKEY).await;
            if self.upstream.failures() > before {
                return None;
            }
            let answers = said.map(|r| r.answers.clone()).unwrap_or_default();
            // Serial numbers of time wrap around (RFC 4034, 3.1.5).
            let now = u32::try_from(TokioTime::current_time() & u64::from(u32::MAX))
                .expect("32 bits were kept");
            self.anchors.note(&zone, &answers, now);
        }
        Some(self.anchors.footing(name))
    }

    async fn look(&self, name: &Name, kind: Kind) -> Answer {
        let Some(footing) = self.footing(name).await else {
            return Answer::Failed;
        };
        match footing {
            Footing::Nothing => {
                let said = self.upstream.said(name, code(kind)).await;
                self.read(said, kind, |_| Proof::Indeterminate).await
            }
            Footing::Broken => Answer::Bogus,
            Footing::Held => self.validated(name, kind).await,
        }
    }

    /// With everything on the way there proved.
    async fn validated(&self, name: &Name, kind: Kind) -> Answer {
        let before = self.upstream.failures();
        let anchors = self.anchors.all.borrow().clone().into();
        let handle = DnssecDnsHandle::with_trust_anchor(self.upstream.clone(), anchors);
        let query = Query::query(name.clone(), code(kind));
        let said = handle.lookup(query, upstream::options()).first_answer();
        let answer = self.read(said.await, kind, |r| proof(r.proof)).await;
        // What is wrong and what is merely missing look alike to the validator.
        let missing = self.upstream.failures() > before;
        if missing && answer == Answer::Bogus {
            return Answer::Failed;
        }
        answer
    }

    async fn read(
        &self,
        said: Result<DnsResponse, NetError>,
        kind: Kind,
        proof_of: impl Fn(&Record) -> Proof,
    ) -> Answer {
        let response = match said {
            Ok(response) => response,
            Err(error) => return absent(&error),
        };
        let mut worst = None;
        let signed = |r: &&Record| r.record_type() != RecordType::RRSIG;
        for record in response.answers.iter().filter(signed) {
            let mut proof = proof_of(record);
            // An alias may lead to where no anchor reaches.
            let held = || async { self.footing(&record.name).await.unwrap_or(Footing::Nothing) };
            if proof == Proof::Bogus && held().await == Footing::Nothing {
                proof = Proof::Indeterminate;
            }
            worst = Some(worst.map_or(proof, |w: Proof| w.min(proof)));
        }
        let wanted = response.answers.iter();
        let wanted = wanted.filter(|r| r.record_type() == code(kind));
        let list: Vec<String> = wanted.take(MAX_RECORDS).map(|r| text(&r.data)).collect();
        if worst == Some(Proof::Bogus) {
            return Answer::Bogus;
        }
        if !list.is_empty() {
            return Answer::Records(list, worst.unwrap_or(Proof::Indeterminate));
        }
        let denied = denial(&response, proof_of);
        if worst.is_some() && !has_head(&response) {
            return Answer::Failed; // an alias, and nobody said what stands at its end
        }
        Answer::Nothing {
            exists: response.response_code != ResponseCode::NXDomain,
            proof: worst.map_or(denied, |w| w.min(denied)),
        }
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
        let looked = self
            .runtime
            .block_on(async { tokio::time::timeout(self.limit, self.look(&name, kind)).await });
        looked.unwrap_or(Answer::Failed)
    }
}

fn has_head(response: &DnsResponse) -> bool {
    let mut head = response.authorities.iter();
    head.any(|r| r.record_type() == RecordType::SOA)
}

/// How well an absence is proved that the validator let pass: by records that deny it, or by the
/// zone's being unsigned.
fn denial(response: &DnsResponse, proof_of: impl Fn(&Record) -> Proof) -> Proof {
    let mut denials = response.authorities.iter().filter(|r| {
        matches!(
            r.data,
            RData::DNSSEC(DNSSECRData::NSEC(_) | DNSSECRData::NSEC3(_))
        )
    });
    if denials.any(|r| proof_of(r) == Proof::Secure) {
        return Proof::Secure;
    }
    let proofs = response.authorities.iter().map(proof_of);
    match proofs.min() {
        Some(Proof::Insecure) => Proof::Insecure,
        _ => Proof::Indeterminate,
    }
}

fn is_alias(record: &Record) -> bool {
    record.record_type() == RecordType::CNAME
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
            // An alias may end where no anchor reaches, which the validator does not tell apart.
            Proof::Bogus if response.answers.iter().any(is_alias) => Answer::Failed,
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
