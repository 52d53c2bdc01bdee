//! Random secrets, and the hashes under which they are kept.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::IdentityError;

/// 32 random bytes.
///
/// # Errors
/// When the operating system gives none.
pub fn random() -> Result<[u8; 32], IdentityError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(IdentityError::Random)?;
    Ok(bytes)
}

/// A secret as text to be handed out once: 64 hexadecimal digits. No character of it means anything
/// to a shell or, as a leading hyphen would, to an argument parser.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn text() -> Result<Zeroizing<String>, IdentityError> {
    let bytes = Zeroizing::new(random()?);
    Ok(Zeroizing::new(hex::encode(bytes.as_slice())))
}

/// A password for a person to type: 20 letters and digits that are not easily confused.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn typable() -> Result<Zeroizing<String>, IdentityError> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let bytes = Zeroizing::new(random()?);
    let text: String = bytes
        .iter()
        .take(20)
        .map(|b| char::from(LETTERS[usize::from(b % 32)]))
        .collect();
    Ok(Zeroizing::new(text))
}

/// The hash under which a secret is kept. Secrets made here are long, so a plain hash suffices.
pub fn sha256(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_plain_words_to_every_parser() {
        for _ in 0..64 {
            let secret = text().unwrap();
            assert_eq!(secret.len(), 64);
            assert!(
                secret.chars().all(|c| c.is_ascii_hexdigit()),
                "{}",
                secret.as_str()
            );
        }
    }
}
