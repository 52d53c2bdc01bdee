//! Network settings as the kernel combines them: its value for an interface with that for `all`.

use crate::{
    facts::sysctl::{effective, interfaces},
    host::Host,
    observation::Gap,
};

const MAX_INTERFACES: usize = 64;

/// How the kernel combines the value of an interface with that of `all`.
#[derive(Clone, Copy)]
enum Rule {
    /// On where both are.
    And,
    /// On where either is.
    Or,
    /// The larger one holds.
    Max,
    /// Only the interface's own counts.
    Own,
}

struct Weakness {
    fact: &'static str,
    family: &'static str,
    key: &'static str,
    rule: Rule,
    /// Whether the combined value 0 is the weak one.
    weak_when_zero: bool,
}

const WEAKNESSES: [Weakness; 6] = [
    Weakness {
        fact: "accept_source_route",
        family: "ipv4",
        key: "accept_source_route",
        rule: Rule::And,
        weak_when_zero: false,
    },
    Weakness {
        fact: "rp_filter_off",
        family: "ipv4",
        key: "rp_filter",
        rule: Rule::Max,
        weak_when_zero: true,
    },
    Weakness {
        fact: "send_redirects",
        family: "ipv4",
        key: "send_redirects",
        rule: Rule::Or,
        weak_when_zero: false,
    },
    Weakness {
        fact: "martians_unlogged",
        family: "ipv4",
        key: "log_martians",
        rule: Rule::Or,
        weak_when_zero: true,
    },
    Weakness {
        fact: "v6_accept_redirects",
        family: "ipv6",
        key: "accept_redirects",
        rule: Rule::Own,
        weak_when_zero: false,
    },
    // Stands last: its rule depends on forwarding.
    Weakness {
        fact: "accept_redirects",
        family: "ipv4",
        key: "accept_redirects",
        rule: Rule::Or,
        weak_when_zero: false,
    },
];

/// Interfaces on which a setting is weak, by the name of the fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weak {
    /// How many interfaces were looked at.
    pub interfaces: usize,
    /// In a fixed order.
    pub found: Vec<(&'static str, Vec<String>)>,
}

impl Weak {
    /// Reads the settings of each interface.
    ///
    /// # Errors
    /// When a value is missing or may not be read.
    pub fn gather(host: &dyn Host) -> Result<Self, Gap> {
        let mut found = Vec::new();
        let mut count = 0;
        for weakness in &WEAKNESSES {
            let mut names = interfaces(host, weakness.family)?;
            count = count.max(names.len());
            names.truncate(MAX_INTERFACES);
            names.push("default".to_owned()); // what an interface that appears later gets
            let mut weak = Vec::new();
            for name in names {
                if is_weak(host, weakness, &name)? {
                    weak.push(name);
                }
            }
            found.push((weakness.fact, weak));
        }
        Ok(Self {
            interfaces: count,
            found,
        })
    }
}

fn is_weak(host: &dyn Host, weakness: &Weakness, name: &str) -> Result<bool, Gap> {
    let family = weakness.family;
    let value = |of: &str, key: &str| -> Result<i64, Gap> {
        let key = format!("net.{family}.conf.{}.{key}", of.replace('.', "/"));
        let text = effective(host, &key)?;
        if text.is_none() && family == "ipv6" {
            return Ok(0); // the kernel speaks no IPv6
        }
        let number = text.and_then(|t| t.parse().ok());
        number.ok_or_else(|| Gap::parse(crate::facts::sysctl::path_of(&key)))
    };
    let (own, all) = (value(name, weakness.key)?, value("all", weakness.key)?);
    let on = match weakness.rule {
        // A host that forwards takes redirects only where both allow it.
        Rule::Or if weakness.key == "accept_redirects" && value(name, "forwarding")? != 0 => {
            own.min(all)
        }
        Rule::And => own.min(all),
        Rule::Or | Rule::Max => own.max(all),
        Rule::Own => own,
    };
    Ok((on == 0) == weakness.weak_when_zero)
}
