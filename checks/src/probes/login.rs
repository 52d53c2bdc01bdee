//! A login with a test account that has one factor only, and must be stopped at the second.
//!
//! The page that is asked for must be closed before. Enforced is what shows a second step after the
//! right password and keeps the page closed to the half-done session; not enforced is what opens it.
//! Everything else proves nothing.

use super::{
    browser::{Browser, Page},
    forms::{Field, Form, asks_password, forms},
};
use crate::host::HostError;

/// How a test login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A second step was asked for, and the page stayed closed.
    Stopped,
    /// The password alone opened the page.
    Open,
    /// A second step was asked for, and the page was open without it.
    OpenBehind,
    /// The password was refused.
    Refused,
    /// No form to fill in, or an end that proves nothing; the words say which.
    Unclear(&'static str),
}

/// Words in the name of a field that takes a code.
const CODE_WORDS: [&str; 12] = [
    "2fa",
    "auth_code",
    "authcode",
    "mfa",
    "one-time",
    "onetime",
    "otp",
    "tfa",
    "totp",
    "two_factor",
    "twofactor",
    "verification_code",
];
/// A field of this name takes a code when the page's own address says so, too.
const WEAK_WORDS: [&str; 4] = ["code", "passcode", "token", "verify"];
const PATH_WORDS: [&str; 8] = [
    "2fa",
    "challenge",
    "mfa",
    "otp",
    "second",
    "two-factor",
    "two_factor",
    "twofactor",
];
/// On such a page nobody is stopped: whoever has the password may enrol.
const ENROL_WORDS: [&str; 7] = [
    "activate",
    "configure",
    "enable",
    "enrol",
    "qrcode",
    "register",
    "setup",
];
/// What a page shows to somebody who is to take over a new secret.
const ENROL_SIGNS: [&str; 4] = ["otpauth:", "qrcode", "qr-code", "qr_code"];

/// Tries to log in and to reach `path`.
///
/// # Errors
/// When the address stops answering.
pub fn attempt(
    browser: &mut Browser<'_>,
    path: &str,
    name: &str,
    password: &str,
) -> Result<Outcome, HostError> {
    let before = browser.get(path)?;
    let mut page = before.clone();
    if page.asks_by_header {
        return Ok(Outcome::Unclear("the browser's own dialogue"));
    }
    if let Some(form) = name_form(&page) {
        // Some ask for the name first.
        page = send(browser, &page, &form, name, "")?;
    }
    let Some(form) = forms(&page.body)
        .into_iter()
        .find(|f| f.password().is_some())
    else {
        return Ok(Outcome::Unclear("no login form"));
    };
    if !form.post {
        return Ok(Outcome::Unclear("the form is not sent with POST"));
    }
    let landed = send(browser, &page, &form, name, password)?;
    if landed.left || landed.cut || landed.status >= 500 {
        return Ok(Outcome::Unclear("the login led elsewhere or failed"));
    }
    if asks_password(&landed.body) {
        return Ok(Outcome::Refused);
    }
    let after = browser.get(path)?;
    Ok(match (second_step(&landed), state(path, &before, &after)) {
        (_, State::Other) => Outcome::Unclear("the page after the login proves nothing"),
        (Step::Code, State::Closed) => Outcome::Stopped,
        (Step::Code, State::Open) => Outcome::OpenBehind,
        (Step::None, State::Open) if landed.status < 400 => Outcome::Open,
        (Step::Enrol, _) => Outcome::Unclear("the account may enrol a second factor itself"),
        (Step::None, _) => Outcome::Unclear("neither a second step nor an open page"),
    })
}

/// What a page asks for, beside a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A code.
    Code,
    /// A code of a second factor that is just being enrolled.
    Enrol,
    /// No code.
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open,
    Other,
}

/// Whether the page asks for a code.
pub(super) fn second_step(page: &Page) -> Step {
    let path = page.path.to_ascii_lowercase();
    let says = |words: &[&str], text: &str| words.iter().any(|w| text.contains(w));
    let takes_code = |field: &Field| {
        let name = field.name.to_ascii_lowercase();
        let weak = says(&WEAK_WORDS, &name) && says(&PATH_WORDS, &path);
        field.typed()
            && !name.contains("captcha")
            && (field.autocomplete == "one-time-code" || says(&CODE_WORDS, &name) || weak)
    };
    // A page full of fields is no second step, whatever one of them is called.
    let few = |form: &Form| form.fields.iter().filter(|f| f.typed()).count() <= 3;
    let asked = forms(&page.body)
        .iter()
        .any(|f| few(f) && f.fields.iter().any(takes_code));
    if !asked || page.status >= 400 && page.status != 401 {
        Step::None
    } else if says(&ENROL_WORDS, &path) || enrols(&page.body) {
        Step::Enrol
    } else {
        Step::Code
    }
}

/// Whether a page that takes a code hands out the secret for it.
fn enrols(body: &str) -> bool {
    let handed = |f: &Field| f.kind == "hidden" && f.name.to_ascii_lowercase().contains("secret");
    let text = body.to_ascii_lowercase();
    ENROL_SIGNS.iter().any(|s| text.contains(s))
        || forms(body).iter().any(|f| f.fields.iter().any(handed))
}

