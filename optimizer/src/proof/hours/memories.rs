//! Jobs that labels remember at each job, itself among them: at most 16.

use super::class::Class;
use crate::resources::model::Model;

#[derive(Debug, Default)]
pub(super) struct Memories {
    n: usize,
    sets: Vec<Vec<u16>>,
    /// By job, then by where a label is: bit of the job in the memory there, or [`FORGOTTEN`].
    bits: Vec<u8>,
}

const FORGOTTEN: u8 = u8::MAX;
/// Bits of a memory.
pub(super) const MEMORY_MAX: usize = 16;

impl Memories {
    /// The nearest by time, there and back and between windows.
    pub(super) fn new(model: &Model<'_>, class: &Class, size: usize) -> Self {
        let (n, kind) = (class.jobs.len(), class.kind(model));
        let place = |at: usize| model.nodes[class.jobs[at]].place;
        let mut memories = Self { n, sets: Vec::with_capacity(n), bits: vec![FORGOTTEN; n * n] };
        for i in 0..n {
            let far = |j: usize| {
                let both = model.seconds(kind, place(i), place(j)) + model.seconds(kind, place(j), place(i));
                let apart = (class.windows[i].0 - class.windows[j].1).max(class.windows[j].0 - class.windows[i].1);
                (i != j, both + apart.max(0), j as u16)
            };
            let mut ranked: Vec<(bool, i64, u16)> = (0..n).map(far).collect();
            let size = size.clamp(1, MEMORY_MAX).min(n);
            if size < n {
                ranked.select_nth_unstable(size - 1);
                ranked.truncate(size);
            }
            let set: Vec<u16> = ranked.into_iter().map(|(.., j)| j).collect();
            set.iter().enumerate().for_each(|(bit, &j)| memories.bits[usize::from(j) * n + i] = bit as u8);
            memories.sets.push(set);
        }
        memories
    }

    /// The job's own bit.
    #[inline]
    pub(super) fn own(&self, at: usize) -> u16 {
        1 << self.bits[at * self.n + at]
    }

    /// A label at `at` with this memory knows `other`.
    #[inline]
    pub(super) fn knows(&self, at: usize, memory: u16, other: usize) -> bool {
        let bit = self.bits[other * self.n + at];
        bit != FORGOTTEN && memory >> bit & 1 == 1
    }

    /// What a memory at `from` becomes at `to`, with `to` itself.
    #[inline]
    pub(super) fn carry(&self, from: usize, to: usize, memory: u16) -> u16 {
        let (mut rest, mut carried) = (memory, self.own(to));
        while rest != 0 {
            let job = self.sets[from][rest.trailing_zeros() as usize];
            rest &= rest - 1;
            let bit = self.bits[usize::from(job) * self.n + to];
            if bit != FORGOTTEN {
                carried |= 1 << bit;
            }
        }
        carried
    }
}
