//! `init`: sets up a data folder.

use std::{fs, os::unix::fs::DirBuilderExt};

use serde_json::json;

use super::{CliError, Context, Output, args::InitArgs};
use crate::{
    config::{Config, FILE},
    identity::Authority,
    store::Store,
};

pub(super) async fn run(cx: &Context, output: &Output, args: &InitArgs) -> Result<(), CliError> {
    let data = &cx.data;
    let folder = |source| CliError::Folder {
        path: data.clone(),
        source,
    };
    let text = settings(&args.names);
    Config::parse(&text, &data.join(FILE))?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(folder)?;
    let authority = Authority::create(data, cx.now())?;
    let path = data.join(FILE);
    if !path.exists() {
        fs::write(&path, text).map_err(|source| CliError::Folder { path, source })?;
    }
    let store = Store::open(data).await?;
    let mut tx = store.write().await?;
    let fingerprint = authority.fingerprint();
    let detail = json!({ "ca_sha256": fingerprint });
    cx.audit(&mut tx, "collector.init", None, "collector", detail)
        .await?;
    tx.commit().await?;
    store.close().await;
    let shown = json!({ "data": data, "ca_sha256": fingerprint });
    output.show(&shown, |_| {
        format!(
            "Set up {}.\nCA SHA-256: {fingerprint}\nCompare this when an agent enrols.\n\
             Next: `capdo-collector agency add`, `system add`, `user add`, `serve`.",
            data.display()
        )
    });
    Ok(())
}

fn settings(names: &[String]) -> String {
    let names = if names.is_empty() {
        vec!["localhost".to_owned()]
    } else {
        names.to_vec()
    };
    format!("[agents]\n# The names by which agents call this collector.\nnames = {names:?}\n")
}
