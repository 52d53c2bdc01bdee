//! What speaks against a host where nobody looks any more.

use capdo_collector::{
    identity::Authority,
    store::{
        Scope,
        contradiction::{self, Contradiction},
        endpoint::{EndpointKind, LookState},
    },
};

use super::{
    HOUR, NAME, NOW, OpenSsl, Place,
    claims::{CHECK, OLD, declared, prove, uncounted, verified, with_host},
};
use crate::command::{collector, said};

/// What speaks against hosts at an endpoint, and in how many rows the record says so.
async fn stands(place: &Place, endpoint: &str) -> (Vec<Contradiction>, i64) {
    let mut db = place.store.read().await.unwrap();
    let rows = contradiction::of_endpoint(&mut db, &Scope::All, endpoint).await;
    let recorded = sqlx::query_scalar("SELECT count(*) FROM record WHERE subject = $1")
        .bind(contradiction::subject(endpoint))
        .fetch_one(&mut *db)
        .await;
    (rows.unwrap(), recorded.unwrap())
}

/// An endpoint without permission is tried every five minutes.
#[tokio::test(flavor = "multi_thread")]
async fn looks_that_change_nothing_are_recorded_once() {
    let server = OpenSsl::serve(&OLD);
    let port = server.1.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 2).await;
    prove(&place, &host, &id, port).await;
    let before = stands(&place, &id).await;
    assert_eq!(before.1, 2, "one for each look that saw something anew");
    place.clock.advance(3 * HOUR);
    for _ in 0..5 {
        let state = place.outside.look(&id).await.unwrap();
        assert_eq!(state, LookState::NotAuthorised);
    }
    assert_eq!(stands(&place, &id).await, before);
    assert_eq!(verified(&place).await, []);
    // Nor does a look make good what somebody put there.
    let mut tx = place.store.write().await.unwrap();
    sqlx::query("UPDATE contradiction SET proved_at = NULL")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    place.outside.look(&id).await.unwrap();
    assert_eq!(verified(&place).await, [("contradiction", "differs")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_address_showed_that_the_name_left_goes_with_its_time() {
    let old = OpenSsl::serve(&OLD);
    let port = old.1.port();
    let second = std::net::SocketAddr::from(([127, 0, 0, 2], port));
    let modern = OpenSsl::serve_at(second, &[]);
    let (place, host, id) = declared(&["127.0.0.1"], port, 80).await;
    prove(&place, &host, &id, port).await;
    place.resolver.lead_to(&["127.0.0.2"]);
    for _ in 0..2 {
        place.clock.advance(HOUR);
        place.outside.look(&id).await.unwrap();
    }
    // Moving away settles nothing before its time.
    assert_eq!(uncounted(&place, NOW + 4000).await, [CHECK]);
    let (held, recorded) = stands(&place, &id).await;
    assert_eq!((held.len(), recorded), (1, 2));
    // Nor does a name that leads nowhere tell that it left.
    place.clock.advance(30 * HOUR);
    place.resolver.lead_to(&[]);
    assert_eq!(
        place.outside.look(&id).await.unwrap(),
        LookState::Unresolved
    );
    let (held, recorded) = stands(&place, &id).await;
    assert_eq!((held.len(), recorded), (1, 2));
    assert!(held[0].has_lapsed(NOW + 32 * HOUR));
    place.resolver.lead_to(&["127.0.0.2"]);
    place.outside.look(&id).await.unwrap();
    let (held, recorded) = stands(&place, &id).await;
    assert_eq!((held.len(), recorded), (0, 3));
    assert_eq!(verified(&place).await, []);
    drop((old, modern));
}

/// Where nobody may look at the address that it leads to, it goes as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_elsewhere_has_left_too() {
    let old = OpenSsl::serve(&OLD);
    let port = old.1.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 80).await;
    prove(&place, &host, &id, port).await;
    place.clock.advance(31 * HOUR);
    place.resolver.lead_to(&["203.0.113.1"]);
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::Elsewhere);
    assert_eq!(stands(&place, &id).await.0, []);
    assert_eq!(verified(&place).await, []);
    drop(old);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_counts_no_more_is_shown_so() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let host = with_host(&place).await;
    let id = place.endpoint(EndpointKind::Tls, NAME, 443).await;
    let row = Contradiction {
        endpoint_id: id.clone(),
        host_id: host,
        check_id: CHECK.to_owned(),
        topic: "tls10".to_owned(),
        address: "127.0.0.1:443".to_owned(),
        claimed: "refused".to_owned(),
        seen: "offered".to_owned(),
        first_at: 1,
        last_at: 2,
        proved_at: Some(2),
        counts_until: 3,
    };
    let mut tx = place.store.write().await.unwrap();
    contradiction::replace(&mut tx, &id, &[row], NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Authority::create(place.dir.path(), NOW).unwrap();
    for (lang, words) in [("en", "lapsed"), ("vi", "hết hiệu lực")] {
        let args = ["--lang", lang, "endpoint", "show", id.as_str()];
        let shown = said(&collector(place.dir.path(), &args));
        assert!(shown.contains(words), "{shown}");
    }
}
