//! Package lists in files of one-way sites.

use capdo_checks::facts::inventory::Inventory;
use capdo_collector::{
    ingest::carried::{CarriedError, Receipt},
    store::{Scope, integrity, integrity::IntegrityKind, inventory},
};
use capdo_proto::{
    carried::Writer,
    v1::{InventoryDelta, carried_record::Record},
};

use crate::{
    agent::Agent,
    carried::{carried, close, header, run_of, take},
    inventory::{deb, debian, delta, signing},
    site::Site,
};

/// A file of one run that signs `list`, and these parts behind it, or before.
fn file(
    (site, agent): (&Site, &Agent),
    counter: u64,
    list: &Inventory,
    (before, behind): (&[InventoryDelta], &[InventoryDelta]),
) -> Vec<u8> {
    let state = [signing(list)];
    let run = run_of(agent, counter, &state);
    let mut writer = Writer::new(Vec::new()).unwrap();
    let mut put = |record| writer.put(record).unwrap();
    put(Record::Header(header(site, agent, counter, counter, false)));
    before
        .iter()
        .for_each(|p| put(Record::InventoryDelta(p.clone())));
    put(Record::RunStarted(run.started.clone()));
    put(Record::FindingBatch(run.batch(0, &state, false)));
    put(Record::RunFinished(run.finished));
    behind
        .iter()
        .for_each(|p| put(Record::InventoryDelta(p.clone())));
    close(writer, agent, &agent.host_id)
}

async fn held(site: &Site, agent: &Agent) -> Option<Vec<u8>> {
    let mut db = site.collector.store.read().await.unwrap();
    let head = inventory::head(&mut db, &agent.host_id).await.unwrap();
    head.map(|h| h.sha256)
}

/// Takes a file, and gives which list the receipt names.
async fn named(site: &Site, bytes: &[u8]) -> String {
    let taken = take(site, bytes).await.unwrap();
    let receipt: Receipt = serde_json::from_slice(&taken.file.receipt).unwrap();
    receipt.inventory_sha256
}

#[tokio::test]
async fn a_list_is_taken_with_its_runs_and_the_receipt_names_what_is_held() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let here = (&site, &agent);
    let first = debian(vec![deb("a", "1", "a"), deb("b", "1", "b")]);
    let second = debian(vec![deb("a", "2", "a"), deb("b", "1", "b")]);
    let bytes = file(here, 1, &first, (&[], &[delta(None, &first)]));
    assert_eq!(named(&site, &bytes).await, hex::encode(first.sha256()));
    // Only what changed.
    let change = delta(Some(&first), &second);
    assert_eq!((change.upserts.len(), change.removals.len()), (1, 1));
    let bytes = file(here, 2, &second, (&[], &[change]));
    assert_eq!(named(&site, &bytes).await, hex::encode(second.sha256()));
    // A change to a list that is not here: the run is taken all the same, and the receipt tells.
    let third = debian(vec![deb("c", "1", "c")]);
    let bytes = file(here, 3, &third, (&[], &[delta(Some(&first), &third)]));
    assert_eq!(named(&site, &bytes).await, hex::encode(second.sha256()));
    assert_eq!(held(&site, &agent).await.unwrap(), second.sha256());
}

#[tokio::test]
async fn a_list_that_is_not_what_it_says_speaks_against_the_host() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let list = debian(vec![deb("a", "1", "a")]);
    let mut part = delta(None, &list);
    part.upserts[0].version = "0".to_owned();
    let bytes = file((&site, &agent), 1, &list, (&[], &[part]));
    assert_eq!(named(&site, &bytes).await, "");
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id)).await;
    let refused = |e: &integrity::IntegrityEvent| e.kind == IntegrityKind::ObservationRefused;
    assert!(events.unwrap().iter().any(refused));
}

#[tokio::test]
async fn a_list_stands_behind_the_runs_and_its_parts_in_their_order() {
    let site = Site::start().await;
    let agent = carried(&site).await;
    let here = (&site, &agent);
    let list = debian(vec![deb("a", "1", "a")]);
    let part = delta(None, &list);
    let late = InventoryDelta {
        sequence: 1,
        ..part.clone()
    };
    for (before, behind) in [(vec![part.clone()], vec![]), (vec![], vec![late])] {
        let bytes = file(here, 1, &list, (&before, &behind));
        let refused = take(&site, &bytes).await.unwrap_err();
        assert!(matches!(refused, CarriedError::Order { .. }), "{refused}");
    }
    assert_eq!(held(&site, &agent).await, None);
}
