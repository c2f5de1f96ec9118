//! Arcs that remember where a vehicle came from, as far as turn restrictions over whole ways need it.
//!
//! A restriction over ways forbids the end of a sequence of arcs to those who have driven all of its beginning. Every
//! beginning of at least two arcs becomes a copy of its last arc; a vehicle is always on the copy for the longest
//! beginning that it has driven. This is the automaton of Aho and Corasick (1975) over arcs, and the result is an
//! ordinary graph: nothing that searches it has to know about restrictions.

use std::collections::{HashMap, HashSet};

use super::sequences::Sequence;
use crate::restriction::TurnRule;

/// States are numbered like arcs: first the plain arcs themselves, then the copies.
pub(super) struct Histories {
    n_plain: u32,
    /// Of each copy its plain arc and the state of the longest shorter history that ends the same way.
    copies: Vec<Copy>,
    /// The longer history after going on from a state into a plain arc.
    longer: HashMap<(u32, u32), u32>,
    forbidden: HashSet<(u32, u32)>,
    /// The one plain arc that a state must go on into; several where restrictions contradict each other.
    only: HashMap<u32, Vec<u32>>,
}

struct Copy {
    arc: u32,
    shorter: u32,
}

impl Histories {
    pub(super) fn new(n_plain: usize, sequences: &[Sequence]) -> Self {
        let mut histories = Self {
            n_plain: n_plain as u32,
            copies: Vec::new(),
            longer: HashMap::new(),
            forbidden: HashSet::new(),
            only: HashMap::new(),
        };
        for sequence in sequences {
            histories.add(sequence);
        }
        histories.link();
        histories
    }

    fn add(&mut self, sequence: &Sequence) {
        let Some((&first, rest)) = sequence.arcs.split_first() else { return };
        let mut state = first;
        for (k, &next) in rest.iter().enumerate() {
            let last = k + 1 == rest.len();
            match sequence.rule {
                TurnRule::Only => self.only.entry(state).or_default().push(next),
                TurnRule::Forbidden if last => {
                    self.forbidden.insert((state, next));
                }
                TurnRule::Forbidden => {}
            }
            if !last {
                let fresh = self.n_plain + self.copies.len() as u32;
                state = *self.longer.entry((state, next)).or_insert(fresh);
                if state == fresh {
                    self.copies.push(Copy { arc: next, shorter: next });
                }
            }
        }
    }

    /// Finds the shorter history of each copy, those of shorter histories first.
    fn link(&mut self) {
        let mut pending: Vec<(u32, u32, u32)> = self.longer.iter().map(|(&(from, arc), &to)| (from, arc, to)).collect();
        let mut level: Vec<u32> = (0..self.n_plain).collect();
        while !level.is_empty() {
            let at: HashSet<u32> = level.drain(..).collect();
            let (now, later): (Vec<_>, Vec<_>) = pending.into_iter().partition(|&(from, ..)| at.contains(&from));
            for (from, arc, to) in now {
                if let Some(shorter) = self.shorter(from) {
                    let linked = self.step(shorter, arc);
                    self.copies[(to - self.n_plain) as usize].shorter = linked;
                }
                level.push(to);
            }
            pending = later;
        }
    }

    pub(super) fn n_states(&self) -> usize {
        self.n_plain as usize + self.copies.len()
    }

    /// The plain arc of a state.
    pub(super) fn arc(&self, state: u32) -> u32 {
        self.copy(state).map_or(state, |copy| copy.arc)
    }

    fn copy(&self, state: u32) -> Option<&Copy> {
        state.checked_sub(self.n_plain).map(|k| &self.copies[k as usize])
    }

    fn shorter(&self, state: u32) -> Option<u32> {
        self.copy(state).map(|copy| copy.shorter)
    }

    /// A state and all shorter histories that end the same way.
    fn and_shorter(&self, state: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(state), |&state| self.shorter(state))
    }

    /// Whether restrictions let a vehicle in this state go on into a plain arc.
    pub(super) fn allows(&self, state: u32, next: u32) -> bool {
        self.and_shorter(state).all(|state| {
            !self.forbidden.contains(&(state, next))
                && self.only.get(&state).is_none_or(|must| must.iter().all(|&one| one == next))
        })
    }

    /// The state after going on into a plain arc.
    pub(super) fn step(&self, state: u32, next: u32) -> u32 {
        self.and_shorter(state).find_map(|state| self.longer.get(&(state, next)).copied()).unwrap_or(next)
    }
}
