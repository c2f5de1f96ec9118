//! Days as trips between unloads: when and where vehicles of one kind stand empty.
//!
//! A *station* is an outlet, before or after the break, in one *slice* of the day. A vehicle leaves its start, makes trips from
//! station to station and goes home from one; what it collected before, and when within the slice it came, is forgotten. So a route is
//! a chain of trips, and its columns are the trips: short walks that labels finish soon, however long the day is.
//!
//! A trip that ends in a slice may be followed by one that leaves in the same slice or later, at any moment of it. Waiting between trips
//! costs nothing, and limits on the whole route (range, duration, jobs, day loads) hold for each trip only. All of this allows more than there is.
//!
//! Each station has a *potential*, what a vehicle that stands there is worth. A trip pays that of the station it leaves and earns that of the one it comes
//! to. Potentials must allow for what vehicles do without jobs: waiting, going home, the break, driving to another outlet. [`Stations::mend`]
//! raises those that do not, after which any potentials give a valid bound.
//!
//! Source: trips as columns and time in slices: Azi, Gendreau and Potvin (2010), European Journal of Operational Research 202(3), 756-763;
//! Hernandez, Feillet, Giroudeau and Naud (2016), European Journal of Operational Research 249(2), 551-559.

use super::prices::{Fixed, Scale};
use crate::resources::model::{FAR, Kind, Model, Node};

/// Slices of a day: more are nearer to the truth, and as many more rows of the master.
const SLICES: usize = 24;

/// More moves than this the master need not know: [`Stations::mend`] allows for them.
const KNOWN_MOVES_MAX: usize = 3_000;

/// What a vehicle may do without a job: it leaves one station for another.
#[derive(Clone, Copy, Debug)]
struct Move {
    from: usize,
    to: usize,
    cost: Fixed,
}

/// The stations of one kind of vehicle; index 0 is the start of the day, then outlet, state of the break and slice, the last fastest.
#[derive(Clone, Debug)]
pub(crate) struct Stations {
    width: i32,
    horizon: i32,
    with_break: bool,
    n_outlets: usize,
    /// By station: cost of going home, in steps of the scale, where that is still possible.
    home: Vec<Option<Fixed>>,
    /// From later stations to earlier ones, but for the waiting.
    moves: Vec<Move>,
}

impl Stations {
    /// `opens` is moment 0 of the clock, `horizon` its end.
    pub(crate) fn new(model: &Model<'_>, kind: &Kind, scale: Scale, opens: i64, horizon: i32) -> Self {
        let with_break = kind.pause.is_some();
        let n_outlets = model.accepts.len();
        let mut stations = Self {
            width: horizon / SLICES as i32 + 1,
            horizon,
            with_break,
            n_outlets,
            home: Vec::new(),
            moves: Vec::new(),
        };
        stations.home = vec![None; stations.count()];
        let place = |outlet: usize| model.place(model.outlet_node(outlet));
        let price = |metres: i64, seconds: i64| scale.fixed(kind.price(metres, seconds));
        for outlet in 0..n_outlets {
            let (seconds, metres) =
                (model.seconds(kind, place(outlet), kind.end), model.metres(kind, place(outlet), kind.end));
            for slice in (0..SLICES).rev() {
                let begin = stations.begin(slice);
                for rested in [false, true].into_iter().filter(|&rested| rested || with_break) {
                    let at = stations.index(outlet, rested, slice);
                    if seconds < FAR && metres < FAR && i64::from(begin) + seconds <= i64::from(horizon) {
                        stations.home[at] = Some(price(metres, seconds));
                    }
                }
                if let Some(pause) = kind.pause.filter(|pause| i64::from(begin) <= pause.closes - opens) {
                    let done = i64::from(begin).max(pause.opens - opens) + pause.duration;
                    if let Some(to) = stations.slice_of(done) {
                        let (from, to) = (stations.index(outlet, false, slice), stations.index(outlet, true, to));
                        stations.moves.push(Move { from, to, cost: price(0, pause.duration) });
                    }
                }
            }
        }
        for outlet in 0..n_outlets {
            stations.first_unload(model, kind, scale, opens, outlet);
        }
        for slice in (0..SLICES).rev() {
            for from in 0..n_outlets {
                for to in (0..n_outlets).filter(|&to| to != from) {
                    stations.transfer(model, kind, scale, slice, (from, to));
                }
            }
        }
        stations
    }

