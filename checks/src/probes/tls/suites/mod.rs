//! Cipher suites: names, and what a name says about key exchange, authentication and cipher.

mod table;

use std::sync::LazyLock;

use self::table::TABLE;

/// How the key comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exchange {
    /// TLS 1.3: the group is agreed apart from the suite.
    Apart,
    /// The client encrypts it to the server's RSA key: no forward secrecy.
    Rsa,
    /// Diffie-Hellman with the fixed key of a certificate.
    Dh,
    /// Diffie-Hellman with a fresh key.
    Dhe,
    /// Elliptic curves with the fixed key of a certificate.
    Ecdh,
    /// Elliptic curves with a fresh key.
    Ecdhe,
    /// A key shared before.
    Psk,
    /// A password (SRP, ECC-PWD).
    Password,
    /// Kerberos.
    Krb5,
    /// GOST.
    Gost,
    /// Anything else, or nothing.
    Other,
}

/// Who proves who he is, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Auth {
    /// TLS 1.3: agreed apart from the suite.
    Apart,
    /// An RSA key.
    Rsa,
    /// An ECDSA or Edwards-curve key.
    Ecdsa,
    /// A DSA key.
    Dss,
    /// Nobody.
    Anonymous,
    /// A key shared before.
    Psk,
    /// Anything else.
    Other,
}

/// The cipher and its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cipher {
    /// No encryption.
    Null,
    /// RC2 in CBC mode.
    Rc2,
    /// RC4.
    Rc4,
    /// DES in CBC mode, also with 40 bits.
    Des,
    /// Triple DES in CBC mode.
    TripleDes,
    /// IDEA in CBC mode.
    Idea,
    /// SEED in CBC mode.
    Seed,
    /// AES in CBC mode.
    AesCbc,
    /// AES in Galois counter mode.
    AesGcm,
    /// AES in CCM mode.
    AesCcm,
    /// AES in CCM mode with a short tag of 8 bytes.
    AesCcm8,
    /// ChaCha20 with Poly1305.
    ChaCha20,
    /// Camellia in CBC mode.
    CamelliaCbc,
    /// Camellia in Galois counter mode.
    CamelliaGcm,
    /// ARIA in CBC mode.
    AriaCbc,
    /// ARIA in Galois counter mode.
    AriaGcm,
    /// SM4, authenticated.
    Sm4,
    /// AEGIS.
    Aegis,
    /// GOST ciphers.
    Gost,
    /// Anything else.
    Other,
}

/// How records are kept from change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mac {
    /// By the cipher itself.
    Aead,
    /// HMAC with MD5.
    Md5,
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-384.
    Sha384,
    /// Anything else.
    Other,
}

/// What the name of a suite says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The code; kinds of SSL 2.0 have 24 bits.
    pub code: u32,
    /// The registered name.
    pub name: &'static str,
    /// How the key comes about.
    pub exchange: Exchange,
    /// Who proves who he is.
    pub auth: Auth,
    /// The cipher.
    pub cipher: Cipher,
    /// Its strength in bits: 112 for triple DES, 0 without encryption.
    pub bits: u16,
    /// The check of integrity.
    pub mac: Mac,
    /// Weakened for the export rules of the 1990s.
    pub export: bool,
}

impl Suite {
    /// Whether a stolen long-term key opens recorded talks.
    pub const fn forward_secret(&self) -> bool {
        matches!(
            self.exchange,
            Exchange::Apart | Exchange::Dhe | Exchange::Ecdhe
        )
    }

    /// Whether cipher and integrity are one.
    pub const fn aead(&self) -> bool {
        matches!(self.mac, Mac::Aead)
    }

    /// Whether it is a block cipher in CBC mode.
    pub const fn cbc(&self) -> bool {
        matches!(
            self.cipher,
            Cipher::Rc2
                | Cipher::Des
                | Cipher::TripleDes
                | Cipher::Idea
                | Cipher::Seed
                | Cipher::AesCbc
                | Cipher::CamelliaCbc
                | Cipher::AriaCbc
        )
    }
}

