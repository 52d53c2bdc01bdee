//! rpm's own database (`Packages.db`), which SUSE has: a table of slots that says where the head of
//! each package lies, and the heads, each between two marks with a checksum. Numbers have the lowest
//! byte first; places are counted in blocks of 16 bytes. The format: rpm's
//! `lib/backend/ndb/rpmpkg.c`.

use std::{
    collections::BTreeSet,
    io::{self, Read},
};

use adler2::Adler32;

use super::PACKAGES_CAP;
use crate::host::{Host, HostError};

/// Bytes that are read at a time.
const PIECE: usize = 128 << 10;
const BLOCK: u64 = 16;
const PAGE: u64 = 4_096;
/// Most pages of slots. One page has room for 256 packages, and the table never shrinks.
const SLOT_PAGES_CAP: u64 = 4_096;
/// Bytes around the head of a package: magic, number, generation and length before it, checksum,
/// length and magic behind it.
const BEFORE: u64 = 16;
const BEHIND: u64 = 12;

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Where one package lies.
struct Slot {
    /// First block.
    block: u64,
    /// How many.
    blocks: u64,
    package: u32,
}

/// A database whose slots were read and make sense.
pub(super) struct Database<'a> {
    file: File<'a>,
    slots: Vec<Slot>,
    /// Block behind the table of slots, and behind the file.
    room: (u64, u64),
    /// Goes up with every change.
    generation: u32,
}

impl<'a> Database<'a> {
    /// Opens the file and reads its slots.
    pub(super) fn open(host: &'a dyn Host, path: &'a str) -> io::Result<Self> {
        let size = host.stat(path).map_err(io::Error::other)?.size;
        let mut file = File::new(host, path);
        let (generation, pages) = head(&mut file)?;
        if pages == 0 || pages > SLOT_PAGES_CAP || pages * PAGE > size || size % BLOCK != 0 {
            return Err(bad("a table of slots of impossible size"));
        }
        let mut slots = Vec::new();
        let mut packages = BTreeSet::new();
        for _ in 0..pages * PAGE / BLOCK - 2 {
            let [magic, package, block, blocks] = file.numbers()?;
            if magic.to_le_bytes() != *b"Slot" {
                return Err(bad("no slot where one belongs"));
            }
            if block == 0 {
                continue; // free
            }
            if slots.len() == PACKAGES_CAP {
                return Err(io::Error::other(HostError::OverBudget(path.to_owned())));
            }
            if package == 0 || !packages.insert(package) {
                return Err(bad("a package without a number of its own"));
            }
            slots.push(Slot {
                block: block.into(),
                blocks: blocks.into(),
                package,
            });
        }
        slots.sort_unstable_by_key(|s| s.block);
        let room = (pages * PAGE / BLOCK, size / BLOCK);
        let mut free = room.0;
        for slot in &slots {
            if slot.block < free {
                return Err(bad("packages that overlap"));
            }
            free = slot.block + slot.blocks;
        }
        if free > room.1 {
            return Err(bad("file cut short"));
        }
        Ok(Self {
            file,
            slots,
            room,
            generation,
        })
    }

    /// Calls `each` with the head of every package and how many bytes it has. A head that is not
    /// what its checksum says is an error, and so is one that no slot names: rpm leaves zeros where
    /// nothing lies, and a lost slot would be a lost package.
    pub(super) fn heads(
        &mut self,
        mut each: impl FnMut(&mut dyn Read, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut free = self.room.0;
        for slot in &self.slots {
            self.file.zeros(free, slot.block)?;
            free = slot.block + slot.blocks;
            let mut summed = Summed {
                inner: &mut self.file,
                sum: Adler32::new(),
            };
            let [magic, package, _generation, length] = summed.numbers()?;
            let whole = BEFORE + u64::from(length) + BEHIND;
            if magic.to_le_bytes() != *b"BlbS"
                || package != slot.package
                || whole.div_ceil(BLOCK) != slot.blocks
            {
                return Err(bad("no package where its slot says"));
            }
            let mut rest = (&mut summed).take(slot.blocks * BLOCK - BEFORE - BEHIND);
            each(&mut rest, length.into())?;
            io::copy(&mut rest, &mut io::sink())?;
            let wanted = summed.sum.checksum();
            let [sum, again, magic] = self.file.numbers()?;
            if sum != wanted || again != length || magic.to_le_bytes() != *b"BlbE" {
                return Err(bad("a package that its checksum does not fit"));
            }
        }
        self.file.zeros(free, self.room.1)
    }

    /// Whether the file is still of the generation that was opened.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        let (generation, _) = head(&mut File::new(self.file.host, self.file.path))?;
        Ok(generation == self.generation)
    }
}

/// Generation and pages of slots. The reader then stands at the first slot.
fn head(file: &mut File<'_>) -> io::Result<(u32, u64)> {
    let [magic, version, generation, pages] = file.numbers()?;
    let [..] = file.numbers::<4>()?;
    if magic.to_le_bytes() != *b"RpmP" {
        return Err(bad("no database of rpm"));
    }
    if version != 0 {
        return Err(bad("a version of rpm's database that is not known"));
    }
    Ok((generation, pages.into()))
}

trait Numbers: Read {
    /// The next numbers. A file that ends in them is cut short.
    fn numbers<const N: usize>(&mut self) -> io::Result<[u32; N]> {
        let mut all = [0; N];
        for number in &mut all {
            let mut bytes = [0; 4];
            self.read_exact(&mut bytes)?;
            *number = u32::from_le_bytes(bytes);
        }
        Ok(all)
    }
}

impl<R: Read> Numbers for R {}

/// The file from `at` on, a piece at a time.
struct File<'a> {
    host: &'a dyn Host,
    path: &'a str,
    at: u64,
    piece: Vec<u8>,
    /// Where the piece begins.
    from: u64,
}

impl<'a> File<'a> {
    const fn new(host: &'a dyn Host, path: &'a str) -> Self {
        Self {
            host,
            path,
            at: 0,
            piece: Vec::new(),
            from: 0,
        }
    }

    /// Goes from one block to another over nothing but zeros.
    fn zeros(&mut self, from: u64, to: u64) -> io::Result<()> {
        self.at = from * BLOCK;
        let mut left = (to - from) * BLOCK;
        let mut bytes = [0; 4_096];
        while left > 0 {
            let most = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            let got = self.read(&mut bytes[..most])?;
            if got == 0 {
                return Err(bad("file cut short"));
            }
            if bytes[..got].iter().any(|b| *b != 0) {
                return Err(bad("a package that no slot names"));
            }
            left -= got as u64;
        }
        Ok(())
    }
}

impl Read for File<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let inside = |from: u64, len: usize| {
            let at = usize::try_from(self.at.checked_sub(from)?).ok()?;
            (at < len).then_some(at)
        };
        let at = if let Some(at) = inside(self.from, self.piece.len()) {
            at
        } else {
            let piece = self.host.read_at(self.path, self.at, PIECE);
            self.piece = piece.map_err(io::Error::other)?;
            self.from = self.at;
            0
        };
        let some = &self.piece[at..];
        let count = some.len().min(buf.len());
        buf[..count].copy_from_slice(&some[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

/// Sums up what is read through it.
struct Summed<'f, 'a> {
    inner: &'f mut File<'a>,
    sum: Adler32,
}

impl Read for Summed<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.sum.write_slice(&buf[..got]);
        Ok(got)
    }
}
