use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apkdb,
        apt::{self, Apt, conf::AptConf},
        os_release::{OsRelease, PackageSystem},
        text::lines,
        yum,
    },
    host::{Command, Host, HostError},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Every package comes from a repository whose signature is asked for. One line that waives it lets
/// anybody on the way to the server install anything as root.
///
/// Where gpgv is there, what apt fetched is verified again with the keys that the source names: a head
/// whose signature does not fit its text was changed on this host. What cannot be verified (no gpgv, no
/// file of keys named, an image) counts neither way.
pub(super) struct SignedRepositories;

const META: Meta = Meta {
    id: "patch.signed-repositories",
    version: 4,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for SignedRepositories {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let os = cx.get::<OsRelease>()?;
        let system = os.package_system();
        let seen = match system {
            PackageSystem::Dpkg => {
                let (apt, conf) = (cx.get::<Apt>()?, cx.get::<AptConf>()?);
                unsigned_apt(&apt, &conf)
            }
            PackageSystem::Rpm => yum::repositories(cx.host())?,
            PackageSystem::Apk => unsigned_apk(cx.host())?,
            PackageSystem::Other => yum::Signing::default(),
        };
        let signed = match system {
            PackageSystem::Dpkg => signatures(cx.host(), &*cx.get::<Apt>()?)?,
            _ => Signed::default(),
        };
        Ok(Facts::new()
            .observed("system", system.name(), os.path)
            .configured("repositories", seen.all, seen.source)
            .observed("verified", signed.good, SIGNED)
            .observed("forged", signed.forged, SIGNED)
            .configured("unsigned", seen.unsigned, seen.source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        let unsigned = case.list("unsigned")?;
        if !unsigned.is_empty() {
            return Ok(Judgement::fail("fail").with("places", unsigned.to_vec()));
        }
        let forged = case.list("forged")?;
        if !forged.is_empty() {
            return Ok(Judgement::fail("fail-forged").with("places", forged.to_vec()));
        }
        Ok(if case.int("repositories")? == 0 {
            Judgement::unknown("unknown-none")
        } else {
            Judgement::pass("pass")
        })
    }
}

/// Settings of apt that accept what nobody signed.
const WAIVERS: [&str; 4] = [
    "APT::Get::AllowUnauthenticated",
    "Acquire::AllowInsecureRepositories",
    "Acquire::AllowWeakRepositories",
    "Acquire::AllowDowngradeToInsecureRepositories",
];

fn unsigned_apt(apt: &Apt, conf: &AptConf) -> yum::Signing {
    let open = apt
        .0
        .iter()
        .filter(|f| f.source.trusted || f.source.allow_insecure);
    let mut unsigned: Vec<String> = open.map(|f| f.source.at.clone()).collect();
    for name in WAIVERS {
        if let Some(setting) = conf.get(name).filter(|s| apt::is_yes(&s.value)) {
            unsigned.push(format!("{}: {name}", setting.path));
        }
    }
    unsigned.dedup();
    yum::Signing {
        all: apt.0.len(),
        unsigned,
        source: "/etc/apt/sources.list",
        ..yum::Signing::default()
    }
}

/// apk asks every index for a signature, unless its settings waive that.
fn unsigned_apk(host: &dyn Host) -> Result<yum::Signing, Gap> {
    const CONFIG: &str = "/etc/apk/config";
    let config = host.text_if_any(CONFIG)?.unwrap_or_default();
    let waives = |(_, line): &(usize, &str)| {
        let word = line.split(['=', ' ']).next().unwrap_or_default();
        word.trim_start_matches('-') == "allow-untrusted" && !line.ends_with("no")
    };
    let places = lines(&config).filter(waives);
    Ok(yum::Signing {
        all: apkdb::repositories(host)?.len(),
        unsigned: places.map(|(n, _)| format!("{CONFIG}:{n}")).collect(),
        source: apkdb::REPOSITORIES,
        ..yum::Signing::default()
    })
}

const SIGNED: &str = "gpgv --keyring KEYS /var/lib/apt/lists/*_InRelease";

/// What came of verifying fetched heads of repositories.
#[derive(Default)]
struct Signed {
    /// How many have a good signature.
    good: usize,
    /// Names of those whose signature does not fit.
    forged: Vec<String>,
}

fn signatures(host: &dyn Host, apt: &Apt) -> Result<Signed, Gap> {
    let mut signed = Signed::default();
    for fetched in apt.0.iter().filter(|f| f.release.is_some()) {
        let list = format!("{}_InRelease", fetched.source.list_base());
        let keyring = fetched.source.keyring.clone();
        let output = match host.run(&Command::GpgvRelease { keyring, list }) {
            Ok(output) => output,
            // Without gpgv, or in an image, the signature stays unverified; that is no finding.
            Err(HostError::NotFound(_) | HostError::NotLive(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let text = output.text();
        let says = |word: &str| text.lines().any(|l| l.split(' ').nth(1) == Some(word));
        if says("BADSIG") {
            signed.forged.push(fetched.source.name());
        } else if says("VALIDSIG") && says("GOODSIG") {
            signed.good += 1;
        }
    }
    Ok(signed)
}
