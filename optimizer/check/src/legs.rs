//! The way between two places, read from a matrix or computed from coordinates with the checker's own arithmetic.

use huilu_model::{Instance, Metric, PlaceIdx, Round, Rule, Shape, Travel, UNREACHABLE, Vehicle};

/// The way into a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) seconds: i128,
    pub(crate) metres: i128,
}

impl Leg {
    pub(crate) const NONE: Self = Self { seconds: 0, metres: 0 };

    /// `None` where there is no way.
    pub(crate) fn between(instance: &Instance, vehicle: &Vehicle, from: PlaceIdx, to: PlaceIdx) -> Option<Self> {
        match &instance.travel[vehicle.profile] {
            Travel::Matrix(matrix) => {
                let cell = from * matrix.size + to;
                let (seconds, metres) = (matrix.seconds[cell], matrix.metres[cell]);
                let way = seconds != UNREACHABLE && metres != UNREACHABLE;
                way.then(|| Self { seconds: seconds.into(), metres: metres.into() })
            }
            Travel::Metric(metric) => {
                let length = length(metric, from, to);
                let whole = |rule| round(rule, length);
                Some(Self { seconds: whole(metric.seconds_rule()), metres: whole(metric.metres_rule()) })
            }
        }
    }
}

/// Unrounded, in the metric's unit.
fn length(metric: &Metric, from: PlaceIdx, to: PlaceIdx) -> f64 {
    let ((x1, y1), (x2, y2)) = (metric.points()[from], metric.points()[to]);
    match metric.shape() {
        Shape::Euclidean => ((x2 - x1).powi(2) + (y2 - y1).powi(2)).sqrt(),
        Shape::Manhattan => (x2 - x1).abs() + (y2 - y1).abs(),
        Shape::GreatCircle => metric.shape().length((x1, y1), (x2, y2)),
    }
}

fn round(rule: Rule, length: f64) -> i128 {
    let value = length * rule.factor;
    let whole = match rule.round {
        Round::Down => value.floor(),
        Round::Nearest => (value + 0.5).floor(),
        Round::Up => value.ceil(),
    };
    whole as i128
}
