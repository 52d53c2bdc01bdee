use serde_json::{Value as Json, json};

use super::*;
use crate::facts::{login_paths::Strength, login_services::Sort};

fn flow(alias: &str, executions: &[(&str, &str)]) -> Json {
    let steps: Vec<Json> = executions.iter().enumerate().map(|(n, (what, requirement))| {
        match what.strip_prefix("flow ") {
            Some(inner) => json!({"requirement": requirement, "priority": n, "authenticatorFlow": true, "flowAlias": inner}),
            None => json!({"requirement": requirement, "priority": n, "authenticatorFlow": false, "authenticator": what}),
        }
    }).collect();
    json!({"alias": alias, "authenticationExecutions": steps})
}

/// Keycloak's own flows, with `otp` in the place of its last one.
fn realm(otp: &[(&str, &str)], requirement: &str, direct: &[(&str, &str)]) -> Json {
    json!({
        "browserFlow": "browser", "directGrantFlow": "direct grant",
        "authenticationFlows": [
            flow("browser", &[("auth-cookie", "ALTERNATIVE"), ("auth-spnego", "DISABLED"), ("identity-provider-redirector", "ALTERNATIVE"), ("flow forms", "ALTERNATIVE")]),
            flow("forms", &[("auth-username-password-form", "REQUIRED"), ("flow otp", requirement)]),
            flow("otp", otp),
            flow("direct grant", direct),
        ],
        "clients": [{"clientId": "admin-cli", "enabled": true, "directAccessGrantsEnabled": true}],
        "identityProviders": [],
    })
}

const CONFIGURED: [(&str, &str); 2] = [
    ("conditional-user-configured", "REQUIRED"),
    ("auth-otp-form", "REQUIRED"),
];
const STRICT_GRANT: [(&str, &str); 3] = [
    ("direct-grant-validate-username", "REQUIRED"),
    ("direct-grant-validate-password", "REQUIRED"),
    ("direct-grant-validate-otp", "REQUIRED"),
];

fn weakest(export: &Json) -> (Strength, Sort) {
    let ways = from_export(export).unwrap().ways();
    ways.iter()
        .map(|w| (w.shown.strength(), w.sort))
        .min()
        .unwrap()
}

#[test]
fn what_comes_with_a_realm_is_optional() {
    let export = realm(&CONFIGURED, "CONDITIONAL", &STRICT_GRANT);
    assert_eq!(weakest(&export), (Strength::One, Sort::Skippable));
}

#[test]
fn a_required_code_is_enforced_unless_the_grant_goes_by_it() {
    let otp = [("auth-otp-form", "REQUIRED")];
    let mut export = realm(&otp, "REQUIRED", &STRICT_GRANT);
    assert_eq!(weakest(&export), (Strength::Two, Sort::Plain));
    let open = realm(&otp, "REQUIRED", &STRICT_GRANT[..2]);
    assert_eq!(weakest(&open), (Strength::One, Sort::Plain));
    let ways = from_export(&open).unwrap().ways();
    assert!(ways[0].via.contains("admin-cli"), "{ways:?}");
    export["identityProviders"] = json!([{"alias": "google", "enabled": true}]);
    assert_eq!(weakest(&export).0, Strength::Unseen);
}

#[test]
fn conditions_leave_a_way_past() {
    let role = [
        ("conditional-user-role", "REQUIRED"),
        ("auth-otp-form", "REQUIRED"),
    ];
    assert_eq!(
        weakest(&realm(&role, "CONDITIONAL", &STRICT_GRANT)),
        (Strength::One, Sort::Plain)
    );
    let none = [("auth-otp-form", "REQUIRED")];
    assert_eq!(
        weakest(&realm(&none, "CONDITIONAL", &STRICT_GRANT)).0,
        Strength::One
    );
    // An alternative beside a required step counts for nothing.
    let beside = [
        ("auth-otp-form", "ALTERNATIVE"),
        ("allow-access-authenticator", "REQUIRED"),
    ];
    assert_eq!(
        weakest(&realm(&beside, "REQUIRED", &STRICT_GRANT)).0,
        Strength::One
    );
    let form = [("auth-conditional-otp-form", "REQUIRED")];
    assert_eq!(
        weakest(&realm(&form, "REQUIRED", &STRICT_GRANT)).0,
        Strength::One
    );
}

#[test]
fn telling_new_users_to_enrol_says_nothing_about_old_ones() {
    let mut export = realm(&CONFIGURED, "CONDITIONAL", &STRICT_GRANT);
    export["requiredActions"] =
        json!([{"alias": "CONFIGURE_TOTP", "enabled": true, "defaultAction": true}]);
    assert_eq!(weakest(&export).0, Strength::Unseen);
}

#[test]
fn the_api_and_the_export_say_the_same() {
    let row = |level: u64, what: &str, requirement: &str, flow: bool| json!({"level": level, "requirement": requirement, "providerId": what, "authenticationFlow": flow});
    let browser = json!([
        row(0, "auth-cookie", "ALTERNATIVE", false),
        row(0, "auth-spnego", "DISABLED", false),
        row(0, "identity-provider-redirector", "ALTERNATIVE", false),
        row(0, "", "ALTERNATIVE", true),
        row(1, "auth-username-password-form", "REQUIRED", false),
        row(1, "", "CONDITIONAL", true),
        row(2, "conditional-user-configured", "REQUIRED", false),
        row(2, "auth-otp-form", "REQUIRED", false),
    ]);
    let grant = json!([
        row(0, "direct-grant-validate-username", "REQUIRED", false),
        row(0, "direct-grant-validate-password", "REQUIRED", false),
        row(0, "direct-grant-validate-otp", "REQUIRED", false),
    ]);
    let clients =
        json!([{"clientId": "admin-cli", "enabled": true, "directAccessGrantsEnabled": true}]);
    let got = from_api(
        &json!({}),
        &browser,
        Some(&grant),
        Some(&clients),
        Some(&json!([])),
        None,
    );
    let export = realm(&CONFIGURED, "CONDITIONAL", &STRICT_GRANT);
    let same = from_export(&export).unwrap();
    assert_eq!(got.unwrap().ways(), same.ways());
    assert_eq!(
        from_api(
            &json!({}),
            &json!([row(3, "x", "REQUIRED", false)]),
            None,
            None,
            None,
            None
        ),
        None
    );
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_it_panic(levels in proptest::collection::vec(0_u64..5, 0..12)) {
        let rows: Vec<Json> = levels.iter().map(|l| json!({"level": l, "requirement": "REQUIRED", "providerId": "x", "authenticationFlow": true})).collect();
        let _read = from_api(&json!({}), &json!(rows), None, None, None, None);
    }
}
