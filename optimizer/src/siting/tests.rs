//! Small random problems against plain enumeration, on every path through the solver.
//!
//! The enumeration shares nothing with the search: sites by trying all subsets, split demand by successive shortest
//! paths over whole units of flow, undivided demand by trying all assignments.

use std::sync::atomic::AtomicBool;

use huilu_model::site::{Arc, DemandPoint, Flow, Site, SiteProblem, SiteSolution, SiteStatus};
use proptest::prelude::*;

use super::verify::{Violation, verify};
use super::*;
use crate::limits::NoClock;

const SITES: usize = 5;
const POINTS: usize = 6;

fn solved(problem: &SiteProblem, params: &SitingParams) -> SiteSolution {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    solve(problem, params, 1, &limits, &mut |_| {}).unwrap()
}

prop_compose! {
    fn small_problem()(
        n_sites in 1..=SITES,
        n_points in 1..=POINTS,
        status in proptest::collection::vec(prop_oneof![
            6 => Just(SiteStatus::Candidate), 1 => Just(SiteStatus::Required), 1 => Just(SiteStatus::Closed)
        ], SITES),
        opening in proptest::collection::vec(0_u8..40, SITES),
        capacity in proptest::collection::vec(proptest::option::weighted(0.7, 0_u8..16), SITES),
        capacitated in any::<bool>(),
        flow in proptest::collection::vec(0_u8..7, POINTS),
        cost in proptest::collection::vec(proptest::option::weighted(0.8, 0_u8..50), SITES * POINTS),
        sites_max in proptest::option::weighted(0.4, 0..=SITES),
        budget in proptest::option::weighted(0.3, 0_u8..90),
        unserved_cost in proptest::option::weighted(0.5, 0_u8..12),
        single_source in any::<bool>(),
    ) -> SiteProblem {
        let sites: Vec<Site> = (0..n_sites).map(|i| Site {
            id: format!("s{i}"),
            position: None,
            status: status[i],
            opening_cost: f64::from(opening[i]),
            capacity: capacity[i].filter(|_| capacitated).map(f64::from),
        }).collect();
        let required = || sites.iter().filter(|site| site.status == SiteStatus::Required);
        let (n_required, spent) = (required().count(), required().map(|site| site.opening_cost).sum::<f64>());
        let arcs = |j: usize| (0..n_sites).filter_map(|i| {
            let cost = f64::from(cost[j * SITES + i]?);
            Some(Arc { site: i, cost })
        }).collect();
        SiteProblem {
            name: "small".to_owned(),
            demand: (0..n_points).map(|j| DemandPoint { id: format!("d{j}"), position: None, flow: f64::from(flow[j]) }).collect(),
            arcs: (0..n_points).map(arcs).collect(),
            sites_max: sites_max.map(|most| most.max(n_required)),
            budget: budget.map(|most| f64::from(most).max(spent)),
            unserved_cost: unserved_cost.map(f64::from),
            single_source,
            sites,
        }
    }
}

/// The least cost over all choices of sites; `None` where nothing satisfies the problem.
fn enumerated(problem: &SiteProblem) -> Option<f64> {
    let n = problem.sites.len();
    let mut best: Option<f64> = None;
    for mask in 0..1_u32 << n {
        let open: Vec<bool> = (0..n).map(|i| mask >> i & 1 == 1).collect();
        let status_kept = problem.sites.iter().zip(&open).all(|(site, &open)| match site.status {
            SiteStatus::Candidate => true,
            SiteStatus::Required => open,
            SiteStatus::Closed => !open,
        });
        let opening: f64 = (0..n).filter(|&i| open[i]).map(|i| problem.sites[i].opening_cost).sum();
        let many = problem.sites_max.is_some_and(|most| mask.count_ones() as usize > most);
        if !status_kept || many || problem.budget.is_some_and(|budget| opening > budget) {
            continue;
        }
        let service =
            if problem.single_source { undivided_service(problem, &open) } else { split_service(problem, &open) };
        if let Some(service) = service {
            best = Some(best.map_or(opening + service, |best| best.min(opening + service)));
        }
    }
    best
}

