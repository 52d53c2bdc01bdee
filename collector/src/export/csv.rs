//! Comma-separated values for spreadsheets.

use capdo_checks::observation::clean;

/// A table as CSV in UTF-8 with a mark at the start, without which Excel takes it for another
/// encoding. What a spreadsheet would take for a formula becomes text.
///
/// # Errors
/// Never in practice; the writer is in memory.
pub fn write(heads: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::WriterBuilder::new().from_writer("\u{feff}".as_bytes().to_vec());
    for row in std::iter::once(heads).chain(rows.iter().map(Vec::as_slice)) {
        table.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    table
        .into_inner()
        .map_err(|e| csv::Error::from(e.into_error()))
}

/// Signs with which a formula begins, the wide ones of East Asian keyboards included.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Text that no spreadsheet computes. Blanks before a sign are dropped by some of them.
fn harmless(cell: &str) -> String {
    let cell = clean(cell);
    if is_formula(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// Whether a spreadsheet would take a cell for a formula.
pub fn is_formula(cell: &str) -> bool {
    let blank = |c: char| c.is_whitespace() && !FORMULA.contains(&c);
    cell.trim_start_matches(blank).starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let row = ["=HYPERLINK(1)", "+1", "-1", "@a", "a,b\"c"].map(str::to_owned);
        let row2 = [" =1", "\t=1", "＝1", "a\nb", "\u{a0}@x"].map(str::to_owned);
        let rows = [row.to_vec(), row2.to_vec()];
        let text = String::from_utf8(write(&vec!["h".to_owned(); 5], &rows).unwrap()).unwrap();
        assert!(
            text.contains("'=HYPERLINK(1),'+1,'-1,'@a,\"a,b\"\"c\""),
            "{text}"
        );
        assert!(
            text.contains("' =1,'\t=1,'＝1,\"a\nb\",'\u{a0}@x"),
            "{text}"
        );
    }
}
