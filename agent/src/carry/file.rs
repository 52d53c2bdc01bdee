//! Files that are carried: written in one step, readable by their owner alone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use capdo_cli::replace::only_a_file;
use capdo_proto::{carried, v1::carried_record::Record};

use super::CarryError;

pub(super) type Writer = carried::Writer<BufWriter<File>>;

/// Lets `fill` write a file, which takes its place when it is whole and on disk.
pub(super) fn write<T>(
    path: &Path,
    fill: impl FnOnce(&mut Writer) -> Result<T, CarryError>,
) -> Result<T, CarryError> {
    let beside = beside(path);
    let done = write_to(&beside, path, fill);
    if done.is_err() {
        drop(fs::remove_file(&beside)); // it may never have been there
    }
    done
}

fn write_to<T>(
    beside: &Path,
    path: &Path,
    fill: impl FnOnce(&mut Writer) -> Result<T, CarryError>,
) -> Result<T, CarryError> {
    let fail = |source| CarryError::file(path, source);
    let begin = || {
        only_a_file(path)?;
        if beside.exists() {
            fs::remove_file(beside)?; // left by a process that had our id and crashed
        }
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(beside)?;
        carried::Writer::new(BufWriter::new(file))
    };
    let mut writer = begin().map_err(fail)?;
    let filled = fill(&mut writer)?;
    let mut file = writer.into_inner();
    let mut end = || {
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(beside, path)?;
        File::open(folder(path))?.sync_all()
    };
    end().map_err(fail)?;
    Ok(filled)
}

/// Appends a record.
pub(super) fn put(writer: &mut Writer, path: &Path, record: Record) -> Result<(), CarryError> {
    let put = writer.put(record);
    put.map_err(|source: io::Error| CarryError::file(path, source))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    folder(path).join(name)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => Path::new("/"),
    }
}