    /// From the start to an outlet with nothing on board: before the break, after a break at the start, or where none is due.
    fn first_unload(&mut self, model: &Model<'_>, kind: &Kind, scale: Scale, opens: i64, outlet: usize) {
        let node = model.outlet_node(outlet);
        let (seconds, metres) =
            (model.seconds(kind, kind.start, model.place(node)), model.metres(kind, kind.start, model.place(node)));
        if seconds >= FAR || metres >= FAR {
            return;
        }
        let busy = seconds + model.stay(kind.start, node);
        let rest = kind.pause.and_then(|pause| {
            let begins = (pause.opens - opens).max(0);
            (begins <= pause.closes - opens).then_some((true, begins + pause.duration, pause.duration))
        });
        // Who leaves after the window of the break owes none.
        let late = kind.pause.map(|pause| (true, (pause.closes + 1 - opens).max(0), 0));
        for (rested, leaves, resting) in [(kind.pause.is_none(), 0, 0)].into_iter().chain(rest).chain(late) {
            if let Some(slice) = self.slice_of(leaves + busy) {
                let to = self.index(outlet, rested, slice);
                let cost = scale.fixed(kind.fixed + kind.price(metres, resting + busy) + model.gate_fees[outlet]);
                self.moves.push(Move { from: 0, to, cost });
            }
        }
    }

    /// Unloading at one outlet after another.
    fn transfer(&mut self, model: &Model<'_>, kind: &Kind, scale: Scale, slice: usize, pair: (usize, usize)) {
        let nodes = [pair.0, pair.1].map(|outlet| model.outlet_node(outlet));
        let places = nodes.map(|node: Node| model.place(node));
        let (seconds, metres) = (model.seconds(kind, places[0], places[1]), model.metres(kind, places[0], places[1]));
        if seconds >= FAR || metres >= FAR {
            return;
        }
        let busy = seconds + model.stay(places[0], nodes[1]);
        let Some(then) = self.slice_of(i64::from(self.begin(slice)) + busy) else { return };
        let cost = scale.fixed(kind.price(metres, busy) + model.gate_fees[pair.1]);
        for rested in [false, true].into_iter().filter(|&rested| rested || self.with_break) {
            let (from, to) = (self.index(pair.0, rested, slice), self.index(pair.1, rested, then));
            self.moves.push(Move { from, to, cost });
        }
    }

    pub(crate) fn count(&self) -> usize {
        1 + self.n_outlets * self.states() * SLICES
    }

    fn states(&self) -> usize {
        1 + usize::from(self.with_break)
    }

    fn index(&self, outlet: usize, rested: bool, slice: usize) -> usize {
        let state = usize::from(self.with_break && rested);
        1 + (outlet * self.states() + state) * SLICES + slice
    }

    /// Where a vehicle stands that is done at an outlet at this moment.
    pub(crate) fn at(&self, outlet: usize, rested: bool, clock: i32) -> usize {
        self.index(outlet, rested, ((clock / self.width) as usize).min(SLICES - 1))
    }

    fn slice_of(&self, clock: i64) -> Option<usize> {
        (clock <= i64::from(self.horizon)).then_some((clock / i64::from(self.width)) as usize)
    }

    fn begin(&self, slice: usize) -> i32 {
        slice as i32 * self.width
    }

