//! `release`: the programs with which those of agents are compared.

use std::{fs::File, io::Read, path::Path};

use serde_json::json;

use super::{CliError, Context, Output, args::ReleaseCommand};
use crate::{
    clock::show,
    say::text,
    store::{
        Store,
        release::{self, Binary},
    },
};

/// The largest list of a release.
const MAX_LIST: u64 = 1024 * 1024;

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: ReleaseCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        ReleaseCommand::Add { release, file } => add(cx, output, &store, &release, &file).await,
        ReleaseCommand::List => {
            let list = release::list(&mut *store.read().await?).await?;
            let heads = ["head-release", "head-name", "head-entered", "head-hash"];
            output.table(&list, heads, |b| {
                let (name, sha256) = (b.name.clone(), hex::encode(&b.sha256));
                [b.release.clone(), name, show(b.added_at), sha256]
            });
            Ok(())
        }
        ReleaseCommand::Remove { release } => {
            let mut tx = store.write().await?;
            let count = release::remove(&mut tx, &release).await?;
            let detail = json!({ "programs": count });
            cx.audit(&mut tx, "release.remove", None, &release, detail)
                .await?;
            tx.commit().await?;
            output.show(&json!({ "release": release, "programs": count }), |_| {
                output.say("done-removed", &[("name", text(&release))])
            });
            Ok(())
        }
    }
}

async fn add(
    cx: &Context,
    output: &Output,
    store: &Store,
    release: &str,
    file: &Path,
) -> Result<(), CliError> {
    let bad = |detail: String| {
        let args = vec![("file", text(file.display())), ("detail", text(detail))];
        CliError::Input("release-bad-list", args)
    };
    let mut list = String::new();
    let opened = File::open(file).map_err(|e| bad(e.to_string()))?;
    let read = opened.take(MAX_LIST + 1).read_to_string(&mut list);
    let length = read.map_err(|e| bad(e.to_string()))?;
    if length as u64 > MAX_LIST {
        return Err(bad(format!("{MAX_LIST}+")));
    }
    let programs = parse(&list).map_err(|line| bad(line.to_string()))?;
    let mut tx = store.write().await?;
    let mut new = 0;
    for (sha256, name) in &programs {
        let binary = Binary {
            sha256: sha256.clone(),
            release: release.to_owned(),
            name: name.clone(),
            added_at: cx.now(),
        };
        new += i64::from(release::add(&mut tx, &binary).await?);
    }
    let detail = json!({ "programs": programs.len(), "new": new });
    cx.audit(&mut tx, "release.add", None, release, detail)
        .await?;
    tx.commit().await?;
    output.show(&json!({ "release": release, "new": new }), |_| {
        let args = [("release", text(release)), ("count", new.into())];
        output.say("release-added", &args)
    });
    Ok(())
}

/// The lines of a list as `sha256sum` writes it; the first line that is none of them, from 1.
fn parse(list: &str) -> Result<Vec<(Vec<u8>, String)>, usize> {
    let mut all = Vec::new();
    for (n, line) in list.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (hash, name) = line.split_once([' ', '\t']).ok_or(n + 1)?;
        let sha256 = hex::decode(hash).ok().filter(|h| h.len() == 32);
        let name = name.trim_start().trim_start_matches('*');
        all.push((sha256.ok_or(n + 1)?, name.chars().take(256).collect()));
    }
    if all.is_empty() { Err(1) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_sha256sum_are_read() {
        let hash = "ab".repeat(32);
        let list = format!("# capdo\n{hash}  capdo-agent\n{hash} *bin/capdo-agent\n\n");
        let read = parse(&list).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[1].0[0], read[1].1.as_str()),
            (0xab, "bin/capdo-agent")
        );
        assert_eq!(parse(&format!("{hash} a\nxyz b\n")), Err(2));
        assert_eq!(parse(&format!("{hash}\n")), Err(1));
        assert_eq!(parse(""), Err(1));
    }
}
