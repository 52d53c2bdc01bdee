//! Nothing leaves, and nothing is kept, without a permission that holds; what leaves is on record.

use std::{
    net::{TcpListener, UdpSocket},
    time::Duration,
};

use capdo_collector::{
    identity::{Authority, authority::CERTIFICATE_FILE},
    store::{
        Scope, authorisation,
        endpoint::{self, EndpointKind, LookState},
        probe::{self, Step},
    },
    verify::{self, Anchors, Wanted},
};

use super::{HOUR, NAME, NOW, PAGE, Place, counting, seen};

#[tokio::test(flavor = "multi_thread")]
async fn without_an_authorisation_nothing_leaves_not_even_to_the_dns() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let (at, count) = counting("127.0.0.1:0", PAGE);
    let named = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
    let direct = place
        .endpoint(EndpointKind::Http, "127.0.0.1", at.port())
        .await;
    for id in [&named, &direct, &named] {
        let state = place.outside.look(id).await.unwrap();
        assert_eq!(state, LookState::NotAuthorised);
    }
    assert_eq!((seen(&count), seen(&place.resolver.asked)), (0, 0));
    let log = place.log().await;
    assert!(log.iter().all(|l| l.step == Step::Refused), "{log:?}");
    assert_eq!(
        log.len(),
        2,
        "a second try that ends the same is not logged again"
    );
    assert_eq!(place.verdicts().await, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_is_on_record_before_it_leaves_and_after() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let (at, count) = counting("127.0.0.1:0", PAGE);
    let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
    let under = place
        .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
        .await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::LookedAt);
    assert_eq!(seen(&place.resolver.asked), 1);
    let log = place.log().await;
    let steps: Vec<_> = log.iter().map(|l| (l.step, l.what.as_str())).collect();
    let parts = ["resolve", "outside.exposure", "outside.http"];
    let wanted: Vec<_> = parts
        .iter()
        .flat_map(|part| [(Step::Begun, *part), (Step::Ended, *part)])
        .collect();
    assert_eq!(steps, wanted);
    for line in log.iter().filter(|l| l.step == Step::Begun) {
        assert_eq!(line.authorisation_id.as_deref(), Some(under.as_str()));
    }
    let opened: i64 = log.iter().filter_map(|l| l.connections).sum();
    assert_eq!(usize::try_from(opened).unwrap(), seen(&count));
    let fail = [
        ("outside.exposure", "not_applicable"),
        ("outside.http", "fail"),
    ];
    let fail: Vec<_> = fail.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    assert_eq!(place.verdicts().await, fail);
    let mut db = place.store.read().await.unwrap();
    assert_eq!(probe::verify(&mut db).await.unwrap(), None);
    drop(db);
    cut_off(&place, i64::try_from(log.len()).unwrap()).await;
}

/// Whoever takes rows away at the end of the log, or all of it, leaves an unbroken chain that is too short.
async fn cut_off(place: &Place, rows: i64) {
    assert_eq!(broken(place).await, []);
    for left in [rows - 1, 0] {
        let mut tx = place.store.write().await.unwrap();
        sqlx::query("DROP TRIGGER IF EXISTS probe_no_delete")
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query("DELETE FROM probe WHERE seq > $1")
            .bind(left)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut db = place.store.read().await.unwrap();
        let place_of_break = probe::verify(&mut db).await.unwrap();
        drop(db);
        assert_eq!(place_of_break, Some(left + 1));
        assert_eq!(broken(place).await, [((left + 1).to_string(), "missing")]);
    }
}

