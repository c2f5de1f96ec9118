//! The line that a vehicle drives between two places.

use huilu_model::Wgs84;

use crate::graph::Graph;
use crate::osm::Point;
use crate::search::Search;
use crate::snap::Snap;

/// A fastest path, with the line from the one place's road point to the other's.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub points: Vec<Wgs84>,
    pub seconds: u32,
    pub metres: u32,
}

impl Graph {
    /// The fastest path; its seconds and metres are those of [`Graph::matrix`]. `None` where there is none.
    pub fn path(&self, from: &Snap, to: &Snap) -> Option<Path> {
        let mut search = Search::new(self);
        let (cost, arcs) = search.run_path(self, from, to)?;
        let mut points = vec![from.point];
        match arcs.as_slice() {
            [] => self.append_between(&mut points, from.edge, from.along_cm, to.along_cm),
            &[first, ref middle @ .., last] => {
                let (start_cm, end_cm) = (self.arc_end_cm(first, false), self.arc_end_cm(last, true));
                self.append_between(&mut points, from.edge, from.along_cm, start_cm);
                for &arc in middle {
                    let edge = self.arc_edge[arc as usize] >> 1;
                    self.append_between(&mut points, edge, self.arc_end_cm(arc, true), self.arc_end_cm(arc, false));
                }
                self.append_between(&mut points, to.edge, end_cm, to.along_cm);
            }
            [_] => return None,
        }
        points.push(to.point);
        points.dedup();
        Some(Path { points, seconds: cost.seconds(), metres: cost.metres() })
    }

    /// Position of an arc's start (or end) along its edge's line.
    fn arc_end_cm(&self, arc: u32, start: bool) -> u32 {
        let tagged = self.arc_edge[arc as usize];
        if (tagged & 1 == 0) == start { 0 } else { self.edge_cm[(tagged >> 1) as usize] }
    }

    /// Adds the edge's points that lie between two positions, in the direction of travel.
    fn append_between(&self, line: &mut Vec<Wgs84>, edge: u32, from_cm: u32, to_cm: u32) {
        let points = self.edge_points(edge);
        let mut along = 0.0;
        let mut positions = vec![0_u32];
        for pair in points.windows(2) {
            along += pair[0].distance_m(pair[1]);
            positions.push(((along * 100.0).round() as u32).min(self.edge_cm[edge as usize]));
        }
        let inside = |position: u32| (from_cm.min(to_cm)..=from_cm.max(to_cm)).contains(&position);
        let between: Vec<Point> =
            points.iter().zip(&positions).filter(|&(_, &position)| inside(position)).map(|(&point, _)| point).collect();
        if from_cm <= to_cm {
            line.extend(between.iter().map(|point| point.wgs84()));
        } else {
            line.extend(between.iter().rev().map(|point| point.wgs84()));
        }
    }
}
