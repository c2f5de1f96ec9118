//! Rank-one cuts over four and five jobs: `sum_r floor(sum_j share_j visits_jr / whole) x_r <= 1`.
//!
//! Each is a sum of the rows of its jobs (at most once each) with the shares as multipliers, rounded down. Those over three jobs with halves are
//! the subset-row cuts; the shares here are those of the other facets over few rows whose right-hand side is 1. Labels do not
//! count them: they are for lists of routes, where a cut costs pricing nothing.
//!
//! They are found by local search: from each job a set grows by the job that brings its routes nearest to a whole, and then jobs are exchanged as long as
//! the cut is more violated.
//!
//! Source: Pecin, Pessoa, Poggi, Uchoa and Santos (2017), Operations Research Letters 45(3), 206-209.

use super::subset_row::SubsetCut;
use crate::resources::model::{Model, Node};

/// Shares and what is a whole of them.
const PATTERNS: [(&[u32], u32); 5] =
    [(&[2, 1, 1, 1], 3), (&[1, 1, 1, 1, 1], 3), (&[2, 2, 1, 1, 1], 4), (&[3, 1, 1, 1, 1], 4), (&[3, 2, 2, 1, 1], 5)];
/// Less is not worth a row.
const VIOLATED: f64 = 0.02;
/// Cuts that share a job in one round.
const OF_JOB_MAX: usize = 6;
/// Exchanges in one local search.
const EXCHANGES_MAX: usize = 10;

/// The routes of a fractional solution as local search sees them.
struct Shown {
    /// By job: routes that visit it.
    at: Vec<Vec<usize>>,
    values: Vec<f64>,
}

/// A set that is searched for: jobs by position of the pattern, and the shares held by each route.
struct Set<'s> {
    shown: &'s Shown,
    shares: &'static [u32],
    whole: u32,
    jobs: Vec<usize>,
    held: Vec<u32>,
}

impl Set<'_> {
    fn put(&mut self, job: usize) {
        let share = self.shares[self.jobs.len()];
        self.jobs.push(job);
        self.shown.at[job].iter().for_each(|&r| self.held[r] += share);
    }

    /// What a job with this share adds: wholes, and a little for coming nearer to one.
    fn gain(&self, job: usize, share: u32) -> f64 {
        let worth = |held: u32| {
            let part = f64::from(held % self.whole) / f64::from(self.whole);
            f64::from(held / self.whole) + 0.01 * part * part
        };
        let of = |&r: &usize| self.shown.values[r] * (worth(self.held[r] + share) - worth(self.held[r]));
        self.shown.at[job].iter().map(of).sum()
    }

    fn best(&self, share: u32, among: &[usize]) -> Option<(f64, usize)> {
        let others = among.iter().filter(|job| !self.jobs.contains(job));
        others.map(|&job| (self.gain(job, share), job)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
    }

    fn exchange(&mut self, among: &[usize]) -> bool {
        let mut any = false;
        for position in 0..self.jobs.len() {
            let (job, share) = (self.jobs[position], self.shares[position]);
            self.shown.at[job].iter().for_each(|&r| self.held[r] -= share);
            let own = self.gain(job, share);
            let chosen = self.best(share, among).filter(|(gain, _)| *gain > own + 1e-9).map_or(job, |(_, job)| job);
            any |= chosen != job;
            self.jobs[position] = chosen;
            self.shown.at[chosen].iter().for_each(|&r| self.held[r] += share);
        }
        any
    }

    fn violation(&self) -> f64 {
        let wholes = self.held.iter().zip(&self.shown.values);
        wholes.map(|(held, value)| f64::from(held / self.whole) * value).sum::<f64>() - 1.0
    }
}