/// Kinds of SSL 2.0, by their 24 bits.
const SSL2: &[(u32, &str)] = &[
    (0x01_0080, "SSL_CK_RC4_128_WITH_MD5"),
    (0x02_0080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"),
    (0x03_0080, "SSL_CK_RC2_128_CBC_WITH_MD5"),
    (0x04_0080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"),
    (0x05_0080, "SSL_CK_IDEA_128_CBC_WITH_MD5"),
    (0x06_0040, "SSL_CK_DES_64_CBC_WITH_MD5"),
    (0x06_0140, "SSL_CK_DES_64_CBC_WITH_SHA"),
    (0x07_00c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
    (0x07_01c0, "SSL_CK_DES_192_EDE3_CBC_WITH_SHA"),
    (0x08_0080, "SSL_CK_RC4_64_WITH_MD5"),
    (0xff_8000, "SSL_CK_DES_64_CFB64_WITH_MD5_1"),
    (0xff_8010, "SSL_CK_NULL"),
];

/// The codes of TLS 1.3 in the table: suites without `_WITH_`.
fn is_modern(name: &str) -> bool {
    !name.contains("_WITH_")
}

/// The name of a suite.
pub fn name(code: u32) -> Option<&'static str> {
    if let Ok(short) = u16::try_from(code) {
        let at = TABLE.binary_search_by_key(&short, |row| row.0).ok()?;
        return TABLE.get(at).map(|row| row.1);
    }
    SSL2.iter().find(|row| row.0 == code).map(|row| row.1)
}

/// What the names of `TABLE` say, row by row: worked out once, for a survey asks thousands of times.
static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let rows = TABLE.iter();
    rows.map(|row| described(u32::from(row.0), row.1)).collect()
});

/// What is known of a suite.
pub fn suite(code: u32) -> Option<Suite> {
    if let Ok(short) = u16::try_from(code) {
        let at = TABLE.binary_search_by_key(&short, |row| row.0).ok()?;
        return SUITES.get(at).copied();
    }
    Some(described(code, name(code)?))
}

fn described(code: u32, name: &'static str) -> Suite {
    let (cipher, bits, mac) = protection(name);
    let (exchange, auth) = agreement(name);
    Suite {
        code,
        name,
        exchange,
        auth,
        cipher,
        bits,
        mac,
        export: name.contains("EXPORT"),
    }
}

/// The kinds of SSL 2.0.
pub fn ssl2() -> Vec<u32> {
    SSL2.iter().map(|row| row.0).collect()
}

/// Every suite of TLS 1.3.
pub fn modern() -> Vec<u16> {
    let rows = TABLE.iter().filter(|row| is_modern(row.1));
    rows.map(|row| row.0).collect()
}

/// Most suites in one hello: some stacks break at 128.
const CHUNK: usize = 120;

/// Every older suite in lists of at most 120, the usual ones first, so that a refusal of the first
/// list is nearly always a refusal of all.
pub fn classic() -> Vec<Vec<u16>> {
    static LISTS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(by_rarity);
    LISTS.clone()
}

fn by_rarity() -> Vec<Vec<u16>> {
    let mut ranked: Vec<(u8, u16)> = TABLE
        .iter()
        .filter(|row| !is_modern(row.1))
        .map(|row| (rarity(row.1), row.0))
        .collect();
    // As clients of today wish: forward secrecy by curves first, then what else there is.
    let wish = |code: u16| match suite(u32::from(code)).map(|s| (s.exchange, s.aead())) {
        Some((Exchange::Ecdhe, true)) => 0,
        Some((Exchange::Ecdhe, false)) => 1,
        Some((Exchange::Dhe, _)) => 2,
        _ => 3,
    };
    ranked.sort_by_cached_key(|row| (row.0, wish(row.1)));
    let of = |rank| ranked.iter().filter(move |row| row.0 == rank);
    let lists = (0..=2).map(|rank| of(rank).map(|row| row.1).collect::<Vec<_>>());
    lists
        .flat_map(|list| list.chunks(CHUNK).map(<[u16]>::to_vec).collect::<Vec<_>>())
        .collect()
}

