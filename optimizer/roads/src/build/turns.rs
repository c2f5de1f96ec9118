//! Which arc may follow which at a junction: barriers, turn restrictions and turning back.

use super::Arc;
use super::histories::Histories;
use super::sequences::Finder;
use crate::graph::Turn;
use crate::profile::{ProfileSpec, UTurns};

/// Turns by the state of [`Histories`] that they leave, as adjacency array.
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

pub(super) fn connect(
    spec: &ProfileSpec,
    arcs: &[Arc],
    finder: &Finder,
    blocked: &[bool],
    histories: &Histories,
) -> Turns {
    let u_turn_ms = (spec.u_turn_s.clamp(0.0, 3_600.0) * 1_000.0).round() as u32;
    let mut first = vec![0_u32];
    let mut turns = Vec::new();
    for state in 0..histories.n_states() as u32 {
        let arc = arcs[histories.arc(state) as usize];
        let out: &[u32] = finder.leaving.get(&arc.head).map_or(&[], Vec::as_slice);
        let back = |to: u32| {
            let next = arcs[to as usize];
            next.chain == arc.chain && next.backward != arc.backward
        };
        let turn = |&to: &u32, penalty_ms| Turn { to: histories.step(state, to), penalty_ms };
        let before = turns.len();
        if !blocked[arc.head as usize] {
            let onward = out.iter().filter(|&&to| !back(to) && histories.allows(state, to));
            turns.extend(onward.map(|to| turn(to, 0)));
        }
        if spec.u_turns == UTurns::Anywhere || turns.len() == before {
            let around = out.iter().filter(|&&to| back(to) && histories.allows(state, to));
            turns.extend(around.map(|to| turn(to, u_turn_ms)));
        }
        first.push(turns.len() as u32);
    }
    Turns { first, turns }
}
