//! What a check is handed: the host, the owner's settings, and facts gathered once per run.

use std::{
    any::{Any, TypeId},
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use crate::{
    host::Host,
    observation::{Gap, Observation},
    settings::Settings,
};

/// Facts that several checks share: parsed once per run, however many checks ask.
pub trait Gather: Sized + 'static {
    /// Reads and parses.
    ///
    /// # Errors
    /// A [`Gap`] when the source could not be seen; every check that asks then gets it.
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap>;
}

type Kept = Result<Rc<dyn Any>, Gap>;

/// The context of one run.
pub struct Cx<'a> {
    host: &'a dyn Host,
    settings: &'a Settings,
    kept: RefCell<HashMap<TypeId, Kept>>,
    compared: RefCell<Compared>,
}

/// What came of comparing vantage points, over the checks that ran so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Facts that were seen from more than one vantage point.
    pub facts: usize,
    /// Those on which the vantage points disagree, one line each: check, fact, values.
    pub conflicts: Vec<String>,
}

impl<'a> Cx<'a> {
    /// A context with nothing gathered yet.
    pub fn new(host: &'a dyn Host, settings: &'a Settings) -> Self {
        Self {
            host,
            settings,
            kept: RefCell::default(),
            compared: RefCell::default(),
        }
    }

    /// Notes what an observation says about one thing from several vantage points.
    pub(crate) fn compare(&self, observation: &Observation) {
        let mut compared = self.compared.borrow_mut();
        let names: BTreeSet<&str> = observation.facts.iter().map(|f| f.name.as_str()).collect();
        let seen_twice = |name: &&&str| {
            observation
                .facts
                .iter()
                .filter(|f| f.name == **name)
                .count()
                > 1
        };
        compared.facts += names.iter().filter(seen_twice).count();
        for name in observation.disagreements() {
            let views = observation.facts.iter().filter(|f| f.name == name);
            let views: Vec<String> = views
                .map(|f| format!("{} {}", f.vantage.code(), f.value.to_line()))
                .collect();
            let Observation { check, subject, .. } = observation;
            let about = if subject.name.is_empty() { "" } else { " " };
            let line = format!(
                "{check}{about}{}: {name}: {}",
                subject.name,
                views.join(" / ")
            );
            compared.conflicts.push(line);
        }
    }

    /// What came of comparing vantage points so far.
    pub fn compared(&self) -> Compared {
        self.compared.borrow().clone()
    }

    /// The window on the machine.
    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// What the owner declared.
    pub fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// The facts `T`, gathered on first use. A gap from an exhausted budget is not kept: the next
    /// check has a budget of its own. Nor is anything during which a mount left a call unanswered: it may
    /// be awake when the next check asks.
    ///
    /// # Errors
    /// The gap that gathering met.
    pub fn get<T: Gather>(&self) -> Result<Rc<T>, Gap> {
        let id = TypeId::of::<T>();
        let kept = self.kept.borrow().get(&id).cloned();
        let any = match kept {
            Some(kept) => kept?,
            None => self.gather::<T>(id)?,
        };
        Ok(any
            .downcast::<T>()
            .expect("the entry under a type's id holds that type"))
    }

    fn gather<T: Gather>(&self, id: TypeId) -> Kept {
        use crate::observation::GapReason::{OverBudget, Timeout};
        let unanswered = self.host.delays().unanswered;
        let fresh: Kept = T::gather(self).map(|facts| Rc::new(facts) as Rc<dyn Any>);
        let passing = matches!(&fresh, Err(gap) if matches!(gap.reason, OverBudget | Timeout));
        if !passing && self.host.delays().unanswered == unanswered {
            self.kept.borrow_mut().insert(id, fresh.clone());
        }
        fresh
    }
}
