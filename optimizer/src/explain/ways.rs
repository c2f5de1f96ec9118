//! Shortest ways between places, passing whatever jobs and outlets lie between: no company that a job has on a route can
//! bring the vehicle from one visit to another faster, or over fewer metres.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use huilu_model::Travel;

use crate::resources::model::{FAR, Kind, Model, Node};

/// Seconds and metres; [`FAR`] where there is no way. The two may belong to different ways.
pub(crate) type Way = (i64, i64);

/// By index of the place: the way there, without a stop, or the way from there.
#[derive(Debug)]
struct Spread {
    seconds: Vec<i64>,
    metres: Vec<i64>,
}

/// Where a spread begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    From(usize),
    To(usize),
}

/// Legs between two looks at whether to give up: some microseconds. A question takes at least as long.
const LEGS_BETWEEN_LOOKS: u64 = 1 << 10;
/// A leg that follows from points takes as long as so many that are read from a matrix.
const LEGS_OF_A_METRIC: u64 = 16;
/// A microsecond or so.
const LEGS_OF_AN_ORDER: u64 = 500;

/// How long shortest ways are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Patience<'p> {
    /// Legs looked at, in all; counted, so that what is found repeats.
    pub(crate) legs: u64,
    pub(crate) over: &'p dyn Fn() -> bool,
}

impl Patience<'_> {
    pub(crate) const ENDLESS: Self = Self { legs: u64::MAX, over: &|| false };
    pub(crate) const SPENT: Self = Self { legs: 0, over: &|| true };
}

impl fmt::Debug for Patience<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Patience").field("legs", &self.legs).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Ways<'m, 'a> {
    model: &'m Model<'a>,
    patience: Patience<'m>,
    /// Legs looked at so far, and when the next look at the time is due.
    legs: Cell<u64>,
    look_at: Cell<u64>,
    given_up: Cell<bool>,
    /// Where routes stop, each once.
    places: Vec<usize>,
    /// Seconds that a stop there takes at least.
    stays: Vec<i64>,
    /// By profile.
    known: RefCell<HashMap<(usize, End), Rc<Spread>>>,
}

impl<'m, 'a> Ways<'m, 'a> {
    pub(crate) fn new(model: &'m Model<'a>) -> Self {
        Self::within(model, Patience::ENDLESS)
    }

    /// Once the patience is over, all ways take nothing: whatever is asked then is possible, so nothing is proven from it.
    pub(crate) fn within(model: &'m Model<'a>, patience: Patience<'m>) -> Self {
        let mut least: HashMap<usize, i64> = HashMap::new();
        for node in &model.nodes {
            let stay = least.entry(node.place).or_insert(i64::MAX);
            *stay = (*stay).min(node.service);
        }
        let mut places: Vec<usize> = least.keys().copied().collect();
        places.sort_unstable();
        let stays = places.iter().map(|place| least[place]).collect();
        let (legs, look_at, given_up) = (Cell::new(0), Cell::new(0), Cell::new(false));
        Self { model, patience, legs, look_at, given_up, places, stays, known: RefCell::new(HashMap::new()) }
    }

    /// Answers since may be too short, and nothing that follows from how long they are holds.
    pub(crate) fn given_up(&self) -> bool {
        self.given_up.get()
    }

    /// Counts a question that is about to be asked; `false` where the patience is over.
    pub(crate) fn may_ask(&self) -> bool {
        !self.counted(LEGS_BETWEEN_LOOKS)
    }

    /// Counts an order of unloads that is about to be tried; `false` where the patience is over.
    pub(crate) fn may_try(&self) -> bool {
        !self.counted(LEGS_OF_AN_ORDER)
    }

    /// Counts legs that are about to be looked at; `true` where they are not to be.
    fn gives_up(&self, kind: &Kind, legs: usize) -> bool {
        let points = matches!(self.model.instance.travel[kind.profile], Travel::Metric(_));
        self.counted(legs as u64 * if points { LEGS_OF_A_METRIC } else { 1 })
    }

    fn counted(&self, legs: u64) -> bool {
        self.legs.set(self.legs.get().saturating_add(legs));
        if !self.given_up.get() && self.legs.get() >= self.look_at.get() {
            self.look_at.set(self.legs.get().saturating_add(LEGS_BETWEEN_LOOKS));
            self.given_up.set(self.legs.get() > self.patience.legs || (self.patience.over)());
        }
        self.given_up.get()
    }

    /// Another job or outlet than `node` lies at its place.
    pub(crate) fn shares_place(&self, node: Node) -> bool {
        let place = self.model.place(node);
        self.model.nodes.iter().enumerate().any(|(other, data)| other != node as usize && data.place == place)
    }

    pub(crate) fn direct(&self, kind: &Kind, from: usize, to: usize) -> Way {
        let (seconds, metres) = (self.model.seconds(kind, from, to), self.model.metres(kind, from, to));
        if seconds >= FAR || metres >= FAR { (FAR, FAR) } else { (seconds, metres) }
    }

    pub(crate) fn between(&self, kind: &Kind, from: usize, to: usize) -> Way {
        if self.gives_up(kind, self.places.len()) {
            return (0, 0);
        }
        // Every route of the kind ends at its end: that spread serves all jobs and outlets.
        let end = if to == kind.end { End::To(to) } else { End::From(from) };
        let spread = self.spread(kind, end);
        let mut least = self.direct(kind, from, to);
        for (k, &place) in self.places.iter().enumerate() {
            let (seconds, metres) = match end {
                End::From(_) => self.direct(kind, place, to),
                End::To(_) => self.direct(kind, from, place),
            };
            if seconds < FAR {
                least.0 = least.0.min(spread.seconds[k] + self.stays[k] + seconds);
                least.1 = least.1.min(spread.metres[k] + metres);
            }
        }
        (least.0.min(FAR), least.1.min(FAR))
    }

    fn spread(&self, kind: &Kind, end: End) -> Rc<Spread> {
        if let Some(spread) = self.known.borrow().get(&(kind.profile, end)) {
            return Rc::clone(spread);
        }
        let leg = |one: usize, other: usize| match end {
            End::From(_) => self.direct(kind, one, other),
            End::To(_) => self.direct(kind, other, one),
        };
        let (End::From(at) | End::To(at)) = end;
        let free = vec![0; self.stays.len()];
        let seconds = self.reach(kind, |one, other| leg(one, other).0, at, &self.stays);
        let metres = self.reach(kind, |one, other| leg(one, other).1, at, &free);
        let spread = Rc::new(Spread { seconds, metres });
        self.known.borrow_mut().insert((kind.profile, end), Rc::clone(&spread));
        spread
    }

    /// Dijkstra's algorithm on the complete graph: quadratic in the number of places.
    fn reach(&self, kind: &Kind, leg: impl Fn(usize, usize) -> i64, at: usize, stays: &[i64]) -> Vec<i64> {
        let mut least: Vec<i64> = self.places.iter().map(|&place| leg(at, place).min(FAR)).collect();
        let mut open: Vec<usize> = (0..self.places.len()).collect();
        while let Some(next) = (0..open.len()).min_by_key(|&k| least[open[k]]) {
            let near = open.swap_remove(next);
            if least[near] >= FAR {
                break;
            }
            if self.gives_up(kind, open.len()) {
                return vec![0; least.len()];
            }
            for &other in &open {
                let further = least[near] + stays[near] + leg(self.places[near], self.places[other]);
                least[other] = least[other].min(further);
            }
        }
        least
    }
}
