//! What is on board along a route, by stream and compartment, and whether more fits.
//!
//! Loads only grow between two emptyings, so a pickup fits when it fits at each peak (the step before an unload that
//! takes its streams, or the end). Time and money are not known here.

use huilu_model::JobIdx;

use super::model::{Kind, Model, Node, Part};
use super::time::Term;

/// Row `k` is the state after the first `k` visits. Where nothing is unloaded on the way only the last row matters, and only that is
/// kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board {
    /// Rows that are kept: all, or one.
    rows: usize,
    /// Grams and litres by row and stream.
    streams: Vec<(i64, i64)>,
    /// Grams and litres by row and compartment.
    parts: Vec<(i64, i64)>,
    total: Vec<i64>,
    /// Streams on board, one bit each.
    present: Vec<u32>,
    /// Jobs, grams and litres picked up so far, over all trips.
    day: (usize, i64, i64),
    /// Number of visits before the next unload at or after a row; the number of all visits where none follows.
    next_unload: Vec<u32>,
}

/// What an outlet receives in one visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) outlet: usize,
    pub(crate) stream: usize,
    pub(crate) grams: i64,
    pub(crate) litres: i64,
}

impl Board {
    /// Recomputes the rows that are kept; `deliveries` receives what each unload brings. `false`: overloaded, mixed, or not empty
    /// at an end where it has to be.
    pub(crate) fn fill(
        &mut self,
        model: &Model<'_>,
        kind: &Kind,
        visits: &[Node],
        deliveries: &mut Vec<Delivery>,
    ) -> bool {
        let rows = if model.accepts.is_empty() { 1 } else { visits.len() + 1 };
        self.fill_rows(model, kind, visits, rows, deliveries)
    }

    /// Recomputes every row, kept or not otherwise.
    pub(crate) fn fill_all(&mut self, model: &Model<'_>, kind: &Kind, visits: &[Node]) -> bool {
        self.fill_rows(model, kind, visits, visits.len() + 1, &mut Vec::new())
    }

    fn fill_rows(
        &mut self,
        model: &Model<'_>,
        kind: &Kind,
        visits: &[Node],
        rows: usize,
        deliveries: &mut Vec<Delivery>,
    ) -> bool {
        let (s, c) = (model.n_streams, kind.parts.len());
        self.rows = rows;
        self.streams.clear();
        self.streams.resize(rows * s, (0, 0));
        self.parts.clear();
        self.parts.resize(rows * c, (0, 0));
        self.total.clear();
        self.total.resize(rows, 0);
        self.present.clear();
        self.present.resize(rows, 0);
        self.next_unload.clear();
        self.next_unload.resize(rows, visits.len() as u32);
        deliveries.clear();
        self.day = (0, 0, 0);
        for (k, &node) in visits.iter().enumerate() {
            let row = self.row(k + 1);
            if row > 0 {
                // Rows are short: a loop copies them faster than a call.
                for i in (row - 1) * s..row * s {
                    self.streams[i + s] = self.streams[i];
                }
                for i in (row - 1) * c..row * c {
                    self.parts[i + c] = self.parts[i];
                }
                self.total[row] = self.total[row - 1];
                self.present[row] = self.present[row - 1];
            }
            let fits = match model.outlet(node) {
                Some(outlet) => {
                    self.unload(model, kind, row, outlet, deliveries);
                    true
                }
                None => self.load(model, kind, row, node as JobIdx),
            };
            if !fits {
                return false;
            }
        }
        for k in (0..visits.len().min(rows - 1)).rev() {
            self.next_unload[k] = if model.is_job(visits[k]) { self.next_unload[k + 1] } else { k as u32 };
        }
        !(kind.end_empty && self.present[rows - 1] != 0)
            && self.day.0 <= kind.jobs_max
            && self.day.1 <= kind.day_max.0
            && self.day.2 <= kind.day_max.1
    }

    /// Where the state after the first `k` visits is kept.
    #[inline]
    fn row(&self, k: usize) -> usize {
        k.min(self.rows - 1)
    }

    /// Picked up over the whole route.
    pub(crate) fn day_grams(&self) -> i64 {
        self.day.1
    }

    /// The vehicle may serve one more job on this route, and pick up so much more.
    pub(crate) fn has_day_for(&self, model: &Model<'_>, kind: &Kind, job: JobIdx) -> bool {
        let (grams, litres) =
            model.loads(job).iter().fold((0, 0), |sum, load| (sum.0 + load.grams, sum.1 + load.litres));
        self.day.0 < kind.jobs_max && self.day.1 + grams <= kind.day_max.0 && self.day.2 + litres <= kind.day_max.1
    }

    /// Grams that still fit at the end of the route, whatever the compartments say.
    pub(crate) fn room(&self, kind: &Kind) -> i64 {
        let most = if let [part] = &kind.parts[..] { part.grams.min(kind.grams) } else { kind.grams };
        most - self.total.last().copied().unwrap_or(0)
    }

    fn load(&mut self, model: &Model<'_>, kind: &Kind, row: usize, job: JobIdx) -> bool {
        if !kind.serves[job] {
            return false;
        }
        self.day.0 += 1;
        for load in model.loads(job) {
            self.day = (self.day.0, self.day.1 + load.grams, self.day.2 + load.litres);
            let part = kind.part_of[load.stream];
            if self.present[row] & kind.parts[part].streams & model.clashes[load.stream] != 0 {
                return false;
            }
            let held = &mut self.streams[row * model.n_streams + load.stream];
            *held = (held.0 + load.grams, held.1 + load.litres);
            let held = &mut self.parts[row * kind.parts.len() + part];
            *held = (held.0 + load.grams, held.1 + load.litres);
            if held.0 > kind.parts[part].grams || held.1 > kind.parts[part].litres {
                return false;
            }
            self.total[row] += load.grams;
            self.present[row] |= 1 << load.stream;
        }
        self.total[row] <= kind.grams
    }

