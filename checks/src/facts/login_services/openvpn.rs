//! OpenVPN servers: what a client must show (openvpn(8)). Keys inside the files are passed over.
//!
//! Every plugin and script must agree, so what they ask for adds up. A script may agree to
//! anything: that a password is asked for does not show that it is checked. `static-challenge` is
//! an instruction to a client and demands nothing.

mod started;

use std::collections::BTreeMap;

use self::started::Started;
use super::{KEY, Login, NOTHING, PASSWORD, Sort, UNSEEN, Way, running, through_pam};
use crate::{
    context::Cx,
    facts::{
        access::real_path,
        glob,
        sockets::{Proto, Sockets},
    },
    host::Host,
    observation::{Gap, GapReason},
};

const NAME: &str = "OpenVPN";
const FOLDERS: [&str; 3] = ["/etc/openvpn", "/etc/openvpn/client", "/etc/openvpn/server"];
/// Its port, over UDP.
const PORT: u16 = 1194;
const MAX_INCLUDES: usize = 8;

/// A file of the usual folders.
struct Listed {
    folder: &'static str,
    path: String,
    server: Server,
}

/// The servers of this host: those of the usual files, with what their processes were given beside, and what
/// runs or listens that none of them explains.
///
/// # Errors
/// When a file may not be read.
pub fn gather(cx: &Cx<'_>) -> Result<Vec<Login>, Gap> {
    let host = cx.host();
    let (mut found, mut read) = (Vec::new(), BTreeMap::new());
    let mut listed = Vec::new();
    for folder in FOLDERS {
        host.list_if_any(folder, 256)?;
        for path in glob::expand(host, &format!("{folder}/*.conf"))? {
            let mut server = Server::default();
            server.read(host, folder, &path, MAX_INCLUDES)?;
            let real = real_path(host, &path)?;
            listed.push((path.clone(), real.clone()));
            read.entry(real).or_insert(Listed {
                folder,
                path,
                server,
            });
        }
    }
    let processes = started::all(host, &read)?;
    let (running, all_explained) = by_file(&processes, &read);
    for (path, real) in listed {
        let of_process = running.get(real.as_str()).copied();
        let server = of_process.or_else(|| read.get(&real).map(|l| &l.server));
        if let Some(server) = server.filter(|s| s.serves) {
            found.push(server.clone().login(cx, &path)?);
        }
    }
    if !all_explained {
        let shown = format!("process {}", started::PROGRAM);
        found.push(running::login(NAME, &shown));
    } else if let (true, Some(shown)) = (found.is_empty(), listens(cx, &processes)) {
        found.push(running::login(NAME, &shown));
    }
    Ok(found)
}

/// What the processes make of their files, and whether that tells all that they do: not where two make
/// different servers of one file.
fn by_file<'a>(
    processes: &'a [Started],
    read: &BTreeMap<String, Listed>,
) -> (BTreeMap<&'a str, &'a Server>, bool) {
    let (mut found, mut all) = (BTreeMap::new(), true);
    for process in processes {
        match process.explained_by(read) {
            Some(file) if process.server.serves => {
                all &= *found.entry(file).or_insert(&process.server) == &process.server;
            }
            Some(_) => {}
            None => all = false,
        }
    }
    (found, all)
}

/// What listens at the usual port, and is none of the processes. A socket whose process is not seen is theirs
/// where any of them may have bound it.
fn listens(cx: &Cx<'_>, processes: &[Started]) -> Option<String> {
    let sockets = cx.get::<Sockets>().ok()?;
    let mut here = sockets.reachable();
    let any_binds = processes.iter().any(|p| !p.server.unbound);
    let is_other = |process: Option<&str>| match process {
        Some(name) => name != started::PROGRAM,
        None => !any_binds,
    };
    let found =
        here.find(|l| (l.proto, l.port) == (Proto::Udp, PORT) && is_other(l.process.as_deref()));
    found.map(|l| l.label())
}

/// What a server asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    serves: bool,
    /// It binds no port of its own (`nobind`).
    unbound: bool,
    /// Clients without a certificate are let in.
    no_certificate: bool,
    /// PAM services that its plugin asks.
    pam: Vec<String>,
    /// Plugins that check a password with another server, which may want more.
    checks: Vec<String>,
    /// Scripts and plugins that may agree to anything.
    scripts: Vec<String>,
    /// A client may leave name and password out; scripts then see empty ones.
    optional: bool,
    shared: bool,
    remarks: Vec<String>,
}

