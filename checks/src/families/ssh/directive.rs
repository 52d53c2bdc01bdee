//! What the checks of single `sshd_config` keywords share: where values are read, and how the
//! worst of them decides.

use std::collections::BTreeMap;

use crate::{
    check::{Case, Check, Meta, Missing},
    context::Cx,
    facts::{
        sshd::{self, Sshd, Values},
        sshd_config::{MatchBlock, Setting},
    },
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::Judgement,
};

/// How the words of a keyword are brought to one form, so that file and server compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A word, whatever its case.
    Word,
    /// A time, in seconds.
    Seconds,
    /// `start:rate:full`, or one number for a hard limit.
    Startups,
    /// Several words, as they stand.
    Words,
    /// A list of algorithms: a file may only add to or take from the built-in one, so that only
    /// the server knows the result.
    Algorithms,
}

/// A keyword that a check reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyword {
    /// In lower case.
    pub name: &'static str,
    /// Form of its value.
    pub form: Form,
    /// What holds where no file says anything, where that has not changed since OpenSSH 7.4.
    pub default: Option<&'static str>,
}

impl Keyword {
    pub(super) const fn new(name: &'static str, form: Form, default: Option<&'static str>) -> Self {
        Self {
            name,
            form,
            default,
        }
    }

    fn shown(&self, words: &[String]) -> String {
        let line = words.join(" ");
        match self.form {
            Form::Word => match line.to_ascii_lowercase().as_str() {
                "without-password" => "prohibit-password".to_owned(),
                other => other.to_owned(),
            },
            Form::Seconds => match sshd::seconds(&line) {
                Some(seconds) => seconds.to_string(),
                None => line,
            },
            Form::Startups if !line.contains(':') => format!("{line}:100:{line}"),
            Form::Startups | Form::Words => line,
            Form::Algorithms => line.replace(' ', ""),
        }
    }
}

