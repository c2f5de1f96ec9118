//! How long and how far it is between places: a [`Matrix`] that somebody computed, or a [`Metric`] that computes each
//! leg from coordinates.
//!
//! A matrix of 30,000 places would hold 900 million entries; their coordinates fit half a megabyte.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::datum::Wgs84;
use crate::matrix::{Matrix, UNREACHABLE};

/// Up to so many places a [`Metric`] keeps its legs in a table (9 MB each for metres and seconds); beyond, it computes
/// them when asked.
const TABLE_PLACES_MAX: usize = 1_500;

/// Seconds and metres between the places of an instance for one vehicle profile.
#[derive(Clone, Debug, PartialEq)]
pub enum Travel {
    Matrix(Matrix),
    Metric(Metric),
}

impl From<Matrix> for Travel {
    fn from(matrix: Matrix) -> Self {
        Travel::Matrix(matrix)
    }
}

impl From<Metric> for Travel {
    fn from(metric: Metric) -> Self {
        Travel::Metric(metric)
    }
}

impl Travel {
    pub fn profile(&self) -> &str {
        match self {
            Travel::Matrix(matrix) => &matrix.profile,
            Travel::Metric(metric) => &metric.profile,
        }
    }

    /// [`UNREACHABLE`] where there is no way.
    #[inline]
    pub fn seconds(&self, from: usize, to: usize) -> u32 {
        match self {
            Travel::Matrix(matrix) => matrix.seconds(from, to),
            Travel::Metric(metric) => metric.seconds(from, to),
        }
    }

    /// [`UNREACHABLE`] where there is no way.
    #[inline]
    pub fn metres(&self, from: usize, to: usize) -> u32 {
        match self {
            Travel::Matrix(matrix) => matrix.metres(from, to),
            Travel::Metric(metric) => metric.metres(from, to),
        }
    }

    #[inline]
    pub fn reachable(&self, from: usize, to: usize) -> bool {
        match self {
            Travel::Matrix(matrix) => matrix.reachable(from, to),
            // Not asked of the coordinates: a metric has no leg that is too long for a number.
            Travel::Metric(_) => true,
        }
    }

    /// No leg takes longer.
    pub fn longest_seconds(&self) -> u32 {
        match self {
            Travel::Matrix(matrix) => longest(&matrix.seconds),
            Travel::Metric(metric) => metric.longest(metric.seconds),
        }
    }

    /// No leg is longer.
    pub fn longest_metres(&self) -> u32 {
        match self {
            Travel::Matrix(matrix) => longest(&matrix.metres),
            Travel::Metric(metric) => metric.longest(metric.metres),
        }
    }

    /// Metres and seconds of all legs, row-major, where they are kept in tables.
    pub fn tables(&self) -> Option<(&[u32], &[u32])> {
        match self {
            Travel::Matrix(matrix) => Some((&matrix.metres, &matrix.seconds)),
            Travel::Metric(metric) => metric.tables.as_ref().map(|(metres, seconds)| (&metres[..], &seconds[..])),
        }
    }

    /// The table that holds both metres and seconds of all legs, in both directions, where there is one that does.
    pub fn one_table(&self) -> Option<&[u32]> {
        match self {
            Travel::Matrix(_) => None,
            Travel::Metric(metric) => {
                metric.tables.as_ref().and_then(|(metres, seconds)| Arc::ptr_eq(metres, seconds).then_some(&metres[..]))
            }
        }
    }

    /// The places' coordinates, where legs follow from them.
    pub fn points(&self) -> Option<&[Point]> {
        match self {
            Travel::Matrix(_) => None,
            Travel::Metric(metric) => Some(&metric.points),
        }
    }
}

fn longest(entries: &[u32]) -> u32 {
    entries.iter().copied().filter(|&entry| entry != UNREACHABLE).max().unwrap_or(0)
}

/// `x` and `y` in the metric's own unit of length; longitude and latitude in degrees for [`Shape::GreatCircle`].
pub type Point = (f64, f64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `sqrt(dx * dx + dy * dy)`.
    Euclidean,
    /// `|dx| + |dy|`.
    Manhattan,
    /// Metres on the mean sphere; points are longitude and latitude in degrees.
    GreatCircle,
}

