//! A bound on what one element may take, whatever the whole file has.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

/// Most bytes of one element.
const ELEMENT_CAP: u64 = 1 << 20;

/// Fails when one element takes more bytes than any real one.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    /// Bytes of this element so far; whoever reads sets it to nought before each.
    pub(super) spent: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.consume_some(got)?;
        Ok(got)
    }
}

impl<R> Metered<R> {
    fn consume_some(&self, bytes: usize) -> io::Result<()> {
        self.spent
            .set(self.spent.get().saturating_add(bytes as u64));
        if self.spent.get() > ELEMENT_CAP {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an element is too large",
            ));
        }
        Ok(())
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.consume_some(0)?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.spent
            .set(self.spent.get().saturating_add(amount as u64));
        self.inner.consume(amount);
    }
}
