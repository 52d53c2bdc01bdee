//! Accounts: `passwd(5)`, `shadow(5)` and `group(5)`, joined. Password hashes never leave this
//! file: only their scheme and state do.

use std::collections::BTreeMap;

use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// Shells with which nobody can log in.
const CLOSED_SHELLS: [&str; 4] = [
    "/usr/sbin/nologin",
    "/sbin/nologin",
    "/bin/false",
    "/usr/bin/false",
];

/// First user id of people's accounts, as `UID_MIN` of `/etc/login.defs` ships.
const FIRST_PERSON: u32 = 1000;

/// One line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Line number in `/etc/passwd`, from 1.
    pub line: usize,
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Home folder.
    pub home: String,
    /// Login shell; empty means `/bin/sh`.
    pub shell: String,
    /// Whether the password field of `/etc/passwd` itself holds something other than `x`, `*`, `!`.
    pub unshadowed: bool,
    /// Whether the password field of `/etc/passwd` itself is empty: no password is asked for.
    pub passwordless: bool,
}

impl Account {
    /// Whether the shell lets somebody in.
    pub fn has_login_shell(&self) -> bool {
        !CLOSED_SHELLS.contains(&self.shell.as_str()) && !self.shell.ends_with("/nologin")
    }

    /// Whether the user id is below those that `adduser` gives to people, and not root's.
    pub const fn is_system(&self) -> bool {
        self.uid != 0 && self.uid < FIRST_PERSON
    }
}

/// What the password field of `shadow(5)` says, without the hash itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Password {
    /// No password is asked for.
    Empty,
    /// `!` or `*`: no password opens the account. Keys may.
    Locked,
    /// A hash of the named scheme, as in crypt(5).
    Hashed(Scheme),
}

/// Hash schemes of crypt(5), by prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// `$y$`.
    Yescrypt,
    /// `$gy$`.
    GostYescrypt,
    /// `$7$`.
    Scrypt,
    /// `$2a$`, `$2b$`, `$2x$`, `$2y$`.
    Bcrypt,
    /// `$6$`.
    Sha512,
    /// `$5$`.
    Sha256,
    /// `$1$`.
    Md5,
    /// Thirteen characters, or `_`: the DES family.
    Des,
    /// Anything else.
    Other,
}

impl Scheme {
    /// The name that crypt(5) uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yescrypt => "yescrypt",
            Self::GostYescrypt => "gost-yescrypt",
            Self::Scrypt => "scrypt",
            Self::Bcrypt => "bcrypt",
            Self::Sha512 => "sha512crypt",
            Self::Sha256 => "sha256crypt",
            Self::Md5 => "md5crypt",
            Self::Des => "descrypt",
            Self::Other => "other",
        }
    }
}

/// One line of `/etc/shadow`, without the hash. Days count from 1970-01-01.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// State of the password.
    pub password: Password,
    /// Day of the last change.
    pub last_change: Option<i64>,
    /// Days before it may change again.
    pub min_days: Option<i64>,
    /// Days before it must change.
    pub max_days: Option<i64>,
    /// Days after expiry until the account is disabled.
    pub inactive_days: Option<i64>,
    /// Day on which the account expires.
    pub expires: Option<i64>,
}

/// `/etc/passwd`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// In the order of the file.
    pub all: Vec<Account>,
    /// Lines that are no accounts, by number: NIS `+` lines and malformed ones.
    pub odd_lines: Vec<usize>,
}

impl Accounts {
    /// The account `name`.
    pub fn find(&self, name: &str) -> Option<&Account> {
        self.all.iter().find(|a| a.name == name)
    }
}

impl Gather for Accounts {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        Ok(parse_passwd(&cx.host().text("/etc/passwd")?))
    }
}

/// `/etc/shadow`, by account. Needs root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shadows(pub BTreeMap<String, Shadow>);

impl Gather for Shadows {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        Ok(parse_shadow(&cx.host().text("/etc/shadow")?))
    }
}

/// One line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Group id.
    pub gid: u32,
    /// Accounts listed as members; primary members are not among them.
    pub members: Vec<String>,
}

/// `/etc/group`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(pub Vec<Group>);

impl Groups {
    /// The names of all members of `group`, primary members included.
    pub fn members(&self, group: &str, accounts: &Accounts) -> Vec<String> {
        let mut names = Vec::new();
        for g in self.0.iter().filter(|g| g.name == group) {
            names.extend(g.members.iter().cloned());
            names.extend(
                accounts
                    .all
                    .iter()
                    .filter(|a| a.gid == g.gid)
                    .map(|a| a.name.clone()),
            );
        }
        names.sort();
        names.dedup();
        names
    }
}

impl Gather for Groups {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        Ok(parse_group(&cx.host().text("/etc/group")?))
    }
}

