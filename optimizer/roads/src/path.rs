//! The line that a vehicle drives between two places.

use huilu_model::Wgs84;

use crate::graph::Graph;
use crate::osm::Point;
use crate::router::Router;
use crate::snap::Snap;
use crate::weight::Weight;

/// A fastest path, with the line from the one place's road point to the other's.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub points: Vec<Wgs84>,
    pub seconds: u32,
    pub metres: u32,
}

impl Router {
    /// The fastest path; its seconds and metres are those of [`Router::matrix`]. `None` where there is none.
    pub fn path(&self, from: &Snap, to: &Snap) -> Option<Path> {
        let (cost, arcs) = self.fastest_arcs(from, to)?;
        let graph = self.graph();
        let mut points = vec![from.point];
        match arcs.as_slice() {
            [] => graph.append_between(&mut points, from.edge, from.along_cm, to.along_cm),
            &[first, ref middle @ .., last] => {
                let (start_cm, end_cm) = (graph.arc_end_cm(first, false), graph.arc_end_cm(last, true));
                graph.append_between(&mut points, from.edge, from.along_cm, start_cm);
                for &arc in middle {
                    let edge = graph.arc_edge[arc as usize] >> 1;
                    graph.append_between(&mut points, edge, graph.arc_end_cm(arc, true), graph.arc_end_cm(arc, false));
                }
                graph.append_between(&mut points, to.edge, end_cm, to.along_cm);
            }
            [_] => return None,
        }
        points.push(to.point);
        points.dedup();
        Some(Path { points, seconds: cost.seconds(), metres: cost.metres() })
    }

    /// The arcs from the place's own edge to the target's, both included; empty where the target lies ahead on the
    /// same edge.
    pub(crate) fn fastest_arcs(&self, from: &Snap, to: &Snap) -> Option<(Weight, Vec<u32>)> {
        let costs = self.costs();
        let starts = costs.starts(from);
        let arrivals: Vec<_> = costs.arrivals(to).collect();
        let found = self.hierarchy.fastest(&self.graph, &self.metric, &starts, &arrivals);
        if let Some(direct) = costs.ahead(from, to)
            && found.as_ref().is_none_or(|(cost, _)| direct <= *cost)
        {
            return Some((direct, Vec::new()));
        }
        let (cost, mut arcs) = found?;
        let &first = arcs.first()?;
        // The departure behind the first arc: the cheapest of those that lead into it.
        let into_first = |(arc, rest): (u32, Weight)| {
            let turns = self.graph.turns_of(arc).iter().filter(|turn| turn.to == first);
            turns.map(|turn| (rest.plus(Weight::new(turn.penalty_ms, 0)), arc)).min()
        };
        let (_, departure) = costs.departures(from).filter_map(into_first).min()?;
        arcs.insert(0, departure);
        Some((cost, arcs))
    }
}

impl Graph {
    /// Position of an arc's start (or end) along its edge's line.
    pub(crate) fn arc_end_cm(&self, arc: u32, start: bool) -> u32 {
        let tagged = self.arc_edge[arc as usize];
        if (tagged & 1 == 0) == start { 0 } else { self.edge_cm[(tagged >> 1) as usize] }
    }

    /// The edge's line from one position to another, which may lie behind the first.
    pub(crate) fn line_between(&self, edge: u32, from_cm: u32, to_cm: u32) -> Vec<Wgs84> {
        let mut line = vec![self.point_at(edge, from_cm)];
        self.append_between(&mut line, edge, from_cm, to_cm);
        line.push(self.point_at(edge, to_cm));
        line.dedup();
        line
    }

    /// Adds the edge's points that lie between two positions, in the direction of travel.
    fn append_between(&self, line: &mut Vec<Wgs84>, edge: u32, from_cm: u32, to_cm: u32) {
        let inside = |position: u32| (from_cm.min(to_cm)..=from_cm.max(to_cm)).contains(&position);
        let positions = self.positions_cm(edge);
        let points = self.edge_points(edge).iter().zip(positions);
        let between: Vec<Point> = points.filter(|&(_, position)| inside(position)).map(|(&point, _)| point).collect();
        if from_cm <= to_cm {
            line.extend(between.iter().map(|point| point.wgs84()));
        } else {
            line.extend(between.iter().rev().map(|point| point.wgs84()));
        }
    }

    /// Of each of the edge's points how far along the line it lies.
    fn positions_cm(&self, edge: u32) -> Vec<u32> {
        let mut along = 0.0;
        let steps = self.edge_points(edge).windows(2).map(|pair| {
            along += pair[0].distance_m(pair[1]);
            ((along * 100.0).round() as u32).min(self.edge_cm[edge as usize])
        });
        std::iter::once(0).chain(steps).collect()
    }

    fn point_at(&self, edge: u32, along_cm: u32) -> Wgs84 {
        let (points, positions) = (self.edge_points(edge), self.positions_cm(edge));
        let next = positions.partition_point(|&position| position < along_cm).clamp(1, points.len() - 1);
        let (from, to) = (points[next - 1].wgs84(), points[next].wgs84());
        let (start_cm, end_cm) = (positions[next - 1], positions[next]);
        let share = f64::from(along_cm.saturating_sub(start_cm)) / f64::from((end_cm - start_cm).max(1));
        let share = share.min(1.0);
        Wgs84 { lat: from.lat + share * (to.lat - from.lat), lon: from.lon + share * (to.lon - from.lon) }
    }
}
