//! What commands tell on standard output.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// As `println!`, which breaks off where nobody reads on (`huilu import ... | head`) or the disk is full. What a command
/// did is done all the same, and what is left to do must not hang on who listens.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::say::line(format_args!($($text)*)) };
}
pub(crate) use say;

pub(crate) fn line(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            // Where this cannot be told either, nobody is left to tell it to.
            let _ = writeln!(std::io::stderr(), "standard output cannot be written: {cause}");
        }
        _ => {}
    }
}
