//! On which side traffic keeps, as the drawing tells it.

use std::cmp::Ordering;

use super::{MISSING_NODE, Point, RawOsm};
use crate::summary::{DrivingSide, SideEvidence};

/// As the city states it, or else as most roundabouts tell: they are one-way and drawn in the direction of travel, clockwise
/// where traffic keeps left. Right where nothing tells, as in most countries.
pub(crate) fn driving_side(raw: &RawOsm, stated: Option<DrivingSide>) -> (DrivingSide, SideEvidence) {
    if let Some(side) = stated {
        return (side, SideEvidence::Stated);
    }
    let (mut left, mut right) = (0_usize, 0_usize);
    for way in raw.ways.iter().filter(|way| way.tags.is("junction", "roundabout") && !way.tags.is("oneway", "-1")) {
        let points: Vec<Point> =
            way.nodes.iter().filter(|&&node| node != MISSING_NODE).map(|&node| raw.points[node as usize]).collect();
        let turning: f64 = points
            .windows(3)
            .map(|p| {
                let step =
                    |a: Point, b: Point| (f64::from(b.lon) - f64::from(a.lon), f64::from(b.lat) - f64::from(a.lat));
                let ((x1, y1), (x2, y2)) = (step(p[0], p[1]), step(p[1], p[2]));
                (x1 * y2 - y1 * x2).signum()
            })
            .sum();
        if turning < 0.0 {
            left += 1;
        } else if turning > 0.0 {
            right += 1;
        }
    }
    let of = left + right;
    match left.cmp(&right) {
        Ordering::Greater => (DrivingSide::Left, SideEvidence::Roundabouts { agreeing: left, of }),
        Ordering::Less => (DrivingSide::Right, SideEvidence::Roundabouts { agreeing: right, of }),
        Ordering::Equal => (DrivingSide::Right, SideEvidence::Assumed),
    }
}
