//! What lies in an outlet, cut into amounts that one vehicle can carry at once, so that nothing is lost.

use huilu_model::problem::VehicleSpec;

use super::stock::{Pair, Stock};

/// More jobs than this for one outlet are no plan of a day.
const PARTS_MAX: i64 = 400;

/// What a vehicle can hold, with the network's streams as indices.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) grams: i64,
    /// Streams of the compartment, and what it holds.
    pub(super) compartments: Vec<(Vec<usize>, Pair)>,
}

impl Hold {
    pub(super) fn of(vehicle: &VehicleSpec, streams: &[String]) -> Self {
        let index = |name: &String| streams.iter().position(|stream| stream == name);
        let compartments = vehicle
            .compartments
            .iter()
            .map(|part| (part.streams.iter().filter_map(index).collect(), [part.capacity_g.0, part.capacity_l.0]));
        Self { grams: vehicle.capacity_g.0, compartments: compartments.collect() }
    }

    pub(super) fn takes(&self, stream: usize) -> bool {
        self.compartments.iter().any(|(streams, most)| streams.contains(&stream) && *most != [0; 2])
    }

    fn fits(&self, stock: &Stock) -> bool {
        self.share(stock) <= 1.0
    }

    /// The part of the box that the stock fills; infinite where it has no place.
    pub(super) fn share(&self, stock: &Stock) -> f64 {
        let ratio = |held: i64, most: i64| if held == 0 { 0.0 } else { held as f64 / most.max(0) as f64 };
        let mut share = ratio(stock.grams(), self.grams);
        let mut placed = 0;
        for (streams, most) in &self.compartments {
            let sum = |side: usize| streams.iter().map(|&stream| stock.0[stream][side]).sum::<i64>();
            share = share.max(ratio(sum(0), most[0])).max(ratio(sum(1), most[1]));
            placed += streams.iter().filter(|&&stream| stock.0[stream] != [0; 2]).count();
        }
        let there = stock.0.iter().filter(|pair| **pair != [0; 2]).count();
        if placed < there { f64::INFINITY } else { share }
    }
}

/// Equal amounts of the stock, as few as fit into the largest of the boxes; they add up to it exactly. Nothing where no box has
/// a place for all its streams.
pub(super) fn cut(stock: &Stock, boxes: &[Hold]) -> Vec<Stock> {
    let least = boxes.iter().map(|one| one.share(stock)).fold(f64::INFINITY, f64::min);
    if stock.is_empty() || !least.is_finite() {
        return Vec::new();
    }
    let mut count = (least.ceil() as i64).max(1);
    while count <= PARTS_MAX {
        let parts: Vec<Stock> = (0..count).map(|k| part(stock, k, count)).collect();
        // Rounding may push a part over the edge: then one more is needed.
        if parts.iter().all(|part| boxes.iter().any(|one| one.fits(part))) {
            return parts.into_iter().filter(|part| !part.is_empty()).collect();
        }
        count += 1;
    }
    Vec::new()
}

/// The `k`-th of `count` parts: differences of the rounded sums, so that no gram is lost.
fn part(stock: &Stock, k: i64, count: i64) -> Stock {
    let upto = |amount: i64, k: i64| (i128::from(amount) * i128::from(k) / i128::from(count)) as i64;
    Stock(stock.0.iter().map(|pair| pair.map(|amount| upto(amount, k + 1) - upto(amount, k))).collect())
}

/// Streams that one vehicle may take together, first come first: none that may not mix, all in the boxes of one vehicle.
/// Streams that no box takes are left out.
pub(super) fn groups(streams: &[usize], incompatible: &[(usize, usize)], boxes: &[Hold]) -> Vec<Vec<usize>> {
    let mix = |a: usize, b: usize| !incompatible.contains(&(a, b)) && !incompatible.contains(&(b, a));
    let together = |group: &[usize], one: usize| {
        boxes.iter().any(|room| room.takes(one) && group.iter().all(|&other| room.takes(other)))
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &stream in streams.iter().filter(|&&stream| boxes.iter().any(|room| room.takes(stream))) {
        let fitting =
            groups.iter_mut().find(|group| group.iter().all(|&other| mix(stream, other)) && together(group, stream));
        match fitting {
            Some(group) => group.push(stream),
            None => groups.push(vec![stream]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn van(grams: i64, litres: i64) -> Hold {
        Hold { grams, compartments: vec![(vec![0, 1], [grams, litres])] }
    }

    #[test]
    fn streams_that_may_not_mix_or_have_no_box_are_kept_apart() {
        let boxes = [Hold { grams: 9, compartments: vec![(vec![0, 1], [9, 9]), (vec![2], [9, 9])] }];
        assert_eq!(groups(&[0, 1, 2, 3], &[(1, 0)], &boxes), [vec![0, 2], vec![1]]);
        assert!(cut(&Stock(vec![[0, 0], [0, 0], [0, 0], [1, 1]]), &boxes).is_empty());
    }

    proptest! {
        #[test]
        fn parts_fit_a_box_and_add_up(
            stock in prop::collection::vec((0_i64..5_000_000, 0_i64..90_000), 2),
            room in (200_000_i64..2_000_000, 2_000_i64..20_000),
        ) {
            let stock = Stock(stock.into_iter().map(|(grams, litres)| [grams, litres]).collect());
            let boxes = [van(room.0 / 2, room.1 / 2), van(room.0, room.1)];
            let parts = cut(&stock, &boxes);
            let sum = parts.iter().fold(Stock::empty(2), |sum, part| sum.plus(part));
            prop_assert_eq!(&sum, &stock);
            prop_assert!(parts.iter().all(|part| boxes[1].fits(part) && !part.is_empty()));
            // Never one more than needed, but for rounding.
            let needed = boxes[1].share(&stock).ceil() as usize;
            prop_assert!(parts.len() <= needed + 1);
        }
    }
}
