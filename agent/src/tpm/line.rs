//! The way to a TPM: a character device of the kernel, or a Unix socket as `swtpm` offers it. One command
//! goes out whole, one answer comes back, and everything together takes a bounded time.

use std::{
    fs,
    io::{self, ErrorKind},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::fs::FileTypeExt as _,
    },
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    io::Errno,
    net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType},
};

use super::{
    TpmError,
    message::{HEADER_BYTES, MAX_BYTES, code},
};

/// The first pause before a busy TPM is asked again; each is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// `TPM_RC_YIELDED`, `TPM_RC_TESTING`, `TPM_RC_RETRY`, and those that tell that its working memory is
/// full just now: of objects, of sessions, and in all. (TPM 2.0 library, part 2, 6.6.3)
const LATER: [u32; 8] = [0x908, 0x90A, 0x922, 0x902, 0x903, 0x904, 0x905, 0x906];

/// An open way to a TPM.
pub(super) struct Line<'a> {
    path: &'a Path,
    fd: Option<OwnedFd>,
    by: Instant,
    late: bool,
}

impl<'a> Line<'a> {
    /// Opens it. Everything that is asked takes `limit` at most.
    pub(super) fn open(path: &'a Path, limit: Duration) -> Result<Self, TpmError> {
        let by = Instant::now() + limit;
        let mut pause = FIRST_PAUSE;
        loop {
            match open(path) {
                Ok(fd) => {
                    return Ok(Self {
                        path,
                        fd: Some(fd),
                        by,
                        late: false,
                    });
                }
                // Somebody has a device that only one may have, or many wait at a socket.
                Err(e) if is_busy(&e) && Instant::now() + pause < by => rest(&mut pause),
                Err(e) => return Err(unopened(path, &e)),
            }
        }
    }

    /// Sends a command and reads its answer. One that asks to be sent again later is.
    pub(super) fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.once(command)?;
            if !code(&answer).is_some_and(|code| LATER.contains(&code)) {
                return Ok(answer);
            }
            if Instant::now() + pause >= self.by {
                return Err(TpmError::Busy(self.path.to_owned()));
            }
            rest(&mut pause);
        }
    }

    /// Lets what has to follow take a little longer, such as tidying up.
    pub(super) fn grant(&mut self, more: Duration) {
        self.by = self.by.max(Instant::now() + more);
    }

    /// Whether the TPM left a command unanswered: no other could follow on this line.
    pub(super) const fn is_late(&self) -> bool {
        self.late
    }

    fn once(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError> {
        let mut sent = 0;
        while sent < command.len() {
            match rustix::io::write(self.fd()?, &command[sent..]) {
                Ok(0) => return Err(self.broken("it takes no command")),
                Ok(n) => sent += n,
                Err(e) => self.wait_after(e, PollFlags::OUT)?,
            }
        }
        let mut answer = [0; MAX_BYTES];
        let mut got = 0;
        loop {
            match rustix::io::read(self.fd()?, &mut answer[got..]) {
                Ok(0) => return Err(self.broken("its answer breaks off")),
                Ok(n) => got += n,
                Err(e) => {
                    self.wait_after(e, PollFlags::IN)?;
                    continue;
                }
            }
            if got < HEADER_BYTES {
                continue;
            }
            let length = u32::from_be_bytes([answer[2], answer[3], answer[4], answer[5]]);
            match usize::try_from(length).unwrap_or(usize::MAX) {
                length if length == got => return Ok(answer[..got].to_vec()),
                length if length > got && length <= MAX_BYTES => {}
                _ => return Err(self.broken("its answer has no possible length")),
            }
        }
    }

    /// Waits until a call that failed may do better; fails where it never will, or not in time.
    fn wait_after(&mut self, error: Errno, what: PollFlags) -> Result<(), TpmError> {
        if error == Errno::INTR {
            return Ok(());
        }
        if error != Errno::AGAIN {
            return Err(TpmError::Io(self.path.to_owned(), error.to_string()));
        }
        let left = self.by.saturating_duration_since(Instant::now());
        let limit = Timespec::try_from(left).ok();
        let fd = self.fd()?;
        let mut fds = [PollFd::new(&fd, what)];
        let ready = poll(&mut fds, limit.as_ref());
        match ready {
            Ok(0) => {
                self.late = true;
                Err(TpmError::Slow(self.path.to_owned()))
            }
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(e) => Err(TpmError::Io(self.path.to_owned(), e.to_string())),
        }
    }

    fn fd(&self) -> Result<rustix::fd::BorrowedFd<'_>, TpmError> {
        let fd = self.fd.as_ref().map(|fd| fd.as_fd());
        fd.ok_or_else(|| TpmError::Slow(self.path.to_owned()))
    }

    fn broken(&self, what: &str) -> TpmError {
        TpmError::Answer(self.path.to_owned(), what.to_owned())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        // The kernel lets go of a device only once its TPM has answered, which may take minutes.
        if self.late
            && let Some(fd) = self.fd.take()
        {
            drop(thread::Builder::new().spawn(move || drop(fd)));
        }
    }
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_char_device() {
        // Without blocking, so that the answer can be waited for a bounded time (Linux 5.0).
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        Ok(rustix::fs::open(path, flags, Mode::empty())?)
    } else if kind.is_socket() {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let fd = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        rustix::net::connect(&fd, &SocketAddrUnix::new(path)?)?;
        Ok(fd)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

fn is_busy(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ResourceBusy | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

fn unopened(path: &Path, error: &io::Error) -> TpmError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => TpmError::Absent(path),
        ErrorKind::PermissionDenied => TpmError::Denied(path),
        ErrorKind::InvalidInput => TpmError::NoDevice(path),
        _ if is_busy(error) => TpmError::Busy(path),
        // What stands for a device whose TPM is gone, and for a socket where nobody listens.
        _ if matches!(
            Errno::from_io_error(error),
            Some(Errno::NXIO | Errno::NODEV | Errno::CONNREFUSED)
        ) =>
        {
            TpmError::Absent(path)
        }
        _ => TpmError::Io(path, error.to_string()),
    }
}

fn rest(pause: &mut Duration) {
    thread::sleep(*pause);
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}
