//! Huilu's optimizer: collector routes, set partitioning, outlet siting and H3 cells.
//!
//! It deliberately knows no web, no database, no async, no environment variables and no clock but the one passed to it.

pub mod bounded;
pub mod cells;
pub mod clearing;
pub mod explain;
pub mod formats;
pub mod limits;
mod lp;
pub mod proof;
pub mod resources;
pub mod routing;
pub mod siting;
pub mod slots;
