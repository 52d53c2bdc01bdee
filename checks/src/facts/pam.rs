//! PAM: which modules a service asks, in what order, and which ways lead through the stack.
//!
//! [`parse`] reads configuration text, [`load`] follows includes on a host, [`walk`] replays
//! libpam's dispatcher, and [`factors`] knows what the common modules prove and how each can be
//! made to ask for nothing.

pub mod codes;
pub mod conditions;
pub mod factors;
pub mod load;
pub mod parse;
pub mod surroundings;
pub mod walk;

pub use self::{
    codes::{Action, Code, Control},
    load::{has_service, stack},
    parse::Facility,
};

/// One call of a module, in the place where it stands in the flattened stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What is called.
    pub target: Target,
    /// What each result does.
    pub control: Control,
    /// Substack depth; 0 is the service itself.
    pub level: usize,
    /// File and line.
    pub source: String,
}

/// What a rule calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The head of a substack; its rules follow, one level deeper. It returns nothing itself.
    Substack,
    /// A module.
    Module {
        /// Name without folder and without `.so`.
        name: String,
        /// Its arguments.
        args: Vec<String>,
    },
}

impl Rule {
    /// Name of the module; empty for the head of a substack.
    pub fn module(&self) -> &str {
        match &self.target {
            Target::Substack => "",
            Target::Module { name, .. } => name,
        }
    }

    /// The module's arguments.
    pub fn args(&self) -> &[String] {
        match &self.target {
            Target::Substack => &[],
            Target::Module { args, .. } => args,
        }
    }

    /// Whether the argument `name` stands alone.
    pub fn has(&self, name: &str) -> bool {
        self.args().iter().any(|a| a == name)
    }

    /// The value of the last argument `name=value`.
    pub fn value(&self, name: &str) -> Option<&str> {
        let value = |a: &'_ String| -> Option<usize> {
            (a.split_once('=')?.0 == name).then_some(name.len() + 1)
        };
        let found = self.args().iter().rev();
        found.filter_map(|a| value(a).map(|from| &a[from..])).next()
    }
}

/// The flattened stack of one facility of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// In the order of dispatch.
    pub rules: Vec<Rule>,
}

impl Stack {
    /// The rules that call `module`, with their place.
    pub fn calls<'a>(&'a self, module: &'a str) -> impl Iterator<Item = (usize, &'a Rule)> {
        let all = self.rules.iter().enumerate();
        all.filter(move |(_, r)| r.module() == module)
    }

    /// The first rule that calls `module`.
    pub fn first(&self, module: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.module() == module)
    }
}
