# Texts of the family web.

web-cookies = Session cookies are Secure and HttpOnly
    .why = A session cookie that travels in clear text, or that scripts can read, lets others take over somebody's login.
    .fix = Set Secure, HttpOnly and SameSite for session cookies. PHP: session.cookie_secure = 1, session.cookie_httponly = 1; Tomcat: <cookie-config> with <secure> and <http-only>; Django: SESSION_COOKIE_SECURE = True; serve the site over HTTPS only.
    .confirm = curl -skI https://127.0.0.1/ | grep -i set-cookie
    .pass = The cookies of the first page are protected.
    .partial = Cookies without full protection, none of them a session's by its name: { $cookies }.
    .fail = Session cookies that others can get at: { $cookies }.
    .unknown-none = Not assessed: the first page sets no cookie; what a login sets is not seen.
    .not-applicable = The host has no web site that other machines reach, declared or found.
    .not-applicable-redirect = This address only leads on to another one and sets no cookie.

web-exposure = No source, secrets, dumps or internal pages lie open
    .why = Repositories, settings files and dumps on a web server hand source code, passwords and data to whoever asks.
    .fix = Remove the files from the web root, and deny what begins with a dot. nginx: location ~ /\.(?!well-known) {"{"} deny all; {"}"}; Apache: RedirectMatch 404 "/\.(?!well-known)"; switch folder lists off (autoindex off; Options -Indexes).
    .confirm = curl -sk https://127.0.0.1/.git/HEAD
    .pass = None of { $asked } usual leftovers answers with its own content.
    .partial-internal = Internal pages answer from this server: { $paths }. Whether others reach them too cannot be seen from here.
    .fail = Lies open: { $paths }.
    .not-applicable = The host has no web site that other machines reach, declared or found.

web-headers = Pages are protected by security headers
    .why = Without these headers others can put the page into a frame and catch clicks, or slip scripts into it more easily.
    .fix = Send Content-Security-Policy (such as "default-src 'self'; frame-ancestors 'self'"), X-Content-Type-Options: nosniff and Referrer-Policy: strict-origin-when-cross-origin. nginx: add_header … always; Apache: Header always set ….
    .confirm = curl -skI https://127.0.0.1/ | grep -iE 'content-security|x-frame|x-content|referrer'
    .pass = The first page bears the security headers.
    .partial-no-csp = Frames and types are guarded, but there is no Content-Security-Policy.
    .partial-scripts = Frames and types are guarded, but the Content-Security-Policy lets inline or anybody's scripts run.
    .partial-referrer = The Referrer-Policy hands addresses of pages to others.
    .fail = Missing or without effect: { $missing }.
    .unknown-status = Not assessed: the site answers { $status }, so no page was seen.
    .unknown-cut = Not assessed: the page is too long to be read whole, and a policy may stand further down.
    .not-applicable = The host has no web site that other machines reach, declared or found.
    .not-applicable-redirect = This address only leads on to another one.
    .not-applicable-data = What is served here is no page for browsers.

web-hsts = Browsers are told to use HTTPS only (HSTS)
    .why = Without HSTS somebody in between can keep a browser on clear text at the first click.
    .fix = Send Strict-Transport-Security: max-age=31536000; includeSubDomains over HTTPS. nginx: add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always; Apache: Header always set Strict-Transport-Security "max-age=31536000; includeSubDomains".
    .confirm = curl -skI https://127.0.0.1/ | grep -i strict-transport
    .pass = HSTS holds for { $days } days.
    .partial-short = HSTS holds for { $days } days only; at least { $least } are asked for.
    .fail = There is no Strict-Transport-Security header.
    .fail-malformed = The Strict-Transport-Security header is malformed, so browsers ignore it.
    .fail-off = The Strict-Transport-Security header switches HSTS off (max-age of less than a day).
    .unknown-status = Not assessed: the site answers { $status }, and servers often leave the header off such pages.
    .not-applicable = The host has no web site that other machines reach, declared or found.
    .not-applicable-clear = This address serves clear text, where HSTS has no meaning.

web-https-redirect = Clear text leads on to HTTPS
    .why = What is read or typed on a page in clear text can be seen and changed by anybody in between.
    .fix = Answer every path in clear text with a lasting redirect to HTTPS of the same name. nginx: return 301 https://$host$request_uri; Apache: RewriteEngine On, RewriteRule ^ https://%{"{"}HTTP_HOST{"}"}%{"{"}REQUEST_URI{"}"} [R=301,L].
    .confirm = curl -sI http://127.0.0.1/ | grep -iE '^HTTP|^location'
    .pass = Every path leads on to HTTPS of the same name.
    .partial-other-host = It leads to HTTPS of another name first ({ $origin }), so HSTS does not take hold of this one.
    .partial-first-page = Only the first page leads on to HTTPS; other paths are answered in clear text.
    .partial-temporary = It leads on to HTTPS, but only for the time being (status { $status }).
    .fail = Pages are served in clear text.
    .fail-elsewhere = It leads on, but not to HTTPS.
    .fail-login = A login is asked for in clear text.
    .unknown-status = Not assessed: the site answers { $status } in clear text.
    .not-applicable = The host has no web site that other machines reach, declared or found.
    .not-applicable-tls = This address speaks HTTPS already.

web-security-txt = The site says where to report a weakness (security.txt)
    .why = Whoever finds a weakness must be able to tell somebody; without a contact it is told to nobody, or to everybody.
    .fix = Serve /.well-known/security.txt over HTTPS as text/plain with Contact: (mailto:, tel: or https:) and exactly one Expires: less than a year ahead; see RFC 9116.
    .confirm = curl -sk https://127.0.0.1/.well-known/security.txt
    .pass = security.txt is in order and holds until { $date }.
    .partial-form = security.txt is there and in date, but its form is not right: { $flaws }.
    .partial-contact = security.txt is there and in date, but one of its contacts is no mailto:, tel: or https: address.
    .fail-missing = There is no security.txt.
    .fail-contact = security.txt names no usable contact.
    .fail-expires = security.txt does not name exactly one end of its validity that can be understood.
    .fail-expired = security.txt expired on { $date }.
    .unknown-elsewhere = Not assessed: security.txt is kept at { $origin }, which was not asked.
    .not-applicable = The host has no web site that other machines reach, declared or found.
    .not-applicable-other = Not a public site over HTTPS (neither declared nor at port 443).

web-version-disclosure = No exact software versions are told
    .why = An exact version tells an attacker at once which weaknesses to try.
    .fix = nginx: server_tokens off; Apache: ServerTokens Prod, ServerSignature Off; PHP: expose_php = Off; remove X-Powered-By and the generator mark.
    .confirm = curl -skI https://127.0.0.1/ | grep -iE '^server|^x-powered'
    .pass = No exact version is told.
    .fail = Exact versions are told: { $versions }.
    .not-applicable = The host has no web site that other machines reach, declared or found.
