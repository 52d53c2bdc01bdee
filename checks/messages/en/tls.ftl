# Texts of the family tls.

tls-certificate-trust = The certificate is trusted and bears the right name
    .why = People who are used to clicking through certificate warnings do not notice an impostor in between.
    .fix = Get a certificate for the right name from a trusted authority, install the full chain in order (the fullchain file), and declare the name in endpoints.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername NAME -showcerts </dev/null | openssl x509 -noout -text
    .pass = The chain is complete and trusted, and it bears the declared name.
    .partial-unnamed = The chain is trusted, but no name was declared to compare it with.
    .partial-order = The chain is trusted and bears the name, but its certificates are sent out of order.
    .fail-self-signed = The certificate is self-signed.
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
    .fail = The certificate expired on { $date }.
    .fail-not-yet = The certificate is valid only from { $date }.
    .fail-chain = An intermediate certificate of the chain has expired.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

tls-key-strength = The certificate's key and signatures are strong
    .why = A short key, or a signature by SHA-1 or MD5, lets others forge the certificate.
    .fix = Make a new key (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, or RSA of 3072 bits) and get a new certificate signed with SHA-256.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername NAME -showcerts </dev/null | openssl x509 -noout -text
    .pass = A { $key } key of { $bits } bits, with strong signatures.
    .fail-key = A key in the chain is too weak (the server's own: { $key }, { $bits } bits).
    .fail-hash = The chain rests on a broken hash: { $hashes }.
    .unknown-algorithm = Not assessed: the key or a signature uses an algorithm that is not recognised.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.

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
    .why = Suites without encryption or authentication, EXPORT, RC4 and 3DES let others read or change what is sent.
    .fix = nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20; Postfix: smtpd_tls_mandatory_ciphers = high; then reload the service. RHEL: update-crypto-policies --set DEFAULT.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_2 -cipher NULL:aNULL:RC4:3DES:@SECLEVEL=0 </dev/null
    .pass = The server refuses every weak class of suites.
    .pass-tls13 = The server speaks TLS 1.3 only, which has no weak suites.
    .partial-rsa = No weak suites, but key exchange by RSA: whoever gets the private key can read old traffic too.
    .fail = The server accepts weak suites: { $classes }.
    .unknown-unclear = Not assessed: it cannot be told whether the server accepts { $classes }.
    .not-applicable = The host has no address that speaks TLS, declared or found.
    .not-applicable-other = This port does not speak TLS.
    .fail-no-tls = The address was declared to speak TLS but answers in something else.
