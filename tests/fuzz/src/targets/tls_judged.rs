//! Surveys of TLS services in the hands of checks and ratings; and the files that name certificates.

use std::sync::OnceLock;

use capdo_checks::{
    facts::tls::anchors::Anchors, probes::tls::survey::Survey, rating::assess::assess,
};
use jiff::Timestamp;

use crate::bytes::seen;
use crate::{bytes, seeds::Seeds, story, window::Window};

fn stories() -> &'static [story::Story] {
    static ALL: OnceLock<Vec<story::Story>> = OnceLock::new();
    ALL.get_or_init(|| story::of(&["tls.", "file.tls"]))
}

/// The roots that are built in.
pub fn anchors() -> &'static Anchors {
    static ALL: OnceLock<Anchors> = OnceLock::new();
    ALL.get_or_init(|| Anchors::read(&Window::default(), &[]))
}

/// Tries one input: a changed story; its pieces, where they are surveys, are rated as well.
pub fn run(data: &[u8]) {
    story::run(stories(), data);
    let Some((_, rest)) = bytes::number(data) else {
        return;
    };
    for piece in bytes::pieces(rest) {
        let Some((_, held)) = bytes::first(piece) else {
            continue;
        };
        if let Ok(mut survey) = serde_json::from_slice::<Survey>(held) {
            let rated = assess(
                &survey,
                Some("a.vn"),
                anchors(),
                Timestamp::UNIX_EPOCH,
                Some(1),
            );
            assert!(serde_json::to_vec(&rated).is_ok());
            survey.blur();
            seen(assess(
                &survey,
                None,
                anchors(),
                Timestamp::UNIX_EPOCH,
                None,
            ));
        }
    }
}

/// The stories as they stand.
pub fn seeds(seeds: &mut Seeds) {
    story::seeds(stories(), seeds);
}
