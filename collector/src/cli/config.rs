//! `config check`: by the time this runs, the file was read and checked.

use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{ConfigArgs, ConfigCommand},
};

pub(super) fn run(cx: &Context, output: &Output, args: &ConfigArgs) -> Result<(), CliError> {
    match args.command {
        ConfigCommand::Check => {
            let names = cx.config.agents.names.join(", ");
            let (agents, web) = (cx.config.agents.listen, cx.config.web.listen);
            output.show(&json!({ "ok": true }), |_| {
                format!("The configuration is good: agents call {names} at {agents}; web at {web}.")
            });
            Ok(())
        }
    }
}
