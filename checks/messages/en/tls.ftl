# Texts of the family tls.

tls-certificate-trust = The certificate is trusted and bears the right name
    .why = People who are used to clicking through certificate warnings do not notice an impostor in between.
    .fix = Get a certificate for the right name from a trusted authority, install the full chain in order (the fullchain file), and declare the name in endpoints.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername NAME -showcerts </dev/null | openssl x509 -noout -text
    .pass = The chain is complete and trusted, and it bears the declared name.
    .pass-agency = The chain is complete, bears the declared name, and leads to an authority that the agency declared: { $anchor }.
    .partial-system = The chain is complete and bears the declared name, but only this host's own store knows its root, and anybody who administers the host can add one: { $anchor }. If it is the agency's authority, declare it in trusted_cas.
    .partial-self-signed = The certificate is self-signed and was declared as trusted; it cannot be revoked.
    .partial-unnamed = The chain is trusted, but no name was declared to compare it with.
    .partial-order = The chain is trusted and bears the name, but its certificates are sent out of order.
    .fail-self-signed = The certificate is self-signed.
    .fail-incomplete = An intermediate certificate is missing, or nobody here trusts its issuer: { $issuer }.
    .unknown-government = Not assessed: the certificate says that { $issuer } issued it, an authority of the State. Its root is not among those trusted here; declare its file in trusted_cas.
    .fail-untrusted = The host's roots do not vouch for this chain ({ $problem }); often an intermediate is missing.
    .fail-name = The certificate does not bear the declared name, only: { $names }.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-certificate-validity = The certificate is in date
    .why = An expired certificate stops the service, or teaches people to click through warnings.
    .fix = Renew the certificate and reload the service (for example: certbot renew && systemctl reload nginx); let it renew by itself.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername NAME </dev/null | openssl x509 -noout -dates
    .pass = The certificate is valid until { $date }.
    .partial-soon = The certificate will expire soon: { $date }.
    .partial-long = The certificate of a public authority lasts longer than the { $limit } days that browsers permit for its day of issue (CA/Browser Forum, SC-081).
    .fail = The certificate expired on { $date }.
    .fail-not-yet = The certificate is valid only from { $date }.
    .fail-other = A certificate that the server shows to other clients (of another kind of key) has expired.
    .fail-chain = An intermediate certificate of the chain has expired.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-key-strength = The certificate's key and signatures are strong
    .why = A short key, or a signature by SHA-1 or MD5, lets others forge the certificate.
    .fix = Make a new key (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, or RSA of 3072 bits) and get a new certificate signed with SHA-256.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername NAME -showcerts </dev/null | openssl x509 -noout -text
    .pass = { $key } key of { $bits } bits, with strong signatures.
    .fail-key = A key of the server or in its chain is too weak: { $key }, { $bits } bits.
    .fail-roca = An RSA key was made by a faulty chip and can be factored (ROCA, CVE-2017-15361).
    .fail-published = The private key is public: it stands in a software package.
    .fail-factored = An RSA key can be factored: its primes are too close or too small.
    .partial-exponent = The RSA key has a public exponent below 65537, which old software verifies carelessly.
    .fail-exponent = An RSA key has a public exponent that protects nothing.
    .fail-hash = The chain rests on a broken hash: { $hashes }.
    .unknown-algorithm = Not assessed: the key or a signature uses an algorithm that is not recognised.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-unique-keys = No TLS key is on several servers
    .why = Whoever takes one server has the key of all that share it: he can pass for them, and nobody can withdraw the key of one alone.
    .fix = Make a new key and certificate on each server. Where several servers of one system serve one name behind a load balancer, declare that name as an endpoint of the system without naming a host (capdo-collector endpoint add NAME --system SYSTEM).
    .confirm = openssl x509 -in CERTIFICATE -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum, on each server
    .pass = No other server reports any of its { $count } keys.
    .pass-service = The servers of the system share the key of a declared service: { $services }.
    .partial = { $count } other servers of the same system have the same key, and no declared name explains it.
    .fail-systems = { $count } servers of other systems of this agency have the same key in their configuration.
    .fail-agencies = { $count } servers of other agencies have the same key; the collector itself saw it served there.
    .unknown-claimed = Not assessed: { $count } servers of other agencies say that they have the same key. Public keys are public, so their word alone proves nothing; an officer can find out.
    .unknown-passed-on = Not assessed: { $count } servers of other systems serve the same key, and no configuration shows a copy on both: connections may be passed on from one to the other.
    .unknown-unseen = Not assessed: the key was not seen at { $places }.
    .not-applicable = The host has no TLS key, served or configured.

