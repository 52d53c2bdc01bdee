//! `init`: sets up a data folder.

use std::{fs, os::unix::fs::DirBuilderExt};

use serde_json::json;

use super::{CliError, Context, Output, args::InitArgs};
use crate::{
    config::{Ca, Config},
    identity::{IdentityError, Keys, authority, rotation},
    say::text as text_of,
    store::Store,
};

pub(super) async fn run(cx: &Context, output: &Output, args: &InitArgs) -> Result<(), CliError> {
    let data = &cx.data;
    let folder = |source| CliError::Folder {
        path: data.clone(),
        source,
    };
    let ca = wanted(args).unwrap_or_else(|| cx.config.ca.clone());
    let path = cx.file.clone();
    let kept = path.exists();
    if kept && ca != cx.config.ca {
        let file = vec![("file", text_of(path.display()))];
        return Err(CliError::Input("init-token-kept", file));
    }
    let text = settings(&args.names, &ca);
    Config::parse(&text, &cx.file)?;
    // Before a key is made in a token: nobody would take it out again.
    let there = data.join(authority::CERTIFICATE_FILE);
    if there.exists() {
        return Err(IdentityError::CaExists(there).into());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(folder)?;
    let keys = Keys {
        data: data.clone(),
        token: ca.settings(),
    };
    let key = rotation::NewKey::make(&keys, keys.token.is_some(), authority::KEY_FILE)?;
    if !kept {
        fs::write(&path, text).map_err(|source| CliError::Folder { path, source })?;
    }
    let store = Store::open(data).await?;
    let mut tx = store.write().await?;
    let first = rotation::begin(&mut tx, &keys, key, cx.now()).await?;
    let fingerprint = first.fingerprint();
    let detail = json!({ "ca_sha256": fingerprint, "in_token": keys.token.is_some() });
    cx.audit(&mut tx, "collector.init", None, "collector", detail)
        .await?;
    tx.commit().await?;
    store.close().await;
    let shown = json!({ "data": data, "config": cx.file, "ca_sha256": fingerprint });
    output.show(&shown, |_| page(cx, output, args, &fingerprint, kept));
    Ok(())
}

/// What was set up, and what comes next.
fn page(cx: &Context, output: &Output, args: &InitArgs, fingerprint: &str, kept: bool) -> String {
    let data = &cx.data;
    let file = ("file", text_of(cx.file.display()));
    let mut lines = vec![
        output.say("init-done", &[("data", text_of(data.display()))]),
        output.say("init-fingerprint", &[("fingerprint", text_of(fingerprint))]),
    ];
    lines.push(output.say(if kept { "init-kept" } else { "init-settings" }, &[file]));
    if kept && !args.names.is_empty() && args.names != cx.config.agents.names {
        let names = text_of(cx.config.agents.names.join(", "));
        lines.push(output.say("init-names-kept", &[("names", names)]));
    }
    lines.push(output.say("init-next", &[]));
    lines.join("\n")
}

/// The token that was named on the command line.
fn wanted(args: &InitArgs) -> Option<Ca> {
    let module = args.pkcs11.clone()?;
    let usual = Ca::default();
    Some(Ca {
        module,
        token: args.token.clone().unwrap_or_default(),
        key: args.key.clone().unwrap_or(usual.key),
        pin_file: args.pin_file.clone().unwrap_or(usual.pin_file),
    })
}

fn settings(names: &[String], ca: &Ca) -> String {
    let names = if names.is_empty() {
        vec!["localhost".to_owned()]
    } else {
        names.to_vec()
    };
    let agents =
        format!("[agents]\n# The names by which agents call this collector.\nnames = {names:?}\n");
    if *ca == Ca::default() {
        return agents;
    }
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let path = |path: &std::path::Path| quoted(&path.to_string_lossy());
    let mut text = format!(
        "{agents}\n[ca]\n# The token that holds the CA's key.\nmodule = {}\ntoken = {}\nkey = {}\n",
        path(&ca.module),
        quoted(&ca.token),
        quoted(&ca.key)
    );
    if !ca.pin_file.as_os_str().is_empty() {
        text += &format!("pin_file = {}\n", path(&ca.pin_file));
    }
    text
}
