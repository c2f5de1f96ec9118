//! Bounds from trips that share hours, against trying everything.

use super::{ProofParams, days_with_best, proof};
use crate::proof::BoundKind;

#[test]
fn no_bound_by_hours_is_above_the_best_plan() {
    let (mut bounds, mut near, mut share) = (0, 0, 0.0_f64);
    for (seed, day, best) in days_with_best() {
        let proof = proof(&day, &ProofParams { hours: Some(true), ..ProofParams::default() });
        let Some(bound) = proof.lower_bound else { panic!("seed {seed}: {:?}", proof.cause) };
        assert!(bound.0 <= best, "seed {seed}: bound {bound:?} above {best}");
        bounds += 1;
        near += usize::from(bound.0 * 10 >= best * 9);
        share += if best > 0 { bound.0 as f64 / best as f64 } else { 1.0 };
    }
    let share = share / f64::from(bounds);
    println!("{bounds} bounds, {near} of them near, {share:.3} of the optimum on average");
    assert!(bounds > 1_000 && near > 50 && share > 0.3, "{bounds} bounds, {near} near, {share} of the optimum");
}

#[test]
fn column_generation_goes_on_from_a_first_bound_by_hours() {
    let (mut bounds, mut higher, mut tight, mut coarser) = (0, 0, 0, 0);
    let without_outlets = days_with_best().filter(|(_, day, _)| day.outlets.is_empty());
    for (seed, day, best) in without_outlets {
        let alone = proof(&day, &ProofParams { hours: Some(true), ..ProofParams::default() }).lower_bound.unwrap();
        let whole = proof(&day, &ProofParams { walks_from: 0, ..ProofParams::default() });
        let bound = whole.lower_bound.unwrap();
        assert!(alone <= bound && bound.0 <= best, "seed {seed}: {alone:?}, then {bound:?}, best {best}");
        bounds += 1;
        higher += usize::from(alone < bound);
        tight += usize::from(bound.0 == best);
        // With so few labels only coarser relaxations say more than walks.
        let few = proof(&day, &ProofParams { walks_from: 0, labels_max: 25, ..ProofParams::default() });
        assert!(few.lower_bound.is_none_or(|few| few.0 <= best), "seed {seed}: {:?} above {best}", few.lower_bound);
        coarser += usize::from(few.bound_kind == Some(BoundKind::NgRoute));
    }
    println!("{bounds} bounds, {higher} higher, {tight} tight, {coarser} of coarser relaxations");
    assert!(bounds > 200 && higher * 2 > bounds && tight * 2 > bounds && coarser > 0);
}
