//! `import`: files with runs of one-way sites.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use capdo_checks::Value;
use jiff::SignedDuration;
use serde_json::json;

use super::{CliError, Context, Output, args::ImportArgs};
use crate::{
    advise,
    assess::compute::compute,
    file::write_private,
    identity::{self, Keys},
    ingest::carried::{CarriedError, Imported, import},
    keys,
    say::text,
    store::Store,
};

/// A file that was taken, and where its receipt is.
type Done = (PathBuf, Imported, PathBuf);

pub(super) async fn run(cx: &Context, output: &Output, args: &ImportArgs) -> Result<(), CliError> {
    let store = cx.store().await?;
    // So that the CA of a folder of before is entered.
    identity::current(&store, &cx.data, cx.now()).await?;
    let keys = cx.keys();
    let (mut done, mut wrong) = (Vec::new(), Vec::new());
    for path in &args.files {
        match one(cx, &store, &keys, path, args.receipt_dir.as_deref()).await {
            Ok((imported, receipt)) => done.push((path.clone(), imported, receipt)),
            Err(error) => wrong.push(error),
        }
    }
    store.close().await;
    show(output, &done);
    let last = wrong.pop();
    for error in &wrong {
        output.error(error);
    }
    last.map_or(Ok(()), Err)
}

async fn one(
    cx: &Context,
    store: &Store,
    keys: &Keys,
    path: &Path,
    receipts: Option<&Path>,
) -> Result<(Imported, PathBuf), CliError> {
    let imported = import(store, keys, path, cx.actor(), cx.now()).await?;
    let receipt = receipt_path(path, receipts);
    let parts = [
        (receipt.clone(), imported.file.receipt.clone()),
        (
            signature_path(&receipt),
            hex::encode(&imported.file.signature).into_bytes(),
        ),
    ];
    for (path, bytes) in parts {
        write_private(&path, &bytes).map_err(|source| CarriedError::File { path, source })?;
    }
    if !imported.already {
        advise::host(store, &imported.file.host_id, cx.now()).await?;
        keys::host(store, &imported.file.host_id, cx.now()).await?;
        let max_age = SignedDuration::from_hours(24 * i64::from(cx.config.assess.max_age_days));
        compute(store, &imported.system_id, max_age, cx.now()).await?;
    }
    Ok((imported, receipt))
}

fn receipt_path(file: &Path, receipts: Option<&Path>) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".receipt.json");
    receipts
        .or_else(|| file.parent())
        .unwrap_or(Path::new("."))
        .join(name)
}

/// Beside the receipt stands its signature.
fn signature_path(receipt: &Path) -> PathBuf {
    let mut name: OsString = receipt.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn show(output: &Output, done: &[Done]) {
    let shown: Vec<_> = done
        .iter()
        .map(|(path, imported, receipt)| {
            json!({ "file": path, "receipt": receipt, "imported": imported })
        })
        .collect();
    output.show(&shown, |_| {
        let lines: Vec<String> = done.iter().map(|d| sentence(output, d)).collect();
        lines.join("\n")
    });
}

fn sentence(output: &Output, (path, imported, receipt): &Done) -> String {
    let key = if imported.already {
        "import-already"
    } else {
        "import-done"
    };
    let file = &imported.file;
    let args = [
        ("file", text(path.display())),
        ("name", text(&imported.hostname)),
        ("taken", Value::from(file.taken)),
        ("known", Value::from(file.known)),
        ("missing", Value::from(file.missing)),
        ("receipt", text(receipt.display())),
    ];
    let mut said = output.say(key, &args);
    if file.missing > 0 && !imported.already {
        said.push('\n');
        said.push_str(&output.say("import-missing", &args));
    }
    said
}
