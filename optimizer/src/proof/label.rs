//! Labels: partial routes, and when one makes another needless.
//!
//! A label stands for all departures of its walk at once. With departure `d` the vehicle is ready at `max(clock, d + busy)`, for
//! all `d <= limit`: `clock` is the earliest moment, `busy` the time on the way without waiting, `limit` the latest departure. So at a
//! moment `t >= clock` the walk has cost `cost + w max(busy, t - limit)` with `w` the price of a second. Backwards all
//! instants are mirrored (`horizon - t`) and the same holds.
//!
//! Rules of dominance. Label `a` makes label `b` at the same vertex needless if whatever completes `b` completes `a`, and no
//! dearer:
//! 1. `a.clock <= b.clock`: later starts are never allowed earlier finishes (all windows, first in first out).
//! 2. No load of `a` is above that of `b`: loads only grow until an outlet takes them whole, and what is paid for bringing them grows with them.
//! 3. What is on board of `a` (groups of streams, anything that must leave) is on board of `b`.
//! 4. `a.metres <= b.metres` where the range is limited.
//! 5. Jobs that `a` remembers `b` remembers.
//! 6. At every moment `t >= b.clock`, `a` has cost no more than `b`. With `w > 0` both are the maximum of a constant and
//!    a line of slope `w`, so two comparisons decide: the lines, and the constant of `a` with `b` at `b.clock`.
//! 7. For each subset-row cut of which `a` has seen an odd number of visits and `b` an even one, `a` may have to pay
//!    once more: that price is added to `a` in 6.
//! 8. Where duration is limited, that of `a` at every moment `t >= b.clock` is no longer: decided like 6, with no cost and `w = 1`.
//! 9. Where trips wait for releases, the next job may hold up what lies behind. Forwards: up to the last release `a` may leave as late as
//!    `b`, and is on the way no longer, or holding it up as far as `b` can be leaves it as early as `b`. Backwards: `a.ready <= b.ready`.

use super::cuts::Parities;
use super::prices::Fixed;

/// Runs an expression with `K` the numbers that labels carry: as few as the compiler has made code for.
macro_rules! by_dims {
    ($n_dims:expr, $K:ident => $body:expr) => {{
        macro_rules! with {
            ($dims:expr) => {{
                const $K: usize = $dims;
                $body
            }};
        }
        match $n_dims {
            0 => with!(0),
            1 => with!(1),
            2 => with!(2),
            3..=4 => with!(4),
            5..=$crate::proof::freight::DIMS_MAX => with!($crate::proof::freight::DIMS_MAX),
            _ => with!($crate::proof::freight::DIMS_MAX + $crate::proof::freight::DAY_DIMS_MAX),
        }
    }};
}
pub(crate) use by_dims;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Label<const K: usize> {
    /// Reduced cost so far, without the price of duration.
    pub(crate) cost: Fixed,
    /// Remembered jobs, as bits of the vertex's row of memory.
    pub(crate) memory: u64,
    /// Subset-row cuts with an odd number of visits so far.
    pub(crate) odd: Parities,
    pub(crate) marks: u64,
    pub(crate) clock: i32,
    pub(crate) busy: i32,
    pub(crate) limit: i32,
    pub(crate) metres: i32,
    /// Backwards: the trip begins no earlier. Forwards `clock` knows it.
    pub(crate) ready: i32,
    pub(crate) loads: [i32; K],
    /// Index in the history of the labelling.
    pub(crate) id: u32,
}

impl<const K: usize> Label<K> {
    /// Cost without any waiting: the least it can come to.
    #[inline]
    pub(crate) fn least(&self, per_second: Fixed) -> Fixed {
        self.cost + per_second * Fixed::from(self.busy)
    }

    /// Cost if the walk ended now.
    #[inline]
    pub(crate) fn now(&self, per_second: Fixed) -> Fixed {
        self.cost + per_second * Fixed::from(self.busy.max(self.clock - self.limit))
    }
}

/// What of dominance is compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'p> {
    pub(crate) per_second: Fixed,
    pub(crate) metres: bool,
    /// Price of each subset-row cut.
    pub(crate) subsets: &'p [Fixed],
    /// Rules 5 and 7. Without them good labels are lost: for quick looks only.
    pub(crate) exact: bool,
    /// Routes may not take longer than so much.
    pub(crate) durations: bool,
    /// The last release, where trips wait for any.
    pub(crate) last_release: i32,
}

