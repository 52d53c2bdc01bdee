//! Answers of web servers: headers, cookies, policies, forms, and whole visits and logins.

use capdo_checks::{
    host::BODY_CAP,
    probes::{
        browser::Browser,
        forms::{asks_password, forms},
        http::{Site, cookies, csp, exposure, headers, hsts, security_txt, survey, versions},
        login,
    },
};

use crate::bytes::seen;
use crate::{
    bytes,
    seeds::{Seeds, joined},
    window::{Window, answer, somewhere},
};

/// Tries one input: a byte chooses; the pieces are answers, given in turn.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = bytes::first(data) else {
        return;
    };
    if mode % 4 == 0 {
        return one(rest);
    }
    let pages = bytes::pieces(rest)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    let host = Window {
        pages,
        ..Window::default()
    };
    let site = Site {
        target: somewhere(),
        tls: true,
        name: "a.vn".to_owned(),
    };
    match mode % 4 {
        1 => seen(survey(&host, &site, true)),
        2 => seen(exposure::look(&host, &site)),
        _ => {
            let mut browser = Browser::new(&host, somewhere(), true, "a.vn");
            seen(login::attempt(&mut browser, "/admin", "thu", "mat-khau"));
        }
    }
    assert!(host.asked.get() <= 400, "{} questions", host.asked.get());
}

fn one(rest: &[u8]) {
    let answer = answer(rest, BODY_CAP);
    seen(headers::of(&answer));
    seen(hsts::of(&answer));
    seen(csp::of(&answer));
    seen(security_txt::of(&answer));
    assert!(cookies::of([&answer]).len() <= rest.len());
    seen(versions::of(&answer));
    seen(versions::in_error_page(&answer));
    let page = answer.text();
    assert!(forms(&page).len() <= rest.len());
    asks_password(&page);
    let text = bytes::text(rest);
    seen(hsts::parse(&text));
}

/// Answers as servers give them.
pub fn seeds(seeds: &mut Seeds) {
    let pages = [
        "200\nstrict-transport-security: max-age=31536000; includeSubDomains; preload\n\
         content-security-policy: default-src 'self'; script-src 'nonce-x' https:; frame-ancestors 'none'\n\
         set-cookie: PHPSESSID=a; Path=/; Secure; HttpOnly; SameSite=Lax\nserver: nginx/1.22.1\n\
         content-type: text/html\n\n<html><meta http-equiv=\"content-security-policy\" content=\"default-src *\">\
         <form method=post action=/login><input name=user><input type=password name=pw>\
         <input type=hidden name=t value=1></form>",
        "302\nlocation: https://a.vn:443/x\nset-cookie: a=b\n\n",
        "200\ncontent-type: text/plain\n\nContact: mailto:a@a.vn\nExpires: 2027-01-01T00:00:00Z\n",
        "404\n\n<h1>Not Found</h1><address>Apache/2.4.57 (Debian)</address>",
        "200\ncontent-type: text/html\n\n<form method=post><input name=otp autocomplete=one-time-code></form>",
        "200\n\n<title>Index of /</title>",
    ];
    for page in pages {
        seeds.choosing(0, page.as_bytes());
    }
    for mode in 1..4 {
        seeds.choosing(mode, &joined(&pages));
        seeds.choosing(mode, &joined(&[pages[0], pages[1], pages[4]]));
    }
}
