//! Runs `capdo-agent` with a scrubbed environment.

use std::path::Path;

use assert_cmd::Command;

/// What one call of the program gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Calls the program in Vietnamese, as on a host without a locale.
pub(crate) fn agent(args: &[&str]) -> Ran {
    agent_with(args, &[], "")
}

/// Calls the program with environment variables and a standard input.
pub(crate) fn agent_with(args: &[&str], env: &[(&str, &str)], stdin: &str) -> Ran {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("capdo-agent"))
        .env_clear()
        .envs(env.iter().copied())
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A small host as a folder: enough for the account checks.
pub(crate) fn host(passwd: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("etc/passwd", passwd);
    put("etc/group", "root:x:0:\nstaff:x:50:\n");
    put("etc/shadow", "root:*:19800:0:99999:7:::\n");
    put("etc/hostname", "may-chu-1\n");
    put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    put("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    dir
}

/// The path of a folder as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
