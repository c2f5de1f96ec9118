//! A customisable contraction hierarchy over the arcs of a road graph.
//!
//! Its vertices are the graph's *arcs* and its edges the graph's *turns*, so that turn restrictions and turning back
//! hold exactly. Three steps, each resting on the one before:
//!
//! 1. [`order`](dissection) ranks the arcs by nested dissection: few arcs, cut in the middle of the city, rank highest.
//!    Needs no speeds.
//! 2. [`Hierarchy`] contracts the arcs in that order and keeps every shortcut that any speeds could need (a chordal
//!    supergraph with its elimination tree). Needs no speeds either, and is what a prepared file stores.
//! 3. [`Metric`] gives the shortcuts their costs. Milliseconds of work, repeated for each hour of the day and for each
//!    set of closed roads.
//!
//! Queries climb from both ends towards the root of the elimination tree; matrices sweep the hierarchy downwards for
//! many sources side by side.
//!
//! # Source
//! Dibbelt, Strasser and Wagner (2016), Customizable Contraction Hierarchies, ACM J. Exp. Algorithmics 21, 1.5.
//! Turns: Buchhold, Wagner, Zeitz and Zündorf (2020), Customizable Contraction Hierarchies with Turn Costs, ATMOS.

mod cut;
mod dissection;
mod elimination;
mod junctions;
mod metric;
mod query;
mod sweep;

pub(crate) use elimination::Hierarchy;
pub(crate) use metric::Metric;
pub(crate) use sweep::{LANES, Lanes, Selection, Sweep};
