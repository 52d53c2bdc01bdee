//! Attacks on HTTP/2, on gRPC's framing and on the door.

use std::time::Duration;

use capdo_proto::v1::{SessionRequest, session_request::Payload as Out};
use tokio::io::AsyncReadExt as _;

use super::{
    raw::{
        CONTINUATION, DATA, END_HEADERS, HEADERS, PING, PRIORITY, RST_STREAM, Raw, SETTINGS, block,
        frame, grpc, honest,
    },
    target::Target,
};
use crate::agent::{Agent, tcp};

const TRIES: usize = 60;

/// Sends what `bytes` gives until the connection ends, and does so again until nobody is let in.
async fn flood(target: &Target, foe: &Agent, mut bytes: impl FnMut(u32) -> Vec<u8>) {
    for _ in 0..TRIES {
        let from = target.address_of(foe);
        let Ok(mut raw) = Raw::open(target, from, Some(foe), &[]).await else {
            return;
        };
        let mut stream = 1;
        while stream < 1_000_000 && raw.put(&bytes(stream)).await.is_ok() {
            stream += 2;
        }
        assert!(raw.over(Duration::from_secs(20)).await, "not cut off");
        if target.has_cut_off(foe) {
            return;
        }
    }
}

/// Sends some bytes after the beginning of a session, on new connections until nobody is let in.
async fn knock(target: &Target, foe: &Agent, headers: &[(&str, &str)], bytes: &[u8]) {
    let from = target.address_of(foe);
    for _ in 0..TRIES {
        let Ok(mut raw) = Raw::open(target, from, Some(foe), &[]).await else {
            return;
        };
        for stream in [1, 3, 5, 7] {
            if raw.call(stream, headers).await.is_err() {
                break;
            }
            for piece in bytes.chunks(16_000) {
                if raw.put(&frame(DATA, 0, stream, piece)).await.is_err() {
                    break;
                }
            }
        }
        if raw.over(Duration::from_millis(200)).await && target.has_cut_off(foe) {
            return;
        }
    }
    panic!("let in {TRIES} times");
}

pub(super) async fn rapid_reset(target: &Target, foe: &Agent) {
    let headers = block(&[]);
    flood(target, foe, |stream| {
        let mut bytes = frame(HEADERS, END_HEADERS, stream, &headers);
        bytes.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
        bytes
    })
    .await;
}

pub(super) async fn header_bomb(target: &Target, foe: &Agent) {
    let long = "x".repeat(15_000);
    let headers = block(&[("a", &long)]);
    let more = block(&[("b", &long)]);
    flood(target, foe, |stream| {
        let mut bytes = frame(HEADERS, 0, stream, &headers);
        for _ in 0..4 {
            bytes.extend(frame(CONTINUATION, 0, stream, &more));
        }
        bytes.extend(frame(CONTINUATION, END_HEADERS, stream, &more));
        bytes
    })
    .await;
}

pub(super) async fn continuation_flood(target: &Target, foe: &Agent) {
    let headers = block(&[]);
    flood(target, foe, |stream| match stream {
        1 => frame(HEADERS, 0, 1, &headers),
        _ => frame(CONTINUATION, 0, 1, &[]),
    })
    .await;
}

pub(super) async fn ping_flood(target: &Target, foe: &Agent) {
    flood(target, foe, |_| frame(PING, 0, 0, &[7; 8]).repeat(100)).await;
}

pub(super) async fn settings_flood(target: &Target, foe: &Agent) {
    flood(target, foe, |_| frame(SETTINGS, 0, 0, &[]).repeat(100)).await;
}

pub(super) async fn priority_flood(target: &Target, foe: &Agent) {
    flood(target, foe, |stream| {
        frame(PRIORITY, 0, stream, &[0, 0, 0, 0, 1]).repeat(100)
    })
    .await;
}

pub(super) async fn empty_data(target: &Target, foe: &Agent) {
    let headers = block(&[]);
    flood(target, foe, |stream| match stream {
        1 => frame(HEADERS, END_HEADERS, 1, &headers),
        _ => frame(DATA, 0, 1, &[]).repeat(100),
    })
    .await;
}

