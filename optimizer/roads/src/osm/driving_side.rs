//! On which side traffic keeps, as the drawing tells it.

use super::{MISSING_NODE, Point, RawOsm};
use crate::summary::DrivingSide;

/// Roundabouts are one-way and drawn in the direction of travel: clockwise where traffic keeps left. `None` where there
/// are none.
pub(crate) fn driving_side(raw: &RawOsm) -> Option<DrivingSide> {
    let mut clockwise = 0_i64;
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
        clockwise -= turning.signum() as i64;
    }
    match clockwise {
        0 => None,
        1.. => Some(DrivingSide::Left),
        _ => Some(DrivingSide::Right),
    }
}