fn rarity(name: &str) -> u8 {
    let (exchange, auth) = agreement(name);
    let usual = matches!(exchange, Exchange::Rsa | Exchange::Dhe | Exchange::Ecdhe);
    let rare = ["EXPORT", "FIPS", "IDEA", "SEED", "_OLD", "_RMD", "CECPQ1"];
    match auth {
        Auth::Rsa | Auth::Ecdsa if usual && !rare.iter().any(|word| name.contains(word)) => 0,
        Auth::Psk | Auth::Other => 2,
        _ => 1,
    }
}

fn agreement(name: &str) -> (Exchange, Auth) {
    if name.starts_with("SSL_CK") {
        return (Exchange::Rsa, Auth::Rsa);
    }
    if is_modern(name) {
        return (Exchange::Apart, Auth::Apart);
    }
    let (left, _) = name.split_once("_WITH_").unwrap_or((name, ""));
    let words: Vec<&str> = left.split('_').skip(1).collect();
    let has = |word: &str| words.contains(&word);
    let anonymous = has("anon");
    let exchange = match words.first().copied().unwrap_or_default() {
        "DH" if anonymous => Exchange::Dhe,
        "ECDH" if anonymous => Exchange::Ecdhe,
        "RSA" => Exchange::Rsa,
        "DH" => Exchange::Dh,
        "DHE" => Exchange::Dhe,
        "ECDH" => Exchange::Ecdh,
        "ECDHE" | "CECPQ1" => Exchange::Ecdhe,
        "PSK" => Exchange::Psk,
        "SRP" | "ECCPWD" => Exchange::Password,
        "KRB5" => Exchange::Krb5,
        word if word.starts_with("GOST") => Exchange::Gost,
        _ => Exchange::Other,
    };
    let auth = if anonymous {
        Auth::Anonymous
    } else if has("PSK") {
        Auth::Psk
    } else if has("ECDSA") {
        Auth::Ecdsa
    } else if has("DSS") {
        Auth::Dss
    } else if has("RSA") {
        Auth::Rsa
    } else if left.ends_with("NULL") {
        Auth::Anonymous
    } else {
        Auth::Other
    };
    (exchange, auth)
}

fn protection(name: &str) -> (Cipher, u16, Mac) {
    let right = name.split_once("_WITH_").map_or(name, |(_, right)| right);
    let right = if name.starts_with("SSL_CK") {
        name
    } else {
        right
    };
    let has = |word: &str| right.contains(word);
    let (cipher, bits) = cipher(right, name.contains("EXPORT1024"));
    let bits = if name.contains("EXPORT40") { 40 } else { bits };
    let by_itself = has("GCM") || has("CCM") || has("POLY1305") || has("AEGIS") || has("MGM");
    let mac = if by_itself {
        Mac::Aead
    } else if has("_MD5") {
        Mac::Md5
    } else if right.ends_with("_SHA") || right.ends_with("_SHA_OLD") {
        Mac::Sha1
    } else if right.ends_with("_SHA256") {
        Mac::Sha256
    } else if right.ends_with("_SHA384") {
        Mac::Sha384
    } else {
        Mac::Other
    };
    (cipher, bits, mac)
}

