//! Clearing runs: which outlets to empty today, by which vehicle, and where to.
//!
//! `forecast` foresees one quantity, `outlook` an outlet; `decide` says what must and what may be emptied, `price` what
//! emptying is worth; `parts` cuts contents into vehicle loads; `day` makes a routing problem of each tier, has the ordinary
//! engine solve it and ties both plans together; `balance` books what moves. What follows from a plan is recomputed by the
//! independent checker, which shares nothing with this folder.

mod balance;
mod day;
mod decide;
mod forecast;
mod normal;
mod outlook;
mod parts;
mod price;
mod stock;
#[cfg(test)]
mod tests;

pub use day::plan;
pub use forecast::{Inflow, Series};
