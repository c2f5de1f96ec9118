//! The search's shortcuts against the long way, on small random instances: what is taken over from an old route, and what is
//! passed over without a look.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cases::{one_way, random};
use super::insertion::{Effort, Inserter, Reach};
use super::model::{Model, Node};
use super::neighbours::Neighbours;
use super::opening::Opening;
use super::params::Params;
use super::route::Route;
use super::solution::Solution;

/// Goal: a route drafted again after a change is the one drafted from nothing. Method: a few visits of a route are cut out
/// or put in, and all that both ways derive is compared.
#[test]
fn a_route_drafted_after_a_change_is_the_one_drafted_from_nothing() {
    let (mut possible, mut refused) = (0, 0);
    for seed in 0..6_000 {
        let make = if seed % 2 == 0 { one_way } else { random };
        let instance = make(seed, 9, 1, 2);
        let model = Model::new(&instance);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut nodes: Vec<Node> = (0..model.nodes.len() as Node).collect();
        for at in (1..nodes.len()).rev() {
            nodes.swap(at, rng.random_range(0..=at));
        }
        let mut old = Route::new(0);
        // As many of the visits as are possible together, so that routes are long.
        for &node in &nodes {
            old.visits.push(node);
            if !old.draft(&model) {
                old.visits.pop();
            }
        }
        let mut redrafted = Route::default();
        if !old.draft(&model) {
            continue;
        }
        redrafted.copy_visits(&old);
        let from = rng.random_range(0..=old.visits.len());
        let to = rng.random_range(from..=old.visits.len().min(from + 2));
        let spare: Vec<Node> = nodes.iter().copied().filter(|node| !old.visits.contains(node)).collect();
        let new = &spare[..rng.random_range(0..=spare.len().min(2))];
        redrafted.visits.splice(from..to, new.iter().copied());
        let mut drafted = Route::default();
        drafted.copy_visits(&redrafted);
        let done = drafted.draft(&model);
        assert_eq!(redrafted.redraft(&model, &old), done, "seed {seed}: {:?} to {:?}", old.visits, drafted.visits);
        if done {
            assert_eq!(format!("{redrafted:?}"), format!("{drafted:?}"), "seed {seed}");
            possible += 1;
        } else {
            refused += 1;
        }
    }
    assert!(possible > 500 && refused > 300, "{possible} possible, {refused} refused: the cases are too poor");
}

/// Goal: no filter hides the best place. Method: without unloads every place has a job beside it, so a look around neighbours
/// (all jobs, here) must end at the cost that a look at every place ends at.
#[test]
fn a_look_around_neighbours_finds_a_place_as_cheap_as_a_look_at_every_place() {
    let mut placed = 0;
    for seed in 0..1_500 {
        let make = if seed % 3 == 0 { random } else { one_way };
        let instance = make(seed, 14, 4, 0);
        let model = Model::new(&instance);
        let mut solutions = [true, false].map(|use_h3_neighbours| {
            let params = Params { blink: 0.0, use_h3_neighbours, ..Params::default() };
            (Neighbours::new(&model, &params), params, Solution::new(&model))
        });
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        for job in 0..model.n_jobs {
            let before = solutions[1].2.clone();
            let done = solutions.each_mut().map(|(neighbours, params, solution)| {
                // Both go on from the same plan: equally cheap places need not be the same.
                *solution = before.clone();
                let mut inserter = Inserter {
                    model: &model,
                    neighbours,
                    params,
                    opening: Opening::default(),
                    rng: &mut rng,
                    effort: &mut Effort::default(),
                };
                let done = inserter.insert(solution, job, Reach::Far);
                (done, solution.cost())
            });
            assert_eq!(done[0], done[1], "seed {seed} job {job}");
            placed += usize::from(done[0].0);
        }
    }
    assert!(placed > 3_000, "{placed} placed: the cases are too poor");
}
