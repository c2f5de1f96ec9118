//! Small random graphs, with ties, arcs of no cost, closed arcs, copies of arcs and parts that do not meet: the
//! hierarchy's promises one by one, and its answers against plain Dijkstra.

use proptest::prelude::*;

use super::dijkstra::Dijkstra;
use crate::conditions::CLOSED;
use crate::graph::{Graph, Turn};
use crate::hierarchy::Hierarchy;
use crate::osm::Point;
use crate::profile::{Profile, ProfileSpec};
use crate::router::Router;
use crate::search::ReachLimit;
use crate::snap::Snap;
use crate::weight::Weight;

/// An edge between two junctions: length in metres, number of arcs along and against it.
type Edge = ([usize; 2], u32, [usize; 2]);

#[derive(Clone, Debug)]
struct Case {
    corners: Vec<[i32; 2]>,
    edges: Vec<Edge>,
    /// Seconds of each arc; reused from the start where there are more arcs.
    arc_s: Vec<u32>,
    /// Of each turn, likewise, its penalty in seconds; `None` where it is forbidden.
    penalties: Vec<Option<u32>>,
    /// Of each place, likewise, the directions in which it is served.
    served: Vec<[bool; 2]>,
}

fn cases() -> impl Strategy<Value = Case> {
    let arcs = || prop_oneof![1 => Just(0_usize), 6 => Just(1), 1 => Just(2)];
    (
        prop::collection::vec([-1_000..1_000, -1_000..1_000], 9),
        prop::collection::vec(([0..9_usize, 0..9_usize], 0..4_u32, [arcs(), arcs()]), 0..22),
        prop::collection::vec(prop_oneof![8 => 0..4_u32, 1 => Just(CLOSED)], 1..40),
        prop::collection::vec(prop_oneof![6 => Just(Some(0)), 2 => (0..3_u32).prop_map(Some), 2 => Just(None)], 1..60),
        prop::collection::vec(
            prop_oneof![2 => Just([true; 2]), 1 => Just([true, false]), 1 => Just([false, true])],
            1..20,
        ),
    )
        .prop_map(|(corners, edges, arc_s, penalties, served)| Case { corners, edges, arc_s, penalties, served })
}

fn graph(case: &Case) -> Graph {
    let mut graph = Graph::empty(ProfileSpec::of(Profile::Van));
    let mut tails = Vec::new();
    let mut arc_s = case.arc_s.iter().cycle();
    for (edge, &(ends, metres, directions)) in case.edges.iter().enumerate() {
        graph.points.extend(ends.map(|end| Point { lat: case.corners[end][1], lon: case.corners[end][0] }));
        graph.edge_first_point.push(graph.points.len() as u32);
        graph.edge_cm.push(100 * metres);
        graph.edge_class.push(0);
        for (backward, &copies) in directions.iter().enumerate() {
            let seconds = arc_s.next().copied().unwrap_or_default();
            for _ in 0..copies {
                graph.arc_edge.push((edge << 1 | backward) as u32);
                graph.arc_ms.push(seconds.saturating_mul(1_000));
                tails.push((ends[backward], ends[1 - backward]));
            }
            graph.first_arc.push(graph.arc_edge.len() as u32);
        }
    }
    let mut penalties = case.penalties.iter().cycle();
    for &(_, head) in &tails {
        for (to, _) in tails.iter().enumerate().filter(|(_, (tail, _))| *tail == head) {
            if let Some(&Some(seconds)) = penalties.next() {
                graph.turns.push(Turn { to: to as u32, penalty_ms: 1_000 * seconds });
            }
        }
        graph.first_turn.push(graph.turns.len() as u32);
    }
    graph
}

