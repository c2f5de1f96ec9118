//! A priority queue for Dijkstra's algorithm: four children to a node (fewer cache misses than two), keys lowered in
//! place.

use crate::weight::Weight;

const CHILDREN: usize = 4;
const ABSENT: u32 = u32::MAX;

/// Smallest weight first; holds each item of `0..n` at most once.
#[derive(Debug)]
pub(crate) struct MinHeap {
    entries: Vec<(Weight, u32)>,
    /// Of each item its place in `entries`.
    place: Vec<u32>,
}

impl MinHeap {
    pub(crate) fn new(n: usize) -> Self {
        Self { entries: Vec::new(), place: vec![ABSENT; n] }
    }

    pub(crate) fn min(&self) -> Option<Weight> {
        self.entries.first().map(|&(weight, _)| weight)
    }

    /// Inserts the item, or lowers its key if `weight` is less than the present one.
    pub(crate) fn push(&mut self, item: u32, weight: Weight) {
        let mut at = self.place[item as usize] as usize;
        if at == ABSENT as usize {
            at = self.entries.len();
            self.entries.push((weight, item));
        } else if weight >= self.entries[at].0 {
            return;
        }
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if self.entries[parent].0 <= weight {
                break;
            }
            self.set(at, self.entries[parent]);
            at = parent;
        }
        self.set(at, (weight, item));
    }

    pub(crate) fn pop(&mut self) -> Option<(Weight, u32)> {
        let &top = self.entries.first()?;
        self.place[top.1 as usize] = ABSENT;
        let last = self.entries.pop()?;
        if self.entries.is_empty() {
            return Some(top);
        }
        let mut at = 0;
        loop {
            let first = at * CHILDREN + 1;
            let end = (first + CHILDREN).min(self.entries.len());
            let Some(least) = (first..end).min_by_key(|&child| self.entries[child].0) else {
                break;
            };
            if self.entries[least].0 >= last.0 {
                break;
            }
            self.set(at, self.entries[least]);
            at = least;
        }
        self.set(at, last);
        Some(top)
    }

    #[inline]
    fn set(&mut self, at: usize, entry: (Weight, u32)) {
        self.entries[at] = entry;
        self.place[entry.1 as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pops_each_item_once_by_its_least_key(pushes in prop::collection::vec((0_u32..40, 0_u64..1_000), 0..200)) {
            let mut heap = MinHeap::new(40);
            let mut least = std::collections::BTreeMap::new();
            for &(item, key) in &pushes {
                heap.push(item, Weight(key));
                least.entry(item).and_modify(|old: &mut u64| *old = (*old).min(key)).or_insert(key);
            }
            let mut popped = Vec::new();
            while let Some((weight, item)) = heap.pop() {
                prop_assert_eq!(least.remove(&item), Some(weight.0));
                popped.push(weight);
            }
            prop_assert!(least.is_empty() && popped.is_sorted());
        }
    }
}
