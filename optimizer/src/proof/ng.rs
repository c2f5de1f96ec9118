//! Neighbourhoods of the ng-route relaxation: which earlier visits a label remembers at a node.
//!
//! A route may come back to a job only through a node that has forgotten it. Sets of all jobs make routes elementary; smaller ones allow
//! more routes than there are, with fewer labels.
//!
//! Sets begin small and grow only where routes of the master go in circles.
//!
//! Sources: Baldacci, Mingozzi and Roberti (2011), Operations Research 59(5), 1269-1283; growing sets: Roberti and Mingozzi (2014),
//! Transportation Science 48(3), 413-424.

use std::collections::HashMap;

use huilu_model::JobIdx;

use super::freight::Freight;
use crate::resources::model::{Kind, Model, Node};

/// Jobs that a label can remember: its memory is one word.
pub(crate) const NG_MAX: usize = 64;
/// Jobs that a growing set may hold.
const GROWN_MAX: usize = 32;
/// No place in the memory of the other node.
const FORGOTTEN: u8 = u8::MAX;

/// The sets of one kind of vehicle. Row 0 is that of the start, which remembers nothing; row `1 + node` that of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// By row: jobs in ascending order; the k-th stands for bit k of a label at that node.
    sets: Vec<Vec<u32>>,
    /// All nodes remember alike, so memories need no translation.
    elementary: bool,
    /// By pair of rows: bits of the first that the second knows.
    shared: Vec<u64>,
    /// By pair of rows and bit of the first: bit of the second.
    moved: Vec<u8>,
    width: usize,
}

impl Memory {
    /// Sets of the `size` nearest jobs by travel time back and forth, the job itself included; outlets, through which all
    /// trips of a day pass, get twice as many.
    ///
    /// `loads` where load is the clock.
    pub(crate) fn new(model: &Model<'_>, kind: &Kind, size: usize, loads: Option<&Freight>) -> Self {
        let jobs: Vec<u32> = (0..model.n_jobs as u32).filter(|&job| kind.serves[job as usize]).collect();
        if jobs.len() <= size.min(NG_MAX) {
            let mut sets = vec![jobs.clone(); model.nodes.len() + 1];
            sets[0] = jobs.clone();
            return Self { sets, elementary: true, width: jobs.len(), ..Self::default() };
        }
        let mut sets = vec![Vec::new()];
        for node in 0..model.nodes.len() as Node {
            if model.is_job(node) && !kind.serves[node as usize] {
                sets.push(Vec::new());
                continue;
            }
            let size = if model.is_job(node) { size } else { 2 * size };
            sets.push(nearest(model, kind, node, &jobs, size.clamp(1, NG_MAX), loads));
        }
        let mut memory = Self { sets, ..Self::default() };
        memory.translate();
        memory
    }

    /// Nothing is ever forgotten.
    pub(crate) fn is_elementary(&self) -> bool {
        self.elementary
    }

    /// Lets rows remember more jobs; `false` where none is new or has room.
    pub(crate) fn grow(&mut self, more: &[(usize, u32)]) -> bool {
        let mut grown = false;
        for &(row, job) in more {
            let set = &mut self.sets[row];
            if let Err(at) = set.binary_search(&job)
                && set.len() < GROWN_MAX
            {
                set.insert(at, job);
                grown = true;
            }
        }
        if grown {
            self.translate();
        }
        grown
    }

    /// The circles of a walk: each as the rows that would have to remember its job.
    fn circles(&self, visits: &[Node], n_jobs: usize) -> Vec<Vec<(usize, u32)>> {
        let mut circles = Vec::new();
        let mut last: HashMap<Node, usize> = HashMap::new();
        for (k, &node) in visits.iter().enumerate().filter(|(_, node)| (**node as usize) < n_jobs) {
            if let Some(before) = last.insert(node, k) {
                circles.push(visits[before + 1..k].iter().map(|&between| (between as usize + 1, node)).collect());
            }
        }
        circles
    }

    /// What would have to be learned, and can be, for the walk's cheapest circle to go: rows, each with the job that the circle comes back to. Empty where
    /// the walk goes in no circle, or memories are full.
    pub(crate) fn lesson(&self, visits: &[Node], n_jobs: usize) -> Vec<(usize, u32)> {
        let lessons = self.circles(visits, n_jobs).into_iter().map(|circle| self.unknown(circle));
        let has_room = |lesson: &Vec<(usize, u32)>| lesson.iter().all(|&(row, _)| self.sets[row].len() < GROWN_MAX);
        lessons.filter(has_room).min_by_key(Vec::len).unwrap_or_default()
    }

    /// No visit is one that the route still remembers.
    pub(crate) fn allows(&self, visits: &[Node], n_jobs: usize) -> bool {
        self.circles(visits, n_jobs).into_iter().all(|circle| !self.unknown(circle).is_empty())
    }

    /// What of a circle is not remembered.
    fn unknown(&self, mut circle: Vec<(usize, u32)>) -> Vec<(usize, u32)> {
        circle.retain(|(row, job)| self.sets[*row].binary_search(job).is_err());
        circle
    }

    fn translate(&mut self) {
        let rows = self.sets.len();
        self.width = self.sets.iter().map(Vec::len).max().unwrap_or(0);
        self.shared = vec![0; rows * rows];
        self.moved = vec![FORGOTTEN; rows * rows * self.width];
        for from in 0..rows {
            for to in 0..rows {
                let pair = from * rows + to;
                for (bit, job) in self.sets[from].iter().enumerate() {
                    if let Ok(at) = self.sets[to].binary_search(job) {
                        self.shared[pair] |= 1 << bit;
                        self.moved[pair * self.width + bit] = at as u8;
                    }
                }
            }
        }
    }

