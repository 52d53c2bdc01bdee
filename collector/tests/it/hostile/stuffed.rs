//! Messages that are as large as a message may be, nearly all of it fields that nobody knows. They are taken, for a
//! later version may know them; what is asked here is what they cost.

use capdo_proto::{
    limits::MAX_MESSAGE_BYTES,
    v1::{
        Assignment, ResyncDone, SessionRequest, SessionResponse, TrustAnchorsHeld, ack::Durable,
        session_request::Payload as Out, session_response::Payload as In,
    },
};
use futures_util::future::join_all;
use prost::{
    Message as _,
    bytes::{Buf as _, BufMut as _},
    encoding::{decode_varint, encode_varint},
};
use tokio::sync::mpsc::Sender;
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use super::{raw::SESSION, target::Target};
use crate::{
    agent::{Agent, Identity, blind, channel_from, checks},
    inventory::{deb, debian, delta},
};

/// Bytes as they are, in place of messages.
#[derive(Clone, Default)]
struct Plain;

impl Codec for Plain {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let all = from.remaining();
        Ok(Some(from.copy_to_bytes(all).to_vec()))
    }
}

/// Fields that nobody knows, `size` bytes of them: a third one long text, a third small numbers, and a third
/// groups in groups.
fn unknown(size: usize) -> Vec<u8> {
    let third = size / 3;
    let mut bytes = vec![0xfa, 0x3f]; // field 1023, a string of bytes
    encode_varint(third as u64, &mut bytes);
    bytes.resize(bytes.len() + third, 7);
    bytes.extend([0xf0, 0x3f, 1].repeat(third / 3)); // field 1022, a number
    let nested = [[0xeb, 0x3f].repeat(60), [0xec, 0x3f].repeat(60)].concat(); // field 1021
    bytes.extend(nested.repeat(third / nested.len()));
    bytes
}

/// A message with fields that nobody knows, in it and in what it carries.
fn stuffed(payload: Out) -> Vec<u8> {
    let said = SessionRequest {
        payload: Some(payload),
    };
    let whole = said.encode_to_vec();
    let mut rest = &whole[1..]; // fields up to 15 take one byte
    let size = decode_varint(&mut rest).unwrap();
    assert_eq!(size, rest.len() as u64);
    let room = MAX_MESSAGE_BYTES - whole.len() - 1_000;
    let inner = [rest, &unknown(room / 2)].concat();
    let mut bytes = vec![whole[0]];
    encode_varint(inner.len() as u64, &mut bytes);
    bytes.extend(inner);
    bytes.extend(unknown(room / 2));
    assert!((MAX_MESSAGE_BYTES - 10_000..=MAX_MESSAGE_BYTES).contains(&bytes.len()));
    bytes
}

struct Stuffed {
    to: Sender<Vec<u8>>,
    from: Streaming<Vec<u8>>,
}

impl Stuffed {
    async fn open(target: &Target, foe: &Agent) -> Self {
        let identity: Option<Identity> = Some((foe.chain.clone(), foe.key.serialize_der()));
        let from = target.address_of(foe);
        let channel = channel_from(from, target.agents, &foe.ca, identity).await;
        let mut client = Grpc::new(channel.unwrap());
        client.ready().await.unwrap();
        let (to, said) = tokio::sync::mpsc::channel(1);
        to.send(stuffed(Out::Hello(foe.hello()))).await.unwrap();
        let said = Request::new(tokio_stream::wrappers::ReceiverStream::new(said));
        let path = PathAndQuery::from_static(SESSION);
        let answer = client.streaming(said, path, Plain).await.unwrap();
        let from = answer.into_inner();
        Self { to, from }
    }

    async fn hear(&mut self) -> Option<In> {
        let bytes = self.from.message().await.ok()??;
        SessionResponse::decode(&*bytes).unwrap().payload
    }

    async fn say(&self, payload: Out) {
        // Where the other end has ended it, the next answer is missing.
        drop(self.to.send(stuffed(payload)).await);
    }
}

/// A session that has begun.
async fn begun(target: &Target, foe: &Agent) -> (Stuffed, Assignment) {
    let mut stream = Stuffed::open(target, foe).await;
    loop {
        match stream.hear().await {
            Some(In::Assignment(told)) => return (stream, told),
            Some(_) => {}
            None => panic!("no assignment"),
        }
    }
}

/// Whole sessions of such messages: a run and a package list are taken, and what nobody asked for is refused.
async fn sessions(target: &Target, foe: &Agent) {
    let (mut stream, told) = begun(target, foe).await;
    let state = [blind(checks(1)[0], "x")];
    let run = foe.run(1, &told, &state);
    let list = debian(vec![deb("bash", "5.2", "bash")]);
    stream.say(Out::InventoryDelta(delta(None, &list))).await;
    stream.say(Out::RunStarted(run.started.clone())).await;
    stream
        .say(Out::FindingBatch(run.batch(0, &state, false)))
        .await;
    stream.say(Out::RunFinished(run.finished.clone())).await;
    let mut taken = false;
    while !taken {
        taken = match stream.hear().await {
            Some(In::Ack(ack)) => ack.durable == Some(Durable::RunFinished(true)),
            Some(In::Refused(refused)) => panic!("{refused:?}"),
            Some(_) => false,
            None => panic!("the run is not taken"),
        };
    }
    drop(stream);
    let unasked = [
        Out::TrustAnchorsHeld(TrustAnchorsHeld::default()),
        Out::ResyncDone(ResyncDone::default()),
    ];
    for payload in unasked {
        let (mut stream, _) = begun(target, foe).await;
        stream.say(payload).await;
        while let Some(said) = stream.hear().await {
            assert!(!matches!(said, In::Ack(_)), "{said:?}");
        }
    }
}

pub(super) async fn unknown_fields(target: &Target, foe: &Agent) {
    let mut more = Vec::new();
    for _ in 0..3 {
        more.push(target.host().await);
    }
    join_all(more.iter().chain([foe]).map(|foe| sessions(target, foe))).await;
}
