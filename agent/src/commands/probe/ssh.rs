//! `probe ssh`: version, algorithms and ways to log in of an SSH server.

use std::path::Path;

use capdo_checks::{Host as _, lang::Lang};

use super::Each;
use crate::{cli::ProbeSshArgs, exit::Exit, report::probe_ssh};

/// Carries out `probe ssh`.
pub(super) fn run(args: &ProbeSshArgs, config: Option<&Path>, lang: Lang) -> Exit {
    let each = Each {
        name: "ssh",
        common: &args.common,
        usual_port: 22,
        other_port: None,
        config,
        lang,
        starttls: None,
    };
    each.run(
        |window, _, address, _| window.ssh_face(address, args.user.as_deref()),
        |face| probe_ssh::render(face, lang),
    )
}
