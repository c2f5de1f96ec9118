//! Which arc may follow which at a junction: barriers, turn restrictions, roads for destinations only, turning back.
//!
//! A road for destinations only is honoured exactly. A vehicle that enters such roads from outside is on a copy of their
//! arcs from which nothing leads out again; one that starts on them is on the plain arcs and may leave. So nobody drives
//! through, everybody arrives and leaves, and no penalty distorts the seconds.

use super::Arc;
use super::histories::Histories;
use super::sequences::Finder;
use crate::access::Access;
use crate::graph::{NO_ARC, Turn};
use crate::profile::{ProfileSpec, UTurns};

/// What a vehicle may be doing: states of [`Histories`] and, behind them, copies for vehicles that arrive.
pub(super) struct States<'a> {
    histories: &'a Histories,
    /// Of each state of `histories` its copy for arriving; [`NO_ARC`] on open roads.
    arriving: Vec<u32>,
    /// Of each copy its state.
    copies: Vec<u32>,
}

impl<'a> States<'a> {
    pub(super) fn new(arcs: &[Arc], roads: &[Access], histories: &'a Histories) -> Self {
        let n = histories.n_states();
        let mut states = Self { histories, arriving: vec![NO_ARC; n], copies: Vec::new() };
        for state in 0..n {
            let arc = arcs[histories.arc(state as u32) as usize];
            if roads[arc.chain as usize] == Access::Destination {
                states.arriving[state] = (n + states.copies.len()) as u32;
                states.copies.push(state as u32);
            }
        }
        states
    }

    pub(super) fn len(&self) -> usize {
        self.arriving.len() + self.copies.len()
    }

    /// The state of [`Histories`], and whether the vehicle has arrived among roads for destinations only.
    fn split(&self, state: u32) -> (u32, bool) {
        match (state as usize).checked_sub(self.arriving.len()) {
            Some(copy) => (self.copies[copy], true),
            None => (state, false),
        }
    }

    /// The plain arc of a state.
    pub(super) fn arc(&self, state: u32) -> u32 {
        self.histories.arc(self.split(state).0)
    }
}

/// Turns by the state that they leave, as adjacency array.
pub(super) struct Turns {
    pub(super) first: Vec<u32>,
    turns: Vec<Turn>,
}

impl Turns {
    pub(super) fn of(&self, state: usize) -> &[Turn] {
        &self.turns[self.first[state] as usize..self.first[state + 1] as usize]
    }

    pub(super) fn targets(&self) -> Vec<u32> {
        self.turns.iter().map(|turn| turn.to).collect()
    }
}

/// What may be travelled: access by chain, and by node where there is a barrier.
pub(super) struct Openings<'a> {
    pub(super) roads: &'a [Access],
    pub(super) barriers: &'a [Access],
}

pub(super) fn connect(
    spec: &ProfileSpec,
    arcs: &[Arc],
    finder: &Finder,
    openings: &Openings,
    states: &States,
) -> Turns {
    let u_turn_ms = (spec.u_turn_s.clamp(0.0, 3_600.0) * 1_000.0).round() as u32;
    let mut first = vec![0_u32];
    let mut turns = Vec::new();
    for from in 0..states.len() as u32 {
        let (state, arrived) = states.split(from);
        let arc = arcs[states.histories.arc(state) as usize];
        let here = openings.roads[arc.chain as usize];
        let barrier = openings.barriers[arc.head as usize];
        let out: &[u32] = finder.leaving.get(&arc.head).map_or(&[], Vec::as_slice);
        let back = |to: u32| {
            let next = arcs[to as usize];
            next.chain == arc.chain && next.backward != arc.backward
        };
        let target = |&to: &u32| {
            if here == Access::Closed || !states.histories.allows(state, to) {
                return None;
            }
            let next = states.histories.step(state, to);
            match openings.roads[arcs[to as usize].chain as usize] {
                Access::Closed => None,
                // Whoever is already inside without having arrived started there.
                Access::Destination if here == Access::Destination && !arrived => Some(next),
                Access::Destination => Some(states.arriving[next as usize]),
                Access::Open => (!arrived).then_some(next),
            }
        };
        let passes = |to: &&u32| match barrier {
            Access::Open => true,
            // Opened to who has business behind it: nobody merely passes.
            Access::Destination => {
                here == Access::Destination || openings.roads[arcs[**to as usize].chain as usize] == Access::Destination
            }
            Access::Closed => false,
        };
        let mut leads_on = false;
        for to in out.iter().filter(|&&to| !back(to)).filter(passes) {
            if let Some(next) = target(to) {
                turns.push(Turn { to: next, penalty_ms: 0 });
                // A road that only leads to destinations is a dead end to everybody else.
                leads_on |= arrived || states.split(next).1 == arrived;
            }
        }
        if spec.u_turns == UTurns::Anywhere || !leads_on {
            let around = out.iter().filter(|&&to| back(to));
            turns.extend(around.filter_map(target).map(|to| Turn { to, penalty_ms: u_turn_ms }));
        }
        first.push(turns.len() as u32);
    }
    Turns { first, turns }
}
