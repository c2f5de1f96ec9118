//! Nested dissection: the order in which arcs are contracted.
//!
//! A street network is cut in two; the arcs of the edges cut are contracted last, each side is dissected likewise
//! before. An arc of one side is never adjacent to an arc of the other, so contracting one side makes no shortcut into
//! the other. Parts are cut down to single junctions.

use super::cut::{Part, Street, bisect};
use super::junctions::Junctions;
use crate::graph::Graph;

/// Parts of more junctions than this are dissected side by side.
const PARALLEL_FROM: usize = 500;

/// All arcs of the graph, the first to be contracted first.
pub(super) fn order(graph: &Graph) -> Vec<u32> {
    let Junctions { at, ends } = Junctions::of(graph);
    let mut edge_arcs: Vec<Vec<u32>> = vec![Vec::new(); graph.n_edges()];
    for (arc, &tagged) in graph.arc_edge.iter().enumerate() {
        edge_arcs[(tagged >> 1) as usize].push(arc as u32);
    }
    let street =
        |(edge, ends): (usize, [u32; 2])| Street { ends, size: edge_arcs[edge].len() as u32, edge: edge as u32 };
    let streets = ends.into_iter().enumerate().map(street).collect();
    let edges = dissect(Part { at, streets });
    edges.iter().flat_map(|&edge| edge_arcs[edge as usize].iter().copied()).collect()
}

/// The edges of a part in contraction order.
fn dissect(part: Part) -> Vec<u32> {
    let n = part.at.len();
    if n < 2 || part.streets.len() < 2 {
        return part.streets.iter().map(|street| street.edge).collect();
    }
    let side = bisect(&part);
    let [first, second] = [true, false].map(|wanted| part.side(&side, wanted));
    let separator: Vec<u32> =
        part.streets.iter().filter(|s| side[s.ends[0] as usize] != side[s.ends[1] as usize]).map(|s| s.edge).collect();
    drop(part);
    let (mut order, second) = if n > PARALLEL_FROM {
        rayon::join(|| dissect(first), || dissect(second))
    } else {
        (dissect(first), dissect(second))
    };
    order.extend(second);
    order.extend(separator);
    order
}
