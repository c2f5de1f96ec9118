//! The hierarchy against plain Dijkstra on the same graph: equal to the millisecond and the centimetre, at the graph's
//! own speeds and at others, with roads closed, in three cities and on small random graphs.

use std::sync::Arc;

use super::cities::{CHENGDU, MACAU, SAO_PAULO, city};
use super::dijkstra::Dijkstra;
use crate::build::build;
use crate::conditions::CLOSED;
use crate::graph::Graph;
use crate::hierarchy::Metric;
use crate::osm::read_pbf;
use crate::profile::{Profile, ProfileSpec};
use crate::reach::ReachedStretch;
use crate::router::Router;
use crate::search::ReachLimit;
use crate::snap::Snap;

/// A fixed sequence of numbers (xorshift64*).
pub(super) struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// A place anywhere on the graph's edges.
fn place(graph: &Graph, numbers: &mut Numbers) -> Snap {
    let edge = numbers.below(graph.n_edges()) as u32;
    let along_cm = numbers.below(graph.edge_cm[edge as usize] as usize + 1) as u32;
    let point = graph.line_between(edge, along_cm, along_cm)[0];
    Snap::on_edge(edge, along_cm, point)
}

/// Other travel times: between half and three times the graph's own, and one arc of thirty closed.
fn disturbed(graph: &Graph, numbers: &mut Numbers) -> Vec<u32> {
    let other = |&ms: &u32| match numbers.below(30) {
        0 => CLOSED,
        _ => ms / 2 + (u64::from(ms) * numbers.below(1_000) as u64 / 400) as u32,
    };
    graph.arc_ms.iter().map(other).collect()
}

/// Pairs of `n_sources` x `n_targets` that differ from plain Dijkstra, by table and by path.
fn differences(router: &Router, n_sources: usize, n_targets: usize, seed: u64) -> (usize, usize) {
    let graph = router.graph();
    let open = |&ms: &u32| (ms != CLOSED).then_some(ms);
    let dijkstra = Dijkstra { graph, arc_ms: router.metric.arc_ms.iter().map(open).collect() };
    let mut numbers = Numbers(seed);
    let [sources, targets] =
        [n_sources, n_targets].map(|n| (0..n).map(|_| Some(place(graph, &mut numbers))).collect::<Vec<_>>());
    let table = router.table(&sources, &targets, 2, &|_| {});
    let (mut by_table, mut by_path) = (0, 0);
    for (i, from) in sources.iter().flatten().enumerate() {
        let labels = dijkstra.labels(from);
        for (j, to) in targets.iter().flatten().enumerate() {
            let expected = dijkstra.cost(from, &labels, to).map(|(ms, cm)| ((ms + 500) / 1_000, (cm + 50) / 100));
            let same = |found: Option<(u32, u32)>| found.map(|(s, m)| (u64::from(s), u64::from(m))) == expected;
            by_table += usize::from(!same(table.get(i, j)));
            if (i + j) % 8 == 0 {
                by_path += usize::from(!same(router.path(from, to).map(|path| (path.seconds, path.metres))));
            }
        }
    }
    (by_table, by_path)
}

fn equals_dijkstra(name: &str) {
    let Some(bytes) = city(name) else { return };
    let raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    for profile in Profile::ALL {
        let (graph, _) = build(&raw, &ProfileSpec::of(profile));
        let router = Router::from(graph);
        assert_eq!(differences(&router, 50, 100, 7), (0, 0), "{name} {profile}: of 5,000 pairs");
        let router = router.with_arc_ms(disturbed(router.graph(), &mut Numbers(11)));
        assert_eq!(differences(&router, 50, 100, 8), (0, 0), "{name} {profile}: of 5,000 pairs, disturbed");
    }
}

#[test]
fn macau_equals_dijkstra() {
    equals_dijkstra(MACAU);
}

#[test]
fn chengdu_equals_dijkstra() {
    equals_dijkstra(CHENGDU);
}

#[test]
fn sao_paulo_equals_dijkstra() {
    equals_dijkstra(SAO_PAULO);
}

#[test]
fn a_hierarchy_with_stale_costs_differs_from_dijkstra() {
    // The control of the tests above: the comparison must see a customisation that went wrong.
    let Some(bytes) = city(CHENGDU) else { return };
    let raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    let (graph, _) = build(&raw, &ProfileSpec::of(Profile::Van));
    let router = Router::from(graph);
    let slow = |ms: &u32| ms + ms / 100;
    let mut stale = Metric::new(&router.hierarchy, &router.graph, router.graph.arc_ms.iter().map(slow).collect());
    stale.arc_ms.clone_from(&router.graph.arc_ms);
    let router = Router { metric: Arc::new(stale), ..router };
    let (by_table, by_path) = differences(&router, 10, 50, 7);
    assert!(by_table > 400, "only {by_table} of 500 pairs differ");
    assert!(by_path > 40, "only {by_path} paths differ");
}

#[test]
fn reached_stretches_are_where_places_are_within_the_limit() {
    let Some(bytes) = city(CHENGDU) else { return };
    let raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    for profile in [Profile::Van, Profile::Foot] {
        let (graph, _) = build(&raw, &ProfileSpec::of(profile));
        let router = Router::from(graph);
        let mut numbers = Numbers(5);
        for _ in 0..5 {
            let from = place(router.graph(), &mut numbers);
            let limit = ReachLimit::Seconds(600);
            let stretches = router.reach(&from, limit);
            assert!(stretches.iter().all(|s| s.seconds[0] <= s.seconds[1] && s.seconds[1] <= 600));
            let targets: Vec<_> = (0..1_000).map(|_| Some(place(router.graph(), &mut numbers))).collect();
            let within = router.within(&from, limit, &targets);
            for (to, within) in targets.iter().flatten().zip(&within) {
                let covers = |s: &ReachedStretch| {
                    let [a, b] = s.along_cm;
                    s.edge == to.edge && (a.min(b)..=a.max(b)).contains(&to.along_cm)
                };
                let covered = stretches.iter().any(covers);
                assert_eq!(covered, within.is_some(), "{profile} {to:?}");
            }
            assert!(within.iter().any(Option::is_some) && within.iter().any(Option::is_none));
        }
    }
}