fn parse_passwd(text: &str) -> Accounts {
    let mut accounts = Accounts::default();
    for (n, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        match passwd_line(n + 1, line) {
            Some(account) => accounts.all.push(account),
            None if line.trim_start().starts_with('#') => {}
            None => accounts.odd_lines.push(n + 1),
        }
    }
    accounts
}

fn passwd_line(line: usize, text: &str) -> Option<Account> {
    let fields: Vec<&str> = text.split(':').collect();
    let [name, password, uid, gid, _gecos, home, shell] = fields.as_slice() else {
        return None;
    };
    if name.is_empty() || name.starts_with(['+', '-', '#']) {
        return None;
    }
    Some(Account {
        line,
        name: (*name).to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: (*home).to_owned(),
        shell: shell.trim().to_owned(),
        unshadowed: !matches!(*password, "x" | "*" | "!" | "!!"),
        passwordless: password.is_empty(),
    })
}

fn parse_shadow(text: &str) -> Shadows {
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|n| !n.is_empty())?.to_owned();
        let password = password_state(fields.next()?);
        let mut day = || fields.next().and_then(|f| f.trim().parse().ok());
        let (last_change, min_days, max_days) = (day(), day(), day());
        let _warn: Option<i64> = day();
        let (inactive_days, expires) = (day(), day());
        Some((
            name,
            Shadow {
                password,
                last_change,
                min_days,
                max_days,
                inactive_days,
                expires,
            },
        ))
    };
    let mut shadows = Shadows::default();
    for (name, shadow) in text.lines().filter_map(entry) {
        shadows.0.entry(name).or_insert(shadow); // the system, too, takes the first line of a name
    }
    shadows
}

fn password_state(field: &str) -> Password {
    match field {
        "" => Password::Empty,
        f if f.starts_with(['!', '*']) => Password::Locked,
        f => Password::Hashed(scheme(f)),
    }
}

fn scheme(hash: &str) -> Scheme {
    match hash
        .strip_prefix('$')
        .and_then(|rest| rest.split_once('$'))
        .map(|(id, _)| id)
    {
        Some("y") => Scheme::Yescrypt,
        Some("gy") => Scheme::GostYescrypt,
        Some("7") => Scheme::Scrypt,
        Some("2a" | "2b" | "2x" | "2y") => Scheme::Bcrypt,
        Some("6") => Scheme::Sha512,
        Some("5") => Scheme::Sha256,
        Some("1") => Scheme::Md5,
        None if hash.len() == 13 || hash.starts_with('_') => Scheme::Des,
        _ => Scheme::Other,
    }
}

fn parse_group(text: &str) -> Groups {
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|n| !n.is_empty())?.to_owned();
        let gid = fields.nth(1)?.parse().ok()?;
        let members = fields
            .next()?
            .split(',')
            .map(str::trim)
            .filter(|m| !m.is_empty());
        Some(Group {
            name,
            gid,
            members: members.map(str::to_owned).collect(),
        })
    };
    Groups(text.lines().filter_map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwd_lines_and_odd_lines_are_told_apart() {
        let text = "root:x:0:0:root:/root:/bin/bash\n+nis\nx:y\nold:$1$ab$c:5:5::/:/bin/sh\n";
        let got = parse_passwd(text);
        assert_eq!(
            got.all.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(),
            ["root", "old"]
        );
        assert_eq!(got.odd_lines, [2, 3]);
        assert!(got.all[1].unshadowed && !got.all[0].unshadowed);
    }

    #[test]
    fn shadow_keeps_the_scheme_and_drops_the_hash() {
        let got =
            parse_shadow("a:$y$j9T$salt$hash:19000:0:60:7:30::\nb:!$6$x$y:1::::::\nc::::::::\n");
        let a = &got.0["a"];
        assert_eq!(a.password, Password::Hashed(Scheme::Yescrypt));
        assert_eq!(
            (a.last_change, a.max_days, a.inactive_days),
            (Some(19000), Some(60), Some(30))
        );
        assert_eq!(got.0["b"].password, Password::Locked);
        assert_eq!(got.0["c"].password, Password::Empty);
        assert!(!format!("{got:?}").contains("hash"));
    }

    #[test]
    fn the_first_shadow_line_of_a_name_holds() {
        let got = parse_shadow("a::1::::::\na:!:1::::::\n");
        assert_eq!(got.0["a"].password, Password::Empty);
    }

    #[test]
    fn primary_members_belong_to_their_group() {
        let accounts = parse_passwd("a:x:1000:27::/:/bin/sh\nb:x:1001:100::/:/bin/sh\n");
        let groups = parse_group("sudo:x:27:b\n");
        assert_eq!(groups.members("sudo", &accounts), ["a", "b"]);
    }
}
