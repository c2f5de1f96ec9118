//! Solving outside the server's process: the protocol with the child, and the worker that leases jobs and runs it.
//!
//! Knows leases and processes; what a job means is said by `app`.

pub mod child;
pub mod protocol;
pub mod worker;