impl Server {
    fn read(&mut self, host: &dyn Host, folder: &str, file: &str, left: usize) -> Result<(), Gap> {
        let Some(left) = left.checked_sub(1) else {
            return Err(Gap::new(GapReason::OverBudget, file));
        };
        for words in directives(&host.text(file)?) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if let ["config", more, ..] = words.as_slice() {
                let path = if more.starts_with('/') {
                    (*more).to_owned()
                } else {
                    format!("{folder}/{more}")
                };
                self.read(host, folder, &path, left)?;
            } else {
                self.take(&words);
            }
        }
        Ok(())
    }

    fn take(&mut self, words: &[&str]) {
        match words {
            [
                "server" | "server-bridge" | "server-ipv6" | "tls-server",
                ..,
            ]
            | ["mode", "server", ..] => self.serves = true,
            ["verify-client-cert", "none" | "optional", ..] | ["client-cert-not-required", ..] => {
                self.no_certificate = true;
            }
            ["verify-client-cert", "require", ..] | ["verify-client-cert"] => {
                self.no_certificate = false;
            }
            ["auth-user-pass-verify", script, ..] => {
                // Its arguments may hold a secret.
                let program = script.split_whitespace().next().unwrap_or_default();
                self.scripts.push(program.to_owned());
            }
            ["management-client-auth", ..] => self.scripts.push("management".to_owned()),
            ["auth-user-pass-optional", ..] => self.optional = true,
            ["nobind", ..] => self.unbound = true,
            ["duplicate-cn", ..] => self.shared = true,
            [
                "username-as-common-name" | "auth-gen-token" | "static-challenge",
                ..,
            ] => {
                self.remarks.push(words.join(" "));
            }
            ["plugin", file, rest @ ..] => self.plugin(file, rest),
            _ => {}
        }
    }

    fn plugin(&mut self, file: &str, rest: &[&str]) {
        let known = ["auth-ldap", "radius"];
        if file.contains("auth-pam") {
            let words = rest.first().copied().unwrap_or_default();
            let name = words.split_whitespace().next().unwrap_or("openvpn");
            self.pam.push(name.to_owned());
        } else if known.iter().any(|p| file.contains(p)) {
            self.checks.push(file.to_owned());
        } else if !file.contains("down-root") {
            self.scripts.push(file.to_owned());
        }
    }

    fn login(self, cx: &Cx<'_>, file: &str) -> Result<Login, Gap> {
        let mut first = if self.no_certificate {
            Way::new("", NOTHING, "verify-client-cert")
        } else {
            Way::new("certificate", KEY, "")
        };
        for script in &self.scripts {
            first.shown = first.shown.and(UNSEEN);
            first.chain = chain(&first.chain, script);
        }
        for plugin in &self.checks {
            first.shown = first.shown.and(PASSWORD).and(UNSEEN);
            first.chain = chain(&first.chain, plugin);
        }
        let mut ways = vec![first];
        for name in &self.pam {
            let mut next = Vec::new();
            for way in &ways {
                next.extend(through_pam(cx, name, way)?);
            }
            ways = next;
        }
        if self.optional && self.pam.is_empty() && self.checks.is_empty() {
            // The script alone decides what an empty name and password are worth.
            for way in &mut ways {
                way.via = "auth-user-pass-optional".to_owned();
            }
        }
        if self.shared {
            // One certificate for many shows nothing about the one who holds it.
            let rests = |w: &&mut Way| w.sort == Sort::Plain && w.shown.key && w.shown.password;
            ways.iter_mut().filter(rests).for_each(|w| {
                w.sort = Sort::Issued;
                w.via = chain(&w.via, "duplicate-cn");
            });
        }
        let mut login = Login::configured(file, file, ways);
        for remark in self.remarks {
            login = login.remark(remark);
        }
        Ok(login)
    }
}

fn chain(before: &str, step: &str) -> String {
    if before.is_empty() {
        step.to_owned()
    } else {
        format!("{before}, {step}")
    }
}

/// The directives of a file in words; blocks such as `<key>` are passed over.
fn directives(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = &block {
            if line == format!("</{name}>") {
                block = None;
            }
            continue;
        }
        if let Some(name) = line.strip_prefix('<').and_then(|l| l.strip_suffix('>')) {
            block = Some(name.to_owned());
            continue;
        }
        let words = words(line);
        if !words.is_empty() {
            found.push(words);
        }
    }
    found
}

/// Words as OpenVPN reads them: quotes of both kinds, a backslash outside single ones; `#` and `;`
/// begin a comment where a word would begin.
fn words(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#' | ';') if word.is_none() => break,
            (None, _) if c.is_whitespace() => found.extend(word.take()),
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Server {
        let mut found = Server::default();
        for words in directives(text) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            found.take(&words);
        }
        found
    }

    #[test]
    fn servers_are_told_from_clients_and_keys_passed_over() {
        assert!(!server("client\nremote x 1194\n").serves);
        let got = server("server 10.8.0.0 255.255.255.0\n<key>\nverify-client-cert none\n</key>\n");
        assert!(got.serves && !got.no_certificate);
        let got = server(
            "mode server\nverify-client-cert optional\nplugin /usr/lib/openvpn/openvpn-plugin-auth-pam.so \"vpn login USERNAME\"\n;auth-user-pass-optional\n # duplicate-cn\n",
        );
        assert!(got.no_certificate && !got.optional && !got.shared);
        assert_eq!(got.pam, ["vpn"]);
    }

    #[test]
    fn a_challenge_and_a_token_are_remarks() {
        let got = server("mode server\nstatic-challenge \"Code?\" 1\nauth-gen-token 0\n");
        assert_eq!(
            got.remarks,
            ["static-challenge Code? 1", "auth-gen-token 0"]
        );
        assert!(got.scripts.is_empty() && got.pam.is_empty());
    }
}
