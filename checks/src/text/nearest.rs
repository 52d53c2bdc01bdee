//! The name that someone probably meant.

/// The candidate that takes the fewest edits to become `asked`.
pub fn nearest<'a>(asked: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .min_by_key(|c| distance(asked, c))
        .map(str::to_owned)
}

/// Levenshtein's distance, in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(128).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(128).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let names = ["ssh.root-login", "account.uid-zero", "tls"];
        let found = nearest("ssh.rot-login", names.into_iter());
        assert_eq!(found.as_deref(), Some("ssh.root-login"));
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
