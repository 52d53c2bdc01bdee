//! The log of probes: unbroken, and ending where the record says that it ends. Its chain makes the last hash
//! on record vouch for all rows before, those from before the record spoke of them too.

use super::Report;
use crate::store::{Db, Result, chain::Walk, probe};

/// Goes along the log. `last` is what the record last said of it: the place and the hash.
pub(super) async fn verify(
    db: &mut Db,
    last: Option<(i64, String)>,
    report: &mut Report,
) -> Result<()> {
    let mut walk = Walk::default();
    loop {
        let page = probe::page(&mut *db, walk.seq).await?;
        if page.is_empty() {
            break;
        }
        for line in page {
            let flaw = line.follows(&mut walk);
            let row = line.seq.to_string();
            report.flaw("probe", row.clone(), flaw);
            report.probes += 1;
            let what = match &last {
                Some((seq, sha256)) if *seq == line.seq => {
                    (*sha256 != hex::encode(&line.sha256)).then_some("differs")
                }
                Some((seq, _)) if *seq < line.seq => Some("unrecorded"),
                _ => None,
            };
            if let Some(what) = what {
                report.breaks("probe", row, what, "");
            }
        }
    }
    if last.is_some_and(|(seq, _)| seq > walk.seq) {
        report.breaks("probe", (walk.seq + 1).to_string(), "missing", "");
    }
    Ok(())
}