/// What the offline proof says of the log of probes.
async fn broken(place: &Place) -> Vec<(String, &'static str)> {
    let dir = tempfile::tempdir().unwrap();
    Authority::create(dir.path(), NOW).unwrap();
    let ca = Anchors::read(&[dir.path().join(CERTIFICATE_FILE)]).unwrap();
    let report = verify::run(&place.store, &ca, &Wanted::default())
        .await
        .unwrap();
    let broken = report.broken.into_iter().filter(|b| b.table == "probe");
    broken.map(|b| (b.row, b.what)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_expiry_and_after_revocation_nothing_leaves() {
    for revoke in [false, true] {
        let place = Place::new(&["127.0.0.1"], None).await;
        let (at, count) = counting("127.0.0.1:0", PAGE);
        let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
        let under = place
            .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
            .await;
        place.outside.look(&id).await.unwrap();
        let before = seen(&count);
        assert!(before > 0);
        if revoke {
            let mut tx = place.store.write().await.unwrap();
            authorisation::revoke(&mut tx, &Scope::All, &under, "x", NOW)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        } else {
            place.clock.advance(2 * HOUR);
        }
        let state = place.outside.look(&id).await.unwrap();
        assert_eq!(state, LookState::NotAuthorised);
        assert_eq!((seen(&count), seen(&place.resolver.asked)), (before, 1));
        assert_eq!(
            place.verdicts().await,
            vec![],
            "what was seen counts no more"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_elsewhere_is_not_followed() {
    let (at, own) = counting("127.0.0.1:0", PAGE);
    let (_, other) = counting(&format!("127.0.0.2:{}", at.port()), PAGE);
    for leads_to in [&["127.0.0.2"][..], &["127.0.0.1", "127.0.0.2"]] {
        let place = Place::new(leads_to, None).await;
        let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
        // The whole internet is no leave to look into one's own network.
        place
            .permit(&format!(
                "{NAME}:{0}\n127.0.0.1:{0}\n0.0.0.0/0:{0}",
                at.port()
            ))
            .await;
        let state = place.outside.look(&id).await.unwrap();
        assert_eq!(state, LookState::Elsewhere);
        assert_eq!((seen(&own), seen(&other)), (0, 0));
        let last = place.log().await.pop().unwrap();
        assert_eq!(
            (last.step, last.outcome.as_str()),
            (Step::Refused, "elsewhere")
        );
        assert!(last.address.starts_with("127.0.0.2:"), "{last:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_to_where_nobody_permitted() {
    let (elsewhere, count) = counting("127.0.0.1:0", PAGE);
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    let (at, own) = counting("127.0.0.1:0", answer.leak());
    let place = Place::new(&["127.0.0.1"], None).await;
    let id = place.endpoint(EndpointKind::Http, NAME, at.port()).await;
    place
        .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
        .await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::LookedAt);
    assert!(seen(&own) > 1);
    assert_eq!(seen(&count), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_is_asked_about_only_where_its_name_is_covered() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let place = Place::new(&[], Some(server.local_addr().unwrap())).await;
    let id = place
        .endpoint(EndpointKind::DnsZone, "tinh.gov.vn", 0)
        .await;
    place.permit("*.tinh.gov.vn:53\ntinh.gov.vn:443").await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::NotAuthorised);
    let mut packet = [0; 512];
    assert!(server.recv(&mut packet).is_err(), "a question left");
    place.permit("tinh.gov.vn:53").await;
    let looking = place.outside.clone();
    let look = tokio::spawn(async move { looking.look(&id).await });
    let came = async {
        while server.recv(&mut packet).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), came)
        .await
        .unwrap();
    let begun = place.log().await.pop().unwrap();
    assert_eq!(
        (begun.step, begun.what.as_str()),
        (Step::Begun, "outside.dns")
    );
    look.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_is_unknown() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let place = Place::new(&[], None).await;
    let id = place
        .endpoint(EndpointKind::Https, "127.0.0.1", gone.port())
        .await;
    place.permit("127.0.0.1:1-65535").await;
    let state = place.outside.look(&id).await.unwrap();
    assert_eq!(state, LookState::LookedAt);
    let verdicts = place.verdicts().await;
    assert_eq!(verdicts.len(), 3);
    assert!(verdicts.iter().all(|(_, v)| v == "unknown"), "{verdicts:?}");
    let log = place.log().await;
    assert_eq!(log.last().unwrap().outcome, "refused");
    assert!(log.iter().all(|l| l.what == "outside.exposure"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_documents_and_authorisations_cannot_be_rewritten() {
    let place = Place::new(&[], None).await;
    let id = place.endpoint(EndpointKind::Ssh, "127.0.0.1", 22).await;
    place.permit("203.0.113.7:22").await;
    place.outside.look(&id).await.unwrap();
    for sql in [
        "UPDATE probe SET outcome = 'x'",
        "DELETE FROM probe",
        "DELETE FROM authorisation",
        "UPDATE authorisation SET targets = '0.0.0.0/0:1-65535'",
        "UPDATE authorisation SET valid_until = valid_until + 1, revoked_at = 1",
        "DELETE FROM document",
        "UPDATE document SET bytes = x'00'",
    ] {
        let mut tx = place.store.write().await.unwrap();
        let done = sqlx::query(sql).execute(&mut *tx).await;
        assert!(done.is_err(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_looks_once_and_then_waits_a_day() {
    let place = Place::new(&["127.0.0.1"], None).await;
    let (at, _) = counting("127.0.0.1:0", PAGE);
    let id = place.endpoint(EndpointKind::Tcp, NAME, at.port()).await;
    place
        .permit(&format!("{NAME}:{0}\n127.0.0.1:{0}", at.port()))
        .await;
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let settings = capdo_collector::config::Outside::default();
    let (outside, changed) = (
        place.outside.clone(),
        capdo_collector::assess::Changed::default(),
    );
    let work = capdo_collector::outside::worker::run(outside, settings, changed, stopping);
    let work = tokio::spawn(work);
    let mut found = None;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut db = place.store.read().await.unwrap();
        let it = endpoint::find(&mut db, &Scope::All, &id).await.unwrap();
        if it.state == LookState::LookedAt {
            found = it.next_at;
            break;
        }
    }
    let wait = found.expect("it was looked at") - NOW;
    assert!((20 * HOUR..28 * HOUR).contains(&wait), "{wait}");
    assert_eq!(seen(&place.resolver.asked), 1);
    stop.send(true).unwrap();
    work.await.unwrap();
}
