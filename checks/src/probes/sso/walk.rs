//! Follows the pages of a login: the name, the password, what is passed on by script or agreed to,
//! until it ends, or asks for a second factor.

use reqwest::Url;

use super::{
    Account,
    travel::{Stop, Traveller},
};
use crate::{
    host::HostError,
    probes::{
        browser::Page,
        forms::{Form, forms},
        login::{Step, filled, name_form, second_step},
    },
};

/// Most pages of one login.
const MAX_PAGES: usize = 10;
/// Most forms without anything to type that are passed on: each hop of SAML, and a consent.
const MAX_PASSED: usize = 5;
/// A button of this name ends the login.
const REFUSALS: [&str; 6] = ["abort", "cancel", "decline", "deny", "huy", "reject"];

/// How far a login came.
pub enum Reached {
    /// The end: the address, or the form, that hands over what the login was for. Whether the
    /// password had been shown.
    End(Arrival, bool),
    /// A page that asks for a second factor, after the password.
    SecondStep,
    /// A page on which the account may enrol a second factor, after the password.
    Enrol,
    /// The password page came again.
    Refused,
    /// Something that proves nothing.
    Unclear(&'static str),
}

/// What a login was for.
pub enum Arrival {
    /// The browser was sent to this address.
    At(Url),
    /// A form to this address.
    Form(Url, Form),
}

/// Walks from `first`. Where nobody logs in (`account` is none), a page that asks ends the walk.
///
/// # Errors
/// When a declared host does not answer.
pub fn walk(
    traveller: &mut Traveller<'_>,
    first: Stop,
    account: Option<&Account<'_>>,
    ends: impl Fn(&Url, &Form) -> bool,
) -> Result<Reached, HostError> {
    let mut at = first;
    let mut told = Told::default();
    for _ in 0..MAX_PAGES {
        let (url, page) = match at {
            Stop::End(url) => return Ok(Reached::End(Arrival::At(url), told.password)),
            Stop::Left => return Ok(Reached::Unclear("the login led to a host not declared")),
            Stop::Page(url, page) => (url, page),
        };
        match told.next(traveller, &url, &page, account, &ends) {
            Next::Done(reached) => return Ok(reached),
            Next::Send(to, fields) => at = traveller.post(&url, &to, &fields)?,
        }
    }
    Ok(Reached::Unclear("too many pages"))
}

enum Next {
    Done(Reached),
    Send(Url, Vec<(String, String)>),
}

/// What was sent so far.
#[derive(Default)]
struct Told {
    name: bool,
    password: bool,
    passed: usize,
}

impl Told {
    fn next(
        &mut self,
        traveller: &Traveller<'_>,
        url: &Url,
        page: &Page,
        account: Option<&Account<'_>>,
        ends: &impl Fn(&Url, &Form) -> bool,
    ) -> Next {
        let unclear = |why| Next::Done(Reached::Unclear(why));
        if page.cut || page.status >= 500 || page.asks_by_header {
            return unclear("a page that cannot be filled in");
        }
        let all = forms(&page.body);
        let target = |form: &Form| url.join(&form.action).ok();
        for form in &all {
            if let Some(to) = target(form).filter(|to| form.post && ends(to, form)) {
                return Next::Done(Reached::End(Arrival::Form(to, form.clone()), self.password));
            }
        }
        let form = all.iter().find(|f| f.password().is_some());
        match second_step(page) {
            Step::Code if self.password && form.is_none() => {
                return Next::Done(Reached::SecondStep);
            }
            Step::Enrol if self.password => return Next::Done(Reached::Enrol),
            _ => {}
        }
        if let Some(form) = form {
            return self.show(traveller, target(form), form, account);
        }
        if let (Some(form), Some(account), false) = (name_form(page), account, self.name) {
            self.name = true;
            let to = target(&form).filter(|to| traveller.takes_password(to));
            return to.map_or(unclear("the name would go to another host"), |to| {
                Next::Send(to, filled(&form, account.name, ""))
            });
        }
        let passive = all.iter().filter(|f| f.post).find(|f| is_passive(f));
        match passive.and_then(|f| Some((f, target(f)?))) {
            Some((form, to)) if self.passed < MAX_PASSED && traveller.knows(&to) => {
                self.passed += 1;
                Next::Send(to, filled(form, "", ""))
            }
            Some(_) => unclear("a form that leads to a host not declared"),
            None if page.status >= 400 => unclear("a page that refuses"),
            None => unclear("a page without a form"),
        }
    }

    /// Fills in the password, once, and only for the origin that it belongs to.
    fn show(
        &mut self,
        traveller: &Traveller<'_>,
        to: Option<Url>,
        form: &Form,
        account: Option<&Account<'_>>,
    ) -> Next {
        let unclear = |why| Next::Done(Reached::Unclear(why));
        if self.password {
            return Next::Done(Reached::Refused);
        }
        let Some(account) = account else {
            return unclear("a login is asked for");
        };
        if !form.post {
            return unclear("the form is not sent with POST");
        }
        match to.filter(|to| traveller.takes_password(to)) {
            Some(to) => {
                self.password = true;
                Next::Send(to, filled(form, account.name, account.password))
            }
            None => unclear("the password would go to another host"),
        }
    }
}

/// A form that only a script or a click sends on: an assertion, a consent.
fn is_passive(form: &Form) -> bool {
    let typed = form.fields.iter().any(crate::probes::forms::Field::typed);
    let submit = form.fields.iter().find(|f| f.kind == "submit");
    let refuses = submit.is_some_and(|f| {
        let words = format!("{} {}", f.name, f.value).to_ascii_lowercase();
        REFUSALS.iter().any(|w| words.contains(w))
    });
    !typed && !refuses && (submit.is_some() || form.fields.iter().any(|f| f.kind == "hidden"))
}
