//! Real cities against the textbook, where their files lie beside the checkout.

use std::collections::HashMap;
use std::path::PathBuf;

use huilu_model::Wgs84;

use super::textbook::Textbook;
use crate::build::build;
use crate::graph::DESTINATION_ONLY;
use crate::network::RoadNetwork;
use crate::osm::{Point, RawOsm, read_pbf};
use crate::profile::{Profile, ProfileSpec, UTurns};
use crate::router::Router;
use crate::search::ReachLimit;

pub(super) const MACAU: &str = "osm-macau/macau-260220.osm.pbf";
pub(super) const CHENGDU: &str = "osm-chengdu-2018/chengdu-2018.osm.pbf";
pub(super) const SAO_PAULO: &str = "osm-saopaulo/spo.osm.pbf";

/// The file's bytes; tells that the test is skipped where it is absent.
pub(super) fn city(name: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real");
    let bytes = std::fs::read(root.join(name)).ok();
    if bytes.is_none() {
        println!("skipped: ../shared/data/real/{name} is not there");
    }
    bytes
}

/// A fixed sequence of numbers below `n`.
fn picks(n: usize, count: usize) -> impl Iterator<Item = usize> {
    (1..=count).map(move |k| ((k as f64 * 0.618_033_988_749_894_9).fract() * n as f64) as usize)
}

/// Middles of drawn pieces that lie on the graph with no other road so near that the place is ambiguous.
fn middles(raw: &RawOsm, textbook: &Textbook, graph: &crate::Graph, count: usize) -> Vec<((u32, u32), crate::Snap)> {
    let pairs = textbook.node_pairs();
    let middle_of = |(a, b): (u32, u32)| {
        let (from, to) = (raw.points[a as usize].wgs84(), raw.points[b as usize].wgs84());
        Wgs84 { lat: (from.lat + to.lat) / 2.0, lon: (from.lon + to.lon) / 2.0 }
    };
    let mut found = Vec::new();
    for k in picks(pairs.len(), 4 * count) {
        let middle = middle_of(pairs[k]);
        let Some(snap) = graph.snap(middle, 0.1) else { continue };
        let line = graph.edge_points(snap.edge);
        let (a, b) = (raw.points[pairs[k].0 as usize], raw.points[pairs[k].1 as usize]);
        let own = line.windows(2).any(|pair| pair == [a, b] || pair == [b, a]);
        if own && found.len() < count {
            found.push((pairs[k], snap));
        }
    }
    found
}

/// Pairs of nodes of the graph's roads for destinations only.
fn destinations<'a>(raw: &'a RawOsm, graph: &'a crate::Graph) -> impl Iterator<Item = (u32, u32)> + 'a {
    let mut nodes: HashMap<Point, Vec<u32>> = HashMap::new();
    for (node, &point) in raw.points.iter().enumerate() {
        nodes.entry(point).or_default().push(node as u32);
    }
    let only = (0..graph.n_edges() as u32).filter(|&e| graph.edge_flags[e as usize] & DESTINATION_ONLY != 0);
    only.flat_map(move |edge| {
        let pairs = graph.edge_points(edge).windows(2);
        let found =
            pairs.flat_map(|pair| nodes[&pair[0]].iter().flat_map(|&a| nodes[&pair[1]].iter().map(move |&b| (a, b))));
        found.collect::<Vec<_>>()
    })
}

