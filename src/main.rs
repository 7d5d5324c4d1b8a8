//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    herald::command::run()
}
