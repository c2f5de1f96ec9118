//! What crews bring to outlets and take from them, and what lies there because of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::amount::StreamAmount;
use super::ids::{OperatorId, OutletId};
use super::outlet::{Outlet, OutletKind};

/// Grams and litres.
pub type Amount = (i64, i64);

/// Both ways; a change of what was known before may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub brought: Amount,
    pub taken: Amount,
}

impl Moved {
    pub fn plus(self, other: Self) -> Self {
        let add = |one: Amount, other: Amount| (one.0 + other.0, one.1 + other.1);
        Self { brought: add(self.brought, other.brought), taken: add(self.taken, other.taken) }
    }

    pub fn negated(self) -> Self {
        let negated = |amount: Amount| (-amount.0, -amount.1);
        Self { brought: negated(self.brought), taken: negated(self.taken) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StockKey {
    pub operator: OperatorId,
    pub outlet: OutletId,
    pub service_date: NaiveDate,
    /// Its code.
    pub stream: String,
}

/// What was moved of a stream at an outlet on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockDay {
    pub key: StockKey,
    pub moved: Moved,
}

/// What is left of days in their order. Crews report when they have network: within a day nothing says what came first, and
/// deliveries before clearings lose nothing. More than is known to have come in was there all the same.
pub fn held(days: impl IntoIterator<Item = Moved>) -> Amount {
    days.into_iter().fold((0, 0), |held, day| {
        let left = |held: i64, brought: i64, taken: i64| (held + brought - taken).max(0);
        (left(held.0, day.brought.0, day.taken.0), left(held.1, day.brought.1, day.taken.1))
    })
}

/// The streams of which the outlet has no room left on that day. A sorting centre is never emptied and its capacity is that of
/// a day; the others hold theirs until they are emptied. A stream without a capacity is never full.
pub fn full_streams<'a>(outlet: &'a Outlet, days: &[StockDay], date: NaiveDate) -> Vec<(&'a StreamAmount, Amount)> {
    let held_of = |stream: &str| {
        let mut moved: BTreeMap<NaiveDate, Moved> = BTreeMap::new();
        for day in days.iter().filter(|day| day.key.outlet == outlet.id && day.key.stream == stream) {
            let sum = moved.entry(day.key.service_date).or_default();
            *sum = sum.plus(day.moved);
        }
        match outlet.kind {
            OutletKind::SortingCenter => moved.get(&date).map_or((0, 0), |day| day.brought),
            OutletKind::SmartBin | OutletKind::CollectionPoint | OutletKind::TransferStation => {
                held(moved.into_values())
            }
        }
    };
    let limits = outlet.capacity.iter().filter(|limit| outlet.streams.contains(&limit.stream));
    let held = limits.map(|limit| (limit, held_of(&limit.stream)));
    held.filter(|(limit, held)| held.0 >= limit.grams.0 || held.1 >= limit.litres.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_beyond_what_came_was_there_all_the_same() {
        let day = |brought, taken| Moved { brought: (brought, brought), taken: (taken, taken) };
        assert_eq!(held([day(10, 0), day(5, 20), day(7, 0)]), (7, 7));
        assert_eq!(held([day(10, 4), day(0, 0)]), (6, 6));
        assert_eq!(held([]), (0, 0));
    }
}