fn agrees_with_the_textbook(name: &str) {
    let Some(bytes) = city(name) else { return };
    let raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    for profile in Profile::ALL {
        let spec = ProfileSpec { u_turns: UTurns::DeadEnds, ..ProfileSpec::of(profile) };
        let (graph, _) = build(&raw, &spec);
        let mut textbook = Textbook::new(&raw, &spec);
        textbook.keep_for_destinations(destinations(&raw, &graph));
        let places = middles(&raw, &textbook, &graph, 100);
        assert!(places.len() > 90, "{name} {profile}: only {} places", places.len());
        let snaps: Vec<_> = places.iter().map(|&(_, snap)| Some(snap)).collect();
        let targets: Vec<_> = places.iter().map(|&(pair, _)| pair).collect();
        let matrix = Router::from(graph).matrix(&snaps, 2, &|_| {});
        let (mut compared, mut longer) = (0, 0);
        for (i, &from) in targets.iter().enumerate().take(56) {
            for (j, answer) in textbook.search_from_middle(from, &targets).into_iter().enumerate() {
                let (seconds, metres) = answer.expect("one strongly connected part");
                let off = (f64::from(matrix.seconds(i, j)) - seconds).abs();
                assert!(off <= 1.0, "{name} {profile} {i} -> {j}: {} s instead of {seconds}", matrix.seconds(i, j));
                // Of two paths that differ by milliseconds either may be drawn.
                longer += usize::from((f64::from(matrix.metres(i, j)) - metres).abs() > 2.0);
                compared += 1;
            }
        }
        assert!(
            compared >= 5_000 && longer * 200 <= compared,
            "{name} {profile}: {longer} of {compared} lengths differ"
        );
    }
}

#[test]
fn macau_agrees_with_the_textbook() {
    agrees_with_the_textbook(MACAU);
}

#[test]
fn chengdu_agrees_with_the_textbook() {
    agrees_with_the_textbook(CHENGDU);
}

#[test]
fn sao_paulo_agrees_with_the_textbook() {
    agrees_with_the_textbook(SAO_PAULO);
}

#[test]
fn lines_and_reach_agree_with_the_matrix() {
    let Some(bytes) = city(CHENGDU) else { return };
    let (network, _) = RoadNetwork::from_pbf(&bytes).expect("a sound file");
    let (low, high) = network.bounds();
    for profile in Profile::ALL {
        let router = network.router(profile);
        let at = |k: usize| {
            let share = |step: f64| (k as f64 * step).fract();
            let (x, y) = (share(0.754_877_666_246_692_7), share(0.569_840_290_998_053_2));
            Wgs84 { lat: low.lat + y * (high.lat - low.lat), lon: low.lon + x * (high.lon - low.lon) }
        };
        let snaps: Vec<_> = (1..400).filter_map(|k| router.snap(at(k), 200.0)).take(60).map(Some).collect();
        assert_eq!(snaps.len(), 60);
        let matrix = router.matrix(&snaps, 2, &|_| {});
        for (i, from) in snaps.iter().flatten().enumerate() {
            let limit = matrix.metres(i, (i + 7) % 60);
            let reached = router.within(from, ReachLimit::Metres(limit), &snaps);
            for (j, reached) in reached.into_iter().enumerate() {
                let expected = (matrix.seconds(i, j), matrix.metres(i, j));
                // The limit is exact to the centimetre, the matrix to the metre.
                if expected.1.abs_diff(limit) > 1 {
                    assert_eq!(reached, (expected.1 < limit).then_some(expected), "{profile} {i} -> {j}");
                }
            }
            let (j, to) = ((i + 13) % 60, snaps[(i + 13) % 60].expect("snapped"));
            let path = router.path(from, &to).expect("one strongly connected part");
            assert_eq!((path.seconds, path.metres), (matrix.seconds(i, j), matrix.metres(i, j)));
            let drawn: f64 = path.points.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
            assert!((drawn - f64::from(path.metres)).abs() < 3.0, "{profile} line of {drawn} m for {} m", path.metres);
        }
    }
}

#[test]
fn a_saved_network_is_the_same_when_loaded() {
    let Some(bytes) = city(CHENGDU) else { return };
    let (network, summary) = RoadNetwork::from_pbf(&bytes).expect("a sound file");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chengdu.roads");
    network.save(&file).expect("saved");
    let loaded = RoadNetwork::load(&file).expect("loaded");
    assert!(network == loaded);
    assert_eq!(loaded.source_sha256(), summary.sha256);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no litter");
}
