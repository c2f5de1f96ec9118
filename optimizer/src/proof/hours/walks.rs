//! All walks of one class at given prices: trips that may come again to a job which they have forgotten (ng-routes: Baldacci, Mingozzi and Roberti
//! 2011, Operations Research 59(5), 1269-1283), by labels grown level by level, a level being so many steps of load (`steps.rs`).
//!
//! A label is needless where another one at the same job, on this level or a lower one, costs no more and remembers nothing more. The clock is no resource: what time costs is on the arcs, and legs that windows exclude are none. A job pulls its labels from one level below;
//! light visits take no step, and are pulled from the same level, stage by stage.
//!
//! Costs are rounded down to units that fit 32 bits, so no walk is dearer here than it is. Grown from both ends, labels that meet at a job give the worst walk
//! through it.

use super::costs::{Costs, NO_WAY};
use super::memories::Memories;
use super::steps::Steps;
use crate::proof::labelling::GivenUp;
use crate::proof::prices::Fixed;

const NOBODY: u32 = u32::MAX;
/// No way, in units; sums of two of it fit.
const FAR: i32 = i32::MAX / 4;
/// No cost of a leg that is one reaches this.
const DEAR: i64 = (FAR / 2) as i64;
/// What a walk can earn at most, in units.
const EARNED: i64 = 1 << 26;
/// Jobs that are looked at together before any of them by itself.
const CHUNK: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Label {
    cost: i32,
    at: u16,
    memory: u16,
    parent: u32,
}

impl Label {
    #[inline]
    fn beats(&self, other: &Self) -> bool {
        self.cost <= other.cost && self.memory & !other.memory == 0
    }
}

/// Labels of one level, or of one stage of it, by job.
#[derive(Debug, Default)]
struct Level {
    labels: Vec<(Label, u32)>,
    /// By job: where its labels begin; one more at the end.
    starts: Vec<u32>,
    /// By job: the least cost.
    least: Vec<i32>,
}

impl Level {
    /// `labels` in any order; those of a job come cheapest first.
    fn new(n: usize, mut labels: Vec<(Label, u32)>) -> Self {
        labels.sort_unstable_by_key(|(label, id)| (label.at, label.cost, *id));
        let (mut starts, mut least) = (vec![0; n + 1], vec![FAR; n]);
        for (label, _) in &labels {
            starts[usize::from(label.at) + 1] += 1;
            let own = &mut least[usize::from(label.at)];
            *own = label.cost.min(*own);
        }
        (0..n).for_each(|at| starts[at + 1] += starts[at]);
        Self { labels, starts, least }
    }
}

/// Legs in one direction, in units.
struct Legs {
    n: usize,
    /// By job, then by the job before.
    coming: Vec<i32>,
    /// By job, as the first of a walk.
    first: Vec<i32>,
}

/// All labels of one direction, by level.
struct Grown {
    all: Vec<Label>,
    levels: Vec<Level>,
}

struct Growth<'g> {
    n: usize,
    memories: &'g Memories,
    legs: &'g Legs,
    all: Vec<Label>,
    /// By job: labels of all levels that no other makes needless.
    frontier: Vec<Vec<Label>>,
    /// By job: what costs so much is needless whatever it remembers.
    cutoff: Vec<i32>,
    /// Labels of one job in the making.
    fresh: Vec<Label>,
}

