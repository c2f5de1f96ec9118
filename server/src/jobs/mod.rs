//! Solving outside the server's process: the protocol with the child, and the worker that leases jobs and runs it.
//!
//! Knows leases and processes; what a job means is said by `app`.

pub mod child;
mod progress;
pub mod protocol;
mod pulse;
#[cfg(test)]
mod tests;
pub mod worker;
