//! Private keys that stand in packages which everybody can fetch, such as those of a language's own
//! tests: whoever serves with one serves with a key that the world has.

/// SHA-256 of public keys (SubjectPublicKeyInfo in DER), in order. Each was derived from the private key
/// in the package of Debian 12 that is named above it.
const KNOWN: [&str; 21] = [
    // libpython3.11-testsuite: test/keycert4.pem
    "0a8b54336a8f109dbf0f1cf6f8ba46f9e31aeaf0c07af3fa56868f0487d895da",
    // golang-1.19-src: crypto/tls/example_test.go
    "226acd9b52f5731987d46521bbe02fa88045f9eb0c4a262690022d23cbb5eef2",
    // golang-1.19-src: crypto/tls/handshake_test.go
    "26be8791d8fcde93fbd2bfd2751ef576d65e391e3f7b9d559f3a75998183c044",
    // libpython3.11-testsuite: test/nosan.pem
    "3610893ac98cb708ebe91f3d7a7da48d9a15e9cd74ddca2976c4072ad5b9e5b4",
    // golang-1.19-src: crypto/x509/x509_test_import.go
    "540101906e8daff636d6cd4b16d3607921383c2aa511eebc4d49f3e58521f320",
    // golang-1.19-src: net/http/internal/testcert/testcert.go
    "64eebde4d94a861ca1b062a103ef51d4d8a2c1b0a2133838198230e9c85407ed",
    // golang-1.19-src: crypto/tls/handshake_test.go
    "76a40ff8b96916f035544e3262130c75dbade42f419b89e8c3445836bc644bf0",
    // libpython3.11-testsuite: test/keycert3.pem
    "8064304dc78d97bb96dcf71c5edeb7abe8412efeab98972a9749df0ab065ad37",
    // libpython3.11-testsuite: test/keycertecc.pem
    "990c02b92948ebe7dd937acf1ee7bda652aee927ae71dcaa027a28d8df0a23fe",
    // libpython3.11-testsuite: test/badcert.pem
    "9e4456c9dc7098dc4330cc8f0f84f27f7771543758a68b03e93b2615a412eb4f",
    // libpython3.11-testsuite: test/idnsans.pem
    "a0eb5a3d1414086256cfd994b4afe2c759376087269d7cede24af0dd95c30ab6",
    // libpython3.11-testsuite: test/allsans.pem
    "ab8e035b61375a026a577d38c424249b74b59795e8690aecf05fcf1c23e27998",
    // libpython3.11-testsuite: test/pycakey.pem
    "b27242ebec6d3db0ebbe05bb7c650a421ff90348629d3e0410bc7369b337d4fd",
    // golang-1.19-src: crypto/tls/handshake_server_test.go
    "bbb3a427090d44d741d44bf7171a179dd4c9a7fdac3a2e649f2f6fa0488aadc9",
    // libpython3.11-testsuite: test/ssl_key.pem
    "be4c89ae84278a5efc10bd6bfa615e3f84b9a91110b17bb52ba6a351eaa14d4d",
    // libpython3.11-testsuite: test/keycert2.pem
    "c3e2fc4b8742a19c114912a4fcdd9d0c58e3481c6eb4ce447b778bb7edfdde83",
    // golang-1.19-src: net/smtp/smtp_test.go
    "c7f489851840a675319fc8398596602c3fc8cd941eec70a08724a56e3d118739",
    // golang-1.19-src: crypto/tls/tls_test.go
    "ce3aa306f6b578932664a6ef81bead27247efec825737b4b4cf1c5676c099e8f",
    // golang-1.19-src: crypto/tls/tls_test.go
    "e156fa5bb9673db29989c7bfd2faedda7df13f221df0a203b5701862a2b85757",
    // golang-1.19-src: crypto/x509/x509_test.go
    "e7c98a2e73e33d7de4216988d748b814cded1b9b9b73b7ea83eadfc99a8d827d",
    // golang-1.19-src: crypto/tls/handshake_test.go
    "e97178009fc19e705c9257bae47fc004100da041363792d493098ac7fea922e9",
];

/// Whether the private key to a public key of that fingerprint is published.
pub(super) fn knows(sha256: &str) -> bool {
    KNOWN.binary_search(&sha256).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_and_no_other() {
        assert!(KNOWN.is_sorted() && KNOWN.iter().all(|k| k.len() == 64 && knows(k)));
        assert!(!knows(&"0".repeat(64)) && !knows(""));
    }
}
