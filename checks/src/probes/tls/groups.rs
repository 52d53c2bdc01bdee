//! Named groups of key exchange: the "TLS Supported Groups" registry of IANA.

/// What kind of mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An elliptic curve.
    Curve,
    /// A finite field (RFC 7919).
    Field,
    /// ML-KEM alone, or beside a curve.
    Kem,
}

/// A named group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The code on the wire.
    pub code: u16,
    /// The registered name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Size of the field or curve in bits; of the curve where ML-KEM stands beside one; of the
    /// security category (128, 192, 256) for ML-KEM alone.
    pub bits: u16,
}

const fn group(code: u16, name: &'static str, kind: Kind, bits: u16) -> Group {
    Group {
        code,
        name,
        kind,
        bits,
    }
}

/// Every group that is asked for. Those that servers like best come first.
pub const GROUPS: &[Group] = &[
    group(0x001d, "X25519", Kind::Curve, 253),
    group(0x0017, "P-256", Kind::Curve, 256),
    group(0x0018, "P-384", Kind::Curve, 384),
    group(0x0019, "P-521", Kind::Curve, 521),
    group(0x001e, "X448", Kind::Curve, 448),
    group(0x11ec, "X25519MLKEM768", Kind::Kem, 253),
    group(0x11eb, "SecP256r1MLKEM768", Kind::Kem, 256),
    group(0x11ed, "SecP384r1MLKEM1024", Kind::Kem, 384),
    group(0x0200, "MLKEM512", Kind::Kem, 128),
    group(0x0201, "MLKEM768", Kind::Kem, 192),
    group(0x0202, "MLKEM1024", Kind::Kem, 256),
    group(0x6399, "X25519Kyber768Draft00", Kind::Kem, 253),
    group(0x639a, "SecP256r1Kyber768Draft00", Kind::Kem, 256),
    group(0x11ee, "curveSM2MLKEM768", Kind::Kem, 256),
    group(0x0029, "curveSM2", Kind::Curve, 256),
    group(0x001a, "brainpoolP256r1", Kind::Curve, 256),
    group(0x001b, "brainpoolP384r1", Kind::Curve, 384),
    group(0x001c, "brainpoolP512r1", Kind::Curve, 512),
    group(0x001f, "brainpoolP256r1tls13", Kind::Curve, 256),
    group(0x0020, "brainpoolP384r1tls13", Kind::Curve, 384),
    group(0x0021, "brainpoolP512r1tls13", Kind::Curve, 512),
    group(0x0016, "secp256k1", Kind::Curve, 256),
    group(0x0015, "P-224", Kind::Curve, 224),
    group(0x0014, "secp224k1", Kind::Curve, 224),
    group(0x0013, "P-192", Kind::Curve, 192),
    group(0x0012, "secp192k1", Kind::Curve, 192),
    group(0x0011, "secp160r2", Kind::Curve, 160),
    group(0x0010, "secp160r1", Kind::Curve, 160),
    group(0x000f, "secp160k1", Kind::Curve, 160),
    group(0x000e, "sect571r1", Kind::Curve, 571),
    group(0x000d, "sect571k1", Kind::Curve, 571),
    group(0x000c, "sect409r1", Kind::Curve, 409),
    group(0x000b, "sect409k1", Kind::Curve, 409),
    group(0x000a, "sect283r1", Kind::Curve, 283),
    group(0x0009, "sect283k1", Kind::Curve, 283),
    group(0x0008, "sect239k1", Kind::Curve, 239),
    group(0x0007, "sect233r1", Kind::Curve, 233),
    group(0x0006, "sect233k1", Kind::Curve, 233),
    group(0x0005, "sect193r2", Kind::Curve, 193),
    group(0x0004, "sect193r1", Kind::Curve, 193),
    group(0x0003, "sect163r2", Kind::Curve, 163),
    group(0x0002, "sect163r1", Kind::Curve, 163),
    group(0x0001, "sect163k1", Kind::Curve, 163),
    group(0x0100, "ffdhe2048", Kind::Field, 2048),
    group(0x0101, "ffdhe3072", Kind::Field, 3072),
    group(0x0102, "ffdhe4096", Kind::Field, 4096),
    group(0x0103, "ffdhe6144", Kind::Field, 6144),
    group(0x0104, "ffdhe8192", Kind::Field, 8192),
];

/// A group by its code.
pub fn by_code(code: u16) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.code == code)
}

/// Codes of all groups, for TLS 1.3.
pub fn all() -> Vec<u16> {
    GROUPS.iter().map(|group| group.code).collect()
}

/// Codes of the curves, for TLS 1.2 and before. Finite fields stay out: a server that finds none of
/// its own among them must not choose DHE at all (RFC 7919, section 4).
pub fn curves() -> Vec<u16> {
    let curves = GROUPS.iter().filter(|group| group.kind == Kind::Curve);
    let old = curves.filter(|group| !matches!(group.code, 0x001f..=0x0021));
    old.map(|group| group.code).collect()
}