    /// The bit of a job in the memory of `row`; 0 where it is not remembered there.
    pub(crate) fn bit(&self, row: usize, job: JobIdx) -> u64 {
        self.sets[row].binary_search(&(job as u32)).map_or(0, |at| 1 << at)
    }

    /// The memory of `row` with all of its jobs that `served` tells of.
    pub(crate) fn among(&self, row: usize, served: impl Fn(u32) -> bool) -> u64 {
        let bits = self.sets[row].iter().enumerate().filter(|(_, job)| served(**job));
        bits.fold(0, |set, (bit, _)| set | 1 << bit)
    }

    /// What a memory at `from` becomes at `to`.
    #[inline]
    pub(crate) fn carry(&self, from: usize, to: usize, memory: u64) -> u64 {
        if self.elementary {
            return memory;
        }
        let pair = from * self.sets.len() + to;
        let mut rest = memory & self.shared[pair];
        let moved = &self.moved[pair * self.width..(pair + 1) * self.width];
        let mut carried = 0;
        while rest != 0 {
            carried |= 1 << moved[rest.trailing_zeros() as usize];
            rest &= rest - 1;
        }
        carried
    }
}

fn nearest(model: &Model<'_>, kind: &Kind, node: Node, jobs: &[u32], size: usize, loads: Option<&Freight>) -> Vec<u32> {
    let place = model.place(node);
    let mut ranked: Vec<(i64, u32)> = jobs
        .iter()
        .filter(|&&job| job == node || may_come_back(model, kind, node, job))
        .map(|&job| {
            let other = model.place(job);
            let both = model.metres(kind, place, other).saturating_add(model.metres(kind, other, place));
            (if job == node || stands_still(model, kind, node, job, loads) { -1 } else { both }, job)
        })
        .collect();
    // Else labels could go round for ever.
    let size = size.max(ranked.iter().filter(|(rank, _)| *rank < 0).count()).min(NG_MAX);
    if ranked.len() > size {
        ranked.select_nth_unstable(size - 1);
        ranked.truncate(size);
    }
    let mut set: Vec<u32> = ranked.into_iter().map(|(_, job)| job).collect();
    set.sort_unstable();
    set
}

/// Whether a cycle `job`, `node`, `job` moves no clock: it takes no time, or where load is the clock nothing that a label counts.
fn stands_still(model: &Model<'_>, kind: &Kind, node: Node, job: u32, loads: Option<&Freight>) -> bool {
    if let Some(freight) = loads {
        let nothing = |job: JobIdx| freight.load(job).iter().all(|&amount| amount == 0);
        return nothing(job as usize) && nothing(node as usize);
    }
    let (there, here) = (model.place(job), model.place(node));
    let idle = |node: Node| model.nodes[node as usize].service == 0;
    model.seconds(kind, there, here) + model.seconds(kind, here, there) == 0 && idle(node) && idle(job)
}

/// Whether a cycle `job`, `node`, `job` can keep the windows: where it cannot, there is nothing to remember.
fn may_come_back(model: &Model<'_>, kind: &Kind, node: Node, job: u32) -> bool {
    if !model.timed {
        return true;
    }
    let (there, here) = (model.place(job), model.place(node));
    let Some(first) = model.windows_of(kind, job).first() else { return false };
    let leave = first.0.max(kind.opens) + model.nodes[job as usize].service;
    let visit = model.opening(kind, node, leave + model.seconds(kind, there, here));
    let back = visit + model.nodes[node as usize].service + model.seconds(kind, here, there);
    model.opening(kind, job, back) <= kind.closes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six jobs, each remembered where it is visited and nowhere else.
    fn forgetful() -> Memory {
        let mut memory = Memory { sets: vec![Vec::new(); 7], ..Memory::default() };
        memory.grow(&(0..6).map(|job| (job + 1, job as u32)).collect::<Vec<_>>());
        memory
    }

    #[test]
    fn the_circle_with_least_to_learn_is_forbidden_first() {
        let mut memory = forgetful();
        // Round 0 by 1, 2 and 3, and round 4 by 5.
        let walk = [0, 1, 2, 3, 0, 4, 5, 4];
        assert!(memory.allows(&walk, 6));
        assert_eq!(memory.lesson(&walk, 6), [(6, 4)]);
        // Half known, the longer one is as cheap, and the first.
        memory.grow(&[(2, 0), (3, 0)]);
        assert_eq!(memory.lesson(&walk, 6), [(4, 0)]);
        memory.grow(&[(4, 0)]);
        assert!(!memory.allows(&walk, 6));
        assert!(memory.allows(&walk[4..], 6), "the other circle is still open");
        assert!(memory.lesson(&[0, 1, 2], 6).is_empty());
    }

    #[test]
    fn what_a_full_memory_cannot_learn_is_left_for_another_circle() {
        let mut memory = forgetful();
        memory.sets[6] = (100..100 + GROWN_MAX as u32).collect();
        let walk = [0, 1, 2, 3, 0, 4, 5, 4];
        assert_eq!(memory.lesson(&walk, 6), [(2, 0), (3, 0), (4, 0)]);
        assert!(memory.lesson(&[4, 5, 4], 6).is_empty());
    }
}
