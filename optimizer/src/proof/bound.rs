//! From prices and least reduced costs to a lower bound on every plan.
//!
//! For any prices `p`, with `c_k` the least reduced cost over all routes of kind `k` (at most 0), `n_k` its vehicles, `a_j` the penalty of an
//! optional job:
//!
//! ```text
//! Lagrangian:  sum_j p_j + sum_{optional j} min(0, a_j - p_j) - sum_l p_l room_l + sum_c p_c r_c - sum_s p_s + sum_k n_k c_k
//! Farley:      f x (the same without the last sum),  f = min_k  cheapest_k / (cheapest_k - c_k)
//! ```
//!
//! Prices scaled by `f` are dual feasible: a route of cost `c` earns at most `c - c_k`, and `f (c - c_k) <= c` as `c` is at least
//! `cheapest_k`. All arithmetic is in whole numbers, so nothing has to be allowed for rounding.
//!
//! Where routes are made of trips (`stations.rs`) `c_k` is of trips, of which there are at most as many as jobs, and the price of a
//! vehicle at its start takes the place of that of its kind.
//!
//! Sources: Farley (1990), Operations Research 38(5), 922-923; Luebbecke and Desrosiers (2005), Operations Research 53(6), 1007-1023.

use super::cuts::Cuts;
use super::prices::{Fixed, Prices, Scale};
use crate::resources::model::{FAR, Model};

/// What of the instance a bound is made of.
#[derive(Clone, Debug)]
pub(crate) struct Bounding {
    scale: Scale,
    /// By job: penalty of an optional one.
    penalties: Vec<Option<i64>>,
    /// By kind: most columns.
    columns: Vec<i64>,
    /// By kind: most routes, where they are made of trips.
    vehicles: Vec<i64>,
    /// By kind: no column costs less.
    cheapest: Vec<i64>,
    /// By limit: grams or litres.
    pub(crate) room: Vec<i64>,
}

impl Bounding {
    pub(crate) fn new(model: &Model<'_>, scale: Scale, room: Vec<i64>, trips: bool) -> Self {
        let penalties = model.instance.jobs.iter().map(|job| job.penalty.map(|penalty| penalty.0)).collect();
        let cheapest = model.kinds.iter().map(|kind| {
            let nodes = || (0..model.nodes.len() as u32).map(|node| model.place(node));
            let least = |leg: &dyn Fn(usize) -> i64| nodes().map(leg).filter(|&metres| metres < FAR).min().unwrap_or(0);
            if trips {
                return 0;
            }
            let out = least(&|place| model.metres(kind, kind.start, place));
            let home = least(&|place| model.metres(kind, place, kind.end));
            kind.fixed + kind.per_metre * (out + home)
        });
        let served = |k: usize| model.kinds[k].serves.iter().filter(|&&serves| serves).count();
        // A route without a job is worth nothing, so there are at most as many as jobs.
        let vehicles: Vec<i64> =
            (0..model.kinds.len()).map(|k| model.kinds[k].members.len().min(served(k)) as i64).collect();
        let columns = if trips { (0..model.kinds.len()).map(|k| served(k) as i64).collect() } else { vehicles.clone() };
        Self { scale, penalties, columns, vehicles, cheapest: cheapest.collect(), room }
    }

    /// Whole cost units that no plan with all mandatory jobs undercuts. `least` is by kind, from pricing all routes at these very
    /// prices.
    pub(crate) fn bound(&self, prices: &Prices, cuts: &Cuts, least: &[Fixed]) -> i64 {
        let lagrangian = self.lagrangian(prices, cuts, least);
        let farley = self.farley(prices, cuts, least);
        let best = self.scale.ceil(lagrangian).max(self.scale.ceil(farley)).max(0);
        i64::try_from(best).unwrap_or(i64::MAX)
    }

    fn lagrangian(&self, prices: &Prices, cuts: &Cuts, least: &[Fixed]) -> i128 {
        let routes = least.iter().zip(&self.columns).map(|(&c, &n)| i128::from(c) * i128::from(n));
        self.constant(prices, cuts, 1, 1) + routes.sum::<i128>()
    }

