//! Rounded capacity cuts: jobs that need `r` full vehicles are entered at least `r` times.
//!
//! They hold where a vehicle that enters the set cannot take more than one capacity out of it before it leaves it: outlets
//! are never in the set, so an unload means leaving. Only mandatory jobs are in the set.

use crate::resources::model::{Model, Node};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CapacityCut {
    /// By job.
    inside: Vec<bool>,
    pub(crate) entries: i64,
}

impl CapacityCut {
    pub(crate) fn new(inside: Vec<bool>, entries: i64) -> Self {
        Self { inside, entries }
    }

    #[inline]
    fn contains(&self, node: Node) -> bool {
        self.inside.get(node as usize).copied().unwrap_or(false)
    }

    #[inline]
    pub(crate) fn entered_by(&self, tail: Option<Node>, head: Node) -> bool {
        self.contains(head) && !tail.is_some_and(|tail| self.contains(tail))
    }

    /// Entries of a route.
    pub(crate) fn coefficient(&self, visits: &[Node]) -> i64 {
        let tails = std::iter::once(None).chain(visits.iter().map(|&node| Some(node)));
        tails.zip(visits).filter(|&(tail, &head)| self.entered_by(tail, head)).count() as i64
    }
}

/// The greatest amount any vehicle takes, and what each job has of it: payload in grams. `None` where no job has any.
pub(crate) fn payload(model: &Model<'_>) -> Option<(i64, Vec<i64>)> {
    let most = model
        .kinds
        .iter()
        .map(|kind| kind.grams.min(kind.parts.iter().map(|part| part.grams).fold(0, i64::saturating_add)))
        .max()?;
    let loads: Vec<i64> = (0..model.n_jobs).map(|job| model.loads(job).iter().map(|load| load.grams).sum()).collect();
    (most > 0 && loads.iter().any(|&load| load > 0)).then_some((most, loads))
}

/// Violated cuts of a fractional solution, found by growing sets from each job along its strongest arcs until `stop` says enough.
pub(crate) fn separate(
    model: &Model<'_>,
    routes: &[(&[Node], f64)],
    known: &[CapacityCut],
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Vec<CapacityCut> {
    let n = model.n_jobs;
    let Some((capacity, loads)) = payload(model) else { return Vec::new() };
    let mut flow = vec![0.0; n * n];
    let mut inflow = vec![0.0; n];
    for (visits, value) in routes {
        for (k, &node) in visits.iter().enumerate().filter(|(_, node)| model.is_job(**node)) {
            inflow[node as usize] += value;
            if let Some(&before) = k.checked_sub(1).map(|k| &visits[k]).filter(|before| model.is_job(**before)) {
                flow[before as usize * n + node as usize] += value;
            }
        }
    }
    let mandatory: Vec<usize> = (0..n).filter(|&job| model.instance.jobs[job].penalty.is_none()).collect();
    let mut found: Vec<(f64, CapacityCut)> = Vec::new();
    for &seed in mandatory.iter().take_while(|_| !stop()) {
        let mut inside = vec![false; n];
        let mut pull = vec![0.0; n];
        let (mut load, mut entries) = (0, 0.0);
        let mut next = Some(seed);
        while let Some(job) = next.filter(|_| !stop()) {
            inside[job] = true;
            load += loads[job];
            entries += inflow[job] - pull[job];
            for &other in &mandatory {
                pull[other] += flow[job * n + other] + flow[other * n + job];
            }
            let needed = (load + capacity - 1) / capacity;
            let short = needed as f64 - entries;
            if short > 0.05 {
                let cut = CapacityCut::new(inside.clone(), needed);
                if !known.contains(&cut) && !found.iter().any(|(_, other)| *other == cut) {
                    found.push((short, cut));
                }
            }
            // The job that adds the fewest entries and the most load.
            let gain = |job: usize| pull[job] - inflow[job] + loads[job] as f64 / capacity as f64;
            next = mandatory
                .iter()
                .copied()
                .filter(|&job| !inside[job] && pull[job] > 1e-6)
                .max_by(|&a, &b| gain(a).total_cmp(&gain(b)).then(b.cmp(&a)));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(most);
    found.into_iter().map(|(_, cut)| cut).collect()
}
