//! `host enroll-offline`: an identity for a host of a one-way site, from file to file.

use std::{fs::File, io::BufReader, path::Path};

use capdo_proto::{
    carried::{Reader, Writer},
    v1::{CarriedEnrolment, CarriedGrant, carried_record::Record},
};
use serde_json::json;

use super::{CliError, Context, Output, args::EnrollOffline};
use crate::{
    file::Replacing,
    identity::{
        Trust,
        carried::{For, enroll},
    },
    ingest::carried::CarriedError,
    say::text,
    store::Store,
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    store: &Store,
    args: &EnrollOffline,
) -> Result<(), CliError> {
    let trust = Trust::load(store.clone(), cx.keys(), cx.now()).await?.now();
    let request = read(&args.file)?;
    let whom = match &args.host {
        Some(host) => For::Host(host),
        None => For::System(args.system.as_deref().unwrap_or_default()),
    };
    let mut tx = store.write().await?;
    let who = (cx.actor(), cx.now());
    let given = enroll(&mut tx, &trust, &cx.config.agents, &request, whom, who).await?;
    // Before the commit: a grant that cannot be written was not given.
    write(&args.out, given.grant)?;
    tx.commit().await?;
    let (host, system) = (&given.host, &given.system);
    let fingerprint = trust.issuer.fingerprint();
    let shown = json!({ "host": host, "again": given.again, "grant": args.out,
        "ca_sha256": fingerprint });
    output.show(&shown, |_| {
        let key = if given.again {
            "host-given-again"
        } else {
            "host-given"
        };
        let args = [
            ("name", text(&host.hostname)),
            ("id", text(&host.id)),
            ("system", text(&system.name)),
            ("file", text(args.out.display())),
            ("fingerprint", text(&fingerprint)),
        ];
        output.say(key, &args)
    });
    Ok(())
}

fn read(path: &Path) -> Result<CarriedEnrolment, CliError> {
    let unreadable = |source| CarriedError::File {
        path: path.to_owned(),
        source,
    };
    let frame = |source| CarriedError::Frame {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = Reader::new(BufReader::new(file)).map_err(frame)?;
    let first = reader.next_record().map_err(frame)?;
    let rest = reader.next_record().map_err(frame)?;
    match (first, rest) {
        (Some(Record::Enrolment(request)), None) => Ok(request),
        _ => Err(CarriedError::Order {
            path: path.to_owned(),
            at: reader.at(),
        }
        .into()),
    }
}

fn write(path: &Path, grant: CarriedGrant) -> Result<(), CarriedError> {
    let written = || {
        let mut file = Replacing::begin(path)?;
        let mut writer = Writer::new(file.file())?;
        writer.put(Record::Grant(grant))?;
        file.finish()
    };
    written().map_err(|source| CarriedError::File {
        path: path.to_owned(),
        source,
    })
}
