//! Passwords: Argon2id, off the async threads, a few at a time.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::IdentityError;

/// The fewest characters of a password.
pub const MIN_LEN: usize = 12;
/// The most bytes of a password: what is hashed is bounded.
pub const MAX_BYTES: usize = 256;

/// Each hash takes 19 MiB; this bounds what signing in can take.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The hash of a new password, in PHC form.
///
/// # Errors
/// When the password is too short or too long.
pub fn hash(password: &str) -> Result<String, IdentityError> {
    if password.chars().count() < MIN_LEN {
        return Err(IdentityError::Password("short"));
    }
    if password.len() > MAX_BYTES {
        return Err(IdentityError::Password("long"));
    }
    let hash: PasswordHash = hasher()
        .hash_password(password.as_bytes())
        .map_err(|_| IdentityError::Password("hashing"))?;
    Ok(hash.to_string())
}

/// Whether `password` is the one behind `hash`. Where there is no such user, `hash` is `None` and
/// the answer takes as long.
pub async fn verify(password: Zeroizing<String>, hash: Option<String>) -> bool {
    if password.len() > MAX_BYTES {
        return false;
    }
    let Ok(_permit) = AT_ONCE.acquire().await else {
        return false;
    };
    tokio::task::spawn_blocking(move || verify_now(&password, hash.as_deref()))
        .await
        .unwrap_or(false)
}

fn verify_now(password: &str, hash: Option<&str>) -> bool {
    let Some(Ok(parsed)) = hash.map(PasswordHash::new) else {
        // As much work as for a user that exists.
        let made: Result<PasswordHash, _> = hasher().hash_password(password.as_bytes());
        drop(made);
        return false;
    };
    hasher()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok()
}

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_fits_its_hash() {
        let made = hash("mật khẩu rất dài").unwrap();
        assert!(made.starts_with("$argon2id$"));
        assert!(verify_now("mật khẩu rất dài", Some(&made)));
        assert!(!verify_now("mật khẩu rất dai", Some(&made)));
        assert!(!verify_now("mật khẩu rất dài", None));
        assert!(!verify_now("mật khẩu rất dài", Some("not a hash")));
    }

    #[test]
    fn short_passwords_are_refused() {
        assert!(matches!(hash("ngắn"), Err(IdentityError::Password(_))));
    }
}
