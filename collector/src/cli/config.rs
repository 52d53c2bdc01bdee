//! `config check`: by the time this runs, the file was read and checked.

use serde_json::json;

use super::{
    CliError, Context, Output,
    args::{ConfigArgs, ConfigCommand},
};
use crate::{config::Config, say::text};

pub(super) fn run(cx: &Context, output: &Output, args: &ConfigArgs) -> Result<(), CliError> {
    match args.command {
        ConfigCommand::Check => {
            let Config { agents, web, .. } = &cx.config;
            let file = cx.file.exists().then_some(&cx.file);
            output.show(&json!({ "ok": true, "file": file }), |_| {
                let args = [
                    ("file", text(cx.file.display())),
                    ("names", text(agents.names.join(", "))),
                    ("agents", text(agents.listen)),
                    ("web", text(web.listen)),
                ];
                let key = match file {
                    Some(_) => "config-fine",
                    None => "config-none",
                };
                output.say(key, &args)
            });
            Ok(())
        }
    }
}
