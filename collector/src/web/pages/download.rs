//! `/hosts/{id}/findings.{format}` and `/systems/{id}/scorecard.{format}`: the pages as tables and reports.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use tokio::sync::Semaphore;

use super::{failure::Failure, shell::Visit};
use crate::{
    export::{
        self, Format, Report,
        sheets::{self, Asked},
    },
    web::Shared,
};

/// So many are made at a time: a large one takes a second and tens of megabytes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A host's findings.
pub async fn findings(
    State(web): State<Shared>,
    visit: Visit,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let format = asked_format(&name, "findings")?;
    let made = sheets::host(&web.store, &asked(&web, &visit), &id).await?;
    visit.reads(&web, &made.agency_id).await?;
    file(made, format, "findings").await
}

/// A system's scorecard.
pub async fn scorecard(
    State(web): State<Shared>,
    visit: Visit,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let format = asked_format(&name, "scorecard")?;
    let made = sheets::system(&web.store, &asked(&web, &visit), &id).await?;
    visit.reads(&web, &made.agency_id).await?;
    file(made, format, "scorecard").await
}

fn asked<'a>(web: &Shared, visit: &'a Visit) -> Asked<'a> {
    Asked {
        scope: &visit.scope,
        text: visit.text,
        now: visit.now,
        fresh_from: visit.now.saturating_sub(web.max_age_ms),
    }
}

fn asked_format(name: &str, stem: &str) -> Result<Format, Failure> {
    let rest = name.strip_prefix(stem).and_then(|r| r.strip_prefix('.'));
    rest.and_then(|format| format.parse().ok())
        .ok_or(Failure::NOT_FOUND)
}

/// The answer. Nothing in its headers comes from anybody else.
async fn file(report: Report, format: Format, stem: &str) -> Result<Response, Failure> {
    let turn = AT_ONCE.acquire().await.map_err(|_| Failure::DEFECT)?;
    // The turn goes along: whoever breaks the connection off does not make room by that.
    let written = tokio::task::spawn_blocking(move || {
        let written = export::write(&report, format);
        drop(turn);
        written
    })
    .await;
    let bytes = match written {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            tracing::error!(%error, "a table could not be made");
            return Err(Failure::DEFECT);
        }
        Err(error) => {
            tracing::error!(%error, "a table could not be made");
            return Err(Failure::DEFECT);
        }
    };
    let name = format!("attachment; filename=\"{stem}.{format}\"");
    let name = HeaderValue::try_from(name).map_err(|_| Failure::DEFECT)?;
    let kind = HeaderValue::from_static(format.media());
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
        ],
        bytes,
    )
        .into_response())
}
