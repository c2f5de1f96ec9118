//! Huilu's server: the API, the jobs behind it, the database, the command line and the page.
//!
//! One direction: `http -> app -> domain | optimizer`, then `app -> db`. `jobs` calls `app`, `cli` starts everything.

#[cfg(test)]
mod api_tests;
pub mod app;
pub mod cli;
pub mod db;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod travel;
