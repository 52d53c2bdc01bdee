//! Forms of an HTML page, as far as a login needs them. Scripts are not run: a page that builds
//! its form by script shows none.

const MAX_FORMS: usize = 16;
const MAX_FIELDS: usize = 64;
const MAX_VALUE: usize = 8_192;
/// Letters of a page that says no more than that it is loading.
const FEW: usize = 80;

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it goes; empty for the page itself.
    pub action: String,
    /// It is sent with POST.
    pub post: bool,
    /// Its fields, in their order.
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// `text`, `password`, `hidden`, `submit`, …, in lower case.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What a browser may fill in, in lower case.
    pub autocomplete: String,
}

impl Field {
    /// Whether somebody types into it.
    pub fn typed(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "text" | "email" | "tel" | "number" | "password" | ""
        )
    }
}

impl Form {
    /// The first password field.
    pub fn password(&self) -> Option<&Field> {
        self.fields.iter().find(|f| f.kind == "password")
    }
}

/// The forms of a page; fields outside any form stand in one of their own, which has no action.
pub fn forms(html: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut open: Option<Form> = None;
    let mut outside = Form::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        match tag.name.as_str() {
            "script" | "style" | "template" => rest = past(rest, &tag.name),
            "form" if found.len() < MAX_FORMS => {
                found.extend(open.take());
                open = Some(Form {
                    action: tag.attribute("action"),
                    post: tag.attribute("method").eq_ignore_ascii_case("post"),
                    fields: Vec::new(),
                });
            }
            "/form" => found.extend(open.take()),
            "input" | "button" => {
                let into = open.as_mut().unwrap_or(&mut outside);
                if into.fields.len() < MAX_FIELDS {
                    into.fields.push(field(&tag));
                }
            }
            _ => {}
        }
    }
    found.extend(open);
    if !outside.fields.is_empty() {
        found.push(outside);
    }
    found
}

/// Whether the page asks for a password in a form.
pub fn asks_password(html: &str) -> bool {
    forms(html).iter().any(|f| f.password().is_some())
}

/// Whether a page shows so little by itself that a script, a frame or a refresh may show the rest.
pub fn shows_later(html: &str) -> bool {
    let (mut words, mut later) = (0, false);
    let mut rest = html;
    loop {
        let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
        words += text.chars().filter(|c| c.is_alphanumeric()).count();
        if after.is_empty() {
            return later && words < FEW;
        }
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let (tag, inner) = tag(after);
        rest = inner;
        match tag.name.as_str() {
            "iframe" | "frame" | "object" | "embed" => later = true,
            "meta" if tag.attribute("http-equiv").eq_ignore_ascii_case("refresh") => return true,
            "script" | "style" | "template" | "noscript" | "title" => {
                later |= tag.name == "script";
                rest = past(rest, &tag.name);
            }
            _ => {}
        }
    }
}

fn field(tag: &Tag) -> Field {
    let kind = tag.attribute("type").to_ascii_lowercase();
    let usual = if tag.name == "button" {
        "submit"
    } else {
        "text"
    };
    Field {
        kind: if kind.is_empty() {
            usual.to_owned()
        } else {
            kind
        },
        name: tag.attribute("name"),
        value: tag.attribute("value"),
        autocomplete: tag.attribute("autocomplete").to_ascii_lowercase(),
    }
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// The tag that begins here, and what follows it.
fn tag(text: &str) -> (Tag, &str) {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    let name = text[..end].trim_end_matches('/').to_ascii_lowercase();
    let mut attributes = Vec::new();
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, after);
        }
        if rest.is_empty() {
            return (Tag { name, attributes }, "");
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))
            .unwrap_or(rest.len());
        let key = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        } else if end == 0 {
            rest = rest.get(1..).unwrap_or("");
        }
        if attributes.len() < MAX_FIELDS && value.len() <= MAX_VALUE {
            attributes.push((key, unescaped(value)));
        }
    }
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            let end = inner.find(quote).unwrap_or(inner.len());
            return (&inner[..end], inner.get(end + 1..).unwrap_or(""));
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    (&text[..end], &text[end..])
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&#43;", "+"),
        ("&#x2B;", "+"),
        ("&#x3D;", "="),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |t, (from, to)| t.replace(from, to))
}

/// What follows the end of a script or a style.
fn past<'a>(text: &'a str, name: &str) -> &'a str {
    let ends = |at: usize| {
        let word = text.get(at + 2..at + 2 + name.len());
        word.is_some_and(|w| w.eq_ignore_ascii_case(name))
    };
    let found = text
        .match_indices("</")
        .map(|(at, _)| at)
        .find(|at| ends(*at));
    found.map_or("", |at| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_form_is_read() {
        let html = "<!-- <form><input type=password></form> --><script>if (a<b) '<form>'</script>\
            <FORM method='POST' action=\"/in?a=1&amp;b=2\"><input type=hidden name=t value='x&quot;y'>\
            <input name=user autofocus><INPUT TYPE=\"password\" name=\"pw\" /><button name=go value=1>Go</button></form><input name=q>";
        let got = forms(html);
        assert_eq!(
            (got.len(), got[0].action.as_str(), got[0].post),
            (2, "/in?a=1&b=2", true)
        );
        let kinds: Vec<(&str, &str)> = got[0]
            .fields
            .iter()
            .map(|f| (f.kind.as_str(), f.name.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("hidden", "t"),
                ("text", "user"),
                ("password", "pw"),
                ("submit", "go")
            ]
        );
        assert_eq!(got[0].fields[0].value, "x\"y");
        assert!(!asks_password("<input type=text>") && asks_password("<input type=password"));
    }

    #[test]
    fn a_page_that_a_script_fills_is_told_from_one_that_stands() {
        let long = "văn bản ".repeat(30);
        for (later, html) in [
            (true, "<title>Quản lý văn bản điều hành của cơ quan, của các đơn vị và của mọi người dân trong toàn tỉnh, xin chào mọi người</title><div id=root></div><script src=/app.js></script>".to_owned()),
            (true, "<noscript>You need to enable JavaScript to run this application, which shows nothing without it at all.</noscript><script>x<y</script>".to_owned()),
            (true, "<meta HTTP-EQUIV='Refresh' content='0; url=/login'>".to_owned()),
            (true, "<iframe src=/login></iframe>".to_owned()),
            (true, "<script>".to_owned()),
            (false, format!("<p>{long}<script>1</script>")),
            (false, "<p>It works!</p>".to_owned()),
            (false, "<!-- <script></script> -->".to_owned()),
            (false, String::new()),
        ] {
            assert_eq!(shows_later(&html), later, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([<>=\"'/!a \né-]|form|input|script|type=password|&quot;){0,60}") {
            let _read = forms(&text);
            let _shown = shows_later(&text);
        }
    }
}
