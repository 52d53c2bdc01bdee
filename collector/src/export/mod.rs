//! Tables that people take along: a host's findings and a system's scorecard, as CSV and as XLSX.
//! Every cell is text, and none of it can become a formula.

pub mod csv;
pub mod sheets;
pub mod xlsx;

use std::{fmt, str::FromStr};

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The first sheet, as comma-separated values in UTF-8.
    Csv,
    /// All sheets, as a workbook of Office Open XML.
    Xlsx,
}

impl Format {
    /// The media type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        })
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Xlsx),
            _ => Err(()),
        }
    }
}

/// A table. What stands in its cells may come from anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What it is called: our own words, at most 31 characters.
    pub name: String,
    /// The heads of its columns.
    pub heads: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// As CSV.
    #[error("the table cannot be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// As XLSX.
    #[error("the table cannot be written as XLSX: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
}

/// The sheets in a form, the main one first.
///
/// # Errors
/// When the form has no room for them, or no temporary file can be written.
pub fn write(sheets: &[Sheet], format: Format) -> Result<Vec<u8>, ExportError> {
    match format {
        Format::Csv => match sheets.first() {
            Some(first) => Ok(csv::write(&first.heads, &first.rows)?),
            None => Ok(Vec::new()),
        },
        Format::Xlsx => Ok(xlsx::write(sheets)?),
    }
}
