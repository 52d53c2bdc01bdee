//! Realms as Keycloak writes them: an export, and the answers of the admin API.

use serde_json::Value as Json;

use super::{Execution, Realm, Requirement, Step};

const MAX_DEPTH: usize = 12;
const MAX_LIST: usize = 2_000;
/// Most clients that are named.
const MAX_NAMES: usize = 10;

/// Reads an exported realm (`kc.sh export`, or the console's partial export); `None` when it is
/// not one.
pub fn from_export(export: &Json) -> Option<Realm> {
    let flows = export.get("authenticationFlows")?.as_array()?;
    let by_alias = |alias: &str| {
        let flow = flows
            .iter()
            .take(MAX_LIST)
            .find(|f| text(f, "alias") == Some(alias))?;
        exported(export, flows, flow, 0)
    };
    let clients = list(export, "clients");
    let by_id = |id: &str| {
        let flow = flows.iter().find(|f| text(f, "id") == Some(id))?;
        exported(export, flows, flow, 0)
    };
    let mut overrides = Vec::new();
    for client in clients
        .unwrap_or_default()
        .iter()
        .filter(|c| on(c, "enabled"))
    {
        let bound = client
            .get("authenticationFlowBindingOverrides")
            .and_then(Json::as_object);
        for id in bound
            .into_iter()
            .flatten()
            .filter_map(|(_, id)| id.as_str())
        {
            if overrides.len() < MAX_NAMES && !id.is_empty() {
                overrides.push((name(client), by_id(id)));
            }
        }
    }
    Some(Realm {
        browser: by_alias(text(export, "browserFlow")?)?,
        direct_grant: text(export, "directGrantFlow").and_then(by_alias),
        grant_clients: clients.map(grant_clients),
        overrides,
        providers: list(export, "identityProviders").map(providers),
        enrols_new_users: enrols(list(export, "requiredActions").unwrap_or_default()),
        passkey_verifies: passkey_verifies(export),
    })
}

/// Reads the answers to `/admin/realms/R`, `…/authentication/flows/FLOW/executions` of the
/// browser flow and of the direct grant, `…/clients`, `…/identity-provider/instances` and
/// `…/authentication/required-actions`; `None` for what could not be asked.
pub fn from_api(
    realm: &Json,
    browser: &Json,
    direct_grant: Option<&Json>,
    clients: Option<&Json>,
    instances: Option<&Json>,
    actions: Option<&Json>,
) -> Option<Realm> {
    let array = |json: Option<&'_ Json>| json.and_then(Json::as_array).cloned();
    let clients = array(clients);
    let mut overrides = Vec::new();
    for client in clients.iter().flatten().filter(|c| on(c, "enabled")) {
        let bound = client
            .get("authenticationFlowBindingOverrides")
            .and_then(Json::as_object);
        let any = bound.is_some_and(|b| {
            b.values()
                .any(|id| id.as_str().is_some_and(|i| !i.is_empty()))
        });
        if any && overrides.len() < MAX_NAMES {
            overrides.push((name(client), None));
        }
    }
    Some(Realm {
        browser: executions(browser)?,
        direct_grant: direct_grant.and_then(executions),
        grant_clients: clients.as_deref().map(grant_clients),
        overrides,
        providers: array(instances).as_deref().map(providers),
        enrols_new_users: enrols(&array(actions).unwrap_or_default()),
        passkey_verifies: passkey_verifies(realm),
    })
}

/// A flow of an export: executions name their flows and configurations by alias.
fn exported(export: &Json, flows: &[Json], flow: &Json, depth: usize) -> Option<Vec<Execution>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut steps: Vec<&Json> = flow
        .get("authenticationExecutions")?
        .as_array()?
        .iter()
        .take(MAX_LIST)
        .collect();
    steps.sort_by_key(|s| s.get("priority").and_then(Json::as_i64).unwrap_or_default());
    let mut found = Vec::new();
    for step in steps {
        let requirement = Requirement::named(text(step, "requirement")?);
        let below = text(step, "flowAlias").filter(|a| !a.is_empty());
        // The older spelling is Keycloak's own.
        let is_flow = on(step, "authenticatorFlow") || on(step, "autheticatorFlow");
        let step = match below {
            Some(alias) if is_flow => {
                let inner = flows.iter().find(|f| text(f, "alias") == Some(alias))?;
                Step::Flow(exported(export, flows, inner, depth + 1)?)
            }
            _ => {
                let config = text(step, "authenticatorConfig").map_or(Some(Vec::new()), |alias| {
                    let all = list(export, "authenticatorConfig")?;
                    let named = all.iter().find(|c| text(c, "alias") == Some(alias))?;
                    Some(pairs(named.get("config")?))
                });
                Step::Authenticator(text(step, "authenticator")?.to_owned(), config)
            }
        };
        found.push(Execution { requirement, step });
    }
    Some(found)
}

/// The admin API lists a flow flat, each execution with its depth.
fn executions(answer: &Json) -> Option<Vec<Execution>> {
    let flat = answer.as_array().filter(|a| a.len() <= MAX_LIST)?;
    let mut at = 0;
    let found = level(flat, &mut at, 0)?;
    (at == flat.len()).then_some(found)
}

fn level(flat: &[Json], at: &mut usize, depth: u64) -> Option<Vec<Execution>> {
    if depth > 12 {
        return None;
    }
    let mut found = Vec::new();
    while let Some(item) = flat.get(*at) {
        let here = item.get("level")?.as_u64()?;
        if here < depth {
            break;
        }
        if here > depth {
            return None;
        }
        *at += 1;
        let requirement = Requirement::named(text(item, "requirement")?);
        let step = if on(item, "authenticationFlow") {
            Step::Flow(level(flat, at, depth + 1)?)
        } else {
            // A configuration is named by its id; what it says is asked for elsewhere.
            let config = item.get("authenticationConfig").is_none().then(Vec::new);
            Step::Authenticator(text(item, "providerId")?.to_owned(), config)
        };
        found.push(Execution { requirement, step });
    }
    Some(found)
}

fn grant_clients(clients: &[Json]) -> Vec<String> {
    let open = clients
        .iter()
        .filter(|c| on(c, "enabled") && on(c, "directAccessGrantsEnabled"));
    open.take(MAX_NAMES).map(name).collect()
}

fn providers(instances: &[Json]) -> Vec<String> {
    let on = instances.iter().filter(|i| on(i, "enabled"));
    on.take(MAX_NAMES)
        .filter_map(|i| text(i, "alias"))
        .map(str::to_owned)
        .collect()
}

fn enrols(actions: &[Json]) -> bool {
    actions.iter().any(|a| {
        let second = matches!(
            text(a, "alias"),
            Some("CONFIGURE_TOTP" | "webauthn-register")
        );
        second && on(a, "enabled") && on(a, "defaultAction")
    })
}

fn passkey_verifies(realm: &Json) -> bool {
    text(
        realm,
        "webAuthnPolicyPasswordlessUserVerificationRequirement",
    ) == Some("required")
}

fn name(client: &Json) -> String {
    text(client, "clientId").unwrap_or("?").to_owned()
}

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key)?.as_str()
}

fn on(json: &Json, key: &str) -> bool {
    json.get(key).and_then(Json::as_bool).unwrap_or_default()
}

fn list<'a>(json: &'a Json, key: &str) -> Option<&'a [Json]> {
    json.get(key)?.as_array().map(Vec::as_slice)
}

fn pairs(config: &Json) -> Vec<(String, String)> {
    let entries = config.as_object().into_iter().flatten();
    entries
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
        .collect()
}
