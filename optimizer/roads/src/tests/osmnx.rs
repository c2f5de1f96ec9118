//! Macau's shortest lengths against a graph that others made of the same data with OSMnx.
//!
//! That graph knows no turn restrictions and no barriers, leaves out service roads, and drives through `access=no`
//! (roads and a bridge for buses and taxis only). The comparison first reads the file in the same way, with one speed
//! for all roads, so that the fastest path is the shortest; then it adds our access rules, then the turn restrictions,
//! and prints what each changes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::io::Read;

use huilu_model::Wgs84;

use super::cities::{MACAU, city};
use crate::build::build;
use crate::class::RoadClass;
use crate::graph::Graph;
use crate::osm::{RawWay, read_pbf};
use crate::profile::{Profile, ProfileSpec, UTurns};
use crate::router::Router;
use crate::snap::Snap;

const GRAPHML: &str = "osm-macau/macau-drive-osmnx.graphml.gz";

#[derive(Default)]
struct Osmnx {
    nodes: BTreeMap<i64, Wgs84>,
    /// Metres by end, by start.
    edges: HashMap<i64, Vec<(i64, f64)>>,
}

/// The text between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)? + start;
    Some(&text[start..end])
}

fn parse(text: &str) -> Option<Osmnx> {
    let key = |name: &str| {
        let line =
            text.lines().find(|line| line.contains("<key") && line.contains(&format!("attr.name=\"{name}\"")))?;
        Some(format!("<data key=\"{}\">", between(line, "id=\"", "\"")?))
    };
    let (lat, lon, length) = (key("y")?, key("x")?, key("length")?);
    let number = |part: &str, key: &str| between(part, key, "<")?.parse::<f64>().ok();
    let id = |part: &str, name: &str| between(part, &format!("{name}=\""), "\"")?.parse::<i64>().ok();
    let mut graph = Osmnx::default();
    for part in text.split("<node ").skip(1) {
        graph.nodes.insert(id(part, "id")?, Wgs84 { lat: number(part, &lat)?, lon: number(part, &lon)? });
    }
    for part in text.split("<edge ").skip(1) {
        graph.edges.entry(id(part, "source")?).or_default().push((id(part, "target")?, number(part, &length)?));
    }
    Some(graph)
}

impl Osmnx {
    fn lengths_from(&self, start: i64) -> HashMap<i64, f64> {
        let mut done = HashMap::new();
        let mut heap = BinaryHeap::from([(Reverse(0_u64), start)]);
        while let Some((Reverse(mm), node)) = heap.pop() {
            if done.contains_key(&node) {
                continue;
            }
            done.insert(node, mm as f64 / 1_000.0);
            for &(next, metres) in self.edges.get(&node).into_iter().flatten() {
                heap.push((Reverse(mm + (metres * 1_000.0).round() as u64), next));
            }
        }
        done
    }
}

/// All ends of edges at a junction: whichever edge a place at a corner is counted to, it is the same corner.
fn corner(graph: &Graph, at: Wgs84) -> Vec<Snap> {
    let mut found = Vec::new();
    for edge in 0..graph.n_edges() as u32 {
        let points = graph.edge_points(edge);
        for (point, along_cm) in [(points[0], 0), (points[points.len() - 1], graph.edge_cm[edge as usize])] {
            if point.wgs84().distance_m(at) < 0.02 {
                found.push(Snap { edge, along_cm, point: at, distance_m: 0.0 });
            }
        }
    }
    found
}

fn same_rules(access: bool, restrictions: bool) -> ProfileSpec {
    let van = ProfileSpec::of(Profile::Van);
    ProfileSpec {
        speeds_kmh: RoadClass::ALL
            .into_iter()
            .filter(|&class| class <= RoadClass::LivingStreet)
            .map(|class| (class, 3.6))
            .collect(),
        access_keys: if access { van.access_keys.clone() } else { Vec::new() },
        opening_keys: Vec::new(),
        speed_shares: BTreeMap::new(),
        limit_share: 1.0,
        restriction_keys: if restrictions { van.restriction_keys.clone() } else { Vec::new() },
        passes_posts: !access,
        mass_kg: None,
        height_cm: None,
        width_cm: None,
        u_turns: UTurns::Anywhere,
        u_turn_s: 0.0,
        ..van
    }
}

/// What the other graph's filter leaves out.
fn is_private(way: &RawWay) -> bool {
    way.tags.get("access").is_some_and(|value| value.contains("private"))
        || way.tags.is("motor_vehicle", "no")
        || way.tags.is("motorcar", "no")
}

#[test]
fn shortest_lengths_agree_with_osmnx() {
    let (Some(bytes), Some(packed)) = (city(MACAU), city(GRAPHML)) else { return };
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    let theirs = parse(&text).expect("graphml");
    let mut raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    raw.ways.retain(|way| !is_private(way));

    for (access, restrictions) in [(false, false), (true, false), (true, true)] {
        let (graph, _) = build(&raw, &same_rules(access, restrictions));
        let ids: Vec<i64> = theirs.nodes.keys().copied().collect();
        let mut places = Vec::new();
        for k in 1..400 {
            let id = ids[((k as f64 * 0.618_033_988_749_894_9).fract() * ids.len() as f64) as usize];
            let snaps = corner(&graph, theirs.nodes[&id]);
            if !snaps.is_empty() && places.len() < 50 {
                places.push((id, snaps));
            }
        }
        let mut first = vec![0];
        let mut all = Vec::new();
        for (_, snaps) in &places {
            all.extend(snaps.iter().copied().map(Some));
            first.push(all.len());
        }
        let ours = Router::from(graph).matrix(&all, 2, &|_| {});
        let (mut compared, mut near, mut shorter, mut longer) = (0, 0, 0, 0);
        let mut worst = Vec::new();
        for (i, (from, _)) in places.iter().enumerate() {
            let lengths = theirs.lengths_from(*from);
            for (j, (to, _)) in places.iter().enumerate().filter(|&(j, _)| j != i) {
                let Some(&expected) = lengths.get(to) else { continue };
                let pairs = (first[i]..first[i + 1]).flat_map(|a| (first[j]..first[j + 1]).map(move |b| (a, b)));
                let found = pairs.map(|(a, b)| ours.metres(a, b)).min().map_or(f64::INFINITY, f64::from);
                compared += 1;
                let off = found - expected;
                if off.abs() <= 0.01 * expected + 1.0 {
                    near += 1;
                } else {
                    if off < 0.0 {
                        shorter += 1
                    } else {
                        longer += 1
                    }
                    worst.push((off.abs() as i64, *from, *to, found, expected));
                }
            }
        }
        worst.sort_unstable_by_key(|one| Reverse(one.0));
        println!(
            "access rules {access}, turn restrictions {restrictions}: {near} of {compared} lengths within 1 % ({:.2} %), {shorter} shorter, {longer} longer; worst {:?}",
            100.0 * f64::from(near) / f64::from(compared),
            worst.first()
        );
        assert!(compared > 2_000);
        assert!(access || f64::from(near) >= 0.98 * f64::from(compared), "{near} of {compared}");
    }
}
