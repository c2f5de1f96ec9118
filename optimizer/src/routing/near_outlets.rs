//! For each place how near an outlet is at best. A large day has many outlets, and to hold every place against each of them takes longer
//! than its first plan: where legs follow from coordinates, the search for the nearest goes out from the place.

use huilu_model::{Metric, Shape, Travel};

use super::model::{FAR, Model};

/// Metres and seconds.
type Way = (i64, i64);

/// By place, of one profile: ways to an outlet and from one, each number the least over all outlets.
#[derive(Debug)]
pub(super) struct NearOutlets {
    pub(super) to: Vec<Way>,
    pub(super) from: Vec<Way>,
}

/// Places between two looks at the time.
const LOOK_EVERY: usize = 64;
/// Metres for each degree of latitude on the mean sphere, less than a rounding error could take away.
const METRES_OF_DEGREE: f64 = 111_194.9;

impl NearOutlets {
    /// Once it is `over`, the places whose turn has not come are said to be at an outlet: nothing is nearer.
    pub(super) fn until(model: &Model<'_>, profile: usize, over: &dyn Fn() -> bool) -> Self {
        let outlets: Vec<usize> =
            (0..model.accepts.len()).map(|outlet| model.place(model.outlet_node(outlet))).collect();
        let by_place = |least: &dyn Fn(usize) -> Way| -> Vec<Way> {
            let mut cut = false;
            let places = 0..model.instance.places.len();
            places
                .map(|place| {
                    cut |= place.is_multiple_of(LOOK_EVERY) && over();
                    if cut { (0, 0) } else { least(place) }
                })
                .collect()
        };
        let travel = &model.instance.travel[profile];
        if let Travel::Metric(metric) = travel {
            // As far there as back.
            let sorted = Sorted::new(metric, &outlets);
            let to = by_place(&|place| sorted.nearest(place).map_or((FAR, FAR), |outlet| way(travel, place, outlet)));
            return Self { from: to.clone(), to };
        }
        let least = |legs: &mut dyn Iterator<Item = (usize, usize)>| {
            legs.filter(|&(from, to)| travel.reachable(from, to))
                .map(|(from, to)| way(travel, from, to))
                .fold((FAR, FAR), |least: Way, way| (least.0.min(way.0), least.1.min(way.1)))
        };
        Self {
            to: by_place(&|place| least(&mut outlets.iter().map(|&outlet| (place, outlet)))),
            from: by_place(&|place| least(&mut outlets.iter().map(|&outlet| (outlet, place)))),
        }
    }
}

fn way(travel: &Travel, from: usize, to: usize) -> Way {
    (travel.metres(from, to).into(), travel.seconds(from, to).into())
}

/// Outlets from south to north.
struct Sorted<'m> {
    metric: &'m Metric,
    /// Where it lies from south to north, and its place.
    outlets: Vec<(f64, usize)>,
}

impl<'m> Sorted<'m> {
    fn new(metric: &'m Metric, places: &[usize]) -> Self {
        let mut outlets: Vec<(f64, usize)> = places.iter().map(|&place| (metric.points()[place].1, place)).collect();
        outlets.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        outlets.dedup();
        Self { metric, outlets }
    }

    /// The place of the outlet at the least length, and so at the least metres and seconds: both grow with it.
    fn nearest(&self, place: usize) -> Option<usize> {
        let here = self.metric.points()[place];
        let (south, north) = self.outlets.split_at(self.outlets.partition_point(|&(y, _)| y < here.1));
        let mut nearest: Option<(f64, usize)> = None;
        let mut look = |&(y, outlet): &(f64, usize)| {
            let apart = (y - here.1).abs();
            let least = if self.metric.shape() == Shape::GreatCircle { apart * METRES_OF_DEGREE } else { apart };
            if nearest.is_some_and(|(length, _)| least > length) {
                return false;
            }
            let length = self.metric.shape().length(here, self.metric.points()[outlet]);
            if nearest.is_none_or(|(shortest, _)| length < shortest) {
                nearest = Some((length, outlet));
            }
            true
        };
        // No outlet is nearer than its rows of the map are apart, and each one is farther off than those before it.
        let _ = (north.iter().all(&mut look), south.iter().rev().all(&mut look));
        nearest.map(|(_, outlet)| outlet)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use huilu_model::{Instance, Round, Rule};
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::routing::cases::random;

    /// Against every outlet, in all shapes, some places at an outlet and some on one row with others.
    #[test]
    fn the_nearest_is_found_among_all() {
        for seed in 0..120 {
            let mut parts = (*random(seed, 30, 2, 12)).clone();
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let shape = [Shape::GreatCircle, Shape::Euclidean, Shape::Manhattan][seed as usize % 3];
            let step = [1e-4, 0.37, 11.0][seed as usize / 3 % 3];
            let points: Vec<(f64, f64)> = (0..parts.places.len())
                .map(|_| (step * f64::from(rng.random_range(-8..8)), step * f64::from(rng.random_range(-8..8))))
                .collect();
            let rule = |factor, round| Rule { factor, round };
            let rules = (rule(1.3, Round::Nearest), rule(0.11, Round::Up));
            let metric = Metric::new("any".to_owned(), shape, points, rules.0, rules.1).expect("places on earth");
            parts.travel = vec![metric.into(); parts.travel.len()];
            let instance = Instance::new(parts).expect("as valid as before");
            let model = Model::new(&instance);
            let near = NearOutlets::until(&model, 0, &|| false);
            let travel = &instance.travel[0];
            for place in 0..instance.places.len() {
                let ways = instance.outlets.iter().map(|outlet| way(travel, place, outlet.place));
                let least = ways.fold((FAR, FAR), |least, way| (least.0.min(way.0), least.1.min(way.1)));
                assert_eq!((near.to[place], near.from[place]), (least, least), "seed {seed}, place {place}");
            }
        }
    }

    #[test]
    fn places_after_the_end_are_said_to_be_at_an_outlet() {
        let instance = random(3, 300, 2, 4);
        let model = Model::new(&instance);
        let looks = Cell::new(0);
        let near = NearOutlets::until(&model, 0, &|| {
            looks.set(looks.get() + 1);
            looks.get() > 2
        });
        let whole = NearOutlets::until(&model, 0, &|| false);
        assert_eq!(near.to[..2 * LOOK_EVERY], whole.to[..2 * LOOK_EVERY]);
        assert!(near.to[2 * LOOK_EVERY..].iter().chain(&near.from).all(|&way| way == (0, 0)));
        assert!(whole.to.iter().any(|&way| way != (0, 0)));
    }
}
