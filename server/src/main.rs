//! The `huilu` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    huilu_server::cli::run()
}