tls-versions = Only safe versions of TLS
    .why = SSL 3.0 and TLS 1.0 and 1.1 have published weaknesses; somebody in between can read what is sent.
    .fix = nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3; Postfix: smtpd_tls_protocols = >=TLSv1.2; Dovecot: ssl_min_protocol = TLSv1.2; then reload the service.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null
    .pass = Only safe versions of TLS are accepted.
    .fail = Old versions are still accepted: { $versions }.
    .unknown-unclear = Not assessed: it cannot be told whether the server accepts { $versions }.
    .unknown-none = Not assessed: the server refuses every version of TLS that it was asked for.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-weak-suites = No weak cipher suites
    .why = Suites without encryption (NULL) or without authentication (aNULL), and EXPORT, RC4 and 3DES let others read or change what is sent.
    .fix = nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20; Postfix: smtpd_tls_exclude_ciphers = aNULL, eNULL, EXPORT, RC4, 3DES; then reload the service. RHEL: update-crypto-policies --set DEFAULT.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_2 -cipher NULL:aNULL:RC4:3DES:@SECLEVEL=0 </dev/null
    .pass = The server refuses every weak class of suites.
    .pass-tls13 = The server speaks TLS 1.3 only, which has no weak suites.
    .fail = The server accepts weak suites: { $classes }.
    .unknown-unclear = Not assessed: it cannot be told whether the server accepts { $classes }.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-forward-secrecy = Recorded traffic stays closed
    .why = Without forward secrecy, whoever gets the private key later can read everything that was recorded before.
    .fix = Offer ECDHE suites only. nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20; Postfix: smtpd_tls_exclude_ciphers = aNULL, kRSA; then reload the service.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_2 -cipher kRSA </dev/null
    .pass = Every suite agrees on a fresh key.
    .partial-some = Some suites do not agree on a fresh key: { $suites }.
    .fail = No suite agrees on a fresh key.
    .fail-field = The Diffie-Hellman group has only { $bits } bits.
    .fail-curve = Curves that are too small are accepted: { $curves }.
    .unknown-unclear = Not assessed: the list of suites could not be asked to the end.
    .unknown-field = Not assessed: the size of the Diffie-Hellman group was not seen.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-key-files = Configured keys and certificates are in order
    .why = A private key that others can read lets them act as the server; a certificate that expires on disk, or was renewed and not loaded, stops the service.
    .fix = chown root:root KEY; chmod 600 KEY (PostgreSQL: owner postgres, or root and 640 with group ssl-cert); renew the certificate; then reload the service.
    .confirm = stat -c '%a %U:%G' KEY; openssl x509 -in CERTIFICATE -noout -dates -fingerprint -sha256; compare the fingerprint with openssl s_client -connect 127.0.0.1:443 </dev/null | openssl x509 -noout -fingerprint -sha256
    .pass = { $key } is readable by its service alone, and the certificate is valid until { $date }.
    .partial-owner = The private key { $key } belongs to the account of a person.
    .partial-shielded = The private key { $key } is open to everybody by itself; only a folder above it shuts others out.
    .partial-not-loaded = The certificate on disk is newer than the one that is served: the service was not reloaded.
    .partial-soon = The certificate on disk will expire soon: { $date }.
    .partial-group = People in the group of the private key { $key } may read it: { $people }.
    .fail-open = Everybody may read the private key { $key } (mode { $mode }).
    .fail-changeable = Everybody may replace the private key { $key } (mode { $mode }).
    .fail-group = People in the group of the private key { $key } may replace it: { $people }.
    .fail-expired = The configured certificate expired on { $date }.
    .unknown-served = Not assessed: an address of this host did not show its certificate, so that it cannot be told whether the one on disk is served.
    .unknown-elsewhere = Not assessed: no service that is known here is configured with a certificate, and TLS is or may be served on { $endpoints }.
    .not-applicable = No service that is known here is configured with a certificate.

