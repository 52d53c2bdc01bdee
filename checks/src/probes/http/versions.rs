//! Exact versions that a site tells everybody. They are told from the shape of the text alone;
//! nothing is concluded from them, since distributions carry fixes back into old versions.

use super::meta_elements;
use crate::host::HttpAnswer;

const HEADERS: [&str; 7] = [
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "liferay-portal",
    "via",
];
const MAX_FOUND: usize = 20;

/// Versions in the headers and the page's own generator mark: `server: nginx/1.22.1`.
pub fn of(answer: &HttpAnswer) -> Vec<String> {
    let mut found = Vec::new();
    for name in HEADERS {
        // HTTP's own version stands in `Via`.
        let told = answer
            .all(name)
            .filter(|v| has_version(if name == "via" { comment(v) } else { v }));
        found.extend(told.map(|v| format!("{name}: {}", cut(v))));
    }
    for attributes in meta_elements(&answer.text()) {
        let value = |name: &str| {
            let hit = attributes.iter().find(|(n, _)| n == name);
            hit.map(|(_, v)| v.as_str())
        };
        let generator = value("name").is_some_and(|n| n.eq_ignore_ascii_case("generator"));
        if let Some(content) = value("content").filter(|c| generator && has_version(c)) {
            found.push(format!("generator: {}", cut(content)));
        }
    }
    found.truncate(MAX_FOUND);
    found
}

/// The version in the page that a server itself makes for an error.
pub fn in_error_page(answer: &HttpAnswer) -> Option<String> {
    const SERVERS: [&str; 8] = [
        "nginx/",
        "Apache/",
        "Apache Tomcat/",
        "openresty/",
        "lighttpd/",
        "LiteSpeed/",
        "Jetty(",
        "Microsoft-IIS/",
    ];
    if answer.status < 400 {
        return None;
    }
    let page = answer.text();
    SERVERS.iter().find_map(|server| {
        let from = page.find(server)?;
        let rest = page.get(from + server.len()..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-+".contains(c));
        let version = rest.get(..end.unwrap_or(rest.len()))?;
        has_version(version).then(|| format!("error page: {server}{}", cut(version)))
    })
}

fn comment(via: &str) -> &str {
    via.split_once('(').map_or("", |(_, comment)| comment)
}

fn cut(text: &str) -> String {
    text.chars().take(120).collect()
}

/// Whether a text holds a figure, a dot and a figure.
fn has_version(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|w| w[0].is_ascii_digit() && w[1] == b'.' && w[2].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        let pair = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
        HttpAnswer {
            status,
            headers: headers.iter().map(pair).collect(),
            body: body.as_bytes().to_vec(),
            body_cut: false,
        }
    }

    #[test]
    fn only_exact_versions_count() {
        let page = "<meta name=\"Generator\" content=\"Drupal 10.1 (https://www.drupal.org)\">";
        let got = of(&answer(
            200,
            &[
                ("server", "Apache/2.4.57 (Debian)"),
                ("x-powered-by", "PHP/8.2.7"),
            ],
            page,
        ));
        assert_eq!(got.len(), 3, "{got:?}");
        let quiet = [
            ("server", "nginx"),
            ("x-powered-by", "Express"),
            ("via", "1.1 proxy"),
        ];
        assert!(of(&answer(200, &quiet, "<meta name=viewport content=1.0>")).is_empty());
    }

    #[test]
    fn error_pages_are_read() {
        let nginx = "<center>nginx/1.22.1</center>";
        let told = in_error_page(&answer(404, &[], nginx));
        assert_eq!(told.as_deref(), Some("error page: nginx/1.22.1"));
        assert_eq!(
            in_error_page(&answer(404, &[], "<center>nginx</center>")),
            None
        );
        assert_eq!(in_error_page(&answer(200, &[], nginx)), None);
    }
}