impl Rules<'_> {
    /// Rule 9.
    #[inline]
    fn holds_up_less<const K: usize>(&self, a: &Label<K>, b: &Label<K>) -> bool {
        let last = b.limit.min(self.last_release);
        a.limit >= last && (a.busy <= b.busy || last + a.busy <= b.clock)
    }

    /// `a` makes `b` needless. Both are at the same vertex.
    #[inline]
    pub(crate) fn dominates<const K: usize>(&self, a: &Label<K>, b: &Label<K>) -> bool {
        if a.clock > b.clock || (self.exact && a.memory & !b.memory != 0) || a.marks & !b.marks != 0 {
            return false;
        }
        if a.loads.iter().zip(&b.loads).any(|(a, b)| a > b) || (self.metres && a.metres > b.metres) {
            return false;
        }
        if self.durations && (a.limit < b.limit || a.busy > b.busy.max(b.clock - b.limit)) {
            return false;
        }
        if a.ready > b.ready || (self.last_release > 0 && !self.holds_up_less(a, b)) {
            return false;
        }
        let mut extra = 0;
        if self.exact {
            let mut owed = a.odd & !b.odd;
            while owed != 0 {
                extra += self.subsets[owed.trailing_zeros() as usize];
                owed &= owed - 1;
            }
        }
        if self.per_second == 0 {
            return a.cost + extra <= b.cost;
        }
        let line = |label: &Label<K>| label.cost - self.per_second * Fixed::from(label.limit);
        a.least(self.per_second) + extra <= b.now(self.per_second) && line(a) + extra <= line(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Label<1> = Label {
        cost: 10,
        memory: 0b11,
        odd: 0,
        marks: 0,
        clock: 50,
        busy: 30,
        limit: 20,
        metres: 7,
        ready: 0,
        loads: [4],
        id: 0,
    };

    fn rules(per_second: Fixed, exact: bool) -> Rules<'static> {
        Rules { per_second, metres: true, subsets: &[5, 3], exact, durations: false, last_release: 0 }
    }

    #[test]
    fn each_rule_by_itself_stands_in_the_way() {
        let better = Label { cost: 0, ..PLAIN };
        assert!(rules(1, true).dominates(&better, &PLAIN));
        assert!(!rules(1, true).dominates(&PLAIN, &better), "dearer");
        let worse = [
            Label { clock: 51, ..better },
            Label { loads: [5], ..better },
            Label { marks: 1, ..better },
            Label { metres: 8, ..better },
            Label { memory: 0b111, ..better },
            Label { odd: 0b11, cost: 3, ..better },
            Label { busy: 41, ..better },
            Label { ready: 1, ..better },
            Label { limit: 9, ..better },
        ];
        for label in worse {
            assert!(!rules(1, true).dominates(&label, &PLAIN), "{label:?}");
        }
        assert!(rules(1, true).dominates(&Label { odd: 0b11, cost: 2, ..better }, &PLAIN), "8 to pay, 8 cheaper");
        assert!(rules(1, false).dominates(&Label { memory: 0b111, ..better }, &PLAIN), "a quick look forgets");
        assert!(rules(0, true).dominates(&Label { busy: 41, limit: 0, ..better }, &PLAIN), "time is free");
    }

    /// Rule 6 against trying every moment.
    #[test]
    fn two_comparisons_decide_about_all_moments() {
        let mut seen = [0, 0];
        for case in 0..20_000_i64 {
            let part = |k: u32, n: i64| (case.wrapping_mul(2_654_435_761) >> k).rem_euclid(n);
            let label = |k: u32| {
                let (busy, limit) = (part(k, 9) as i32, part(k + 3, 9) as i32);
                Label { cost: part(k + 6, 12), busy, limit, clock: busy + part(k + 9, 5) as i32, ..PLAIN }
            };
            let (a, b) = (label(2), label(14));
            let at = |l: &Label<1>, t: i32| l.cost + 2 * i64::from(l.busy.max(t - l.limit));
            let slow = a.clock <= b.clock && (b.clock..60).all(|t| at(&a, t) <= at(&b, t));
            assert_eq!(rules(2, true).dominates(&a, &b), slow, "{a:?} {b:?}");
            seen[usize::from(slow)] += 1;
        }
        assert!(seen.iter().all(|&n| n > 1_000), "{seen:?}");
    }
}
