//! `user`: people who may sign in.

use std::io::BufRead;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{CliError, Context, Output, args::UserCommand};
use crate::{
    identity::{password, secret},
    say::{named, text},
    store::{
        Scope, Store, agency, session,
        user::{self, NewUser, Role},
    },
};

pub(super) async fn run(
    cx: &Context,
    output: &Output,
    command: UserCommand,
) -> Result<(), CliError> {
    let store = cx.store().await?;
    match command {
        UserCommand::Add {
            login,
            name,
            role,
            agency,
            password_stdin,
        } => {
            let new = New {
                login,
                name,
                role,
                agency,
                password_stdin,
            };
            add(cx, output, &store, &new).await
        }
        UserCommand::List => list(cx, output, &store).await,
        UserCommand::Password {
            login,
            password_stdin,
        } => {
            let (secret, made) = new_password(password_stdin)?;
            let hash = password::hash(&secret)?;
            let mut tx = store.write().await?;
            let found = user::find(&mut tx, &Scope::All, &login).await?;
            user::set_password(&mut tx, &found.id, &hash).await?;
            session::remove_all(&mut tx, &found.id).await?;
            cx.audit(
                &mut tx,
                "user.password",
                found.agency_id.as_deref(),
                &found.id,
                json!({}),
            )
            .await?;
            tx.commit().await?;
            report(output, &login, made.then_some(secret.as_str()));
            Ok(())
        }
        UserCommand::Disable { login } => disable(cx, output, &store, &login, true).await,
        UserCommand::Enable { login } => disable(cx, output, &store, &login, false).await,
    }
}

async fn list(cx: &Context, output: &Output, store: &Store) -> Result<(), CliError> {
    let list = user::list(&mut *store.read().await?, &Scope::All).await?;
    cx.reads(store, None, "user.list").await?;
    let heads = ["head-login", "head-role", "head-state", "head-name"];
    output.table(&list, heads, |u| {
        let state = if u.disabled_at.is_some() {
            "disabled"
        } else {
            "active"
        };
        let state = named(output.lang(), "user-state", state);
        let role = output.word("role", &u.role);
        [u.login.clone(), role, state, u.name.clone()]
    });
    Ok(())
}

struct New {
    login: String,
    name: String,
    role: Role,
    agency: Option<String>,
    password_stdin: bool,
}

async fn add(cx: &Context, output: &Output, store: &Store, new: &New) -> Result<(), CliError> {
    let needs_agency = new.role == Role::Sysadmin;
    let sees_all = matches!(new.role, Role::Admin | Role::Officer);
    if needs_agency && new.agency.is_none() || sees_all && new.agency.is_some() {
        let key = if needs_agency {
            "user-needs-agency"
        } else {
            "user-has-no-agency"
        };
        return Err(CliError::Input(key, vec![]));
    }
    let (secret, made) = new_password(new.password_stdin)?;
    let hash = password::hash(&secret)?;
    let mut tx = store.write().await?;
    let agency = match &new.agency {
        Some(key) => Some(agency::find(&mut tx, &Scope::All, key).await?.id),
        None => None,
    };
    let row = NewUser {
        login: &new.login,
        name: if new.name.is_empty() {
            &new.login
        } else {
            &new.name
        },
        role: new.role,
        agency_id: agency.as_deref(),
        password_hash: &hash,
    };
    let id = user::add(&mut tx, &row, cx.now()).await?;
    let detail = json!({ "login": new.login, "role": new.role });
    cx.audit(&mut tx, "user.add", agency.as_deref(), &id, detail)
        .await?;
    tx.commit().await?;
    report(output, &new.login, made.then_some(secret.as_str()));
    Ok(())
}

async fn disable(
    cx: &Context,
    output: &Output,
    store: &Store,
    login: &str,
    out: bool,
) -> Result<(), CliError> {
    let mut tx = store.write().await?;
    let found = user::find(&mut tx, &Scope::All, login).await?;
    user::set_disabled(&mut tx, &found.id, out.then(|| cx.now())).await?;
    session::remove_all(&mut tx, &found.id).await?;
    let action = if out { "user.disable" } else { "user.enable" };
    cx.audit(
        &mut tx,
        action,
        found.agency_id.as_deref(),
        &found.id,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    report(output, login, None);
    Ok(())
}

/// The password from stdin, or one made up; and whether it was made up.
fn new_password(from_stdin: bool) -> Result<(Zeroizing<String>, bool), CliError> {
    if !from_stdin {
        return Ok((secret::typable()?, true));
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|e| CliError::Input("user-password-unread", vec![("detail", text(e))]))?;
    let trimmed = line.trim_end_matches(['\n', '\r']).to_owned();
    Ok((Zeroizing::new(trimmed), false))
}

fn report(output: &Output, login: &str, password: Option<&str>) {
    let shown = match password {
        Some(password) => json!({ "login": login, "password": password }),
        None => json!({ "login": login }),
    };
    output.show(&shown, |shown: &Value| match shown["password"].as_str() {
        Some(password) => {
            let args = [("login", text(login)), ("password", text(password))];
            output.say("user-password-made", &args)
        }
        None => output.say("done-user", &[("login", text(login))]),
    });
}
