//! Where the built binary and the data beside the checkout are.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the checkout.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

/// The binary that belongs to this test's build.
///
/// # Panics
/// When it was not built: `cargo test` alone does not build another package's binary.
pub fn huilu() -> PathBuf {
    // target/debug/deps/loop_http-0123 -> target/debug/huilu
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    let binary = profile.join("huilu");
    assert!(binary.is_file(), "{} is missing: run `cargo build -p huilu-server` (or `make test`)", binary.display());
    binary
}

/// Runs a command of the binary to its end.
///
/// # Panics
/// When it cannot be started.
pub fn run_huilu(arguments: &[&str]) -> Output {
    Command::new(huilu()).args(arguments).output().expect("the binary starts")
}

/// A file or folder of the data that lies beside the checkout; where it is absent, a line says that `test` was skipped.
pub fn shared_data(path: &str, test: &str) -> Option<PathBuf> {
    let full = workspace_root().parent().expect("the checkout lies in a folder").join("shared").join(path);
    if full.exists() {
        return Some(full);
    }
    println!("skipped: {test} needs ../shared/{path}, which is not here");
    None
}
