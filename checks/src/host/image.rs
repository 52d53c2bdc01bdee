//! A mounted file system: `--root DIR`.

use std::path::Path;

use jiff::Timestamp;

use super::{
    Command, Entry, Exchange, Host, HostError, HttpAnswer, HttpAsk, Kind, Output, Space, Stat,
    files::Files,
};
use crate::probes::tls::survey::{Ask, Survey};

/// The files below a folder, seen as if it were `/`. Nothing runs and nothing answers.
pub struct Image {
    files: Files,
    now: Timestamp,
}

impl Image {
    /// Opens the folder. `now` is the time to judge ages by.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn open(root: &Path, now: Timestamp) -> Result<Self, HostError> {
        Ok(Self {
            files: Files::below(root)?,
            now,
        })
    }
}

/// Paths that only a running kernel fills; an image that holds copies of them must not be believed.
fn is_live_only(path: &str) -> bool {
    ["/proc", "/sys", "/run", "/dev"].iter().any(|top| {
        path.strip_prefix(top)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn not_live<T>(what: &str) -> Result<T, HostError> {
    Err(HostError::NotLive(what.to_owned()))
}

impl Host for Image {
    fn kind(&self) -> Kind {
        Kind::Image
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn stat(&self, path: &str) -> Result<Stat, HostError> {
        if is_live_only(path) {
            not_live(path)
        } else {
            self.files.stat(path)
        }
    }

    fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        if is_live_only(path) {
            not_live(path)
        } else {
            self.files.read(path, cap)
        }
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, HostError> {
        if is_live_only(path) {
            not_live(path)
        } else {
            self.files.read_at(path, offset, len)
        }
    }

    fn read_link(&self, path: &str) -> Result<String, HostError> {
        if is_live_only(path) {
            not_live(path)
        } else {
            self.files.read_link(path)
        }
    }

    fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        if is_live_only(path) {
            not_live(path)
        } else {
            self.files.list(path, cap)
        }
    }

    fn space(&self, path: &str) -> Result<Space, HostError> {
        not_live(path) // the file system below an image is not the one it will run on
    }

    fn run(&self, command: &Command) -> Result<Output, HostError> {
        not_live(&command.line())
    }

    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError> {
        not_live(&exchange.target.to_string())
    }

    fn tls_survey(&self, ask: &Ask) -> Result<Survey, HostError> {
        not_live(&ask.target.to_string())
    }

    fn http(&self, ask: &HttpAsk) -> Result<HttpAnswer, HostError> {
        not_live(&ask.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_kernel_files_are_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("proc/sys/kernel")).unwrap();
        std::fs::write(dir.path().join("proc/sys/kernel/randomize_va_space"), "2").unwrap();
        std::fs::create_dir(dir.path().join("process")).unwrap();
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let got = image.text("/proc/sys/kernel/randomize_va_space");
        assert!(matches!(got, Err(HostError::NotLive(_))));
        assert!(image.stat("/process").is_ok());
    }
}
