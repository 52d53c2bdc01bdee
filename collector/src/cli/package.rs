//! `package`: what is installed where.

use super::{CliError, Context, Output, args::PackageCommand};
use crate::{
    clock::show,
    say::text,
    search::{self, Query},
    store::Scope,
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: PackageCommand,
) -> Result<(), CliError> {
    let PackageCommand::Search { query } = command;
    let typed = query.join(" ");
    let query = Query::parse(&typed)
        .ok_or_else(|| CliError::Input("package-bad-query", vec![("query", text(&typed))]))?;
    let store = cx.store().await?;
    let (found, more) = search::run(&mut *store.read().await?, &Scope::All, &query).await?;
    cx.reads(&store, None, "package.search").await?;
    let heads = [
        "head-hostname",
        "head-system",
        "head-agency",
        "head-package",
        "head-version",
        "head-source",
        "head-release",
        "head-seen",
    ];
    output.table(&found, heads, |f| {
        [
            f.hostname.clone(),
            f.system_name.clone(),
            f.agency_name.clone(),
            format!("{}:{}", f.name, f.arch),
            f.version.clone(),
            f.source.clone(),
            f.release.clone(),
            show(f.received_at),
        ]
    });
    if found.is_empty() {
        output.note(&output.say(
            "package-none",
            &[("query", text(super::output::tame(&typed)))],
        ));
    }
    if more {
        output.complain(&output.say("package-more", &[("count", search::MOST.into())]));
    }
    Ok(())
}
