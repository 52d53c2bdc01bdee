//! A workbook for Excel and LibreOffice. Cells are strings, never formulas or links.

use capdo_checks::observation::clean;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};

/// A sheet has no more rows than this, the head included.
const MOST_ROWS: usize = 1_048_576;
/// Columns are at most so wide, in characters.
const WIDEST: usize = 80;

/// The sheets as a workbook. Rows go to a temporary file, so that memory does not grow with them.
///
/// # Errors
/// When a name or a row does not fit, or no temporary file can be written.
pub fn write(sheets: &[super::Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold();
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for sheet in sheets {
        let page = book.add_worksheet_with_constant_memory()?;
        page.set_name(&sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        for (n, wide) in widths(sheet).into_iter().enumerate() {
            page.set_column_width(column(n)?, wide)?;
        }
        for (n, text) in sheet.heads.iter().enumerate() {
            page.write_string_with_format(0, column(n)?, clean(text), &head)?;
        }
        for (n, row) in sheet.rows.iter().take(MOST_ROWS - 1).enumerate() {
            let at = u32::try_from(n + 1).map_err(|_| XlsxError::RowColumnLimitError)?;
            for (n, text) in row.iter().enumerate() {
                page.write_string_with_format(at, column(n)?, clean(text), &body)?;
            }
        }
    }
    book.save_to_buffer()
}

fn column(n: usize) -> Result<u16, XlsxError> {
    u16::try_from(n).map_err(|_| XlsxError::RowColumnLimitError)
}

/// How wide each column is to be: as its longest text among the first rows.
fn widths(sheet: &super::Sheet) -> Vec<f64> {
    let longest = |n: usize| {
        let rows = sheet.rows.iter().take(200).chain([&sheet.heads]);
        let texts = rows.filter_map(|row| row.get(n));
        let most = texts.map(|text| text.chars().take(WIDEST).count()).max();
        u32::try_from(most.unwrap_or(0) + 2).unwrap_or(8)
    };
    (0..sheet.heads.len())
        .map(|n| f64::from(longest(n).max(8)))
        .collect()
}
