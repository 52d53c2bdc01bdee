use super::*;

fn sort(body: &str) -> &'static str {
    let text = without_comments(&format!(
        "polkit.addRule(function(action, subject) {{ {body} }});"
    ));
    match of_file(&text) {
        Sort::Open => "open",
        Sort::Unsure => "unsure",
        Sort::Harmless => "harmless",
    }
}

const ROWS: &[(&str, &str)] = &[
    (
        "open",
        "if (action.id == \"org.freedesktop.policykit.exec\" && subject.isInGroup(\"wheel\")) return polkit.Result.YES;",
    ),
    (
        "open",
        "if (action.id == 'org.freedesktop.systemd1.manage-units') return 'yes';",
    ),
    (
        "unsure",
        "if (subject.isInGroup(\"wheel\")) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id.indexOf(\"org.freedesktop.\") == 0) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id == \"org.freedesktop.systemd1.manage-units\" && action.lookup(\"unit\") == \"a.service\") return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id.split(\".\")[2] == \"policykit\") return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id.endsWith(\"policykit.exec\")) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id == \"org.x.y\" || action.id.match(/kit/)) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id == \"org.x.y\") return polkit.Result.YES; if (subject.isInGroup(\"it\")) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id != \"org.x.y\" && subject.isInGroup(\"it\")) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (!(action.id == \"org.x.y\")) { return polkit.Result.YES; }",
    ),
    (
        "unsure",
        "if (action.id == \"org.x.y\" || subject.isInGroup(\"it\")) return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id == \"org.x.y\") { return polkit.Result.NO; } else { return polkit.Result.YES; }",
    ),
    (
        "unsure",
        "if (action.id == \"org.x.y\") polkit.log('a'); return polkit.Result.YES;",
    ),
    (
        "unsure",
        "if (action.id == \"org.x.y\") return polkit.Result[word];",
    ),
    ("unsure", "return polkit.spawn(['/bin/ask']);"),
    ("unsure", "var R = polkit.Result; return R.YES;"),
    (
        "harmless",
        "if (action.id == \"org.freedesktop.NetworkManager.settings.modify.system\" && subject.local && (subject.isInGroup (\"sudo\") || subject.isInGroup (\"netdev\"))) { return polkit.Result.YES; }",
    ),
    (
        "harmless",
        "if ((action.id == 'org.x.y' || action.id == 'org.x.z') && subject.active == true) {\n polkit.log('granted');\n return polkit.Result.YES; } return polkit.Result.NOT_HANDLED;",
    ),
    (
        "harmless",
        "if (action.id.indexOf(\"org.x.\") == 0) { if (subject.isInGroup(\"it\")) { return 'yes'; } }",
    ),
    (
        "harmless",
        "if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.AUTH_ADMIN; if (action.id == 'org.x.y') return polkit.Result.YES;",
    ),
    (
        "harmless",
        "if (action.id == \"org.freedesktop.hostname1.set-hostname\") return polkit.Result.YES;",
    ),
    (
        "harmless",
        "if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.AUTH_ADMIN;",
    ),
    (
        "harmless",
        "// if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.YES;\n",
    ),
    ("unsure", "return \"y\" + \"es\";"),
    (
        "unsure",
        "if (action.id == \"org.freedesktop.policykit.ex\\x65c\") return polkit.Result.YES;",
    ),
    ("unsure", "return \"\\x79es\";"),
    (
        "unsure",
        "return polkit[\"Res\" + \"ult\"][\"Y\" + \"ES\"];",
    ),
    ("unsure", "return (\"yes\");"),
    ("unsure", "return `${'y'}es`;"),
    ("unsure", "return \"yes\".trim();"),
    ("unsure", "return \"no\", \"ye\" + \"s\";"),
    (
        "unsure",
        "polkit.Result.NO = \"y\" + \"es\"; return polkit.Result.NO;",
    ),
    (
        "unsure",
        "polkit.Result.NO += word; return polkit.Result.NO;",
    ),
    ("unsure", "var r = /\"/; return \"y\" + \"es\"; //\""),
    (
        "unsure",
        "var r = \"\\\\\"; return \"y\" + \"es\"; var s = \"\";",
    ),
    ("unsure", "}); rules.push((a, s) => \"y\" + \"es\");"),
    ("unsure", "<!-- \"\n return \"y\" + \"es\";\n<!-- \""),
    ("unsure", "var e = [\"re\"]; return e[0];"),
    (
        "unsure",
        "function f(a) { a.id = \"org.x.y\"; } f(action); if (action.id == \"org.x.y\") { return polkit.Result.YES; }",
    ),
    (
        "unsure",
        "function g(action) { if (action.id == \"org.x.y\") { return polkit.Result.YES; } } rules.push(g.bind(null, { id: \"org.x.y\" }));",
    ),
    (
        "unsure",
        "}); polkit[\"addRu\" + \"le\"](new Function(\"a\", \"re\" + \"turn 'yes'\"));",
    ),
    (
        "unsure",
        "action.id = \"org.x.y\"; if (action.id == \"org.x.y\") return polkit.Result.YES;",
    ),
    (
        "unsure",
        "action = { id: \"org.x.y\" }; if (action.id == \"org.x.y\") return polkit.Result.YES;",
    ),
    (
        "unsure",
        "}); polkit.addAdminRule(function(action, subject) { return [\"ye\", \"s\"]; });",
    ),
    (
        "harmless",
        "}); polkit.addAdminRule(function(action, subject) { return [\"unix-group:sudo\", 'unix-user:0']; });",
    ),
    (
        "harmless",
        "if (subject.user !== \"an\") return undefined; if (action.id >= \"b\") { return null } return 'auth_admin_keep';",
    ),
    (
        "harmless",
        "polkit.log(\"a \\\"quoted\\\" word \" + action); return polkit.Result.NO;",
    ),
    (
        "unsure",
        "}); (function(action) { polkit.addRule(function(a, s) { if (action.id == \"org.x.y\") { return polkit.Result.YES; } }); })({ id: \"org.x.y\" });",
    ),
    (
        "unsure",
        "try { throw { id: \"org.x.y\" }; } catch (action) { if (action.id == \"org.x.y\") { return polkit.Result.YES; } }",
    ),
    (
        "unsure",
        "[polkit.Result.NO] = [\"y\" + \"es\"]; return polkit.Result.NO;",
    ),
    (
        "unsure",
        "[polkit.Result.NO, x] = [\"y\" + \"es\", 1]; return polkit.Result.NO;",
    ),
    (
        "unsure",
        "({ a: polkit.Result.NO } = { a: \"y\" + \"es\" }); return polkit.Result.NO;",
    ),
    (
        "unsure",
        "[action.id] = [\"org.x.y\"]; if (action.id == \"org.x.y\") { return polkit.Result.YES; }",
    ),
    (
        "unsure",
        "for (action.id of([\"org.x.y\"])) { if (action.id == \"org.x.y\") { return polkit.Result.YES; } }",
    ),
    (
        "unsure",
        "for ([action.id] of [[\"org.x.y\"]]) { if (action.id == \"org.x.y\") { return polkit.Result.YES; } }",
    ),
    (
        "unsure",
        "polkit = JSON.parse('{\"Result\":{\"NO\":\"yes\"}}'); return polkit.Result.NO;",
    ),
    (
        "unsure",
        "}); ({ f(action) { polkit.addRule({ g(a, s) { if (action.id == \"org.x.y\") { return polkit.Result.YES; } } }.g); } }).f({ id: \"org.x.y\" });",
    ),
    (
        "unsure",
        "{ class action { static get id() { return 'no'; } } if (action.id == \"org.x.y\") { return polkit.Result.YES; } }",
    ),
    (
        "unsure",
        "var notif = polkit.log; notif(action.id == \"org.x.y\")\n return polkit.Result.YES",
    ),
    (
        "unsure",
        "return \"no\"\n.replace(\"no\", \"ye\" + \"s\")\n return null",
    ),
    (
        "harmless",
        "if (action.id == \"org.x.y\")\n return polkit.Result.YES\n if (action.id == \"org.x.z\")\n return polkit.Result.NO\n return polkit.Result.NOT_HANDLED\n",
    ),
    (
        "harmless",
        "}); polkit.addAdminRule(function(action, subject) { return []; });",
    ),
    (
        "harmless",
        "}); polkit.addRule(function (action, subject) { if (action.id === 'org.x.y') return polkit.Result.YES; });",
    ),
    // As Debian ships them: packagekit, systemd-networkd.
    (
        "harmless",
        "\n    if ((action.id == \"org.freedesktop.packagekit.upgrade-system\" ||\n         action.id == \"org.freedesktop.packagekit.trigger-offline-update\") &&\n        subject.active == true && subject.local == true &&\n        subject.isInGroup(\"sudo\")) {\n            return polkit.Result.YES;\n    }\n",
    ),
    (
        "harmless",
        "\n    if ((action.id == \"org.freedesktop.hostname1.set-hostname\" ||\n         action.id == \"org.freedesktop.hostname1.get-product-uuid\" ||\n         action.id == \"org.freedesktop.timedate1.set-timezone\") &&\n        subject.user == \"systemd-network\") {\n        return polkit.Result.YES;\n    }\n",
    ),
    (
        "open",
        "var x = \"http://a\"; if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.YES;",
    ),
];