impl Shape {
    /// The length between two points in IEEE double precision, unrounded.
    #[inline]
    pub fn length(self, from: Point, to: Point) -> f64 {
        let (dx, dy) = (from.0 - to.0, from.1 - to.1);
        match self {
            Shape::Euclidean => (dx * dx + dy * dy).sqrt(),
            Shape::Manhattan => dx.abs() + dy.abs(),
            Shape::GreatCircle => Wgs84 { lat: from.1, lon: from.0 }.distance_m(Wgs84 { lat: to.1, lon: to.0 }),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// `floor(v + 0.5)`.
    #[default]
    Nearest,
    Down,
    Up,
}

/// From a length to a whole number: `round(factor * length)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    pub factor: f64,
    pub round: Round,
}

impl Rule {
    #[inline]
    pub fn apply(self, length: f64) -> f64 {
        let value = self.factor * length;
        match self.round {
            Round::Nearest => (value + 0.5).floor(),
            Round::Down => value.floor(),
            Round::Up => value.ceil(),
        }
    }
}

/// A square table, row-major.
type Legs = Arc<[u32]>;

/// Legs computed from coordinates: symmetric, every place reachable.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    profile: String,
    shape: Shape,
    points: Vec<Point>,
    metres: Rule,
    seconds: Rule,
    /// Of metres and of seconds, where there are few places; one and the same where the rules are.
    tables: Option<(Legs, Legs)>,
}

/// Why coordinates and rules make no metric.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Not finite, or no place on earth for [`Shape::GreatCircle`].
    #[error("point {0} is no place")]
    Point(usize),
    #[error("the factor {0} is negative or no number")]
    Factor(f64),
    #[error("a leg may measure {0:.0}, which does not fit 32 bits")]
    TooFar(f64),
}

impl Metric {
    /// # Errors
    /// [`MetricError`] for coordinates or factors that are no numbers, and where a leg could pass 32 bits.
    pub fn new(
        profile: String,
        shape: Shape,
        points: Vec<Point>,
        metres: Rule,
        seconds: Rule,
    ) -> Result<Self, MetricError> {
        let no_place = |&(x, y): &Point| match shape {
            Shape::GreatCircle => !((-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)),
            Shape::Euclidean | Shape::Manhattan => !(x.is_finite() && y.is_finite()),
        };
        if let Some(point) = points.iter().position(no_place) {
            return Err(MetricError::Point(point));
        }
        let mut metric = Self { profile, shape, points, metres, seconds, tables: None };
        for rule in [metres, seconds] {
            if !(rule.factor.is_finite() && rule.factor >= 0.0) {
                return Err(MetricError::Factor(rule.factor));
            }
            let farthest = rule.apply(metric.diameter());
            if farthest.is_nan() || farthest >= f64::from(UNREACHABLE) {
                return Err(MetricError::TooFar(farthest));
            }
        }
        if metric.points.len() <= TABLE_PLACES_MAX {
            metric.tables = Some(metric.tables());
        }
        Ok(metric)
    }

