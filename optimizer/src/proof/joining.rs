//! When partial routes make a whole one, and what it costs.

use super::freight::{ABOARD, Cap};
use super::label::Label;
use super::network::Network;
use super::prices::Fixed;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Joining<'a> {
    pub(crate) network: &'a Network,
    /// Price of each subset-row cut.
    pub(crate) subsets: &'a [Fixed],
}

impl Joining<'_> {
    /// Reduced cost of the route that goes home after a forward label, if it may.
    pub(crate) fn ended<const K: usize>(&self, vertex: usize, label: &Label<K>) -> Option<Fixed> {
        let network = self.network;
        let home = network.homes[vertex]?;
        let clock = label.clock + home.drive;
        let busy = label.busy + home.drive;
        let duration = busy.max(clock - label.limit.min(home.high - busy));
        let fits = clock <= home.high
            && network.freight.meet(label.marks, ABOARD)
            && network.metres_max.is_none_or(|most| label.metres + home.metres <= most)
            && network.duration_max.is_none_or(|most| duration <= most);
        fits.then(|| label.cost + home.cost + network.per_second * Fixed::from(duration))
    }

    /// Reduced cost of the route made of a forward label and a backward one at the same vertex, if it is one.
    pub(crate) fn joined<const K: usize>(&self, vertex: usize, one: &Label<K>, other: &Label<K>) -> Option<Fixed> {
        let network = self.network;
        if other.ready > one.limit {
            return None;
        }
        let clock = if other.ready > 0 { one.clock.max(other.ready + one.busy) } else { one.clock };
        if clock + other.clock > network.horizon || one.memory & other.memory != network.own_bit(vertex) {
            return None;
        }
        let freight = &network.freight;
        if !freight.meet(one.marks, other.marks) {
            return None;
        }
        let over = |cap: &Cap| {
            let of = (0..K).filter(|d| cap.dims >> d & 1 == 1);
            of.map(|d| i64::from(one.loads[d]) + i64::from(other.loads[d])).sum::<i64>() > i64::from(cap.most)
        };
        if freight.caps().iter().any(over) {
            return None;
        }
        if network.metres_max.is_some_and(|most| one.metres + other.metres > most) {
            return None;
        }
        let mut cost = one.cost + other.cost;
        let mut second = one.odd & other.odd;
        while second != 0 {
            cost += self.subsets[second.trailing_zeros() as usize];
            second &= second - 1;
        }
        if network.per_second != 0 || network.duration_max.is_some() {
            // Backwards, `clock` and `limit` are counted from the horizon: latest departure, earliest finish.
            let latest = one.limit.min(network.horizon - other.clock - one.busy);
            let finish = (network.horizon - other.limit).max(clock + other.busy);
            let duration = (one.busy + other.busy).max(finish - latest);
            if network.duration_max.is_some_and(|most| duration > most) {
                return None;
            }
            cost += network.per_second * Fixed::from(duration);
        }
        Some(cost)
    }
}
