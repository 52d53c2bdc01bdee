//! The order of versions against the distributions' own vectors and their own tools.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its oracles are programs"
)]

use std::{
    cmp::Ordering,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use capdo_checks::facts::versions::Scheme;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

const SCHEMES: [Scheme; 3] = [Scheme::Apk, Scheme::Dpkg, Scheme::Rpm];

/// `a < b` and `a = b` of a table; the order must hold both ways round.
fn vectors(scheme: Scheme, name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{name}.txt"));
    let text = fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    let mut all = 0;
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let [a, op, b] = words.as_slice() else {
            panic!("{name}: {line}");
        };
        let wanted = if *op == "<" {
            Ordering::Less
        } else {
            Ordering::Equal
        };
        all += 1;
        if scheme.compare(a, b) != wanted || scheme.compare(b, a) != wanted.reverse() {
            wrong.push(line.to_owned());
        }
    }
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    all
}

#[test]
fn the_distributions_own_vectors_hold() {
    assert!(vectors(Scheme::Apk, "apk") > 600);
    assert!(vectors(Scheme::Dpkg, "dpkg") > 60);
    assert!(vectors(Scheme::Rpm, "rpm") > 50);
}

/// A text that is like versions of the scheme, so that ties and near ties are frequent.
fn version(scheme: Scheme) -> BoxedStrategy<String> {
    let form = match scheme {
        Scheme::Apk => {
            "[0-9]{1,2}(\\.0?[0-9]{1,2}){0,3}[ab]?(_(alpha|beta|pre|rc|cvs|git|p)[0-2]?){0,2}(~[0-9a-f]{1,2})?(-r[0-9])?"
        }
        Scheme::Dpkg => "([0-2]:)?[0-9][0-9a-bA-B.+~]{0,6}(-[0-9a-b.+~]{1,4})?",
        Scheme::Rpm => "([0-2]:)?[0-9a-b._+~^]{1,7}(-[0-9a-b.~^]{1,4})?",
    };
    proptest::string::string_regex(form).unwrap().boxed()
}

/// Pairs of which many share their beginning.
fn pairs(scheme: Scheme, count: usize) -> Vec<(String, String)> {
    let mut runner = TestRunner::deterministic();
    let one = version(scheme);
    let mut draw = || one.new_tree(&mut runner).unwrap().current();
    (0..count)
        .map(|n| {
            let (a, b) = (draw(), draw());
            let head = &a[..a.len() / 2];
            let shares = n % 2 == 0 && head.ends_with(|c: char| c.is_ascii_digit());
            let tail = b.rsplit([':', '-']).next().unwrap_or_default();
            let b = if shares { format!("{head}{tail}") } else { b };
            (a, b)
        })
        .collect()
}

/// How many pairs of each scheme are put to other programs.
const PAIRS: usize = 14_000;

fn sign(order: Ordering) -> i8 {
    order as i8
}

fn compare_all(scheme: Scheme, pairs: &[(String, String)], theirs: &[i8]) {
    assert_eq!(
        theirs.len(),
        pairs.len(),
        "the tool did not answer everything"
    );
    let wrong: Vec<String> = pairs
        .iter()
        .zip(theirs)
        .filter(|((a, b), theirs)| sign(scheme.compare(a, b)) != **theirs)
        .map(|((a, b), theirs)| format!("{a} {b}: {theirs}"))
        .collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

#[test]
fn rpm_orders_as_ours() {
    let pairs = pairs(Scheme::Rpm, PAIRS);
    let mut theirs = Vec::new();
    for batch in pairs.chunks(1_000) {
        let mut script = String::from(
            "local function c(a,b) local x,y=rpm.ver(a),rpm.ver(b) if x<y then print(-1) elseif y<x then print(1) else print(0) end print(\"\\n\") end ",
        );
        for (a, b) in batch {
            script.push_str(&format!("c(\"{a}\",\"{b}\") "));
        }
        let output = Command::new("rpm")
            .args(["--eval", &format!("%{{lua: {script}}}")])
            .output()
            .expect("rpm is installed (Debian package rpm)");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        theirs.extend(text.split_whitespace().map(|w| w.parse::<i8>().unwrap()));
    }
    compare_all(Scheme::Rpm, &pairs, &theirs);
}

/// What a program that reads `script` says, a number a line.
fn answers(program: &mut Command, script: String) -> Vec<i8> {
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null()) // dpkg warns of odd versions and compares them all the same
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(script.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|l| l.parse().unwrap()).collect()
}

/// dpkg starts for each question; every fourth pair is put to it.
#[test]
fn dpkg_orders_as_ours() {
    let pairs: Vec<_> = pairs(Scheme::Dpkg, PAIRS).into_iter().step_by(4).collect();
    let mut script = String::new();
    for (a, b) in &pairs {
        script.push_str(&format!(
            "if dpkg --compare-versions '{a}' lt '{b}'; then echo -1; elif dpkg --compare-versions '{a}' gt '{b}'; then echo 1; else echo 0; fi\n"
        ));
    }
    let theirs = answers(&mut Command::new("sh"), script);
    compare_all(Scheme::Dpkg, &pairs, &theirs);
}

/// dpkg's own module for Perl is written apart from dpkg, and answers all of them in one process.
#[test]
fn dpkgs_module_for_perl_orders_as_ours() {
    const ASK: &str = "while (<STDIN>) { my ($a, $b) = split; \
         print Dpkg::Version->new($a) <=> Dpkg::Version->new($b), \"\\n\" }";
    let pairs = pairs(Scheme::Dpkg, PAIRS);
    let script = pairs.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
    let mut perl = Command::new("perl"); // Debian package libdpkg-perl
    let theirs = answers(perl.args(["-MDpkg::Version", "-e", ASK]), script);
    compare_all(Scheme::Dpkg, &pairs, &theirs);
}

fn any_version() -> impl Strategy<Value = String> {
    let odd = "[0-9a-z.+~^_:r-]{0,10}".boxed();
    prop_oneof![
        version(Scheme::Apk),
        version(Scheme::Dpkg),
        version(Scheme::Rpm),
        odd,
        ".{0,12}".boxed(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_is_total(a in any_version(), b in any_version(), c in any_version()) {
        for scheme in SCHEMES {
            let order = |x: &str, y: &str| scheme.compare(x, y);
            prop_assert_eq!(order(&a, &a), Ordering::Equal);
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            let mut sorted = [&a, &b, &c];
            sorted.sort_by(|x, y| order(x, y));
            prop_assert!(order(sorted[0], sorted[1]).is_le());
            prop_assert!(order(sorted[1], sorted[2]).is_le());
            prop_assert!(order(sorted[0], sorted[2]).is_le());
            if order(&a, &b).is_eq() {
                prop_assert_eq!(order(&a, &c), order(&b, &c), "{:?}: equals stand alike", scheme);
            }
        }
    }
}