#[test]
fn rules_are_read_by_the_actions_that_they_name() {
    for (want, body) in ROWS {
        assert_eq!(sort(body), *want, "{body}");
    }
}

#[test]
fn a_default_that_says_yes_counts() {
    let text = |id: &str, allow: &str| {
        defaults_grant(&format!(
            "<policyconfig><!-- <action id=\"a\"> --><action id=\"{id}\"><defaults>\n<allow_any>auth_admin</allow_any><allow_inactive>no</allow_inactive>\n<allow_active> {allow}</allow_active></defaults></action><action id=\"org.x.y\"><defaults><allow_any>yes</allow_any></defaults></action></policyconfig>"
        ))
    };
    assert!(text("org.freedesktop.policykit.exec", "yes"));
    assert!(!text("org.freedesktop.policykit.exec", "auth_admin_keep"));
    assert!(!text("org.x.z", "yes"));
}

#[test]
fn a_local_authority_that_says_yes_counts() {
    let text = |action: &str, result: &str| {
        authority_grants(&format!(
            "[a]\nIdentity=unix-group:x\nAction={action}\nResultActive={result}\n"
        ))
    };
    assert!(text("org.freedesktop.policykit.exec", "yes"));
    assert!(text("org.x.y;org.freedesktop.*", "yes"));
    assert!(!text("org.freedesktop.policykit.exec", "auth_admin"));
    assert!(!text("org.freedesktop.hostname1.*", "yes"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "([\"'/*\\\\ a.\n]|addRule|Result.YES|é){0,40}") {
        assert!(!matches!(of_file(&without_comments(&text)), Sort::Open));
        let _read = defaults_grant(&text);
    }
}