    /// By kind: a plan that costs less than `below` is made of routes whose reduced cost, without the price of their kind, is below
    /// this: the bound has `c_k` of each already, and one route more than its `c_k` brings it nearer to `below`.
    pub(crate) fn bars(&self, prices: &Prices, cuts: &Cuts, least: &[Fixed], below: i64) -> Vec<Fixed> {
        let gap = (i128::from(below - 1) << self.scale.shift) - self.lagrangian(prices, cuts, least);
        let bar = |&c: &Fixed| i64::try_from(gap + i128::from(c) + 1).unwrap_or(i64::MAX);
        least.iter().map(bar).collect()
    }

    /// The sum of all but reduced costs, with prices scaled by `over / under` and rounded to the safe side.
    fn constant(&self, prices: &Prices, cuts: &Cuts, over: i128, under: i128) -> i128 {
        let earned = |price: Fixed| (i128::from(price) * over).div_euclid(under);
        let paid = |price: Fixed| -(-i128::from(price) * over).div_euclid(under);
        let jobs = prices.jobs.iter().zip(&self.penalties).map(|(&price, penalty)| match penalty {
            Some(penalty) => earned(price).min(i128::from(self.scale.fixed(*penalty))),
            None => earned(price),
        });
        let room = prices.limits.iter().zip(&self.room).map(|(&price, &room)| paid(price) * i128::from(room));
        let entries =
            prices.entries.iter().zip(&cuts.capacity).map(|(&price, cut)| earned(price) * i128::from(cut.entries));
        let subsets = prices.subsets.iter().map(|&price| paid(price));
        let starts = prices.stations.iter().zip(&self.vehicles).filter_map(|(own, &n)| Some((*own.first()?, n)));
        let starts = starts.map(|(price, n)| paid(price.max(0)) * i128::from(n));
        jobs.sum::<i128>() + entries.sum::<i128>() - room.sum::<i128>() - subsets.sum::<i128>() - starts.sum::<i128>()
    }

    fn farley(&self, prices: &Prices, cuts: &Cuts, least: &[Fixed]) -> i128 {
        let ratio = |k: usize| {
            let cheapest = i128::from(self.scale.fixed(self.cheapest[k]));
            (cheapest, cheapest - i128::from(least[k]))
        };
        let kinds = (0..least.len()).filter(|&k| least[k] < 0);
        let worst = kinds.map(ratio).min_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
        worst.map_or(i128::MIN >> 1, |(over, under)| self.constant(prices, cuts, over, under))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two jobs priced at 10 and 20 (the second may be left for 15), two vehicles, no route below 8.
    fn bounding() -> Bounding {
        Bounding {
            scale: Scale { shift: 3 },
            penalties: vec![None, Some(15)],
            columns: vec![2],
            vehicles: vec![2],
            cheapest: vec![8],
            room: vec![4],
        }
    }

    #[test]
    fn the_sum_is_the_one_of_the_textbook() {
        let prices = Prices { jobs: vec![80, 160], limits: vec![8], ..Prices::default() };
        // 10 + min(20, 15) - 4 x 1 = 21; at a reduced cost of -2 for two vehicles 17; Farley 8/10 of prices: 8 + 15 - 3.2 = 19.8.
        assert_eq!(bounding().bound(&prices, &Cuts::default(), &[0]), 21);
        assert_eq!(bounding().bound(&prices, &Cuts::default(), &[-16]), 20);
        // Without the price on room: 25; at -0.125 for two vehicles 24.75, rounded up to what plans can cost.
        let prices = Prices { limits: vec![0], ..prices };
        assert_eq!(bounding().bound(&prices, &Cuts::default(), &[-1]), 25);
    }

    /// Plans of 22 at most are looked for.
    #[test]
    fn a_route_is_below_the_bar_where_its_plan_is_cheaper_than_the_one_known() {
        let prices = Prices { jobs: vec![80, 160], limits: vec![0], ..Prices::default() };
        // 25 - 2 x 2 = 21 without the price on room; one route may cost 22 - 21 more than -2, and one step.
        assert_eq!(bounding().bars(&prices, &Cuts::default(), &[-16], 23), vec![-16 + 8 + 1]);
    }

    #[test]
    fn no_bound_is_below_nothing() {
        let prices = Prices { jobs: vec![8, 0], ..Prices::default() };
        let costly = Bounding { cheapest: vec![0], ..bounding() };
        assert_eq!(costly.bound(&prices, &Cuts::default(), &[-800]), 0);
    }
}
