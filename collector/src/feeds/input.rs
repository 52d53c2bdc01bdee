//! Files and what they are packed in: checksums, decompression, archives, folders.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::guard::{Guard, Shape, refused};

/// Most bytes of one document of an archive or folder.
const MAX_DOCUMENT: u64 = 128 << 20;
/// Most memory that unpacking xz may take, in KiB.
const XZ_MEMORY_KIB: u32 = 128 << 10;
/// Most documents of an archive or folder.
const MAX_DOCUMENTS: usize = 2_000_000;

/// Longest name of an entry of a tar, as it stands before that entry.
const MAX_TAR_NAME: u64 = 64 << 10;
/// What an entry of a tar takes besides its content.
const TAR_BLOCK: u64 = 512;

/// SHA-256 and bytes of a file; of a folder, over the names and hashes of its JSON files.
pub(super) fn fingerprint(path: &Path) -> io::Result<([u8; 32], u64)> {
    if !path.is_dir() {
        return hash(path);
    }
    let mut hasher = Sha256::new();
    let mut total = 0;
    for file in documents(path)? {
        let (sha256, bytes) = hash(&file)?;
        let name = file.strip_prefix(path).unwrap_or(&file);
        hasher.update(name.as_os_str().as_encoded_bytes());
        hasher.update([0]);
        hasher.update(sha256);
        total += bytes;
    }
    Ok((hasher.finalize().into(), total))
}

fn hash(path: &Path) -> io::Result<([u8; 32], u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hasher.finalize().into(), total));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        total += read as u64;
    }
}

/// The JSON files of a folder and the folders in it, sorted, so that an interrupted import finds
/// its place again.
fn documents(root: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // Links are not followed: neither in circles nor out of the folder.
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.file_type()?.is_file() && is_json(&entry.path()) {
                files.push(entry.path());
            }
        }
        if files.len() + folders.len() > MAX_DOCUMENTS {
            return Err(refused("it has more than two million files"));
        }
    }
    files.sort();
    Ok(files)
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

fn ends(path: &Path, suffix: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.to_ascii_lowercase().ends_with(suffix)
}

/// One stream out of a file that may be packed with gzip, bzip2, xz or zstd, told by its first bytes.
pub(super) fn stream(path: &Path, shape: Shape) -> io::Result<Guard<Box<dyn Read>>> {
    let size = fs::metadata(path)?.len();
    Ok(Guard::new(unpacked(path)?, shape, size))
}

fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut magic = [0; 6];
    let read = File::open(path)?.take(6).read(&mut magic)?;
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    Ok(match magic.get(..read).unwrap_or_default() {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(file)),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::read::MultiBzDecoder::new(file)),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(lzma_rust2::XzReader::new_mem_limit(
            file,
            true,
            XZ_MEMORY_KIB,
        )),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Box::new(ruzstd::decoding::StreamingDecoder::new(file).map_err(io::Error::other)?)
        }
        _ => Box::new(file),
    })
}

/// Whether the path holds many documents: an archive or a folder.
pub(super) fn is_collection(path: &Path) -> bool {
    let archives = [
        ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst",
    ];
    path.is_dir() || archives.iter().any(|suffix| ends(path, suffix))
}

/// Hands every JSON document of an archive, a folder or a single file to `each`, in an order that
/// does not change. `each` answers whether to go on.
pub(super) fn each_document(
    path: &Path,
    each: &mut dyn FnMut(&mut dyn Read) -> io::Result<bool>,
) -> io::Result<()> {
    let bounded = |read: Box<dyn Read>| Guard::at_most(read, Shape::Json, MAX_DOCUMENT);
    if path.is_dir() {
        for file in documents(path)? {
            let mut document = bounded(Box::new(BufReader::new(File::open(&file)?)));
            if !each(&mut document).map_err(|e| named(&file, &e))? {
                break;
            }
        }
        return Ok(());
    }
    if ends(path, ".zip") {
        return each_of_zip(path, each);
    }
    if is_collection(path) {
        return each_of_tar(path, each);
    }
    each(&mut bounded(unpacked(path)?)).map(drop)
}

fn each_of_zip(
    path: &Path,
    each: &mut dyn FnMut(&mut dyn Read) -> io::Result<bool>,
) -> io::Result<()> {
    let size = fs::metadata(path)?.len();
    let mut archive = zip::ZipArchive::new(BufReader::new(File::open(path)?))?;
    if archive.len() > MAX_DOCUMENTS {
        return Err(refused("it has more than two million files"));
    }
    let mut all = Total::new(size);
    for at in 0..archive.len() {
        let entry = archive.by_index(at)?;
        let name = PathBuf::from(entry.name()?.into_owned());
        if !is_json(&name) {
            continue;
        }
        all.add(entry.size())?;
        let claimed = entry.size().min(MAX_DOCUMENT);
        // An entry that says less than it holds is cut off there, and then is no JSON.
        let mut document = Guard::at_most(entry.take(claimed), Shape::Json, MAX_DOCUMENT);
        if !each(&mut document).map_err(|e| named(&name, &e))? {
            break;
        }
    }
    Ok(())
}

fn each_of_tar(
    path: &Path,
    each: &mut dyn FnMut(&mut dyn Read) -> io::Result<bool>,
) -> io::Result<()> {
    let size = fs::metadata(path)?.len();
    let mut archive = tar::Archive::new(unpacked(path)?);
    let mut all = Total::new(size);
    let mut long = None;
    // Raw, for else a name would be held whole, however long its entry claims to be.
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        all.add(entry.size().saturating_add(TAR_BLOCK))?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            long = long_name(&mut entry)?.or(long);
            continue;
        }
        let name = match long.take() {
            Some(name) => name,
            None => entry.path()?.into_owned(),
        };
        if !entry.header().entry_type().is_file() || !is_json(&name) {
            continue;
        }
        let mut document = Guard::at_most(entry, Shape::Json, MAX_DOCUMENT);
        if !each(&mut document).map_err(|e| named(&name, &e))? {
            break;
        }
    }
    Ok(())
}

/// The name of the entry that follows, where this one tells it (GNU, POSIX.1-2001).
fn long_name(entry: &mut tar::Entry<'_, impl Read>) -> io::Result<Option<PathBuf>> {
    if entry.size() > MAX_TAR_NAME {
        return Err(refused("it holds a file name of more than 64 KiB"));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if entry.header().entry_type().is_gnu_longname() {
        let name = bytes.split(|b| *b == 0).next().unwrap_or_default();
        return Ok(Some(String::from_utf8_lossy(name).into_owned().into()));
    }
    let mut told = tar::PaxExtensions::new(&bytes).filter_map(Result::ok);
    let path = told.find(|e| e.key_bytes() == b"path");
    Ok(path.map(|e| String::from_utf8_lossy(e.value_bytes()).into_owned().into()))
}

/// What comes out of an archive altogether, against what went in.
struct Total {
    left: u64,
}

impl Total {
    fn new(packed: u64) -> Self {
        Self {
            left: packed.saturating_mul(200).clamp(256 << 20, 64 << 30),
        }
    }

    fn add(&mut self, bytes: u64) -> io::Result<()> {
        let left = self.left.checked_sub(bytes);
        self.left =
            left.ok_or_else(|| refused("it unpacks to far more bytes than such a file has"))?;
        Ok(())
    }
}

fn named(file: &Path, error: &io::Error) -> io::Error {
    let name: String = file.to_string_lossy().chars().take(200).collect();
    io::Error::new(
        error.kind(),
        format!("{}: {error}", capdo_checks::observation::clean(&name)),
    )
}