impl Growth<'_> {
    /// Labels of `at` from those of `before`.
    fn pull(&mut self, at: usize, before: &Level) {
        let row = &self.legs.coming[at * self.n..(at + 1) * self.n];
        let cutoff = self.cutoff[at];
        for (chunk, (least, legs)) in before.least.chunks(CHUNK).zip(row.chunks(CHUNK)).enumerate() {
            let cheapest = least.iter().zip(legs).map(|(&least, &leg)| least + leg).fold(FAR, i32::min);
            if cheapest >= cutoff {
                continue;
            }
            for (k, (&least, &leg)) in least.iter().zip(legs).enumerate() {
                if least + leg >= cutoff {
                    continue;
                }
                self.pull_from(chunk * CHUNK + k, at, leg, before, cutoff);
            }
        }
    }

    /// From the labels of one job, those that stay below `cutoff`.
    fn pull_from(&mut self, from: usize, at: usize, leg: i32, before: &Level, cutoff: i32) {
        let (begin, end) = (before.starts[from] as usize, before.starts[from + 1] as usize);
        for &(label, id) in &before.labels[begin..end] {
            let cost = label.cost + leg;
            if cost >= cutoff {
                break;
            }
            if !self.memories.knows(from, label.memory, at) {
                let memory = self.memories.carry(from, at, label.memory);
                let label = Label { cost, at: at as u16, memory, parent: id };
                offer(&self.frontier[at], &mut self.fresh, label);
            }
        }
    }

    /// Makes the labels of `at` that were pulled last part of what is known; adds them to `made`.
    fn settle(&mut self, at: usize, made: &mut Vec<(Label, u32)>) {
        let own = self.memories.own(at);
        for label in self.fresh.drain(..) {
            let known = &mut self.frontier[at];
            known.retain(|other| !label.beats(other));
            known.push(label);
            if label.memory == own {
                self.cutoff[at] = label.cost.min(self.cutoff[at]);
            }
            made.push((label, self.all.len() as u32));
            self.all.push(label);
        }
    }
}

impl Grown {
    /// Levels at which a job has a label cheaper than on all lower ones, and the cost.
    fn falling(&self, at: usize) -> Vec<(usize, i32)> {
        let mut falling: Vec<(usize, i32)> = Vec::new();
        for (level, own) in self.levels.iter().enumerate() {
            if own.least[at] < falling.last().map_or(FAR, |&(_, known)| known) {
                falling.push((level, own.least[at]));
            }
        }
        falling
    }

    /// The cheapest label of a job that has one on this level.
    fn cheapest(&self, level: usize, at: usize) -> u32 {
        let own = &self.levels[level];
        own.labels.get(own.starts[at] as usize).map_or(NOBODY, |(_, id)| *id)
    }

    fn walk(&self, mut id: u32) -> Vec<usize> {
        let mut walk = Vec::new();
        while id != NOBODY {
            walk.push(usize::from(self.all[id as usize].at));
            id = self.all[id as usize].parent;
        }
        walk
    }
}

#[inline]
fn offer(known: &[Label], fresh: &mut Vec<Label>, label: Label) {
    if fresh.iter().any(|other| other.beats(&label)) || known.iter().any(|other| other.beats(&label)) {
        return;
    }
    fresh.retain(|other| !label.beats(other));
    fresh.push(label);
}

/// How far costs are shifted for all that a walk can earn to fit.
fn shift_of(costs: &Costs, steps: &Steps) -> u32 {
    let gains = |at: usize| {
        let legs = (0..costs.n).map(|from| costs.arcs[from * costs.n + at]).chain([costs.first[at].0]);
        legs.min().unwrap_or(0).min(0).saturating_neg()
    };
    // Light visits gain as often as there are others, at most, and each of them once more: they make no circles that gain.
    let lights: Fixed = (0..costs.n).filter(|&at| steps.of[at] == 0).map(&gains).fold(0, Fixed::saturating_add);
    let visits = (0..costs.n).filter(|&at| steps.of[at] > 0).map(|at| {
        let often = (steps.most / steps.of[at]) as i64;
        gains(at).saturating_add(lights).saturating_mul(often)
    });
    let most = visits.max().unwrap_or(0).saturating_add(lights);
    let home = costs.last.iter().map(|last| last.0.min(0).saturating_neg()).max().unwrap_or(0);
    let all = most.saturating_add(home);
    (0..63).find(|&shift| all >> shift < EARNED).unwrap_or(63)
}

/// A look at all walks of a class.
pub(super) struct Looking<'l> {
    pub(super) costs: &'l Costs,
    pub(super) steps: &'l Steps,
    pub(super) memories: &'l Memories,
    pub(super) labels_max: usize,
    pub(super) stop: &'l dyn Fn() -> bool,
}