/// The start, the end and the middle of every edge, some of them served from one side only.
fn places(graph: &Graph, served: &[[bool; 2]]) -> Vec<Snap> {
    let on = |edge: u32, along_cm| Snap::on_edge(edge, along_cm, graph.edge_points(edge)[0].wgs84());
    let of = |edge: u32| {
        let whole_cm = graph.edge_cm[edge as usize];
        [0, whole_cm / 200 * 100, whole_cm].map(|along_cm| on(edge, along_cm))
    };
    let places = (0..graph.n_edges() as u32).flat_map(of);
    places.zip(served.iter().cycle()).map(|(place, &served)| place.served(served)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn higher_neighbours_are_neighbours_of_one_another(case in cases()) {
        let graph = graph(&case);
        let hierarchy = Hierarchy::new(&graph);
        let mut arcs = hierarchy.order.clone();
        arcs.sort_unstable();
        prop_assert!(arcs.into_iter().eq(0..graph.n_arcs() as u32), "each arc has one rank");
        let joined = |a: u32, b: u32| hierarchy.edge_between(a, b).is_some();
        for v in 0..graph.n_arcs() {
            let higher = &hierarchy.up[hierarchy.first_up[v] as usize..hierarchy.first_up[v + 1] as usize];
            prop_assert!(higher.iter().all(|&h| h as usize > v) && higher.is_sorted_by(|a, b| a < b));
            for (k, &a) in higher.iter().enumerate() {
                prop_assert!(higher[k + 1..].iter().all(|&b| joined(a, b)));
            }
        }
        for arc in 0..graph.n_arcs() as u32 {
            let from = hierarchy.rank_of(arc);
            let mut to = graph.turns_of(arc).iter().map(|turn| hierarchy.rank_of(turn.to));
            prop_assert!(to.all(|to| to == from || joined(from, to)), "every turn is an edge");
        }
        prop_assert!(hierarchy.is_chordal());
        let (order, first_up, up) = (hierarchy.order.clone(), hierarchy.first_up.clone(), hierarchy.up.clone());
        prop_assert_eq!(Hierarchy::from_parts(&graph, order, first_up, up), Some(hierarchy));
    }

    #[test]
    fn every_answer_is_that_of_dijkstra(case in cases()) {
        let router = Router::from(graph(&case));
        let graph = router.graph();
        let open = |&ms: &u32| (ms != CLOSED).then_some(ms);
        let dijkstra = Dijkstra { graph, arc_ms: graph.arc_ms.iter().map(open).collect() };
        let places = places(graph, &case.served);
        let all: Vec<Option<Snap>> = places.iter().copied().map(Some).collect();
        let table = router.table(&all, &all, 1, &|_| {});
        for (i, from) in places.iter().enumerate() {
            let labels = dijkstra.labels(from);
            let within = router.within(from, ReachLimit::Seconds(6), &all);
            for (j, to) in places.iter().enumerate() {
                let cost = dijkstra.cost(from, &labels, to);
                let rounded = |(ms, cm)| (((ms + 500) / 1_000) as u32, ((cm + 50) / 100) as u32);
                let expected = cost.map(rounded);
                prop_assert_eq!(table.get(i, j), expected, "table {} -> {}", i, j);
                prop_assert_eq!(within[j], cost.filter(|&(ms, _)| ms <= 6_000).map(rounded), "within {} -> {}", i, j);
                let Some((cost, arcs)) = router.fastest_arcs(from, to) else {
                    prop_assert_eq!(expected, None, "path {} -> {}", i, j);
                    continue;
                };
                prop_assert_eq!(Some((cost.seconds(), cost.metres())), expected, "path {} -> {}", i, j);
                prop_assert_eq!(travelled(&router, from, to, &arcs), Some(cost), "arcs {} -> {}: {:?}", i, j, arcs);
            }
        }
    }
}

/// What it costs to travel these arcs one after the other; `None` where a turn is missing.
fn travelled(router: &Router, from: &Snap, to: &Snap, arcs: &[u32]) -> Option<Weight> {
    let costs = router.costs();
    let (Some(&first), Some(&last)) = (arcs.first(), arcs.last()) else {
        return costs.ahead(from, to);
    };
    let mut cost = costs.departures(from).find(|&(arc, _)| arc == first)?.1;
    for (k, pair) in arcs.windows(2).enumerate() {
        let turns = router.graph().turns_of(pair[0]).iter().filter(|turn| turn.to == pair[1]);
        let penalty_ms = turns.map(|turn| turn.penalty_ms).min()?;
        let arc = if k == 0 { Weight::ZERO } else { costs.arc_weight(pair[0]) };
        cost = cost.plus(arc).plus(Weight::new(penalty_ms, 0));
    }
    Some(cost.plus(costs.arrivals(to).find(|&(arc, _)| arc == last)?.1))
}
