//! Lower bounds on large days by trips and hours: prices of jobs and of hours at which no trip costs less than it earns.
//!
//! A route is cut at its unloads. What a vehicle does before a trip is forgotten; what is kept is that all trips of a *class* of vehicles are worked off in the
//! hours that those are there. With `c_t` the metres, fees and preferences of a trip (and the fixed cost of its vehicle, where there are no outlets), `work_t` its seconds, `p_j` the prices of jobs and `w_c` those of a second,
//!
//! ```text
//! bound = sum_j min(p_j, a_j) - sum_c sum_{v of c} max(0, most of w_c work_d - cost_d over the days d of v)
//! where   sum_{j in t} p_j <= c_t + w_c work_t   for each trip t of each class c
//! ```
//!
//! holds for every plan: what its trips earn they cost, and the seconds that they are charged for are those of its vehicles. `walks.rs` makes any prices keep
//! the rule, over walks that may come again to a job; `ascent.rs` moves them.
//!
//! Sources: bounds from walks through each job: Christofides, Mingozzi and Toth (1981), Mathematical Programming 20, 255-282, and Baldacci, Christofides and Mingozzi
//! (2008), Mathematical Programming 115(2), 351-385; trips that share vehicles: Hernandez, Feillet, Giroudeau and Naud (2016), European Journal of
//! Operational Research 249(2), 551-559; steps of the subgradient: Polyak (1969), USSR Computational Mathematics 9(3), 14-29.

mod ascent;
mod class;
mod costs;
mod memories;
mod rent;
mod start;
mod steps;
#[cfg(test)]
mod tests;
mod walks;

pub(super) use self::ascent::{Question, prove};
use super::prices::Fixed;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HourPrices {
    /// By job of the model: for one visit.
    jobs: Vec<Fixed>,
    /// By class: of a second of work. Never negative.
    hours: Vec<Fixed>,
}
