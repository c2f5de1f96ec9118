//! The best plan of a search that ends. The search knows no more of it than its visits, and to make a large plan of them takes long for
//! somebody who waits. But it seldom is far from its best plan: only the routes that differ are made again.

use super::model::Model;
use super::search::{Search, Visits, restore};
use super::solution::Solution;

impl Search<'_, '_> {
    pub(super) fn into_best(self) -> Solution {
        let Self { model, current, best, .. } = self;
        become_best(model, current, &best)
    }
}

/// The solution made of the visits, out of another one of the same model.
fn become_best(model: &Model<'_>, mut solution: Solution, visits: &Visits) -> Solution {
    // Under locks vehicles may hold room that others need, and find their way by trying.
    if model.locks.any {
        return restore(model, visits);
    }
    let other: Vec<usize> = (0..visits.len())
        .filter(|&vehicle| {
            let route = &solution.routes[vehicle];
            route.visits != visits[vehicle] || !route.settled
        })
        .collect();
    solution.begin();
    let mut change = |vehicle: usize, to: &[u32]| {
        solution.replace(model, vehicle as u32, |own| own.splice(.., to.iter().copied()).for_each(drop))
    };
    // First all are empty: jobs and room pass from one to another.
    let possible = other.iter().all(|&vehicle| change(vehicle, &[]))
        && other.iter().all(|&vehicle| change(vehicle, &visits[vehicle]));
    if possible { solution } else { restore(model, visits) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::limits::{Limits, NoClock};
    use crate::routing::cases::{limited, random};
    use crate::routing::neighbours::Neighbours;
    use crate::routing::{Params, output};

    /// Whatever the search stands at, near its best plan or at nothing, the answer is the one made of the best visits alone.
    #[test]
    fn the_best_plan_is_the_same_from_wherever_the_search_stands() {
        let cancel = AtomicBool::new(false);
        let (mut same, mut moved) = (0, 0);
        for seed in 0..160 {
            let instance = if seed % 2 == 0 { random(seed, 14, 3, 2) } else { limited(seed, 14, 3, 2) };
            let (model, params) = (Model::new(&instance), Params::default());
            let neighbours = Neighbours::new(&model, &params);
            let mut search = Search::new(&model, &neighbours, &params, seed);
            let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(60), cancel: &cancel };
            search.construct(&limits);
            search.run(&|iteration| limits.reached(iteration), &|_| 0.0, &mut |_| {});
            let best = restore(&model, &search.best);
            let differ = (0..best.routes.len())
                .filter(|&vehicle| best.routes[vehicle].visits != search.current.routes[vehicle].visits)
                .count();
            (same, moved) = (same + best.routes.len() - differ, moved + differ);
            let expected = output::plan(&model, &best);
            for from in [search.current.clone(), Solution::new(&model)] {
                let again = become_best(&model, from, &search.best);
                assert_eq!(again.worth(), search.best_worth, "seed {seed}");
                assert_eq!(output::plan(&model, &again), expected, "seed {seed}");
            }
        }
        assert!(same > 50 && moved > 50, "{same} routes as they were, {moved} others: the cases are too poor");
    }
}
