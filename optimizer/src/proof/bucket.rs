//! The labels of one vertex in one slice of the clock, cheapest first.

use super::prices::Fixed;

/// What most comparisons of labels are decided by, close together in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// [`super::label::Label::least`].
    pub(super) least: Fixed,
    /// 0 where dominance does not ask for it.
    pub(super) memory: u64,
    pub(super) clock: i32,
    pub(super) load: i32,
    pub(super) id: u32,
    /// Still to be extended.
    pub(super) open: bool,
}

impl Key {
    /// What can be said without looking at the labels.
    #[inline]
    pub(super) fn may_dominate(&self, other: &Self) -> bool {
        self.clock <= other.clock && self.load <= other.load && self.memory & !other.memory == 0
    }
}

#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// Ascending by `least`.
    pub(super) keys: Vec<Key>,
    /// No key before this one is open.
    next: usize,
}

impl Bucket {
    /// The label to extend next.
    pub(super) fn take(&mut self) -> Option<u32> {
        let at = self.next + self.keys[self.next..].iter().position(|key| key.open)?;
        self.keys[at].open = false;
        self.next = at + 1;
        Some(self.keys[at].id)
    }

    pub(super) fn insert(&mut self, key: Key) {
        let at = self.keys.partition_point(|other| other.least <= key.least);
        self.keys.insert(at, key);
        self.next = self.next.min(at);
    }

    /// Drops keys from `from` on.
    pub(super) fn drop_where(&mut self, from: usize, needless: impl Fn(&Key) -> bool) {
        let Some(first) = self.keys[from..].iter().position(&needless) else { return };
        let mut kept = from + first;
        for k in kept + 1..self.keys.len() {
            if !needless(&self.keys[k]) {
                self.keys[kept] = self.keys[k];
                kept += 1;
            }
        }
        self.keys.truncate(kept);
        self.next = self.next.min(from);
    }
}