pub(super) async fn many_streams(target: &Target, foe: &Agent) {
    let headers = block(&[]);
    flood(target, foe, |stream| {
        frame(HEADERS, END_HEADERS, stream, &headers)
    })
    .await;
}

pub(super) async fn not_http(target: &Target, foe: &Agent) {
    flood(target, foe, |stream| {
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(stream as usize)
    })
    .await;
}

pub(super) async fn length_lie(target: &Target, foe: &Agent) {
    let lie = grpc(1, 0, u32::MAX, b"short");
    knock(target, foe, &[], &lie[9..]).await;
}

pub(super) async fn too_large(target: &Target, foe: &Agent) {
    let size = 5 * 1024 * 1024;
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(size).unwrap().to_be_bytes());
    bytes.resize(1024, 0x61);
    knock(target, foe, &[], &bytes).await;
}

pub(super) async fn gzip(target: &Target, foe: &Agent) {
    knock(
        target,
        foe,
        &[("grpc-encoding", "gzip")],
        &[1, 0, 0, 0, 1, 0],
    )
    .await;
}

pub(super) async fn packed_without_a_word(target: &Target, foe: &Agent) {
    knock(target, foe, &[], &[1, 0, 0, 0, 1, 0]).await;
}

pub(super) async fn no_protobuf(target: &Target, foe: &Agent) {
    knock(target, foe, &[], &[0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff]).await;
}

pub(super) async fn not_utf8(target: &Target, foe: &Agent) {
    // Hello.agent_version = 0xff
    let hello = [0x0a, 5, 0x08, 1, 0x12, 1, 0xff];
    let mut bytes = vec![0, 0, 0, 0, 7];
    bytes.extend(hello);
    knock(target, foe, &[], &bytes).await;
}

/// Never opens its window, so that no answer can be sent.
pub(super) async fn never_reads(target: &Target, foe: &Agent) {
    let from = target.address_of(foe);
    let window = [0, 4, 0, 0, 0, 0];
    let mut raw = Raw::open(target, from, Some(foe), &window).await.unwrap();
    raw.call(1, &[]).await.unwrap();
    let say = |payload| SessionRequest {
        payload: Some(payload),
    };
    let hello = honest(1, &say(Out::Hello(foe.hello())));
    raw.put(&hello).await.unwrap();
    let lost = honest(1, &say(Out::RunFinished(super::lost_run())));
    for _ in 0..200 {
        if raw.put(&lost).await.is_err() {
            break;
        }
    }
    assert!(raw.over(Duration::from_secs(90)).await, "not cut off");
}

/// Begins sessions and never says the first word to its end.
pub(super) async fn slow_stream(target: &Target, foe: &Agent) {
    let from = target.address_of(foe);
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut raw = Raw::open(target, from, Some(foe), &[]).await.unwrap();
        for stream in [1, 3, 5, 7, 9, 11] {
            raw.call(stream, &[]).await.unwrap();
            raw.put(&grpc(stream, 0, 1000, b"a")).await.unwrap();
        }
        open.push(raw);
    }
    for mut raw in open {
        assert!(raw.over(Duration::from_secs(90)).await, "not cut off");
    }
}

/// Connects and says nothing, more often than there is room for handshakes.
pub(super) async fn slow_handshake(target: &Target, foe: &Agent) {
    let from = target.address_of(foe);
    let mut open = Vec::new();
    for _ in 0..600 {
        open.push(tcp(from, target.agents).await.unwrap());
    }
    for mut stream in open {
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        let ended = tokio::time::timeout(Duration::from_secs(30), read).await;
        assert!(ended.is_ok(), "not cut off");
    }
}

/// Connects without an identity, does the handshake, and stays.
pub(super) async fn idle(target: &Target, foe: &Agent) {
    let from = target.address_of(foe);
    let mut open = Vec::new();
    for _ in 0..1_000 {
        if let Ok(raw) = Raw::open(target, from, None, &[]).await {
            open.push(raw);
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let held = open.iter().filter(|raw| !raw.is_over()).count();
    assert!((1..=64).contains(&held), "{held} are held");
}
