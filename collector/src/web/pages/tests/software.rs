//! The software page: each reader finds what is theirs, in any order of versions, and no formula.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use capdo_checks::facts::{
    inventory::{Installed, Inventory},
    versions::Scheme,
};

use super::seed::{Province, get, plain, province};
use crate::store::inventory;

/// Gives each agency's host an openssl of its own.
async fn installed() -> Province {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let mut tx = province.store.write().await.unwrap();
    for (ids, version) in [(&province.a, "3.0.9-1"), (&province.b, "3.0.15-1")] {
        let one = |name: &str| Installed {
            name: name.to_owned(),
            version: version.to_owned(),
            arch: "=1+1".to_owned(),
            source: "openssl".to_owned(),
            ..Installed::default()
        };
        let list = Inventory {
            scheme: Scheme::Dpkg,
            os: "debian".to_owned(),
            os_version: "<b>12".to_owned(),
            kernel: String::new(),
            kernel_build: String::new(),
            channels: Vec::new(),
            packages: vec![one("libssl3"), one("openssl")],
        };
        inventory::put(&mut tx, &ids.host, &BTreeMap::new(), &list, 1)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    province
}

#[tokio::test]
async fn each_reader_finds_their_own() {
    let province = installed().await;
    for (path, cookie, versions) in [
        ("/software?q=openssl", &province.a.cookie, &["3.0.9-1"][..]),
        (
            "/software?q=openssl",
            &province.officer,
            &["3.0.9-1", "3.0.15-1"],
        ),
        (
            "/software?q=openssl+%3C+3.0.10",
            &province.officer,
            &["3.0.9-1"],
        ),
        (
            "/software?q=libssl3%3E3.0.10",
            &province.officer,
            &["3.0.15-1"],
        ),
        ("/software?q=openssl%3E3.0.10", &province.a.cookie, &[]),
    ] {
        for path in [path.to_owned(), path.replace("/software", "/software.csv")] {
            let (status, _, body) = get(&province.app, &path, cookie).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            for version in ["3.0.9-1", "3.0.15-1"] {
                assert_eq!(
                    body.contains(version),
                    versions.contains(&version),
                    "{path}: {body}"
                );
            }
            assert!(path.contains("csv") || !body.contains("<b>12"), "{path}");
        }
    }
}

/// Neither the overview nor a search by wildcard shows what is another agency's.
#[tokio::test]
async fn nothing_of_another_agency_is_shown() {
    let province = installed().await;
    for (path, own) in [
        ("/software", true),
        ("/software?q=_penssl", false),
        ("/software?q=open%25", true),
        ("/software?q=%2A", true),
        ("/software?q=openssl", true),
    ] {
        let (status, _, body) = get(&province.app, path, &province.a.cookie).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(body.contains("may-a"), own, "{path}");
        assert!(!body.contains("may-b") && !body.contains("Xã B"), "{path}");
    }
    for path in ["/software.csv?q=_penssl", "/software.csv?q=openssl"] {
        let (_, _, body) = get(&province.app, path, &province.a.cookie).await;
        assert!(
            !body.contains("may-b") && !body.contains(&province.b.host),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_understood_is_said_and_stays_text() {
    let province = installed().await;
    let path = "/software?q=%3Cscript%3E&lang=en";
    let (status, _, body) = get(&province.app, path, &province.officer).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.contains("not understood") && !body.contains("<script"),
        "{body}"
    );
    let (status, _, _) = get(&province.app, "/software.csv?q=a+b", &province.officer).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = get(&province.app, "/software.csv?q=openssl", "").await;
    assert!(
        status.is_redirection(),
        "nobody reads it without signing in"
    );
    let path = "/software.csv?q=openssl";
    let (_, headers, body) = get(&province.app, path, &province.officer).await;
    assert!(
        headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert!(
        body.contains("libssl3:=1+1") && !body.contains(",=1"),
        "{body}"
    );
}

/// 50 000 rows are looked at; whoever gets them must learn that there were more.
#[tokio::test]
async fn a_table_that_was_cut_says_so() {
    let province = installed().await;
    let (path, cookie) = ("/software.csv?q=many&lang=en", &province.officer);
    let mut tx = province.store.write().await.unwrap();
    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= 50000) \
         INSERT INTO package SELECT $1, 'p' || i, '', '1', 'many', '1', '', '' FROM n",
    )
    .bind(&province.a.host)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let (status, _, body) = get(&province.app, path, cookie).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body.lines().count(), 1 + 50_000 + 1);
    assert!(body.lines().last().unwrap().contains("This is not all"));
    let (_, _, page) = get(&province.app, "/software?q=many&lang=en", cookie).await;
    assert!(page.contains("This is not all"));
    let (_, _, few) = get(&province.app, "/software.csv?q=openssl&lang=en", cookie).await;
    assert!(!few.contains("This is not all"));
}
