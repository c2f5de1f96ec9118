//! Subset-row cuts over three jobs with limited memory: `sum_r floor(visits_r / 2) x_r <= 1`.
//!
//! A route's visits are counted only while it stays within the cut's memory; on leaving it the count is lost. That makes the
//! coefficient smaller, so the cut stays valid, and labels differ less.
//!
//! Sources: Jepsen, Petersen, Spoorendonk and Pisinger (2008), Operations Research 56(2), 497-511; limited memory: Pecin, Pessoa,
//! Poggi and Uchoa (2017), Mathematical Programming Computation 9(1), 61-100.

use crate::resources::model::{Model, Node};

/// `sum_r floor(sum_j share_j visits_jr / whole) x_r <= 1`: of three jobs with half a share each, or of more (`rank_one.rs`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubsetCut {
    pub(crate) jobs: Vec<u32>,
    /// By job of the cut. All together are less than two of `whole`.
    pub(crate) shares: Vec<u32>,
    pub(crate) whole: u32,
    /// Nodes at which visits are not forgotten, ascending; the jobs among them.
    pub(crate) memory: Vec<Node>,
}

impl SubsetCut {
    pub(crate) fn of_three(jobs: [u32; 3], memory: Vec<Node>) -> Self {
        Self { jobs: jobs.to_vec(), shares: vec![1; 3], whole: 2, memory }
    }

    /// How often a route pays: whenever the remembered shares are a whole.
    pub(crate) fn coefficient(&self, visits: &[Node]) -> i64 {
        let (mut held, mut times) = (0, 0);
        for node in visits {
            if self.memory.binary_search(node).is_err() {
                held = 0;
            }
            if let Some(at) = self.jobs.iter().position(|job| job == node) {
                held += self.shares[at];
                times += i64::from(held >= self.whole);
                held %= self.whole;
            }
        }
        times
    }

    /// The memory that counts all visits of these routes.
    fn remembering(jobs: [u32; 3], routes: &[(&[Node], f64)]) -> Self {
        let mut memory = jobs.to_vec();
        for (visits, _) in routes {
            let at: Vec<usize> = (0..visits.len()).filter(|&k| jobs.contains(&visits[k])).collect();
            for pair in at.chunks_exact(2) {
                memory.extend(&visits[pair[0]..=pair[1]]);
            }
        }
        memory.sort_unstable();
        memory.dedup();
        Self::of_three(jobs, memory)
    }
}

/// The most violated cuts of a fractional solution, at most `most` in all and few for each job; of those looked at before `stop` said enough.
pub(crate) fn separate(
    model: &Model<'_>,
    routes: &[(&[Node], f64)],
    known: &[SubsetCut],
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Vec<SubsetCut> {
    let n = model.n_jobs;
    let mut at: Vec<Vec<(usize, u32)>> = vec![Vec::new(); n];
    for (r, (visits, _)) in routes.iter().enumerate() {
        for &node in visits.iter().filter(|&&node| model.is_job(node)) {
            match at[node as usize].last_mut() {
                Some(last) if last.0 == r => last.1 += 1,
                _ => at[node as usize].push((r, 1)),
            }
        }
    }
    let split: Vec<u32> = (0..n as u32).filter(|&job| at[job as usize].len() > 1).collect();
    // Only jobs that share a route can be part of one cut with profit.
    let mut together = vec![false; n * n];
    for (visits, _) in routes {
        for (k, &a) in visits.iter().enumerate().filter(|(_, node)| model.is_job(**node)) {
            for &b in visits[k + 1..].iter().filter(|&&node| model.is_job(node)) {
                together[a as usize * n + b as usize] = true;
                together[b as usize * n + a as usize] = true;
            }
        }
    }
    let mut found: Vec<(f64, [u32; 3])> = Vec::new();
    let mut visits_of = vec![0_u32; routes.len()];
    for (i, &a) in split.iter().enumerate().take_while(|_| !stop()) {
        for (j, &b) in split.iter().enumerate().skip(i + 1) {
            for &c in &split[j + 1..] {
                let near = |x: u32, y: u32| u32::from(together[x as usize * n + y as usize]);
                if near(a, b) + near(b, c) + near(a, c) < 2 {
                    continue;
                }
                let mut sum = 0.0;
                for job in [a, b, c] {
                    for &(r, times) in &at[job as usize] {
                        let before = visits_of[r] / 2;
                        visits_of[r] += times;
                        sum += f64::from(visits_of[r] / 2 - before) * routes[r].1;
                    }
                }
                for job in [a, b, c] {
                    at[job as usize].iter().for_each(|&(r, _)| visits_of[r] = 0);
                }
                if sum > 1.02 {
                    found.push((sum - 1.0, [a, b, c]));
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut used = vec![0; n];
    let mut cuts = Vec::new();
    for (_, jobs) in found {
        if cuts.len() == most || jobs.iter().any(|&job| used[job as usize] >= 5) {
            continue;
        }
        let cut = SubsetCut::remembering(jobs, routes);
        if !known.contains(&cut) {
            jobs.iter().for_each(|&job| used[job as usize] += 1);
            cuts.push(cut);
        }
    }
    cuts
}
