//! Siting problems of small cities: what becomes an arc, and whether the figures add up.

use std::sync::atomic::AtomicBool;

use h3o::{CellIndex, Resolution};
use huilu_model::site::SiteStatus;
use huilu_model::{StreamSet, Wgs84};
use proptest::prelude::*;

use super::city::{CandidateSite, CityProblem, CityQuestion, CitySummary};
use super::verify::verify;
use super::{SitingParams, solve, validate};
use crate::cells::{CellFlow, cell_of, centre};
use crate::limits::{Limits, NoClock};

const PAPER: usize = 0;
const GLASS: usize = 1;
/// Between the centres of neighbouring cells of resolution 9 lie about 350 m.
const MIDDLE: Wgs84 = Wgs84 { lat: 22.19, lon: 113.55 };

fn middle() -> CellIndex {
    cell_of(MIDDLE, Resolution::Nine).unwrap()
}

fn streams(list: &[usize]) -> StreamSet {
    let mut set = StreamSet::default();
    list.iter().for_each(|&stream| set.insert(stream));
    set
}

fn candidate(id: &str, position: Wgs84, taken: &[usize], opening_fen_per_day: f64) -> CandidateSite {
    CandidateSite {
        id: id.to_owned(),
        position,
        streams: streams(taken),
        opening_fen_per_day,
        capacity_g_per_day: None,
        status: SiteStatus::Candidate,
    }
}

fn flow(cell: CellIndex, stream: usize, grams_per_day: f64) -> CellFlow {
    CellFlow { cell, stream, grams_per_day }
}

/// As the crow flies, and a third more.
fn streets(sites: &[CandidateSite]) -> impl Fn(CellIndex, usize) -> Option<f64> {
    move |cell, site| Some(4.0 / 3.0 * centre(cell).distance_m(sites[site].position))
}

fn answer(city: &CityProblem) -> CitySummary {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    let solution = solve(&city.problem, &SitingParams::default(), 1, &limits, &mut |_| {}).unwrap();
    assert_eq!(verify(&city.problem, &solution), vec![]);
    city.summary(&solution)
}

/// Two cells 700 m apart hold 10 kg of paper each, the first 5 kg of glass as well; a site stands in each, and only the
/// first takes glass. With 500 m to walk each cell has its own site.
#[test]
fn sites_serve_their_streams_within_the_radius() {
    let near = middle();
    let far = near.grid_ring::<Vec<_>>(2)[0];
    let flows = [flow(near, PAPER, 6_000.0), flow(near, PAPER, 4_000.0), flow(far, PAPER, 10_000.0)];
    let flows = [&flows[..], &[flow(near, GLASS, 5_000.0), flow(far, GLASS, 1_000.0), flow(far, 7, 0.0)]].concat();
    let sites = [candidate("a", centre(near), &[PAPER, GLASS], 300.0), candidate("b", centre(far), &[PAPER], 200.0)];
    let city = CityProblem::new(&CityQuestion::new("two cells", 500), &flows, &sites, &streets(&sites));
    assert!(validate(&city.problem).is_ok());
    assert_eq!(city.demand.len(), 4, "the two lots of paper are one, nothing is not demand");
    let found = answer(&city);
    // Nobody walks; 1 kg of glass is out of reach, at 2,000 fen.
    assert!((found.cost_fen_per_day - 2_500.0).abs() < 1e-6, "{found:?}");
    assert_eq!((found.opening_fen_per_day, found.walking_fen_per_day), (500.0, 0.0));
    assert!((found.unserved_fen_per_day - 2_000.0).abs() < 1e-6);
    assert!((found.served_share - 25.0 / 26.0).abs() < 1e-9 && (found.covered_share - 25.0 / 26.0).abs() < 1e-9);
    assert_eq!(found.unserved, vec![flow(far, GLASS, 1_000.0)]);
    assert_eq!(found.open.iter().map(|site| site.grams_per_day).collect::<Vec<_>>(), vec![15_000.0, 10_000.0]);
    assert_eq!(found.open[0].by_stream[&GLASS], 5_000.0);
    assert!(found.gap.unwrap() < 1e-5);

    // With a kilometre to walk, the first site alone is cheaper: 11 kg walk 0.9 km more at 20 fen.
    let wide = answer(&CityProblem::new(&CityQuestion::new("wide", 1_000), &flows, &sites, &streets(&sites)));
    let metres = 4.0 / 3.0 * centre(far).distance_m(centre(near));
    let both = 500.0 + 1.0 * metres / 1_000.0 * 20.0;
    let one = 300.0 + 11.0 * metres / 1_000.0 * 20.0;
    assert!((wide.cost_fen_per_day - both.min(one)).abs() < 1e-6, "{wide:?}");
    assert_eq!(wide.served_share, 1.0);
    let walked = if one < both { 11.0 * metres / 26.0 } else { metres / 26.0 };
    assert!((wide.mean_walk_m.unwrap() - walked).abs() < 1e-6);
}

/// A site too small for all within reach covers more than it serves.
#[test]
fn covered_is_not_served() {
    let mut sites = [candidate("small", MIDDLE, &[PAPER], 100.0)];
    sites[0].capacity_g_per_day = Some(2_500);
    let flows = [flow(middle(), PAPER, 10_000.0)];
    let found = answer(&CityProblem::new(&CityQuestion::new("small", 1_000), &flows, &sites, &streets(&sites)));
    assert!((found.served_share - 0.25).abs() < 1e-9 && found.covered_share == 1.0, "{found:?}");
    assert!((found.unserved[0].grams_per_day - 7_500.0).abs() < 1e-3);
}

