//! What people take along: a host's findings and a system's scorecard, as CSV, XLSX and PDF.
//! Every cell is text, and none of it can become a formula, a link or a script.

pub mod csv;
pub mod pdf;
pub mod sheets;
pub mod xlsx;

use std::{fmt, str::FromStr};

use crate::web::pages::text::Text;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The first sheet, as comma-separated values in UTF-8.
    Csv,
    /// All sheets, as a workbook of Office Open XML.
    Xlsx,
    /// A report on A4, as PDF/A-2u.
    Pdf,
}

impl Format {
    /// The media type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
        })
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Xlsx),
            "pdf" => Ok(Self::Pdf),
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
    /// Its columns on paper; a sheet without any is not printed.
    pub print: &'static [Column],
}

/// A column on paper, in which several columns of a sheet may stand one below the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its share of the width, against the others.
    pub share: u16,
    /// Which columns of the sheet, the main one first.
    pub parts: &'static [usize],
    /// Whether the main one is bold.
    pub strong: bool,
}

/// One of the four numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// What it is called.
    pub label: String,
    /// The number.
    pub value: String,
    /// What belongs beside it.
    pub below: String,
}

/// What is taken along. What stands in it may come from anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For its reader.
    pub text: Text,
    /// When it was made, in stored time.
    pub at: i64,
    /// What it is: our own words.
    pub title: String,
    /// Whose it is.
    pub agency: String,
    /// The id of that agency, under which reading it is noted.
    pub agency_id: String,
    /// What it is about.
    pub name: String,
    /// Facts about that, with their labels.
    pub about: Vec<(String, String)>,
    /// The four numbers of the system.
    pub numbers: Vec<Number>,
    /// Its tables, the main one first.
    pub sheets: Vec<Sheet>,
    /// What its reader is to know: our own words.
    pub remarks: Vec<String>,
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
    /// As PDF.
    #[error("the report cannot be written as PDF: {0}")]
    Pdf(String),
}

/// The report in a form.
///
/// # Errors
/// When the form has no room for them, or no temporary file can be written.
pub fn write(report: &Report, format: Format) -> Result<Vec<u8>, ExportError> {
    match format {
        Format::Csv => match report.sheets.first() {
            Some(first) => Ok(csv::write(&first.heads, &first.rows)?),
            None => Ok(Vec::new()),
        },
        Format::Xlsx => Ok(xlsx::write(&report.sheets)?),
        Format::Pdf => pdf::write(report).map_err(ExportError::Pdf),
    }
}
