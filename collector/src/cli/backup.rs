//! `backup`: copies of the collector.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use capdo_checks::Value;
use serde_json::json;

use super::{CliError, Context, Output, args::BackupCommand};
use crate::{
    backup::{self, BackupError, KeyIn, KeyOf, Manifest, Source, Verified},
    clock::{day, show},
    file::Replacing,
    say::text,
};

/// The name for standard input and output.
const DASH: &str = "-";

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: BackupCommand,
) -> Result<(), CliError> {
    match command {
        BackupCommand::Create {
            file,
            without_ca_key,
        } => create(cx, output, &file, !without_ca_key).await,
        BackupCommand::Verify { file } => {
            let verified = backup::verify(open(&file)?, &std::env::temp_dir()).await?;
            told(output, "backup-verified", &file, &verified);
            Ok(())
        }
        BackupCommand::Restore { file, into } => {
            let verified = backup::restore(open(&file)?, &into, cx.actor(), cx.now()).await?;
            told(output, "backup-restored", &into, &verified);
            Ok(())
        }
    }
}

async fn create(
    cx: &Context,
    output: &Output,
    file: &Path,
    with_key: bool,
) -> Result<(), CliError> {
    // It holds every agency's data. Noted before, so that the copy holds the note too.
    let store = cx.store().await?;
    let mut tx = store.write().await?;
    let detail = json!({ "to": file, "with_ca_key": with_key });
    cx.audit(&mut tx, "collector.backup", None, "collector", detail)
        .await?;
    tx.commit().await?;
    store.close().await;
    let piped = file == Path::new(DASH);
    let path = if file.is_dir() {
        file.join(format!("capdo-collector-{}.tar", day(cx.now())))
    } else {
        file.to_owned()
    };
    let scratch = match path.parent() {
        Some(parent) if !piped && parent != Path::new("") => parent,
        _ if piped => &cx.data,
        _ => Path::new("."),
    };
    let source = Source {
        data: &cx.data,
        config: &cx.file,
        with_key,
        scratch,
    };
    if piped {
        backup::create(&source, io::stdout().lock(), cx.now()).await?;
        return Ok(()); // the archive is all that stands on standard output
    }
    let fail = |source| BackupError::File {
        path: path.clone(),
        source,
    };
    let mut replacing = Replacing::begin(&path).map_err(fail)?;
    let made = backup::create(&source, replacing.file(), cx.now()).await?;
    replacing.finish().map_err(fail)?;
    let shown = json!({ "file": path, "manifest": made.manifest, "keys": made.keys });
    output.show(&shown, |_| {
        let mut lines = vec![output.say("backup-made", &figures(&path, &made.manifest))];
        if made.keys.iter().any(|k| k.key_in == KeyIn::Backup) {
            lines.push(output.say("backup-holds-key", &[]));
        }
        lines.extend(keys(output, &made.keys));
        lines.join("\n")
    });
    Ok(())
}

/// Where the key of each CA is.
fn keys(output: &Output, keys: &[KeyOf]) -> Vec<String> {
    let said = |key: &KeyOf| {
        let args = [
            ("number", Value::from(key.ca)),
            ("fingerprint", text(&key.fingerprint)),
            ("file", text(key.file.as_deref().unwrap_or_default())),
        ];
        let id = match key.key_in {
            KeyIn::Backup => "backup-key-in-it",
            KeyIn::Token => "backup-key-token",
            KeyIn::Elsewhere => "backup-key-elsewhere",
        };
        output.say(id, &args)
    };
    keys.iter().map(said).collect()
}

fn told(output: &Output, key: &str, path: &Path, verified: &Verified) {
    output.show(verified, |_| {
        let mut lines = vec![output.say(key, &figures(path, &verified.manifest))];
        if verified.keys.is_empty() && !verified.has_ca_key {
            lines.push(output.say("backup-no-key", &[]));
        }
        lines.extend(keys(output, &verified.keys));
        lines.join("\n")
    });
}

fn figures(path: &Path, manifest: &Manifest) -> Vec<(&'static str, Value)> {
    let bytes: u64 = manifest.files.iter().map(|f| f.bytes).sum();
    vec![
        ("file", text(path.display())),
        ("at", text(show(manifest.made_ms))),
        ("bytes", text(bytes)),
        ("hosts", Value::from(manifest.heads.hosts)),
        ("runs", Value::from(manifest.heads.runs)),
        ("changes", Value::from(manifest.heads.changes)),
        ("entries", Value::from(manifest.heads.audit_entries)),
    ]
}

fn open(file: &PathBuf) -> Result<Box<dyn Read>, BackupError> {
    if file == Path::new(DASH) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(file).map_err(|source| BackupError::File {
        path: file.clone(),
        source,
    })?;
    Ok(Box::new(BufReader::new(opened)))
}
