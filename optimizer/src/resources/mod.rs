//! The rules of a route, in one place: what a vehicle uses up on its way, how each visit extends it, and what limits it.
//!
//! The search evaluates segments with these rules, the proof labels walks with them; neither is known here.

pub(crate) mod board;
pub(crate) mod locks;
pub(crate) mod model;
pub(crate) mod time;