/// The cipher from what stands behind `WITH`, with its strength.
fn cipher(right: &str, export1024: bool) -> (Cipher, u16) {
    let has = |word: &str| right.contains(word);
    let size = if has("256") && !has("128") && !has("_SHA256") || has("_256_") {
        256
    } else {
        128
    };
    let block = |cbc, gcm| if has("GCM") { gcm } else { cbc };
    match () {
        // Integrity without secrecy, also in TLS 1.3 (RFC 9150).
        () if has("NULL") || right.starts_with("TLS_SHA") => (Cipher::Null, 0),
        () if has("RC2") && has("_56") => (Cipher::Rc2, 56),
        () if has("RC2") && has("_40") => (Cipher::Rc2, 40),
        () if has("RC2") => (Cipher::Rc2, 128),
        () if has("RC4") && has("_40") => (Cipher::Rc4, 40),
        () if has("RC4") && has("_56") => (Cipher::Rc4, 56),
        () if has("RC4") && has("_64") => (Cipher::Rc4, 64),
        () if has("RC4") => (Cipher::Rc4, 128),
        () if has("3DES") || has("DES_192") => (Cipher::TripleDes, 112),
        () if has("DES40") || has("DES_CBC_40") => (Cipher::Des, 40),
        () if has("DES") && export1024 => (Cipher::Des, 56),
        () if has("DES") => (Cipher::Des, 56),
        () if has("IDEA") => (Cipher::Idea, 128),
        () if has("SEED") => (Cipher::Seed, 128),
        () if has("CHACHA20") => (Cipher::ChaCha20, 256),
        () if has("AEGIS_256") => (Cipher::Aegis, 256),
        () if has("AEGIS") => (Cipher::Aegis, 128),
        () if has("CAMELLIA") => (block(Cipher::CamelliaCbc, Cipher::CamelliaGcm), size),
        () if has("ARIA") => (block(Cipher::AriaCbc, Cipher::AriaGcm), size),
        () if has("SM4") => (Cipher::Sm4, 128),
        () if has("CCM_8") => (Cipher::AesCcm8, size),
        () if has("CCM") => (Cipher::AesCcm, size),
        () if has("AES") => (block(Cipher::AesCbc, Cipher::AesGcm), size),
        () if has("28147") || has("KUZNYECHIK") || has("MAGMA") => (Cipher::Gost, 256),
        () => (Cipher::Other, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fits_in_few_hellos() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let lists = classic();
        assert!(lists.len() <= 5, "{}", lists.len());
        assert!(lists.iter().all(|list| list.len() <= CHUNK));
        let total: usize = lists.iter().map(Vec::len).sum();
        assert_eq!(total + modern().len(), TABLE.len());
    }

    #[test]
    fn names_say_what_suites_are() {
        let of = |code| {
            let s = suite(code).unwrap();
            (s.exchange, s.auth, s.cipher, s.bits, s.mac)
        };
        use {Auth as A, Cipher as C, Exchange as X};
        assert_eq!(of(0x1301), (X::Apart, A::Apart, C::AesGcm, 128, Mac::Aead));
        assert_eq!(of(0x1302), (X::Apart, A::Apart, C::AesGcm, 256, Mac::Aead));
        assert_eq!(of(0x1305), (X::Apart, A::Apart, C::AesCcm8, 128, Mac::Aead));
        assert_eq!(of(0xc0b4), (X::Apart, A::Apart, C::Null, 0, Mac::Sha256));
        assert_eq!(of(0xc02f), (X::Ecdhe, A::Rsa, C::AesGcm, 128, Mac::Aead));
        assert_eq!(of(0xc028), (X::Ecdhe, A::Rsa, C::AesCbc, 256, Mac::Sha384));
        assert_eq!(
            of(0xcca9),
            (X::Ecdhe, A::Ecdsa, C::ChaCha20, 256, Mac::Aead)
        );
        assert_eq!(of(0x003c), (X::Rsa, A::Rsa, C::AesCbc, 128, Mac::Sha256));
        assert_eq!(of(0x000a), (X::Rsa, A::Rsa, C::TripleDes, 112, Mac::Sha1));
        assert_eq!(of(0x0003), (X::Rsa, A::Rsa, C::Rc4, 40, Mac::Md5));
        assert_eq!(of(0x0062), (X::Rsa, A::Rsa, C::Des, 56, Mac::Sha1));
        assert_eq!(of(0x003b), (X::Rsa, A::Rsa, C::Null, 0, Mac::Sha256));
        assert_eq!(
            of(0x00a6),
            (X::Dhe, A::Anonymous, C::AesGcm, 128, Mac::Aead)
        );
        assert_eq!(of(0xc0a3), (X::Dhe, A::Rsa, C::AesCcm8, 256, Mac::Aead));
        assert_eq!(of(0xc00e), (X::Ecdh, A::Rsa, C::AesCbc, 128, Mac::Sha1));
        assert_eq!(of(0x02_0080), (X::Rsa, A::Rsa, C::Rc4, 40, Mac::Md5));
        assert!(suite(0x0062).unwrap().export && !suite(0x002f).unwrap().export);
        assert_eq!(name(0xdead), None);
    }
}
