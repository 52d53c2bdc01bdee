//! `init`: sets up a data folder.

use std::{fs, os::unix::fs::DirBuilderExt};

use serde_json::json;

use super::{CliError, Context, Output, args::InitArgs};
use crate::{config::Config, identity::Authority, say::text as text_of, store::Store};

pub(super) async fn run(cx: &Context, output: &Output, args: &InitArgs) -> Result<(), CliError> {
    let data = &cx.data;
    let folder = |source| CliError::Folder {
        path: data.clone(),
        source,
    };
    let text = settings(&args.names);
    Config::parse(&text, &cx.file)?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(folder)?;
    let authority = Authority::create(data, cx.now())?;
    let path = cx.file.clone();
    let kept = path.exists();
    if !kept {
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
    let shown = json!({ "data": data, "config": cx.file, "ca_sha256": fingerprint });
    output.show(&shown, |_| {
        let file = ("file", text_of(cx.file.display()));
        let mut lines = vec![
            output.say("init-done", &[("data", text_of(data.display()))]),
            output.say(
                "init-fingerprint",
                &[("fingerprint", text_of(&fingerprint))],
            ),
        ];
        lines.push(output.say(if kept { "init-kept" } else { "init-settings" }, &[file]));
        if kept && !args.names.is_empty() && args.names != cx.config.agents.names {
            let names = text_of(cx.config.agents.names.join(", "));
            lines.push(output.say("init-names-kept", &[("names", names)]));
        }
        lines.push(output.say("init-next", &[]));
        lines.join("\n")
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