/// The most violated cuts of a fractional solution of elementary routes, at most `most`, with everything remembered; of those looked at before `stop` said enough.
pub(crate) fn separate(
    model: &Model<'_>,
    routes: &[(&[Node], f64)],
    known: &[SubsetCut],
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Vec<SubsetCut> {
    let mut shown = Shown { at: vec![Vec::new(); model.n_jobs], values: Vec::new() };
    for (r, (visits, value)) in routes.iter().enumerate() {
        visits.iter().filter(|&&node| model.is_job(node)).for_each(|&node| shown.at[node as usize].push(r));
        shown.values.push(*value);
    }
    let split: Vec<usize> = (0..model.n_jobs).filter(|&job| shown.at[job].len() > 1).collect();
    let memory: Vec<Node> = (0..model.nodes.len() as Node).collect();
    let mut found: Vec<(f64, SubsetCut)> = Vec::new();
    for (shares, whole) in PATTERNS {
        for &seed in split.iter().take_while(|_| !stop()) {
            let held = vec![0; routes.len()];
            let mut set = Set { shown: &shown, shares, whole, jobs: Vec::new(), held };
            set.put(seed);
            while set.jobs.len() < shares.len()
                && let Some((_, job)) = set.best(shares[set.jobs.len()], &split)
            {
                set.put(job);
            }
            if set.jobs.len() < shares.len() {
                continue;
            }
            for _ in 0..EXCHANGES_MAX {
                if stop() || !set.exchange(&split) {
                    break;
                }
            }
            let violation = set.violation();
            if violation > VIOLATED {
                let mut parts: Vec<(u32, u32)> =
                    set.jobs.iter().map(|&job| job as u32).zip(shares.iter().copied()).collect();
                parts.sort_unstable();
                let (jobs, shares) = parts.into_iter().unzip();
                found.push((violation, SubsetCut { jobs, shares, whole, memory: memory.clone() }));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.jobs.cmp(&b.1.jobs)));
    let mut used = vec![0; model.n_jobs];
    let mut cuts: Vec<SubsetCut> = Vec::new();
    for (_, cut) in found {
        let often = cut.jobs.iter().any(|&job| used[job as usize] >= OF_JOB_MAX);
        if cuts.len() < most && !often && !cuts.contains(&cut) && !known.contains(&cut) {
            cut.jobs.iter().for_each(|&job| used[job as usize] += 1);
            cuts.push(cut);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::cases::random;

    /// Whatever serves each job at most once keeps every cut: all ways to split five jobs into routes.
    #[test]
    fn no_pattern_cuts_off_a_plan() {
        for (shares, whole) in PATTERNS {
            let jobs: Vec<u32> = (0..shares.len() as u32).collect();
            let cut = SubsetCut { jobs, shares: shares.to_vec(), whole, memory: (0..5).collect() };
            // Job k is in route `split / 5^k % 5`.
            for split in 0..3_125_usize {
                let route = |r: usize| -> Vec<Node> { (0..5).filter(|&k| split / 5_usize.pow(k) % 5 == r).collect() };
                assert!((0..5).map(|r| cut.coefficient(&route(r))).sum::<i64>() <= 1, "{cut:?} and split {split}");
            }
            // Negative control: with a smaller whole some plan is cut off.
            let wrong = SubsetCut { whole: whole - 1, ..cut };
            assert!(wrong.coefficient(&[0, 1, 2, 3, 4]) > 1, "{wrong:?}");
        }
    }

    /// All triples of five jobs, a sixth of a route each: every job is served once, and nearly every pattern is violated.
    #[test]
    fn what_is_found_is_violated_and_new() {
        let day = random(3, 5, 2, 0);
        let model = Model::new(&day);
        let triples: Vec<Vec<Node>> = (0..32_u32)
            .filter(|set| set.count_ones() == 3)
            .map(|set| (0..5).filter(|job| set >> job & 1 == 1).collect())
            .collect();
        // Ten triples, each job in six of them.
        let routes: Vec<(&[Node], f64)> = triples.iter().map(|visits| (&visits[..], 1.0 / 6.0)).collect();
        let cuts = separate(&model, &routes, &[], 10, &|| false);
        assert!(!cuts.is_empty());
        for cut in &cuts {
            let sum: f64 = routes.iter().map(|(visits, value)| cut.coefficient(visits) as f64 * value).sum();
            assert!(sum > 1.0 + VIOLATED, "{cut:?}: {sum}");
        }
        assert!(separate(&model, &routes, &cuts, 10, &|| false).iter().all(|cut| !cuts.contains(cut)));
    }
}