/// Tries every assignment of whole demand points.
fn undivided_service(problem: &SiteProblem, open: &[bool]) -> Option<f64> {
    fn from(problem: &SiteProblem, open: &[bool], j: usize, room: &mut [f64]) -> Option<f64> {
        let Some(point) = problem.demand.get(j) else { return Some(0.0) };
        if point.flow == 0.0 {
            return from(problem, open, j + 1, room);
        }
        let mut best: Option<f64> = None;
        let mut offer = |cost: Option<f64>| {
            if let Some(cost) = cost {
                best = Some(best.map_or(cost, |best| best.min(cost)));
            }
        };
        for arc in problem.arcs[j].iter().filter(|arc| open[arc.site]) {
            if point.flow <= room[arc.site] {
                room[arc.site] -= point.flow;
                offer(from(problem, open, j + 1, room).map(|rest| rest + arc.cost));
                room[arc.site] += point.flow;
            }
        }
        if let Some(price) = problem.unserved_cost {
            offer(from(problem, open, j + 1, room).map(|rest| rest + price * point.flow));
        }
        best
    }
    let mut room: Vec<f64> = problem.sites.iter().map(|site| site.capacity.unwrap_or(f64::INFINITY)).collect();
    from(problem, open, 0, &mut room)
}

/// Minimum-cost flow by successive shortest paths (Bellman and Ford), a unit at a time.
fn split_service(problem: &SiteProblem, open: &[bool]) -> Option<f64> {
    struct Edge {
        from: usize,
        to: usize,
        room: i64,
        cost: f64,
    }
    // Nodes: demand points, sites, one for "unserved", the sink.
    let (n, m) = (problem.demand.len(), problem.sites.len());
    let (nowhere, sink) = (n + m, n + m + 1);
    let mut edges: Vec<Edge> = Vec::new();
    let mut add = |from, to, room: i64, cost| {
        edges.push(Edge { from, to, room, cost });
        edges.push(Edge { from: to, to: from, room: 0, cost: -cost });
    };
    let many = 1_000;
    for (j, point) in problem.demand.iter().enumerate().filter(|(_, point)| point.flow > 0.0) {
        for arc in problem.arcs[j].iter().filter(|arc| open[arc.site]) {
            add(j, n + arc.site, many, arc.cost / point.flow);
        }
        if let Some(price) = problem.unserved_cost {
            add(j, nowhere, many, price);
        }
    }
    for (i, site) in problem.sites.iter().enumerate() {
        add(n + i, sink, site.capacity.map_or(many, |capacity| capacity as i64), 0.0);
    }
    add(nowhere, sink, many, 0.0);
    let mut total = 0.0;
    for (j, point) in problem.demand.iter().enumerate() {
        for _ in 0..point.flow as i64 {
            let mut away = vec![f64::INFINITY; n + m + 2];
            let mut by = vec![usize::MAX; n + m + 2];
            away[j] = 0.0;
            for _ in 0..n + m + 2 {
                for (e, edge) in edges.iter().enumerate() {
                    if edge.room > 0 && away[edge.from] + edge.cost < away[edge.to] - 1e-12 {
                        away[edge.to] = away[edge.from] + edge.cost;
                        by[edge.to] = e;
                    }
                }
            }
            if away[sink].is_infinite() {
                return None;
            }
            total += away[sink];
            let mut at = sink;
            while at != j {
                edges[by[at]].room -= 1;
                edges[by[at] ^ 1].room += 1;
                at = edges[by[at]].from;
            }
        }
    }
    Some(total)
}

