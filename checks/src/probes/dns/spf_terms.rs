//! The grammar of SPF's terms (RFC 7208, section 12). One term that is wrong makes the whole record
//! useless, wherever it stands (section 4.6).

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether all terms behind the version are well formed, and none that may stand once stands twice.
pub(super) fn is_well_formed(record: &str) -> bool {
    let terms = || record.split(' ').skip(1).filter(|t| !t.is_empty());
    let once = |name: &str| {
        let hits = terms().filter(|t| is_modifier(t) && head(t, '=').eq_ignore_ascii_case(name));
        hits.count() <= 1
    };
    record.is_ascii() && terms().all(is_term) && once("redirect") && once("exp")
}

fn is_term(term: &str) -> bool {
    if let Some((name, value)) = term.split_once('=').filter(|_| is_modifier(term)) {
        return match name.to_ascii_lowercase().as_str() {
            "redirect" | "exp" => is_domain(value),
            _ => is_macro_string(value).is_some(),
        };
    }
    let bare = term.strip_prefix(['+', '-', '~', '?']).unwrap_or(term);
    let end = bare.find([':', '/']).unwrap_or(bare.len());
    let (name, rest) = bare.split_at(end);
    match name.to_ascii_lowercase().as_str() {
        "all" => rest.is_empty(),
        "include" | "exists" => rest.strip_prefix(':').is_some_and(is_domain),
        "ptr" => rest.is_empty() || rest.strip_prefix(':').is_some_and(is_domain),
        "a" | "mx" => {
            let place = without_lengths(rest);
            place.is_some_and(|p| p.is_empty() || p.strip_prefix(':').is_some_and(is_domain))
        }
        "ip4" => rest.strip_prefix(':').is_some_and(|net| is_net(net, false)),
        "ip6" => rest.strip_prefix(':').is_some_and(|net| is_net(net, true)),
        _ => false,
    }
}

/// `name=value`, where no colon or slash comes before the sign.
pub(super) fn is_modifier(term: &str) -> bool {
    let Some((name, _)) = term.split_once('=') else {
        return false;
    };
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(fine)
}

/// What stands before the lengths of networks `/24`, `//64` or both; `None` when one is wrong.
pub(super) fn without_lengths(text: &str) -> Option<&str> {
    let (text, six) = match text.rsplit_once("//") {
        Some((before, bits)) if is_digits(bits) => (before, Some(bits)),
        _ => (text, None),
    };
    let (text, four) = match text.rsplit_once('/') {
        Some((before, bits)) if is_digits(bits) => (before, Some(bits)),
        _ => (text, None),
    };
    let fine = four.is_none_or(|b| is_length(b, 32)) && six.is_none_or(|b| is_length(b, 128));
    fine.then_some(text)
}

fn is_net(text: &str, six: bool) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let most = if six { 128 } else { 32 };
    let known = if six {
        address.parse::<Ipv6Addr>().is_ok()
    } else {
        address.parse::<Ipv4Addr>().is_ok()
    };
    known && bits.is_none_or(|b| is_length(b, most))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_length(text: &str, most: u8) -> bool {
    let plain = is_digits(text) && (text == "0" || !text.starts_with('0'));
    plain && text.parse::<u8>().is_ok_and(|bits| bits <= most)
}

/// `domain-spec`: a macro string that ends in a label of letters, or in a macro.
fn is_domain(text: &str) -> bool {
    let Some(ends_in_macro) = is_macro_string(text) else {
        return false;
    };
    let bare = text.strip_suffix('.').unwrap_or(text);
    let top = bare.rsplit_once('.').map(|(_, top)| top);
    let is_top = |top: &str| {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !top.is_empty()
            && top.bytes().all(fine)
            && !is_digits(top)
            && !top.starts_with('-')
            && !top.ends_with('-')
    };
    ends_in_macro || top.is_some_and(is_top)
}

/// Whether a macro string ends in a macro; `None` when it is none.
fn is_macro_string(text: &str) -> Option<bool> {
    let mut rest = text;
    let mut ends = false;
    while let Some(first) = rest.bytes().next() {
        if first == b'%' {
            let after = rest.get(1..)?;
            let after_sign = after.strip_prefix(['%', '_', '-']);
            rest = match after_sign {
                Some(after) => after,
                None => {
                    let (inside, after) = after.strip_prefix('{')?.split_once('}')?;
                    is_macro(inside).then_some(after)?
                }
            };
            ends = true;
        } else {
            (0x21..=0x7e).contains(&first).then_some(())?;
            rest = rest.get(1..)?;
            ends = false;
        }
    }
    Some(ends)
}

/// A letter (`c`, `r` and `t` belong into explanations alone, section 7.2), a number of labels that is not 0, `r`, and delimiters.
fn is_macro(inside: &str) -> bool {
    let mut chars = inside.chars();
    let letter = chars.next().is_some_and(|c| "slodiphvSLODIPHV".contains(c));
    let rest = chars.as_str();
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = rest.split_at(digits);
    let rest = rest.strip_prefix(['r', 'R']).unwrap_or(rest);
    let counts = number.is_empty() || number.bytes().any(|b| b != b'0');
    letter && counts && rest.bytes().all(|b| b".-+,/_=".contains(&b))
}

fn head(text: &str, until: char) -> &str {
    text.split(until).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_told_from_what_is_none() {
        for good in [
            "",
            "all",
            "-ALL",
            "mx",
            "a/24",
            "mx//64",
            "a:x.example/0//0",
            "ptr:x.example",
            "ip4:192.0.2.1/32",
            "ip6:2001:db8::/0",
            "exists:%{ir}.%{l1r+-}._spf.%{d}",
            "include:x.example.",
            "exp=e.%{d}",
            "redirect=x.example",
            "future=%%%_%-",
            "a:x.example/with.slash",
        ] {
            assert!(is_well_formed(&format!("v=spf1 {good}")), "{good}");
        }
        for bad in [
            "all:x.example",
            "all/8",
            "ipv4:192.0.2.1",
            "ip4:192.0.2",
            "ip4:192.0.2.1/33",
            "ip4:192.0.2.1/08",
            "ip4",
            "ip6:::1::",
            "mx/33",
            "a//129",
            "a:",
            "a:/24",
            "a:x.123",
            "a:x.-y",
            "a:x..",
            "include",
            "include:",
            "include:museum",
            "exists:x.example/24",
            "ptr/0",
            "-redirect=x.example",
            "redirect=",
            "redirect=a.b redirect=c.d",
            "exp=%",
            "exists:%{x}.y",
            "exp=%{r}.x.example",
            "exists:%{d0}",
            "exists:%{d",
            "a:é.example",
            "default=%{",
            "-all ipv4:1.2.3.4",
        ] {
            assert!(!is_well_formed(&format!("v=spf1 {bad}")), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,60}|(%|\\{|\\}|d|é|[0-9]|/|:|a|=|\\.){0,30}") {
            let _any = is_well_formed(&format!("v=spf1 {text}"));
            let _lengths = without_lengths(&text);
        }
    }
}