/// The walk through a job that has most to say about its price.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Worst {
    /// By how much the price may rise, or has to fall where it is below 0.
    pub(super) change: Fixed,
    pub(super) walk: Vec<usize>,
    /// Part of the walk that the job stands for.
    pub(super) share: f64,
}

impl Looking<'_> {
    /// By job. At prices so changed no walk costs less than it earns.
    ///
    /// # Errors
    /// [`GivenUp`] where time was up, or labels were more than `labels_max`.
    pub(super) fn worst(&self) -> Result<Vec<Worst>, GivenUp> {
        let n = self.costs.n;
        let shift = shift_of(self.costs, self.steps);
        let (costs, cut) = &self.without_circles(shift);
        let unit = |cost: Fixed| if cost >= NO_WAY / 2 || cost >> shift >= DEAR { FAR } else { (cost >> shift) as i32 };
        let leaving: Vec<i32> = costs.arcs.iter().map(|&cost| unit(cost)).collect();
        let mut coming = vec![FAR; n * n];
        for (from, row) in leaving.chunks(n.max(1)).enumerate() {
            row.iter().enumerate().for_each(|(at, &leg)| coming[at * n + from] = leg);
        }
        let first: Vec<i32> = costs.first.iter().map(|first| unit(first.0)).collect();
        let last: Vec<i32> = costs.last.iter().map(|last| unit(last.0)).collect();
        let forward = self.grow(&Legs { n, coming, first })?;
        let backward = self.grow(&Legs { n, coming: leaving, first: last })?;
        self.meet(&forward, &backward, cut, shift)
    }

    /// Light visits take no step, so circles of them must not gain: what they earn is cut until, with one half of it at either end, no leg from one to
    /// another gains. Gives the costs so raised, and by how much each job was cut.
    fn without_circles(&self, shift: u32) -> (Costs, Vec<Fixed>) {
        let (mut costs, n) = (self.costs.clone(), self.costs.n);
        let lights: Vec<usize> = (0..n).filter(|&at| self.steps.of[at] == 0).collect();
        let mut cut = vec![0; n];
        for &at in &lights {
            // Without what it earns, less what rounding down to units takes off.
            let leg = |from: usize, to: usize| match costs.arcs[from * n + to] {
                cost if cost >= NO_WAY / 2 => NO_WAY,
                cost => cost + costs.earned[to] - (2 << shift),
            };
            let others = lights.iter().filter(|&&other| other != at);
            let most = others.map(|&other| leg(at, other).min(leg(other, at))).min().unwrap_or(NO_WAY);
            cut[at] = (costs.earned[at] - most).max(0);
        }
        for &at in lights.iter().filter(|&&at| cut[at] > 0) {
            let raise = |cost: &mut Fixed| *cost = if *cost >= NO_WAY / 2 { NO_WAY } else { *cost + cut[at] };
            (0..n).for_each(|from| raise(&mut costs.arcs[from * n + at]));
            raise(&mut costs.first[at].0);
        }
        (costs, cut)
    }

    fn grow(&self, legs: &Legs) -> Result<Grown, GivenUp> {
        let (n, steps, memories) = (legs.n, self.steps, self.memories);
        let mut growth = Growth {
            n,
            memories,
            legs,
            all: Vec::new(),
            frontier: vec![Vec::new(); n],
            cutoff: vec![DEAR as i32; n],
            fresh: Vec::new(),
        };
        let lights: Vec<usize> = (0..n).filter(|&at| steps.of[at] == 0).collect();
        let mut levels: Vec<Level> = Vec::with_capacity(steps.most + 1);
        for level in 0..=steps.most {
            let mut made = Vec::new();
            for at in 0..n {
                if at.is_multiple_of(64) && (self.stop)() {
                    return Err(GivenUp::OutOfTime);
                }
                let own = steps.of[at];
                if own > 0 && own <= level {
                    growth.pull(at, &levels[level - own]);
                }
                if own == level && legs.first[at] < FAR {
                    let (cost, memory) = (legs.first[at], memories.own(at));
                    let label = Label { cost, at: at as u16, memory, parent: NOBODY };
                    offer(&growth.frontier[at], &mut growth.fresh, label);
                }
                growth.settle(at, &mut made);
            }
            let mut stage = Level::new(n, made.clone());
            while !stage.labels.is_empty() && !lights.is_empty() {
                if (self.stop)() {
                    return Err(GivenUp::OutOfTime);
                }
                let mut more = Vec::new();
                for &at in &lights {
                    growth.pull(at, &stage);
                    growth.settle(at, &mut more);
                }
                made.extend(&more);
                stage = Level::new(n, more);
            }
            if growth.all.len() > self.labels_max {
                return Err(GivenUp::TooManyLabels);
            }
            levels.push(Level::new(n, made));
        }
        Ok(Grown { all: growth.all, levels })
    }

    /// Joins what leads to each job and what follows.
    ///
    /// Where the cheapest walk through a job is short of its price, the price falls by the greatest `r w / s`: `r` what a walk is short by, `w` what the job weighs, `s` what the
    /// whole walk weighs. A walk that is short by `r` has all its visits lowered by `r w / s` at least, as what was kept in its place costs no more
    /// and has no more steps. Otherwise the price rises by `r w / most`, `r` what the cheapest walk has to spare: no walk has more steps than `most`.
    fn meet(&self, forward: &Grown, backward: &Grown, cut: &[Fixed], shift: u32) -> Result<Vec<Worst>, GivenUp> {
        let steps = self.steps;
        let mut all = Vec::with_capacity(self.costs.n);
        for (at, &cut) in cut.iter().enumerate() {
            if at.is_multiple_of(64) && (self.stop)() {
                return Err(GivenUp::OutOfTime);
            }
            let Some(joint) = self.joint(at, &forward.falling(at), &backward.falling(at)) else {
                // Such walks cost more than can be earned.
                all.push(Worst { change: -cut, walk: vec![at], share: 0.0 });
                continue;
            };
            let (weight, cost) = (i128::from(steps.weight(at)), i128::from(joint.cost) << shift);
            let change = match joint.cost < 0 {
                true => (cost * weight).div_euclid(i128::from(joint.measure)),
                // Walks that are too dear to be grown have at least so much to spare.
                false => (cost.min(i128::from(EARNED) << shift) * steps.of[at] as i128).div_euclid(steps.most as i128),
            };
            let change = Fixed::try_from(change).unwrap_or(if change < 0 { Fixed::MIN / 4 } else { Fixed::MAX / 4 });
            let mut walk = forward.walk(forward.cheapest(joint.before, at));
            walk.reverse();
            walk.extend(&backward.walk(backward.cheapest(joint.after, at))[1..]);
            let whole = walk.iter().map(|&at| steps.weight(at)).sum::<i64>().max(1);
            all.push(Worst { change: change - cut, walk, share: weight as f64 / whole as f64 });
        }
        Ok(all)
    }

    fn joint(&self, at: usize, before: &[(usize, i32)], after: &[(usize, i32)]) -> Option<Joint> {
        let (own, most) = (self.steps.of[at], self.steps.most);
        let mut worst: Option<Joint> = None;
        for &(one, cost) in before {
            for &(other, rest) in after.iter().take_while(|(other, _)| one + other <= most + own) {
                let joint = Joint {
                    cost: i64::from(cost) + i64::from(rest),
                    measure: self.steps.measure(at, one + other - own).max(1),
                    before: one,
                    after: other,
                };
                let worse = |known: Joint| match joint.cost < 0 && known.cost < 0 {
                    true => joint.cost * known.measure < known.cost * joint.measure,
                    false => joint.cost < known.cost,
                };
                if worst.is_none_or(worse) {
                    worst = Some(joint);
                }
            }
        }
        worst
    }
}

/// A walk through a job, in units: what it costs and weighs at least, and the levels of both its parts.
#[derive(Clone, Copy, Debug)]
struct Joint {
    cost: i64,
    measure: i64,
    before: usize,
    after: usize,
}