    /// Lengths cost more than all else here, and are the same there and back.
    fn tables(&self) -> (Legs, Legs) {
        let n = self.points.len();
        let table = || vec![0_u32; n * n];
        let (mut metres, mut seconds) = (table(), if self.seconds == self.metres { Vec::new() } else { table() });
        for (from, &here) in self.points.iter().enumerate() {
            for (to, &there) in self.points.iter().enumerate().skip(from) {
                let length = self.shape.length(here, there);
                for (table, rule) in [(&mut metres, self.metres), (&mut seconds, self.seconds)] {
                    if !table.is_empty() {
                        let leg = rule.apply(length) as u32;
                        (table[from * n + to], table[to * n + from]) = (leg, leg);
                    }
                }
            }
        }
        let metres: Legs = metres.into();
        let seconds = if seconds.is_empty() { Arc::clone(&metres) } else { seconds.into() };
        (metres, seconds)
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    pub fn points(&self) -> &[Point] {
        &self.points
    }

    pub fn metres_rule(&self) -> Rule {
        self.metres
    }

    pub fn seconds_rule(&self) -> Rule {
        self.seconds
    }

    #[inline]
    pub fn metres(&self, from: usize, to: usize) -> u32 {
        match &self.tables {
            Some((metres, _)) => metres[from * self.points.len() + to],
            None => self.metres.apply(self.shape.length(self.points[from], self.points[to])) as u32,
        }
    }

    #[inline]
    pub fn seconds(&self, from: usize, to: usize) -> u32 {
        match &self.tables {
            Some((_, seconds)) => seconds[from * self.points.len() + to],
            None => self.seconds.apply(self.shape.length(self.points[from], self.points[to])) as u32,
        }
    }

    fn longest(&self, rule: Rule) -> u32 {
        rule.apply(self.diameter()) as u32
    }

    /// No two points are farther apart: the corners of the box around them, or half the way around the earth.
    fn diameter(&self) -> f64 {
        let Some(&first) = self.points.first() else { return 0.0 };
        let corner = |pick: fn(f64, f64) -> f64| {
            self.points.iter().fold(first, |sum, point| (pick(sum.0, point.0), pick(sum.1, point.1)))
        };
        match self.shape {
            Shape::GreatCircle => 20_037_600.0,
            shape => shape.length(corner(f64::min), corner(f64::max)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEAREST: Rule = Rule { factor: 1.0, round: Round::Nearest };
    const TENTHS: Rule = Rule { factor: 10.0, round: Round::Down };

    fn metric(shape: Shape, points: &[Point]) -> Result<Metric, MetricError> {
        Metric::new("any".to_owned(), shape, points.to_vec(), NEAREST, TENTHS)
    }

    #[test]
    fn each_rule_rounds_as_its_literature_does() {
        // From (3, 4) to (0, 1) it is 4.2426..., or 6 along the axes.
        let euclidean = metric(Shape::Euclidean, &[(3.0, 4.0), (0.0, 1.0)]).unwrap();
        assert_eq!((euclidean.metres(0, 1), euclidean.seconds(1, 0)), (4, 42));
        let manhattan = metric(Shape::Manhattan, &[(3.0, 4.0), (0.0, 1.0)]).unwrap();
        assert_eq!((manhattan.metres(0, 1), manhattan.seconds(0, 1)), (6, 60));
        let up = Rule { factor: 100.0, round: Round::Up };
        assert_eq!(up.apply(4.242_640_687), 425.0);
        // One degree along the equator of the mean sphere.
        let earth = metric(Shape::GreatCircle, &[(0.0, 0.0), (1.0, 0.0)]).unwrap();
        assert_eq!(earth.metres(0, 1), 111_195);
    }

    #[test]
    fn what_makes_no_metric_is_refused() {
        assert_eq!(metric(Shape::Euclidean, &[(0.0, f64::NAN)]), Err(MetricError::Point(0)));
        assert_eq!(metric(Shape::GreatCircle, &[(0.0, 0.0), (0.0, 91.0)]), Err(MetricError::Point(1)));
        assert!(matches!(metric(Shape::Manhattan, &[(0.0, 0.0), (1e10, 0.0)]), Err(MetricError::TooFar(_))));
        assert!(matches!(metric(Shape::Manhattan, &[(-1e308, 0.0), (1e308, 0.0)]), Err(MetricError::TooFar(_))));
        let negative = Rule { factor: -1.0, round: Round::Down };
        let refused = Metric::new("any".to_owned(), Shape::Euclidean, Vec::new(), NEAREST, negative);
        assert_eq!(refused, Err(MetricError::Factor(-1.0)));
    }

    proptest! {
        #[test]
        fn with_and_without_a_table_legs_are_the_same_and_none_is_longer_than_the_longest(
            points in prop::collection::vec((-500.0..500.0_f64, -80.0..80.0_f64), 1..12),
            shape in prop_oneof![Just(Shape::Euclidean), Just(Shape::Manhattan), Just(Shape::GreatCircle)],
        ) {
            let points: Vec<Point> = points.into_iter().map(|(x, y)| (x / 3.0, y)).collect();
            let with = metric(shape, &points).unwrap();
            let without = Metric { tables: None, ..with.clone() };
            let travel = Travel::from(with.clone());
            for from in 0..points.len() {
                for to in 0..points.len() {
                    prop_assert_eq!(with.metres(from, to), without.metres(from, to));
                    prop_assert_eq!(with.seconds(from, to), without.seconds(from, to));
                    prop_assert!(travel.reachable(from, to));
                    prop_assert!(travel.metres(from, to) <= travel.longest_metres());
                    prop_assert!(travel.seconds(from, to) <= travel.longest_seconds());
                }
            }
        }
    }
}