/// Adds facts from elsewhere than the server's configuration.
pub(super) type Extra = fn(&Cx<'_>, Facts) -> Result<Facts, Gap>;

/// How good the values of one scope are. The text is the reason key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    Good,
    Weak(&'static str),
    Bad(&'static str),
}

/// The values that hold for some logins: one view of the server, or one `Match` block over the
/// settings outside it.
pub(super) struct Scope {
    name: String,
    values: BTreeMap<String, String>,
}

impl Scope {
    /// The value of `keyword`.
    pub(super) fn text(&self, keyword: &str) -> Result<&str, Missing> {
        let value = self.values.get(keyword).map(String::as_str);
        value.ok_or_else(|| Missing(keyword.to_owned()))
    }

    /// The value of `keyword` where there is one.
    pub(super) fn maybe(&self, keyword: &str) -> Option<&str> {
        self.values.get(keyword).map(String::as_str)
    }

    /// The value of `keyword` as a number.
    pub(super) fn int(&self, keyword: &str) -> Result<i64, Missing> {
        let number = self.text(keyword)?.parse();
        number.map_err(|_| Missing(keyword.to_owned()))
    }
}

/// A check that reads keywords of the SSH server. It passes only when every view of the server
/// and every `Match` block is good; one bad scope fails it. Without the server's own word, values
/// come from the files and from documented defaults, and any `Match` block that touches them
/// leaves the check undecided.
pub(super) struct Directives {
    pub meta: &'static Meta,
    pub keywords: &'static [Keyword],
    /// True when only logins as root matter.
    pub root_only: bool,
    /// Facts from elsewhere.
    pub extra: Option<Extra>,
    /// What to name in the reason, where the whole values would be too long.
    pub blame: Option<fn(&Scope) -> Vec<String>>,
    pub grade: fn(&Scope, &Case<'_>) -> Result<Grade, Missing>,
}

impl Check for Directives {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sshd = cx.get::<Sshd>()?;
        let facts = Facts::new().configured(
            "sshd_present",
            sshd.present,
            "/usr/sbin/sshd, /usr/local/sbin/sshd, /etc/ssh/sshd_config",
        );
        if !sshd.present {
            sshd::none_answers(cx)?;
            return Ok(facts.into());
        }
        let facts = self.add_global(facts, &sshd);
        let facts = self.add_scopes(facts, &sshd);
        Ok(match self.extra {
            Some(extra) => extra(cx, facts)?,
            None => facts,
        }
        .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sshd_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let views = case.observation.at("views", Vantage::Effective);
        let mut scopes: Vec<Scope> = match views {
            Some(_) => scopes_of(case.list("views")?, "login"),
            None => vec![self.global_scope(case)],
        };
        let blocks = scopes_of(case.list("match_blocks")?, "match");
        if usize::try_from(case.int("match_block_count")?) != Ok(blocks.len()) {
            return Err(Missing("match_blocks".to_owned())); // more than an observation holds
        }
        let undecided = views.is_none() && !blocks.is_empty();
        scopes.extend(blocks);
        let mut graded = Vec::new();
        for scope in &scopes {
            graded.push(((self.grade)(scope, case)?, scope));
        }
        let Some(worst) = graded.iter().map(|(grade, _)| *grade).max() else {
            return Err(Missing("views".to_owned()));
        };
        let judgement = match worst {
            Grade::Bad(key) => Judgement::fail(key),
            _ if undecided => return Ok(Judgement::unknown("unknown-match")),
            Grade::Weak(key) => Judgement::partial(key),
            Grade::Good => Judgement::pass("pass"),
        };
        let places: Vec<&Scope> = graded
            .iter()
            .filter(|(grade, _)| *grade == worst)
            .map(|(_, scope)| *scope)
            .collect();
        Ok(self.explain(judgement, &places))
    }
}

impl Directives {
    fn add_global(&self, mut facts: Facts, sshd: &Sshd) -> Facts {
        for keyword in self.keywords {
            let relative = |words: &[String]| {
                let first = words.first().map_or("", String::as_str);
                keyword.form == Form::Algorithms && first.starts_with(['+', '-', '^'])
            };
            if let Some((words, source)) = sshd.configured(keyword.name)
                && !relative(&words)
            {
                facts = facts.configured(keyword.name, keyword.shown(&words), source);
            }
            let effective = sshd.effective.as_ref();
            if let Some(words) = effective.and_then(|e| e.global.get(keyword.name)) {
                facts = facts.effective(keyword.name, keyword.shown(words), "sshd -T");
            }
        }
        facts
    }

    fn add_scopes(&self, facts: Facts, sshd: &Sshd) -> Facts {
        let blocks: Vec<Value> = sshd
            .config
            .matches
            .iter()
            .filter(|b| !self.root_only || b.may_concern("root"))
            .filter(|b| self.touches(&b.settings))
            .map(|b| self.block(b, sshd))
            .collect();
        let source = format!("{} and what it includes", sshd::CONFIG);
        let facts = facts
            .configured("match_block_count", blocks.len(), &source)
            .configured("match_blocks", blocks, source);
        let Some(effective) = &sshd.effective else {
            return facts;
        };
        let views: Vec<Value> = effective
            .views
            .iter()
            .filter(|v| !self.root_only || v.user == "root")
            .map(|v| self.scope("login", &format!("{}@{}", v.user, v.addr), &v.values))
            .collect();
        let source = "sshd -T -C user=USER,host=ADDRESS,addr=ADDRESS";
        facts.effective("views", views, source)
    }

    fn touches(&self, settings: &[Setting]) -> bool {
        let ours = |s: &Setting| self.keywords.iter().any(|k| k.name == s.keyword);
        settings.iter().any(ours)
    }

    fn scope(&self, key: &str, name: &str, values: &Values) -> Value {
        let of = |k: &Keyword| values.get(k.name).map(|w| (k.name, k.shown(w).into()));
        std::iter::once((key, Value::from(name)))
            .chain(self.keywords.iter().filter_map(of))
            .collect()
    }

    /// A block's own settings over what holds outside every block.
    fn block(&self, block: &MatchBlock, sshd: &Sshd) -> Value {
        let mut values = match &sshd.effective {
            Some(effective) => effective.global.clone(),
            None => Values::new(),
        };
        for keyword in self.keywords {
            let own = sshd::first_or_all(keyword.name, block.settings.iter());
            let own = own.or_else(|| match &sshd.effective {
                Some(_) => None,
                None => sshd.configured(keyword.name),
            });
            match own {
                Some((words, _)) => {
                    values.insert(keyword.name.to_owned(), words);
                }
                None => {
                    if let Some(default) = keyword.default {
                        let words = values.entry(keyword.name.to_owned());
                        words.or_insert_with(|| vec![default.to_owned()]);
                    }
                }
            }
        }
        self.scope("match", &block.shown(), &values)
    }

    /// What the files say outside `Match` blocks, with documented defaults.
    fn global_scope(&self, case: &Case<'_>) -> Scope {
        let mut values = BTreeMap::new();
        for keyword in self.keywords {
            let said = case.text(keyword.name).ok().or(keyword.default);
            if let Some(said) = said {
                values.insert(keyword.name.to_owned(), said.to_owned());
            }
        }
        Scope {
            name: sshd::CONFIG.to_owned(),
            values,
        }
    }

    /// The values of a scope; the keywords alone where none has one.
    fn lines(&self, scope: &Scope) -> Vec<String> {
        let line = |k: &Keyword| {
            scope
                .maybe(k.name)
                .map(|value| format!("{} {value}", k.name))
        };
        let said: Vec<String> = self.keywords.iter().filter_map(line).collect();
        if said.is_empty() {
            return self
                .keywords
                .iter()
                .map(|k| format!("{} -", k.name))
                .collect();
        }
        said
    }

    fn explain(&self, judgement: Judgement, places: &[&Scope]) -> Judgement {
        let names: Vec<String> = places.iter().map(|s| s.name.clone()).collect();
        let mut values: Vec<String> = Vec::new();
        for scope in places {
            let shown = match self.blame {
                Some(blame) => blame(scope),
                None => self.lines(scope),
            };
            for line in shown {
                if !values.contains(&line) {
                    values.push(line);
                }
            }
        }
        judgement.with("where", names).with("values", values)
    }
}

fn scopes_of(list: &[Value], key: &str) -> Vec<Scope> {
    let scope = |entry: &Value| {
        let Value::Map(map) = entry else {
            return Scope {
                name: String::new(),
                values: BTreeMap::new(),
            };
        };
        let name = map.get(key).map(Value::to_line).unwrap_or_default();
        let values = map.iter().filter(|(k, _)| *k != key);
        Scope {
            name,
            values: values.map(|(k, v)| (k.clone(), v.to_line())).collect(),
        }
    };
    list.iter().map(scope).collect()
}
