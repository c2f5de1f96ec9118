//! OR-Library files of the p-median problem (Beasley 1985): a sparse network whose vertices are clients and candidate
//! sites alike; `p` of them are chosen and every vertex goes to the nearest by shortest path.
//!
//! `vertices edges p`, then a line `i j length` for each undirected edge, vertices counted from 1. Where an edge stands
//! twice the *last* length counts: only so the published optima hold.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::path::Path;

use huilu_model::site::{Arc, DemandPoint, Site, SiteProblem, SiteStatus};

use super::FormatError;
use super::numbers::Numbers;
use super::text::{self, stem};

const VERTICES_MAX: usize = 10_000;
const EDGES_MAX: usize = 10_000_000;

/// Reads a file and computes all shortest paths. A vertex that another cannot reach has no arc to it.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, a number missing, broken or out of range, anything after the last.
pub fn read(file: &Path) -> Result<SiteProblem, FormatError> {
    let text = text::read(file)?;
    let mut numbers = Numbers::new(file, &text);
    let n = numbers.count("the number of vertices", VERTICES_MAX)?;
    let n_edges = numbers.count("the number of edges", EDGES_MAX)?;
    let p = numbers.count("the number of medians", n)?;
    let mut length: HashMap<(usize, usize), f64> = HashMap::new();
    for k in 1..=n_edges {
        let i = numbers.count(&format!("the first vertex of edge {k}"), n)?;
        let j = numbers.count(&format!("the second vertex of edge {k}"), n)?;
        length.insert((i.min(j) - 1, i.max(j) - 1), numbers.amount(&format!("the length of edge {k}"))?);
    }
    numbers.end()?;

    let mut neighbours: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
    for (&(i, j), &metres) in &length {
        neighbours[i].push((j, metres));
        neighbours[j].push((i, metres));
    }
    let site = |i: usize| Site {
        id: (i + 1).to_string(),
        position: None,
        status: SiteStatus::Candidate,
        opening_cost: 0.0,
        capacity: None,
    };
    let point = |j: usize| DemandPoint { id: (j + 1).to_string(), position: None, flow: 1.0 };
    Ok(SiteProblem {
        name: stem(file),
        sites: (0..n).map(site).collect(),
        demand: (0..n).map(point).collect(),
        arcs: (0..n).map(|source| shortest_paths(&neighbours, source)).collect(),
        sites_max: Some(p),
        budget: None,
        unserved_cost: None,
        single_source: true,
    })
}

/// Dijkstra. Non-negative finite lengths order like their bits, which spares a wrapper type in the heap.
fn shortest_paths(neighbours: &[Vec<(usize, f64)>], source: usize) -> Vec<Arc> {
    let mut distance = vec![f64::INFINITY; neighbours.len()];
    distance[source] = 0.0;
    let mut heap = BinaryHeap::from([Reverse((0_u64, source))]);
    while let Some(Reverse((bits, i))) = heap.pop() {
        let here = f64::from_bits(bits);
        if here > distance[i] {
            continue;
        }
        for &(j, length) in &neighbours[i] {
            let there = here + length;
            if there < distance[j] {
                distance[j] = there;
                heap.push(Reverse((there.to_bits(), j)));
            }
        }
    }
    let reached = distance.into_iter().enumerate().filter(|(_, d)| d.is_finite());
    reached.map(|(site, cost)| Arc { site, cost }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<SiteProblem, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.txt");
        std::fs::write(&file, text).unwrap();
        let name = file.display().to_string();
        read(&file).map_err(|e| e.to_string().replace(&name, "case.txt"))
    }

    #[test]
    fn shortest_paths_go_both_ways_and_the_last_of_two_equal_edges_counts() {
        // 1-2 is given as 9, then (reversed) as 2; 1-2-3 is 5, shorter than 1-3 with 7. Vertex 4 stands alone.
        let problem = read_text("4 4 1\n1 2 9\n2 1 2\n2 3 3\n1 3 7\n").unwrap();
        let cost = |j: usize, site: usize| problem.arcs[j].iter().find(|a| a.site == site).map(|a| a.cost);
        assert_eq!(cost(0, 1), Some(2.0));
        assert_eq!(cost(0, 2), Some(5.0));
        assert_eq!(cost(2, 0), Some(5.0));
        assert_eq!(cost(3, 3), Some(0.0));
        assert_eq!(cost(3, 0), None);
        assert_eq!(problem.sites_max, Some(1));
        assert!(problem.single_source);
    }

    #[test]
    fn each_fault_names_its_line_and_cause() {
        let fault = |text: &str| read_text(text).unwrap_err();
        assert_eq!(fault("3 1 4\n1 2 3"), "case.txt:1: OUT_OF_RANGE: the number of medians: 4 is not between 1 and 3");
        assert_eq!(
            fault("3 1 1\n1 9 3"),
            "case.txt:2: OUT_OF_RANGE: the second vertex of edge 1: 9 is not between 1 and 3"
        );
        assert_eq!(fault("3 2 1\n1 2 3"), "case.txt:2: MISSING_FIELD: ends before the first vertex of edge 2");
        assert_eq!(fault("3 1 1\n1 2 -3"), "case.txt:2: NEGATIVE_NUMBER: the length of edge 1: -3 is negative");
        assert_eq!(fault("3 1 1\n1 2 3\n4"), "case.txt:3: MALFORMED_LINE: `4` stands after the last number");
    }
}
