//! Fixing by reduced cost: arcs that no route of a better plan takes leave the network.
//!
//! At any prices a plan costs at least the bound plus what one of its routes has in reduced cost above the least of its kind. So a plan
//! cheaper than the best one known is made of routes below a *bar*, and an arc none of whose routes is below it can go. The
//! least over all routes through an arc is that of forward labels extended along it and backward labels that they meet.
//!
//! Source: Irnich, Desaulniers, Desrosiers and Hadjar (2010), INFORMS Journal on Computing 22(2), 297-313.

use std::collections::HashSet;

use super::column::Column;
use super::completion::Completions;
use super::labelling::{GivenUp, Labelling};
use super::network::{NOBODY, Network};
use super::prices::Fixed;
use crate::resources::model::Node;

/// Labels extended after which the time is looked at; each may meet thousands of others.
const LOOK_AFTER: usize = 64;

/// What is part of no route below the bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needless {
    /// From vertex to vertex.
    arcs: HashSet<(u32, u32)>,
    /// Vertices from which no route goes home.
    homes: Vec<usize>,
}

impl Needless {
    /// `forward` and `completions` are of labellings that nothing stopped half way.
    ///
    /// # Errors
    /// [`GivenUp::OutOfTime`] where `stop` came first: an arc not looked at may be part of such a route.
    pub(crate) fn find<const K: usize>(
        network: &Network,
        forward: &Labelling<'_, K>,
        completions: &Completions<'_, K>,
        bar: Fixed,
        stop: &dyn Fn() -> bool,
    ) -> Result<Self, GivenUp> {
        let mut needless = Self::default();
        let (mut extended, mut stopped) = (0_usize, false);
        for (from, arcs) in network.forward.iter().enumerate() {
            let mut labels: Vec<_> = forward.at(from, -1).collect();
            labels.sort_by_key(|label| (label.least(network.per_second), label.id));
            for arc in arcs {
                let to = arc.to as usize;
                let left = completions.least(to).map(|least| bar - least - arc.reduced);
                let taken = left.is_some_and(|left| {
                    let mut near = labels.iter().take_while(|label| label.least(network.per_second) < left);
                    near.any(|label| {
                        stopped = extended.is_multiple_of(LOOK_AFTER) && stop();
                        extended += 1;
                        let next = if stopped { None } else { forward.extend(from, label, arc) };
                        stopped || next.is_some_and(|next| completions.may_end_below(to, &next, bar))
                    })
                });
                if stopped {
                    return Err(GivenUp::OutOfTime);
                }
                if !taken {
                    needless.arcs.insert((from as u32, arc.to));
                }
            }
            let ends = |label| completions.joining.ended(from, label).is_some_and(|cost| cost < bar);
            if network.homes[from].is_some() && !labels.into_iter().any(ends) {
                needless.homes.push(from);
            }
        }
        Ok(needless)
    }

    /// Takes all of it out; gives the number of arcs and ways home.
    pub(crate) fn leave(&self, network: &mut Network) -> usize {
        for (from, arcs) in network.forward.iter_mut().enumerate() {
            arcs.retain(|arc| !self.arcs.contains(&(from as u32, arc.to)));
        }
        for (to, arcs) in network.backward.iter_mut().enumerate() {
            arcs.retain(|arc| !self.arcs.contains(&(arc.to, to as u32)));
        }
        self.homes.iter().for_each(|&vertex| network.homes[vertex] = None);
        self.arcs.len() + self.homes.len()
    }
}

/// Pairs of nodes that follow each other on some route of a network, to tell columns that have become needless.
#[derive(Clone, Debug)]
pub(crate) struct Legs {
    legs: HashSet<(Option<Node>, Node)>,
    ends: HashSet<Node>,
}

impl Legs {
    pub(crate) fn of(network: &Network) -> Self {
        let node = |vertex: usize| network.vertices[vertex].node;
        let of_vertex = |from: usize| {
            let arcs = network.forward[from].iter().filter(|arc| arc.head != NOBODY);
            arcs.filter_map(move |arc| Some((node(from), node(arc.head as usize)?)))
        };
        let homes = network.homes.iter().enumerate().filter(|(_, home)| home.is_some());
        Self {
            legs: (0..network.vertices.len()).flat_map(of_vertex).collect(),
            ends: homes.filter_map(|(vertex, _)| node(vertex)).collect(),
        }
    }

    pub(crate) fn allow(&self, column: &Column) -> bool {
        let tails = std::iter::once(None).chain(column.visits.iter().map(|&node| Some(node)));
        tails.zip(&column.visits).all(|(tail, &head)| self.legs.contains(&(tail, head)))
            && column.visits.last().is_some_and(|last| self.ends.contains(last))
    }
}
