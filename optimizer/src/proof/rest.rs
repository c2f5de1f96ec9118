//! When a restricted master stands still.
//!
//! Duals from the middle of all optimal ones steady column generation: Rousseau, Gendreau and Feillet (2007), Operations Research Letters 35(5),
//! 660-668; Gondzio, González-Brevis and Munari (2013), European Journal of Operational Research 224(1), 41-51.

use super::generation::Duals;

/// A master whose value has not fallen by this part of it in so many rounds stands still.
const MOVES: f64 = 1e-4;
pub(super) const STILL_ROUNDS: usize = 60;

/// Whether the master stands still. Where one plan's few routes hold it, its duals are any of a large polyhedron: quick looks then find route after
/// route that it has no use for, and only bounds tell good prices from bad ones.
#[derive(Debug)]
pub(super) struct Rest {
    /// Its value when it last moved.
    from: f64,
    /// Rounds since then.
    rounds: usize,
    pub(super) still: bool,
}

impl Default for Rest {
    fn default() -> Self {
        Self { from: f64::INFINITY, rounds: 0, still: false }
    }
}

impl Rest {
    /// Told the master's value each round; `true` in the round from which on it stands still.
    pub(super) fn begins(&mut self, objective: f64) -> bool {
        let before = self.still;
        if objective < self.from * (1.0 - MOVES) {
            (self.from, self.rounds) = (objective, 0);
        }
        self.still |= self.rounds >= STILL_ROUNDS;
        self.rounds += 1;
        self.still && !before
    }

    pub(super) fn duals(&self) -> Duals {
        if self.still { Duals::Middle } else { Duals::Corner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_stands_still_after_so_many_rounds_without_a_move_and_stays_so() {
        let mut rest = Rest::default();
        let mut value = 1_000.0;
        for round in 0..4 * STILL_ROUNDS {
            // A move in time, but for one that is too small.
            if round % (STILL_ROUNDS - 1) == 0 {
                value -= if round < 2 * STILL_ROUNDS { 1.0 } else { 0.01 };
            }
            assert_eq!(rest.begins(value), round == 3 * STILL_ROUNDS - 2, "round {round}");
        }
        assert_eq!(rest.duals(), Duals::Middle);
        assert!(!rest.begins(1.0) && rest.still, "what moves it then is a complete look");
    }
}