/// Published primes of finite-field groups, by the first eight bytes of their SHA-256.
const PRIMES: &[(u64, &str)] = &[
    (0x9cd3_b7f3_3687_2f46, "ffdhe2048"),
    (0x0eaf_67db_3a83_9156, "ffdhe3072"),
    (0x4648_4142_24ac_881b, "ffdhe4096"),
    (0x227a_c906_6b3d_dd9e, "ffdhe6144"),
    (0x770b_14ef_af6f_0499, "ffdhe8192"),
    (0x64fc_c83e_c403_930b, "rfc3526-1536"),
    (0xd664_36f7_9bbd_6b2e, "rfc3526-2048"),
    (0x48cf_8b09_2fbc_e435, "rfc3526-3072"),
    (0x4ee9_5187_682b_cb23, "rfc3526-4096"),
    (0xd1bf_e6d0_925c_e7e4, "rfc3526-6144"),
    (0x39ab_4fea_b950_a312, "rfc3526-8192"),
    (0x3cdb_020b_9ef2_98b2, "apache-512"),
    (0xf79d_1db3_c955_a28f, "apache-1024"),
    (0xdb01_e702_8991_66da, "apache-512"),
    (0xbf91_0d9d_f4e0_b2e7, "apache-1024"),
    (0x8ae4_7dca_3d24_e9b6, "nginx-1024"),
    (0x73b3_91ec_8da3_3ee1, "java-512"),
    (0xee54_83fe_4b96_caa1, "java-768"),
    (0xcc21_a33d_d1a3_edf4, "java-1024"),
    (0xf26e_2403_f3f0_7946, "openssl-512"),
    (0x66d0_bf38_b0bd_facf, "openssl-1024"),
    (0x3166_ce19_1800_0532, "openssl-2048"),
    (0x9e34_8a94_71b7_d123, "openssl-2048"),
    (0xce77_28db_3aed_1119, "openssl-4096"),
    (0xb52b_a6a3_0265_20a6, "rfc2409-768"),
    (0x3f35_a3f5_f6c4_376a, "rfc2409-1024"),
    (0x44c5_5cfe_e5c0_7592, "rfc5114-1024"),
    (0xbfe5_4586_2ca1_02ad, "rfc5114-2048"),
    (0x0b78_3572_2cb6_1982, "rfc5114-2048"),
    (0x74a5_cce5_b6a9_3eb7, "weakdh-1024"),
    (0x1960_85cb_4281_d1ff, "weakdh-1024"),
    (0x8057_1b97_f71f_8972, "weakdh-1024"),
    (0x5f85_6a00_120e_ee6d, "weakdh-1024"),
    (0xdeb6_7128_7187_265a, "weakdh-1024"),
    (0xbc19_c041_491e_550f, "weakdh-1024"),
    (0xac0f_f7a4_15f0_03c6, "weakdh-1024"),
    (0x2b07_d24b_932a_a7a0, "weakdh-1024"),
    (0x8523_c720_5704_3833, "weakdh-1024"),
    (0x52d4_faa5_3003_b834, "weakdh-1024"),
    (0x449a_b49c_277d_21a6, "postfix-512"),
    (0x4e1f_16b0_a537_becf, "postfix-2048"),
    (0x6c86_3838_510b_ab3e, "postfix-512"),
    (0xef62_7d8c_c441_44f3, "postfix-1024"),
    (0xe2b3_43fa_226b_7109, "postfix-512"),
    (0x7daf_c874_c199_63c0, "postfix-768"),
    (0xd2ae_65bf_c245_96c0, "postfix-1024"),
    (0xbd64_6809_c4e2_d255, "postfix-1536"),
    (0xee30_2f14_9664_decf, "postfix-2048"),
    (0xbc66_9273_8478_5251, "postfix-512"),
    (0xad22_5f93_6784_0e76, "postfix-768"),
    (0x3b37_d357_836b_4c0b, "postfix-1024"),
    (0xf5b0_f0db_19c1_ffb9, "postfix-1536"),
    (0xb85e_2291_d140_4593, "postfix-512"),
    (0xb36a_c84e_5fa8_bd7a, "postfix-768"),
    (0x20ce_5e95_3147_2e23, "postfix-1024"),
    (0x245c_cb3b_b7e5_f8e4, "postfix-1536"),
    (0xb222_23eb_a55e_ff07, "postfix-2048"),
    (0x486e_2352_26a9_27b2, "haproxy-1024"),
    (0x7b65_51ea_6ff0_9bd7, "haproxy-2048"),
    (0xa67f_41cb_1613_53e0, "haproxy-4096"),
];

/// The name of a prime, where it is a published one. `prime` is big-endian without leading zeros.
pub fn known_prime(prime: &[u8]) -> Option<&'static str> {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(prime);
    let head = digest.first_chunk::<8>()?;
    let head = u64::from_be_bytes(*head);
    PRIMES
        .iter()
        .find(|known| known.0 == head)
        .map(|known| known.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_lists_are_sound() {
        let mut codes = all();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), GROUPS.len());
        assert!(curves().contains(&0x1d) && !curves().contains(&0x100));
        assert_eq!(by_code(0x11ec).unwrap().name, "X25519MLKEM768");
    }
}
