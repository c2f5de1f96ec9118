//! Macau's shortest lengths against a graph that others made of the same data with OSMnx.
//!
//! That graph knows no turn restrictions and no barriers, leaves out service roads, and drives through `access=no`
//! (roads and a bridge for buses and taxis only). The comparison first reads the file in the same way, with one speed
//! for all roads, so that the fastest path is the shortest; then it adds our access rules, then the turn restrictions.
//! Every pair that differs is put down to the first rules with which it does, and printed by cause.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::io::Read;

use huilu_model::{UNREACHABLE, Wgs84};

use super::cities::{MACAU, city};
use crate::build::build;
use crate::class::RoadClass;
use crate::graph::Graph;
use crate::osm::{RawOsm, RawWay, read_pbf};
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
                found.push(Snap::on_edge(edge, along_cm, at));
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

/// Our shortest lengths between corners of the other graph, under some of our rules.
struct Reading {
    lengths: Vec<Vec<f64>>,
}

impl Reading {
    fn new(raw: &RawOsm, spec: &ProfileSpec, places: &[Wgs84]) -> Self {
        let (graph, _) = build(raw, spec);
        let (mut first, mut all) = (vec![0], Vec::new());
        for &at in places {
            all.extend(corner(&graph, at).into_iter().map(Some));
            first.push(all.len());
        }
        let matrix = Router::from(graph).matrix(&all, 2, &|_| {});
        let length = |i: usize, j: usize| {
            let pairs = (first[i]..first[i + 1]).flat_map(|a| (first[j]..first[j + 1]).map(move |b| (a, b)));
            pairs.map(|(a, b)| matrix.metres(a, b)).filter(|&m| m != UNREACHABLE).min().map_or(f64::INFINITY, f64::from)
        };
        let n = places.len();
        Self { lengths: (0..n).map(|i| (0..n).map(|j| length(i, j)).collect()).collect() }
    }

    /// Within 1 %, and the rounding to whole metres.
    fn agrees(&self, (i, j): (usize, usize), expected: f64) -> bool {
        (self.lengths[i][j] - expected).abs() <= 0.01 * expected + 1.0
    }
}

#[test]
fn shortest_lengths_agree_with_osmnx() {
    const PAIRS: usize = 2_000;
    let (Some(bytes), Some(packed)) = (city(MACAU), city(GRAPHML)) else { return };
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    let theirs = parse(&text).expect("graphml");
    let mut raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    raw.ways.retain(|way| !is_private(way));

    // A fixed pseudo-random choice of corners that both know, and of pairs among them that the other graph can reach.
    let (plain, _) = build(&raw, &same_rules(false, false));
    let ids: Vec<i64> = theirs.nodes.keys().copied().collect();
    let pick = |k: usize, n: usize| ((k as f64 * 0.618_033_988_749_894_9).fract() * n as f64) as usize;
    let mut corners: Vec<i64> = Vec::new();
    for id in (1..2 * ids.len()).map(|k| ids[pick(k, ids.len())]) {
        if corners.len() < 120 && !corners.contains(&id) && !corner(&plain, theirs.nodes[&id]).is_empty() {
            corners.push(id);
        }
    }
    let places: Vec<Wgs84> = corners.iter().map(|id| theirs.nodes[id]).collect();
    let lengths: Vec<HashMap<i64, f64>> = corners.iter().map(|&id| theirs.lengths_from(id)).collect();
    let n = corners.len();
    let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
    for k in 1.. {
        let (i, j) = (pick(k, n * n) / n, pick(k, n * n) % n);
        if let Some(&expected) = lengths[i].get(&corners[j]).filter(|_| i != j) {
            pairs.push((i, j, expected));
        }
        if pairs.len() == PAIRS {
            break;
        }
    }

    // Each reading adds one kind of rule; the first that breaks the agreement explains it.
    let readings =
        [("drawing", (false, false)), ("access or barrier", (true, false)), ("turn restriction", (true, true))].map(
            |(name, (access, restrictions))| (name, Reading::new(&raw, &same_rules(access, restrictions), &places)),
        );
    let mut table: BTreeMap<&str, Vec<(f64, usize, usize, f64)>> = BTreeMap::new();
    for &(i, j, expected) in &pairs {
        let agree = readings.each_ref().map(|(_, reading)| reading.agrees((i, j), expected));
        if agree[2] {
            continue;
        }
        let cause = readings.iter().zip(agree).find(|(_, agrees)| !agrees).map_or("", |((name, _), _)| *name);
        let found = readings[2].1.lengths[i][j];
        table.entry(cause).or_default().push((found - expected, i, j, found));
    }
    for (name, reading) in &readings {
        let near = pairs.iter().filter(|&&(i, j, expected)| reading.agrees((i, j), expected)).count();
        println!("with rules up to `{name}`: {near} of {PAIRS} lengths within 1 %");
    }
    println!("{:<18} {:>6} {:>8} {:>8} {:>9}  worst", "cause", "pairs", "longer", "shorter", "no path");
    for (cause, found) in &mut table {
        found.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let count = |of: fn(f64) -> bool| found.iter().filter(|one| of(one.0)).count();
        let (off, i, j, length) = found[0];
        println!(
            "{cause:<18} {:>6} {:>8} {:>8} {:>9}  nodes {} -> {}: {length} m, off by {off:.0} m",
            found.len(),
            count(|off| off > 0.0 && off.is_finite()),
            count(|off| off < 0.0),
            count(f64::is_infinite),
            corners[i],
            corners[j]
        );
    }
    let agreeing = pairs.iter().filter(|&&(i, j, expected)| readings[0].1.agrees((i, j), expected)).count();
    assert!(agreeing * 100 >= 98 * PAIRS, "{agreeing} of {PAIRS} by the drawing alone");
    let unexplained = table.get("drawing").map_or(0, Vec::len);
    assert!(unexplained * 100 <= 2 * PAIRS, "{unexplained} differences that no rule explains");
}