/// The bound holds, the cost is right, and where the search runs to its end both meet the optimum.
fn compare(problem: &SiteProblem, params: &SitingParams, to_the_end: bool) -> Result<(), TestCaseError> {
    let solution = solved(problem, params);
    prop_assert_eq!(verify(problem, &solution), vec![]);
    let Some(optimum) = enumerated(problem) else {
        prop_assert!(!solution.feasible, "nothing satisfies it");
        prop_assert!(solution.lower_bound.is_none());
        return Ok(());
    };
    prop_assert!(obstacles(problem).is_empty(), "{:?}", obstacles(problem));
    let slack = 1e-5 * optimum.abs().max(1.0);
    if !to_the_end {
        if solution.feasible {
            prop_assert!(solution.cost >= optimum - slack, "{} < {optimum}", solution.cost);
            prop_assert!(
                solution.lower_bound.is_none_or(|bound| bound <= optimum + slack),
                "{:?} > {optimum}",
                solution.lower_bound
            );
        }
        return Ok(());
    }
    prop_assert!(solution.feasible, "the optimum is {optimum}");
    prop_assert!((solution.cost - optimum).abs() <= slack, "{} is not {optimum}", solution.cost);
    let bound = solution.lower_bound.unwrap();
    prop_assert!(bound <= optimum + slack && bound >= optimum - slack, "bound {bound}, optimum {optimum}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The mixed-integer program at once.
    #[test]
    fn the_mip_finds_and_proves_the_optimum(problem in small_problem()) {
        compare(&problem, &SitingParams::default(), true)?;
    }

    /// The bound of the relaxation first, fixing by it, then the rest as a mixed-integer program.
    #[test]
    fn fixing_by_the_lagrangian_bound_loses_no_optimum(problem in small_problem()) {
        compare(&problem, &SitingParams { exact_links_max: 0, ..Default::default() }, true)?;
    }

    /// Without any mixed-integer program: what is claimed must hold all the same.
    #[test]
    fn search_and_lagrangian_alone_claim_nothing_wrong(problem in small_problem()) {
        let params = SitingParams { exact_links_max: 0, mip_links_max: 0, perturbations: 5, ..Default::default() };
        compare(&problem, &params, false)?;
    }
}

/// Negative control: a bound that lies is seen, by enumeration where it is above the optimum and by `verify` where it
/// is above the cost.
#[test]
fn a_broken_bound_is_seen() {
    let problem = SiteProblem {
        name: "control".to_owned(),
        sites: [10.0, 12.0]
            .iter()
            .enumerate()
            .map(|(i, &opening_cost)| Site {
                id: i.to_string(),
                position: None,
                status: SiteStatus::Candidate,
                opening_cost,
                capacity: Some(5.0),
            })
            .collect(),
        demand: (0..2).map(|j| DemandPoint { id: j.to_string(), position: None, flow: 3.0 }).collect(),
        arcs: vec![
            vec![Arc { site: 0, cost: 1.0 }, Arc { site: 1, cost: 6.0 }],
            vec![Arc { site: 0, cost: 9.0 }, Arc { site: 1, cost: 3.0 }],
        ],
        sites_max: None,
        budget: None,
        unserved_cost: None,
        single_source: false,
    };
    // Both sites are needed for 6 units: 22, and 1 + 3 for the service.
    assert_eq!(enumerated(&problem), Some(26.0));
    let good = solved(&problem, &SitingParams::default());
    assert_eq!(verify(&problem, &good), vec![]);
    assert!((good.cost - 26.0).abs() < 1e-6 && good.gap().unwrap() < 1e-5);

    let lifted = SiteSolution { lower_bound: Some(26.01), ..good.clone() };
    assert_eq!(verify(&problem, &lifted), vec![Violation::BoundAboveCost { bound: 26.01, cost: good.cost }]);

    // A dearer solution hides a lying bound from `verify`, but not from the enumeration used above.
    let flows = vec![
        Flow { site: 0, demand: 0, share: 1.0 },
        Flow { site: 0, demand: 1, share: 0.5 },
        Flow { site: 1, demand: 1, share: 0.5 },
    ];
    let dearer = SiteSolution { cost: 29.0, lower_bound: Some(28.0), flows, ..good };
    assert_eq!(verify(&problem, &dearer), vec![]);
    assert!(dearer.lower_bound.unwrap() > enumerated(&problem).unwrap());
}

/// A grid town of `side` x `side` demand points with a site at every third, deterministic and without any randomness.
fn town(side: usize, capacity: Option<f64>) -> SiteProblem {
    let at = |k: usize| ((k % side) as f64, (k / side) as f64);
    let n = side * side;
    let flow = |j: usize| 1.0 + ((j * 7) % 5) as f64;
    let site = |i: usize| Site {
        id: format!("s{i}"),
        position: None,
        status: SiteStatus::Candidate,
        opening_cost: 20.0 + ((i * 13) % 11) as f64,
        capacity,
    };
    let chosen: Vec<usize> = (0..n).step_by(3).collect();
    let arcs = |j: usize| {
        let cost = |i: usize| {
            let ((x, y), (u, v)) = (at(j), at(i));
            flow(j) * (x - u).hypot(y - v)
        };
        chosen.iter().enumerate().map(|(site, &i)| Arc { site, cost: cost(i) }).filter(|arc| arc.cost < 25.0).collect()
    };
    SiteProblem {
        name: format!("town {side}"),
        sites: (0..chosen.len()).map(site).collect(),
        demand: (0..n).map(|j| DemandPoint { id: format!("d{j}"), position: None, flow: flow(j) }).collect(),
        arcs: (0..n).map(arcs).collect(),
        sites_max: None,
        budget: None,
        unserved_cost: None,
        single_source: false,
    }
}

/// The two ways to the optimum agree where enumeration is out of reach, and the same seed gives the same answer.
#[test]
fn both_paths_agree_on_a_town() {
    for capacity in [None, Some(30.0)] {
        let problem = town(12, capacity);
        let at_once = solved(&problem, &SitingParams { exact_links_max: usize::MAX, ..Default::default() });
        let shrunk = solved(&problem, &SitingParams { exact_links_max: 0, ..Default::default() });
        for solution in [&at_once, &shrunk] {
            assert_eq!(verify(&problem, solution), vec![]);
            assert!(solution.gap().unwrap() < 1e-5, "{:?}", solution.gap());
        }
        assert!((at_once.cost - shrunk.cost).abs() < 1e-4 * at_once.cost, "{} {}", at_once.cost, shrunk.cost);
        assert_eq!(shrunk, solved(&problem, &SitingParams { exact_links_max: 0, ..Default::default() }));
    }
}

/// With no time at all there is still an answer, and it claims nothing wrong.
#[test]
fn a_cancelled_solve_still_answers() {
    let problem = town(12, Some(30.0));
    let cancel = AtomicBool::new(true);
    let limits = Limits { clock: &NoClock, seconds: Some(0.0), iterations: Some(0), cancel: &cancel };
    let params = SitingParams { exact_links_max: 0, ..Default::default() };
    let solution = solve(&problem, &params, 1, &limits, &mut |_| {}).unwrap();
    assert_eq!(verify(&problem, &solution), vec![]);
}

#[test]
fn faulty_problems_are_refused_and_impossible_ones_answered() {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    let mut problem = town(3, Some(2.0));
    // Three sites take 6 of the 27 units.
    assert!(matches!(obstacles(&problem)[..], [Obstacle::CapacityShort { .. }]));
    let least_bad = solve(&problem, &SitingParams::default(), 1, &limits, &mut |_| {}).unwrap();
    assert!(!least_bad.feasible && least_bad.lower_bound.is_none());
    assert_eq!(verify(&problem, &least_bad), vec![]);
    let total: f64 = problem.demand.iter().map(|point| point.flow).sum();
    assert!((least_bad.served_share - 6.0 / total).abs() < 1e-6, "as much as fits: {}", least_bad.served_share);

    problem.demand[0].flow = f64::NAN;
    let refused = solve(&problem, &SitingParams::default(), 1, &limits, &mut |_| {}).unwrap_err();
    assert_eq!(refused.code(), "SITING_FAULTY");
    assert!(refused.to_string().contains("demand[0].flow"));
}