#[test]
fn what_must_be_served_and_cannot_is_not_feasible() {
    let sites = [candidate("a", MIDDLE, &[PAPER], 100.0)];
    let flows = [flow(middle(), PAPER, 10.0), flow(middle(), GLASS, 10.0), flow(middle(), 40, 10.0)];
    let mut question = CityQuestion::new("strict", 1_000);
    question.unserved_fen_per_kg = None;
    // A stream beyond the set of streams is one that nobody takes.
    let found = answer(&CityProblem::new(&question, &flows, &sites, &streets(&sites)));
    assert!(!found.feasible && found.lower_bound_fen_per_day.is_none());
    assert_eq!(found.unserved, vec![flow(middle(), GLASS, 10.0), flow(middle(), 40, 10.0)]);
}

/// No way is asked for where the straight line is already too long or the site stays closed; what the streets call
/// unreachable has no arc.
#[test]
fn ways_are_asked_for_only_where_they_matter() {
    let away = Wgs84 { lat: MIDDLE.lat + 0.02, lon: MIDDLE.lon };
    let mut sites = [
        candidate("here", MIDDLE, &[PAPER], 1.0),
        candidate("away", away, &[PAPER], 1.0),
        candidate("closed", MIDDLE, &[PAPER], 1.0),
        candidate("island", MIDDLE, &[PAPER], 1.0),
        candidate("nowhere", MIDDLE, &[PAPER], 1.0),
    ];
    sites[2].status = SiteStatus::Closed;
    let asked = std::cell::RefCell::new(Vec::new());
    let walk = |_: CellIndex, site: usize| {
        asked.borrow_mut().push(site);
        [Some(10.0), Some(10.0), Some(10.0), None, Some(f64::NAN)][site]
    };
    let flows = [flow(middle(), PAPER, 10.0), flow(middle(), GLASS, 10.0)];
    let city = CityProblem::new(&CityQuestion::new("asked", 1_000), &flows, &sites, &walk);
    assert_eq!(*asked.borrow(), vec![0, 3, 4], "once for a cell, not once for a stream");
    assert_eq!(city.problem.arcs[0].iter().map(|arc| arc.site).collect::<Vec<_>>(), vec![0]);
    assert!(city.problem.arcs[1].is_empty());
    let text = serde_json::to_string(&city).unwrap();
    let read: CityProblem = serde_json::from_str(&text).unwrap();
    assert_eq!((&read.demand, &read.walk_m, &read.problem.arcs), (&city.demand, &city.walk_m, &city.problem.arcs));
}

prop_compose! {
    fn site()(
        ring in 0_usize..19, taken in 1_u32..8, opening in 0_u16..2_000, capacity in proptest::option::of(0_i64..40_000),
        status in prop_oneof![4 => Just(SiteStatus::Candidate), 1 => Just(SiteStatus::Required), 1 => Just(SiteStatus::Closed)],
    ) -> CandidateSite {
        let cells: Vec<CellIndex> = middle().grid_disk(2);
        CandidateSite {
            id: String::new(),
            position: centre(cells[ring]),
            streams: StreamSet(taken),
            opening_fen_per_day: f64::from(opening),
            capacity_g_per_day: capacity,
            status,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Cost is opening + walking + unserved, masses add up, and no walk is longer than the radius.
    #[test]
    fn the_figures_of_a_random_city_add_up(
        mut sites in proptest::collection::vec(site(), 0..8),
        flows in proptest::collection::vec((0_usize..19, 0_usize..3, 1_u32..30_000), 0..25),
        radius_m in 100_u32..1_500,
        sites_max in proptest::option::of(2_usize..6),
    ) {
        let cells: Vec<CellIndex> = middle().grid_disk(2);
        for (k, site) in sites.iter_mut().enumerate() {
            site.id = format!("s{k}");
        }
        let flows: Vec<CellFlow> =
            flows.into_iter().map(|(cell, stream, grams)| flow(cells[cell], stream, f64::from(grams))).collect();
        let mut question = CityQuestion::new("random", radius_m);
        let required = sites.iter().filter(|site| site.status == SiteStatus::Required).count();
        question.sites_max = sites_max.map(|most| most.max(required));
        let city = CityProblem::new(&question, &flows, &sites, &streets(&sites));
        let found = answer(&city);
        prop_assert!(found.feasible);
        let parts = found.opening_fen_per_day + found.walking_fen_per_day + found.unserved_fen_per_day;
        prop_assert!((parts - found.cost_fen_per_day).abs() <= 1e-5 * parts.max(1.0), "{parts} {found:?}");
        let total: f64 = flows.iter().map(|flow| flow.grams_per_day).sum();
        let taken: f64 = found.open.iter().map(|site| site.grams_per_day).sum();
        let left: f64 = found.unserved.iter().map(|flow| flow.grams_per_day).sum();
        prop_assert!((taken + left - total).abs() <= 1e-4 * total.max(1.0));
        prop_assert!(found.served_share <= found.covered_share + 1e-9);
        prop_assert!(found.mean_walk_m.is_none_or(|m| m <= f64::from(radius_m)));
        for site in &found.open {
            let of = &sites[site.site];
            prop_assert!(of.status != SiteStatus::Closed && of.id == site.id);
            prop_assert!(site.by_stream.keys().all(|&stream| of.streams.contains(stream)));
            prop_assert!((site.by_stream.values().sum::<f64>() - site.grams_per_day).abs() < 1e-6 * total.max(1.0));
        }
        prop_assert!(found.open.windows(2).all(|w| w[0].site < w[1].site));
    }
}