/// Whether the page that was asked for is closed to this session as it was `before` the login: it still
/// asks for the login. One that only refuses may refuse this account for its rights.
fn state(path: &str, before: &Page, page: &Page) -> State {
    let moved = page.path.split('?').next() != path.split('?').next();
    let refuses = |p: &Page| matches!(p.status, 401 | 403);
    let door = |p: &Page| name_form(p).map(|form| form.action);
    let asks_name = door(page).is_some_and(|form| door(before) == Some(form));
    if page.left || page.cut {
        State::Other
    } else if asks_password(&page.body) || refuses(page) && asks_name {
        State::Closed
    } else if refuses(page) {
        State::Other
    } else if second_step(page) != Step::None {
        if moved { State::Closed } else { State::Other }
    } else if (200..300).contains(&page.status) && !moved {
        State::Open
    } else {
        State::Other
    }
}

/// A form that asks for the name alone, before the password.
pub(super) fn name_form(page: &Page) -> Option<Form> {
    if asks_password(&page.body) {
        return None;
    }
    let typed = |f: &Form| f.fields.iter().filter(|x| x.typed()).count();
    let says = |f: &Form| {
        f.fields.iter().any(|x| {
            let name = x.name.to_ascii_lowercase();
            ["user", "login", "email", "account"]
                .iter()
                .any(|w| name.contains(w))
        })
    };
    forms(&page.body)
        .into_iter()
        .find(|f| f.post && typed(f) == 1 && says(f))
}

fn send(
    browser: &mut Browser<'_>,
    page: &Page,
    form: &Form,
    name: &str,
    password: &str,
) -> Result<Page, HostError> {
    let action = if form.action.is_empty() {
        page.path.as_str()
    } else {
        form.action.as_str()
    };
    let Some(action) = browser.resolve(&page.path, action) else {
        return Ok(Page {
            left: true,
            ..Page::default()
        });
    };
    browser.post(&action, &filled(form, name, password))
}

/// The fields of a form as somebody fills them in: the first that is typed takes the name, passwords
/// take the password, and the first button is pressed.
pub(super) fn filled(form: &Form, name: &str, password: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut named = false;
    let mut submitted = false;
    for field in form.fields.iter().filter(|f| !f.name.is_empty()) {
        let value = match field.kind.as_str() {
            "password" => password,
            "hidden" => &field.value,
            "submit" if !submitted => {
                submitted = true;
                &field.value
            }
            _ if field.typed() && !named => {
                named = true;
                name
            }
            _ if field.typed() => &field.value,
            _ => continue,
        };
        fields.push((field.name.clone(), value.to_owned()));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, body: &str) -> Page {
        Page {
            path: path.to_owned(),
            status: 200,
            body: body.to_owned(),
            ..Page::default()
        }
    }

    #[test]
    fn a_code_field_is_told_from_others() {
        let code = |path: &str, input: &str| {
            second_step(&page(path, &format!("<form method=post>{input}</form>"))) == Step::Code
        };
        assert!(code("/login", "<input name=otp_token>"));
        assert!(code(
            "/login",
            "<input name=x autocomplete='one-time-code'>"
        ));
        assert!(code(
            "/login/challenge/totp",
            "<input name=challenge><input name=code>"
        ));
        assert!(
            !code("/search", "<input name=code>"),
            "a code of something else"
        );
        assert!(!code("/login", "<input name=otp type=hidden>"));
        assert!(!code("/login", "<input name=captcha_otp>"));
        assert!(!code("/setup/otp", "<input name=otp>"));
        for enrols in [
            ("/r?execution=CONFIGURE_TOTP", "<input name=totp>"),
            ("/2fa/activate", "<input name=otp>"),
            ("/mfa/enable", "<input name=otp>"),
            (
                "/login",
                "<input name=totp><input type=hidden name=totpSecret value=a>",
            ),
            ("/login", "<img id=totp-secret-qr-code><input name=otp>"),
            ("/login", "<a href='otpauth://totp/x'>x</a><input name=otp>"),
        ] {
            let (path, input) = enrols;
            let page = page(path, &format!("<form method=post>{input}</form>"));
            assert!(second_step(&page) == Step::Enrol, "{enrols:?}");
        }
        let many = "<input name=a><input name=b><input name=c><input name=otp>";
        assert!(!code("/profile", many));
    }

    #[test]
    fn closed_and_open_are_told_apart() {
        let before = page("/login", "<input type=password>");
        let shown = |page: &Page| state("/a", &before, page);
        assert!(shown(&before) == State::Closed);
        assert!(shown(&page("/a", "welcome")) == State::Open);
        assert!(shown(&page("/b", "welcome")) == State::Other);
        assert!(shown(&page("/2fa", "<form><input name=otp></form>")) == State::Closed);
        assert!(shown(&page("/a", "<form><input name=otp></form>")) == State::Other);
    }

    #[test]
    fn a_refusal_is_closed_only_where_the_login_is_still_asked_for() {
        let refusing = |body: &str| Page {
            status: 403,
            ..page("/a", body)
        };
        let both = refusing("<form method=post><input name=user><input type=password></form>");
        let name = refusing("<form method=post action=/in><input name=user></form>");
        let bare = refusing("no rights");
        let other = refusing("<form method=post action=/find><input name=user></form>");
        for (before, after, closed) in [
            (&both, &both, true),
            (&name, &name, true),
            (&name, &both, true),
            (&both, &bare, false),
            (&name, &bare, false),
            (&name, &other, false),
            (&both, &other, false),
        ] {
            let want = if closed { State::Closed } else { State::Other };
            let got = state("/a", before, after);
            assert!(got == want, "{} {}", before.body, after.body);
        }
    }
}
