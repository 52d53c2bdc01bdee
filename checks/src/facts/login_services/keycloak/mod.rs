//! Keycloak: which ways lead through the flows of a realm.
//!
//! The same evaluator reads an exported realm ([`from_export`]) and the answers of the admin API
//! ([`from_api`]). Whether users have enrolled is not in either; a step that only enrolled users
//! are asked for can be done without.

mod flow;
mod read;

pub use self::{
    flow::{Execution, Requirement, Step},
    read::{from_api, from_export},
};
use super::{UNSEEN, Way, weakest_first};

/// What is known of a realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Realm {
    /// The flow of logins in a browser.
    pub browser: Vec<Execution>,
    /// The flow of the password grant; `None` where it is not known.
    pub direct_grant: Option<Vec<Execution>>,
    /// Clients with the password grant; `None` where clients may not be listed.
    pub grant_clients: Option<Vec<String>>,
    /// Other flows that clients are bound to, with the client.
    pub overrides: Vec<(String, Option<Vec<Execution>>)>,
    /// Identity providers that are switched on; `None` where they may not be listed.
    pub providers: Option<Vec<String>>,
    /// New users are told to enrol a one-time code.
    pub enrols_new_users: bool,
    /// A passkey used without a password asks for a PIN or a finger.
    pub passkey_verifies: bool,
}

impl Realm {
    /// The ways in, weakest first.
    pub fn ways(&self) -> Vec<Way> {
        let mut ways = self.of("browser", &self.browser);
        match (&self.direct_grant, &self.grant_clients) {
            (_, Some(clients)) if clients.is_empty() => {}
            (Some(flow), Some(clients)) => {
                for mut way in self.of("direct grant", flow) {
                    way.via = format!("{}; clients {}", way.via, clients.join(", "));
                    ways.push(way);
                }
            }
            (Some(flow), None) => {
                // Whether any client may use it is not known.
                for mut way in self.of("direct grant", flow) {
                    way.shown = way.shown.and(UNSEEN);
                    ways.push(way);
                }
            }
            (None, _) => ways.push(Way::new("direct grant", UNSEEN, "")),
        }
        for (client, flow) in &self.overrides {
            let chain = format!("client {client}");
            match flow {
                Some(flow) => ways.extend(self.of(&chain, flow)),
                None => ways.push(Way::new(&chain, UNSEEN, "")),
            }
        }
        weakest_first(ways)
    }

    fn of(&self, name: &str, executions: &[Execution]) -> Vec<Way> {
        let found = flow::ends(self, executions);
        found
            .into_iter()
            .map(|end| {
                let mut way = Way::new(
                    &format!("{name}: {}", end.steps.join(", ")),
                    end.shown,
                    end.note,
                );
                way.sort = end.sort;
                way
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
