//! Return codes and what a control does with them, as in pam.conf(5).

/// Declares the codes with their names in configuration files.
macro_rules! codes {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// What a module returned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $name] $variant),+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in configuration files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

codes! {
    Success = "success",
    OpenErr = "open_err",
    SymbolErr = "symbol_err",
    ServiceErr = "service_err",
    SystemErr = "system_err",
    BufErr = "buf_err",
    PermDenied = "perm_denied",
    AuthErr = "auth_err",
    CredInsufficient = "cred_insufficient",
    AuthinfoUnavail = "authinfo_unavail",
    UserUnknown = "user_unknown",
    Maxtries = "maxtries",
    NewAuthtokReqd = "new_authtok_reqd",
    AcctExpired = "acct_expired",
    SessionErr = "session_err",
    CredUnavail = "cred_unavail",
    CredExpired = "cred_expired",
    CredErr = "cred_err",
    NoModuleData = "no_module_data",
    ConvErr = "conv_err",
    AuthtokErr = "authtok_err",
    AuthtokRecoverErr = "authtok_recover_err",
    AuthtokLockBusy = "authtok_lock_busy",
    AuthtokDisableAging = "authtok_disable_aging",
    TryAgain = "try_again",
    Ignore = "ignore",
    Abort = "abort",
    AuthtokExpired = "authtok_expired",
    ModuleUnknown = "module_unknown",
    BadItem = "bad_item",
    ConvAgain = "conv_again",
    Incomplete = "incomplete",
}

/// What the dispatcher does with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Ignore,
    /// Counts for the stack, unless something failed before.
    Ok,
    /// As `Ok`, and ends this (sub)stack unless something failed before.
    Done,
    /// The stack will fail.
    Bad,
    /// As `Bad`, and ends this (sub)stack.
    Die,
    /// Forgets what happened since this (sub)stack began.
    Reset,
    /// Skips so many rules.
    Jump(usize),
}

/// What each code does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control(Vec<Action>);

impl Control {
    /// What the dispatcher does when the module returns `code`.
    pub fn on(&self, code: Code) -> Action {
        self.0.get(code as usize).copied().unwrap_or(Action::Bad)
    }

    /// The control that does the same on every code.
    pub fn all(action: Action) -> Self {
        Self(vec![action; Code::ALL.len()])
    }

    /// A control from its text: a keyword, or `[code=action …]`. `None` for anything else.
    /// Codes that nothing mentions are an error to the dispatcher, which fails the stack.
    pub fn parse(text: &str) -> Option<Self> {
        use Action::{Bad, Die, Done, Ignore, Ok};
        let plain = |good: Action, other: Action, ignore: Action| {
            let mut all = vec![other; Code::ALL.len()];
            all[Code::Success as usize] = good;
            all[Code::NewAuthtokReqd as usize] = good;
            all[Code::Ignore as usize] = ignore;
            Self(all)
        };
        match text.to_ascii_lowercase().as_str() {
            "required" => Some(plain(Ok, Bad, Ignore)),
            "requisite" => Some(plain(Ok, Die, Ignore)),
            "sufficient" => Some(plain(Done, Ignore, Ignore)),
            "optional" => Some(plain(Ok, Ignore, Ignore)),
            other => Self::parse_pairs(other.strip_prefix('[')?.strip_suffix(']')?),
        }
    }

    fn parse_pairs(text: &str) -> Option<Self> {
        let mut set: Vec<Option<Action>> = vec![None; Code::ALL.len()];
        let mut default = None;
        let text = text.replace('=', " = ");
        let mut words = text.split_whitespace();
        while let Some(name) = words.next() {
            let action = (words.next()? == "=").then(|| action(words.next()?))??;
            if name == "default" {
                default = Some(action);
                continue;
            }
            let code = Code::ALL.iter().find(|c| c.name() == name)?;
            set[*code as usize] = Some(action);
        }
        let default = default.unwrap_or(Action::Bad);
        Some(Self(
            set.into_iter().map(|a| a.unwrap_or(default)).collect(),
        ))
    }
}

fn action(word: &str) -> Option<Action> {
    Some(match word {
        "ignore" => Action::Ignore,
        "ok" => Action::Ok,
        "done" => Action::Done,
        "bad" => Action::Bad,
        "die" => Action::Die,
        "reset" => Action::Reset,
        number => Action::Jump(number.parse().ok().filter(|n| *n > 0)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_mean_what_the_manual_says() {
        for (word, success, ignore, failure) in [
            ("required", Action::Ok, Action::Ignore, Action::Bad),
            ("Requisite", Action::Ok, Action::Ignore, Action::Die),
            ("sufficient", Action::Done, Action::Ignore, Action::Ignore),
            ("optional", Action::Ok, Action::Ignore, Action::Ignore),
        ] {
            let control = Control::parse(word).unwrap();
            assert_eq!(control.on(Code::Success), success, "{word}");
            assert_eq!(control.on(Code::NewAuthtokReqd), success, "{word}");
            assert_eq!(control.on(Code::Ignore), ignore, "{word}");
            assert_eq!(control.on(Code::AuthErr), failure, "{word}");
        }
    }

    #[test]
    fn pairs_take_defaults_and_refuse_nonsense() {
        let control = Control::parse("[success=2 user_unknown = ignore default=die]").unwrap();
        assert_eq!(control.on(Code::Success), Action::Jump(2));
        assert_eq!(control.on(Code::UserUnknown), Action::Ignore);
        assert_eq!(control.on(Code::AuthErr), Action::Die);
        let bare = Control::parse("[success=ok]").unwrap();
        assert_eq!(bare.on(Code::AuthErr), Action::Bad);
        for odd in [
            "",
            "[",
            "[]x",
            "[success]",
            "[x=ok]",
            "[success=0]",
            "[success=-1]",
            "often",
        ] {
            assert_eq!(Control::parse(odd), None, "{odd:?}");
        }
    }
}
