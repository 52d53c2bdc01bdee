//! SAML 2.0: begins at the page of an application, as a person does, and follows its request to the
//! provider. An assertion that comes back after the password was had with one factor.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use reqwest::Url;

use super::{
    Account, End, Report, remark,
    travel::Traveller,
    walk::{Arrival, Reached, walk},
};
use crate::{
    host::HostError,
    probes::forms::{Field, Form},
};

const MAX_RESPONSE: usize = 256 << 10;
const MAX_CONTEXTS: usize = 4;

/// What a response holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Response {
    success: bool,
    asserts: bool,
    /// `AuthnContextClassRef`; none where the assertion is encrypted.
    contexts: Vec<String>,
}

/// Tries to get an assertion for the application at `start` with the password alone.
///
/// # Errors
/// When a declared host does not answer, or shows a certificate that is not trusted.
pub fn attempt(
    traveller: &mut Traveller<'_>,
    start: &Url,
    account: &Account<'_>,
) -> Result<Report, HostError> {
    let first = traveller.get(start)?;
    // What a provider in between gets is only passed on: the application's own answer counts.
    let ends = |to: &Url, form: &Form| to.origin() == start.origin() && answer(form).is_some();
    let reached = walk(traveller, first, Some(account), ends)?;
    Ok(match reached {
        Reached::End(Arrival::Form(_, form), shown) => read(&form, shown),
        Reached::End(Arrival::At(_), _) => End::Unclear("no assertion came").into(),
        Reached::SecondStep => {
            let again = traveller.get(start)?;
            match walk(traveller, again, None, ends)? {
                Reached::End(Arrival::Form(_, form), _) if read(&form, true).end == End::Open => {
                    End::OpenBehind.into()
                }
                _ => End::Stopped.into(),
            }
        }
        Reached::Enrol => End::Unclear("the account may enrol a second factor itself").into(),
        Reached::Refused => End::Refused.into(),
        Reached::Unclear(why) => End::Unclear(why).into(),
    })
}

fn answer(form: &Form) -> Option<&Field> {
    form.fields.iter().find(|f| f.name == "SAMLResponse")
}

fn read(form: &Form, shown: bool) -> Report {
    let response = answer(form)
        .and_then(|f| parse(&f.value))
        .unwrap_or_default();
    if !response.success || !response.asserts {
        return End::Unclear("the provider gave no assertion").into();
    }
    let contexts = response.contexts.iter();
    Report {
        end: if shown { End::Open } else { End::Bare },
        remarks: contexts
            .map(|c| remark("AuthnContextClassRef", c))
            .collect(),
    }
}

fn parse(value: &str) -> Option<Response> {
    let bare: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    if bare.len() > MAX_RESPONSE {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(bare).ok()?).ok()?;
    let mut reader = Reader::from_str(&text);
    let mut found = Response::default();
    let (mut codes, mut inside) = (0, false);
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(found),
            Event::DocType(_) => return None,
            Event::Start(tag) | Event::Empty(tag) => {
                inside = false;
                match tag.local_name().as_ref() {
                    "StatusCode" => {
                        codes += 1;
                        // The first is the outer one; those within explain it.
                        found.success |= codes == 1 && is_success(&tag);
                    }
                    "Assertion" | "EncryptedAssertion" => found.asserts = true,
                    "AuthnContextClassRef" => inside = found.contexts.len() < MAX_CONTEXTS,
                    _ => {}
                }
            }
            Event::Text(words) if inside => {
                found.contexts.push(words.trim().to_owned());
                inside = false;
            }
            _ => inside = false,
        }
    }
}

fn is_success(tag: &BytesStart<'_>) -> bool {
    let value = tag.try_get_attribute("Value").ok().flatten();
    value.is_some_and(|v| v.value.as_ref() == "urn:oasis:names:tc:SAML:2.0:status:Success")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";

    fn of(inner: &str) -> Option<Response> {
        let text =
            format!("<samlp:Response xmlns:samlp=\"p\" xmlns:saml=\"a\">{inner}</samlp:Response>");
        parse(&STANDARD.encode(text))
    }

    #[test]
    fn an_assertion_counts_where_the_status_is_success() {
        let class = "<saml:Assertion><saml:AuthnContextClassRef>urn:x:Password</saml:AuthnContextClassRef></saml:Assertion>";
        let got = of(&format!("{OK}{class}")).unwrap();
        assert!(got.success && got.asserts);
        assert_eq!(got.contexts, ["urn:x:Password"]);
        let encrypted = of(&format!("{OK}<saml:EncryptedAssertion/>")).unwrap();
        assert!(encrypted.success && encrypted.asserts && encrypted.contexts.is_empty());
        let refused = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode></samlp:Status>";
        assert!(!of(&format!("{refused}{class}")).unwrap().success);
        assert!(!of(OK).unwrap().asserts);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([<>=\"'/!a \n&;é-]|Assertion|DOCTYPE|StatusCode){0,40}") {
            parse(&STANDARD.encode(&text));
            parse(&text);
        }
    }
}