    fn unload(&mut self, model: &Model<'_>, kind: &Kind, row: usize, outlet: usize, deliveries: &mut Vec<Delivery>) {
        let mut taken = self.present[row] & model.accepts[outlet];
        self.present[row] &= !taken;
        while taken != 0 {
            let stream = taken.trailing_zeros() as usize;
            taken &= taken - 1;
            let (grams, litres) = std::mem::take(&mut self.streams[row * model.n_streams + stream]);
            let part = &mut self.parts[row * kind.parts.len() + kind.part_of[stream]];
            *part = (part.0 - grams, part.1 - litres);
            self.total[row] -= grams;
            deliveries.push(Delivery { outlet, stream, grams, litres });
        }
    }

    /// What unloads and starts owe to the visits around them; nothing where no job or outlet of the model asks for it.
    pub(crate) fn terms(&self, model: &Model<'_>, visits: &[Node], terms: &mut Vec<Term>) {
        terms.clear();
        if !model.has_terms() {
            return;
        }
        terms.resize(visits.len() + 1, Term::NONE);
        let mut opener = 0;
        for (k, &node) in visits.iter().enumerate() {
            match model.outlet(node) {
                Some(outlet) => {
                    opener = k + 1;
                    let taken = bits(self.present[k] & model.accepts[outlet]);
                    let grams = taken.map(|stream| self.held(model, k, stream).0).sum();
                    terms[opener].more = model.unload_by_weight(outlet, grams);
                }
                None => terms[opener].ready = terms[opener].ready.max(model.release(node as JobIdx)),
            }
        }
    }

    pub(crate) fn present(&self, row: usize) -> u32 {
        self.present[self.row(row)]
    }

    pub(crate) fn held(&self, model: &Model<'_>, row: usize, stream: usize) -> (i64, i64) {
        self.streams[self.row(row) * model.n_streams + stream]
    }

    pub(crate) fn next_unload(&self, row: usize) -> usize {
        self.next_unload[self.row(row)] as usize
    }

    /// What is on board before the unload that is visit `at` might stay there until the next one. Only a hint: what
    /// comes after that, streams that clash and an end that has to be empty are not looked at.
    pub(crate) fn may_skip_unload(&self, kind: &Kind, at: usize) -> bool {
        let (before, after, peak) = (at, at + 1, self.next_unload(at + 1));
        let c = kind.parts.len();
        let fits = |part: usize, room: &Part| {
            let held = |row: usize| self.parts[row * c + part];
            let sum = |of: fn((i64, i64)) -> i64| of(held(peak)) - of(held(after)) + of(held(before));
            sum(|held| held.0) <= room.grams && sum(|held| held.1) <= room.litres
        };
        self.total[peak] - self.total[after] + self.total[before] <= kind.grams
            && kind.parts.iter().enumerate().all(|(part, room)| fits(part, room))
    }

    /// The job's loads of the streams `aboard` fit on top of row `row`, minus what an unload after row `emptied.0` at an outlet accepting
    /// `emptied.1` has taken away.
    pub(crate) fn takes(
        &self,
        model: &Model<'_>,
        kind: &Kind,
        row: usize,
        job: JobIdx,
        aboard: u32,
        emptied: Option<(usize, u32)>,
    ) -> bool {
        let row = self.row(row);
        let gone = |stream: usize| match emptied {
            Some((at, set)) if set >> stream & 1 == 1 => self.held(model, at, stream),
            _ => (0, 0),
        };
        let (mut total, mut present) = (self.total[row], self.present[row]);
        if let Some((at, set)) = emptied {
            for stream in bits(self.present[at] & set) {
                let taken = self.held(model, at, stream);
                total -= taken.0;
                if taken == self.held(model, row, stream) {
                    present &= !(1 << stream);
                }
            }
        }
        let loads = model.loads(job);
        for (i, load) in loads.iter().enumerate().filter(|(_, load)| aboard >> load.stream & 1 == 1) {
            let part = kind.part_of[load.stream];
            let Some(room) = kind.parts.get(part) else { return false };
            if present & room.streams & model.clashes[load.stream] != 0 {
                return false;
            }
            let mut held = self.parts[row * kind.parts.len() + part];
            if emptied.is_some() {
                for stream in bits(room.streams & (self.present[row] | present)) {
                    let taken = gone(stream);
                    held = (held.0 - taken.0, held.1 - taken.1);
                }
            }
            // Streams of the same job in the same compartment, each counted once by the last of them.
            for other in &loads[..=i] {
                if kind.part_of[other.stream] == part && aboard >> other.stream & 1 == 1 {
                    held = (held.0 + other.grams, held.1 + other.litres);
                }
            }
            if held.0 > room.grams || held.1 > room.litres {
                return false;
            }
            total += load.grams;
        }
        total <= kind.grams
    }
}

pub(crate) fn bits(mut set: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (set != 0).then(|| {
            let bit = set.trailing_zeros() as usize;
            set &= set - 1;
            bit
        })
    })
}
