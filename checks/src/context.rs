//! What a check is handed: the host, the owner's settings, and facts gathered once per run.

use std::{
    any::{Any, TypeId},
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
};

use crate::{host::Host, observation::Gap, settings::Settings};

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
}

impl<'a> Cx<'a> {
    /// A context with nothing gathered yet.
    pub fn new(host: &'a dyn Host, settings: &'a Settings) -> Self {
        Self {
            host,
            settings,
            kept: RefCell::default(),
        }
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
    /// check has a budget of its own.
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
        let fresh: Kept = T::gather(self).map(|facts| Rc::new(facts) as Rc<dyn Any>);
        let passing = matches!(&fresh, Err(gap) if matches!(gap.reason, OverBudget | Timeout));
        if !passing {
            self.kept.borrow_mut().insert(id, fresh.clone());
        }
        fresh
    }
}