    /// First and last moment of each slice that the day reaches.
    pub(crate) fn slices(&self) -> impl Iterator<Item = (i32, i32)> + '_ {
        let first = (0..SLICES).map(|slice| self.begin(slice)).take_while(|&begin| begin <= self.horizon);
        first.map(|begin| (begin, (begin + self.width - 1).min(self.horizon)))
    }

    /// Pairs of a station and the one a slice later.
    pub(crate) fn waits(&self) -> impl Iterator<Item = (usize, usize)> {
        (1..self.count()).filter(|at| !at.is_multiple_of(SLICES)).map(|at| (at, at + 1))
    }

    /// Moves that the master knows: all, or where that is many only those from the start.
    pub(crate) fn known_moves(&self) -> impl Iterator<Item = (usize, usize, Fixed)> + '_ {
        let all = self.moves.len() <= KNOWN_MOVES_MAX;
        self.moves.iter().filter(move |step| all || step.from == 0).map(|step| (step.from, step.to, step.cost))
    }

    /// Stations from which a vehicle comes home in time, and what that costs, in steps of the scale.
    pub(crate) fn homes(&self) -> impl Iterator<Item = (usize, Fixed)> + '_ {
        self.home.iter().enumerate().filter_map(|(at, cost)| Some((at, (*cost)?)))
    }

    /// Raises potentials until nothing that a vehicle does without jobs is worth more than it costs.
    pub(crate) fn mend(&self, potentials: &mut [Fixed]) {
        let raise = |potentials: &mut [Fixed], from: usize, least: Fixed| {
            let short = potentials[from] < least;
            potentials[from] = potentials[from].max(least);
            short
        };
        for (at, cost) in self.homes() {
            raise(potentials, at, -cost);
        }
        let mut later: Vec<(usize, usize)> = self.waits().collect();
        later.reverse();
        loop {
            let mut raised = false;
            for &(from, to) in &later {
                raised |= raise(potentials, from, potentials[to]);
            }
            for step in &self.moves {
                raised |= raise(potentials, step.from, potentials[step.to].saturating_sub(step.cost));
            }
            if !raised {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One outlet without a break, from which the way home costs 5 in all slices but the last.
    fn stations() -> Stations {
        let mut home = vec![Some(5); 1 + SLICES];
        (home[0], home[SLICES]) = (None, None);
        Stations { width: 10, horizon: 239, with_break: false, n_outlets: 1, home, moves: Vec::new() }
    }

    #[test]
    fn who_may_wait_or_go_home_is_worth_no_less() {
        let stations = stations();
        let mut potentials = vec![-100; stations.count()];
        (potentials[0], potentials[4], potentials[9]) = (7, 3, -2);
        stations.mend(&mut potentials);
        assert_eq!((potentials[0], potentials[1], potentials[4]), (7, 3, 3));
        assert_eq!((potentials[5], potentials[9], potentials[10]), (-2, -2, -5));
        assert_eq!(potentials[SLICES], -100, "too late to go home");
    }

    #[test]
    fn a_move_gains_no_more_than_it_costs() {
        let mut stations = stations();
        stations.moves.push(Move { from: 2, to: 6, cost: 4 });
        let mut potentials = vec![-5; stations.count()];
        potentials[6] = 9;
        stations.mend(&mut potentials);
        assert_eq!(potentials[1..=7], [9, 9, 9, 9, 9, 9, -5], "waiting is free, so the move is not worth it");
        stations.moves.push(Move { from: 7, to: 6, cost: 4 });
        stations.mend(&mut potentials);
        assert_eq!(potentials[7], 5);
    }

    #[test]
    fn moments_fall_into_slices_in_order() {
        let stations = stations();
        let slices: Vec<(i32, i32)> = stations.slices().collect();
        assert_eq!((slices.len(), slices[0], slices[23]), (24, (0, 9), (230, 239)));
        for (k, (begin, end)) in slices.into_iter().enumerate() {
            assert_eq!((stations.at(0, true, begin), stations.at(0, true, end)), (1 + k, 1 + k));
        }
    }
}