tls-revocation = The certificate is shown not to be revoked
    .why = A stolen key stays useful until clients learn that its certificate was revoked.
    .fix = nginx: ssl_stapling on; ssl_stapling_verify on; Apache: SSLUseStapling on; or let capdo-agent ask the authority (ask_authorities = true under [declared]). Replace a revoked certificate together with its key.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername NAME -status </dev/null | grep -A 20 'OCSP response'
    .pass = The stapled response says that the certificate is good, and its issuer signed it.
    .pass-asked = The authority was asked ({ $by }): neither the certificate nor an intermediate is revoked.
    .partial-none = The certificate names an OCSP responder, but no response is stapled, and the authority was not asked.
    .fail-asked = Revoked since { $date }, says { $by }: { $subject }.
    .fail-on-hold = Suspended, says { $by }: { $subject }.
    .fail-revoked = The certificate has been revoked.
    .fail-unknown = The issuer does not know this certificate.
    .fail-must-staple = The certificate demands a stapled response, and none is sent.
    .fail-unsigned = The stapled response is not signed by the issuer.
    .fail-old = The stapled response is out of date.
    .fail-unusable = The stapled response cannot be used ({ $fault }).
    .unknown-untrusted = Not assessed: no store vouches for the chain, so the addresses that it names were not asked; declare its root in trusted_cas.
    .unknown-unanswered = Not assessed: the authority gave no usable answer ({ $answers }).
    .not-applicable-no-ocsp = The certificate names no OCSP responder, so there is no response to staple; lists of revoked certificates were not asked for.
    .not-applicable-no-source = The certificate names neither an OCSP responder nor a list that could be asked.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-shared-keys = Each private key serves in one place
    .why = One weak service opens all others that use the same key; a key that outlives its certificate can have been lost long ago.
    .fix = Make a new key with every certificate (certbot: without --reuse-key), and turn off SSL 2.0 and weak stacks wherever the key serves.
    .confirm = openssl s_client -connect 127.0.0.1:443 </dev/null | openssl x509 -noout -pubkey | sha256sum, for each port
    .pass = No other address of this host uses this key.
    .pass-same = The same certificate serves on: { $endpoints }.
    .partial-reused = The same key serves under another certificate on: { $endpoints }.
    .partial-by-age = ROBOT was not asked for on { $endpoints }, which take key exchange by RSA; they speak TLS 1.3 and so are newer than it. Declare them with an authorisation to have it asked.
    .unknown-not-asked = Not assessed: ROBOT was not asked for on { $endpoints }, which take key exchange by RSA; declare them with an authorisation.
    .fail = The key also serves where it can be attacked (SSL 2.0 or an RSA padding oracle): { $endpoints }.
    .unknown-unseen = Not assessed: the certificate was not seen on { $endpoints }.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-starttls = No login in the clear where TLS is offered
    .why = A client that does not insist on TLS, or somebody in between who hides the offer, sends the password in the clear.
    .fix = Dovecot: disable_plaintext_auth = yes and ssl = required (2.4: auth_allow_cleartext = no); Postfix submission: smtpd_tls_security_level = encrypt; Postfix: smtpd_tls_auth_only = yes; Prosody: c2s_require_encryption = true; PostgreSQL: hostssl instead of host in pg_hba.conf; MariaDB: require_secure_transport = ON; OpenLDAP: olcSecurity: ssf=128; vsftpd: force_local_logins_ssl=YES.
    .confirm = openssl s_client -connect 127.0.0.1:143 -starttls imap </dev/null; and in the clear, from another address than the one that is asked: printf 'a CAPABILITY\r\n' | nc -s 127.0.0.2 127.0.0.1 143 must show LOGINDISABLED; of mail: printf 'EHLO a.invalid\r\nQUIT\r\n' | nc -C 127.0.0.1 25 must show no AUTH
    .pass = The service ({ $protocol }) takes no login before TLS.
    .pass-transfer = Mail between servers: TLS is offered, and servers without it must be let in.
    .fail = The service ({ $protocol }) goes on without TLS.
    .fail-login = The mail service offers logins before TLS (AUTH in its answer to EHLO), so that passwords go in the clear.
    .fail-none = The service ({ $protocol }) does not offer TLS.
    .unknown-none = Not assessed: what answers at this port of { $protocol } does not offer TLS; declare the endpoint with its kind.
    .unknown-unclear = Not assessed: it cannot be told whether the service ({ $protocol }) goes on without TLS.
    .partial-configured = The files of { $protocol } demand TLS of every login. Whether the running service has read them shows only to somebody who logs in.
    .fail-rules = PostgreSQL lets other machines log in without TLS: { $rules }.
    .unknown-rules = Not assessed: PostgreSQL does not answer this host as pg_hba.conf says; reload it (SELECT pg_reload_conf()) or look for other rules.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-direct = This address speaks TLS from the first byte.

tls-vulnerabilities = No published hole of TLS
    .why = Holes such as Heartbleed, ROBOT or CCS injection let others read keys and traffic of a server whose settings look right.
    .fix = Update the TLS library (openssl) and restart the services; replace appliances that get no updates; then make new keys and certificates. To have the deeper probes run, declare the endpoint with authorisation.
    .confirm = sslscan 127.0.0.1:443; testssl --vulnerable 127.0.0.1:443
    .pass = None of the holes was found.
    .partial-by-age = None was found. These were not probed, and TLS 1.3 only suggests that the service is newer than they are: { $holes }. To have them probed, declare this address in /etc/capdo/agent.toml ([[declared.endpoints]]) with authorisation = "who permitted it".
    .partial-fallback = Old versions are offered, and a forced fallback to them is not refused.
    .partial-client-renegotiation = Clients may renegotiate at will, which ties up the server.
    .fail = The service is open to: { $holes }.
    .unknown-unclear = Not assessed: the answers do not tell about { $holes }.
    .unknown-not-asked = Not assessed: { $holes } can only be seen by deeper probes. To have them run, declare this address in /etc/capdo/agent.toml ([[declared.endpoints]]) with authorisation = "who permitted it".
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.
