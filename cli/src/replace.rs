//! Which files may be replaced by one that was written beside them.

use std::{fs, io, path::Path};

/// Passes where nothing stands at `path`, or an ordinary file. A file put in the place of a device would end what
/// everybody else uses it for, one in the place of a pipe would reach no reader, and one in the place of a link
/// would leave what the link leads to as it was.
///
/// # Errors
/// When something else stands there, or it may not be looked at.
pub fn only_a_file(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if kind.is_file() {
        return Ok(());
    }
    let what = match () {
        () if kind.is_symlink() => "a link; name the file that it leads to",
        () if kind.is_dir() => "a folder; name a file in it",
        () => "a device, a pipe or a socket, not a file",
    };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("this is {what}"),
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixListener};

    use super::*;

    #[test]
    fn nothing_but_a_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "x").unwrap();
        symlink(at("file"), at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for name in ["file", "none"] {
            only_a_file(&at(name)).unwrap();
        }
        for (name, said) in [("link", "link"), ("folder", "folder"), ("socket", "socket")] {
            let refused = only_a_file(&at(name)).unwrap_err().to_string();
            assert!(refused.contains(said), "{refused}");
        }
        only_a_file(Path::new("/dev/null")).unwrap_err();
    }
}
