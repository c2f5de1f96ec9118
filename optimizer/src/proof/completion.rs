//! Completion bounds: the least that a route can cost which begins with a given label.
//!
//! Backwards labels that were extended as far as they go stand, after dominance, for every end of a route. So a forward label whose
//! best meeting with them is not below a bar is part of no route below it.
//!
//! Source: Baldacci, Christofides and Mingozzi (2008), Mathematical Programming 115(2), 351-385.

use super::joining::Joining;
use super::label::Label;
use super::labelling::Labelling;
use super::prices::Fixed;

#[derive(Debug)]
pub(crate) struct Completions<'a, const K: usize> {
    pub(crate) joining: Joining<'a>,
    /// By vertex, ascending by [`Label::least`].
    ends: Vec<Vec<Label<K>>>,
}

impl<'a, const K: usize> Completions<'a, K> {
    /// Of a backward labelling that nothing stopped half way.
    pub(crate) fn new(joining: Joining<'a>, backward: &Labelling<'_, K>) -> Self {
        let per_second = joining.network.per_second;
        let sorted = |vertex: usize| {
            let mut ends: Vec<Label<K>> = backward.at(vertex, -1).copied().collect();
            ends.sort_by_key(|label| (label.least(per_second), label.id));
            ends
        };
        Self { joining, ends: (0..joining.network.vertices.len()).map(sorted).collect() }
    }

    /// A route that begins with the label may cost less than `bar`.
    pub(crate) fn may_end_below(&self, vertex: usize, label: &Label<K>, bar: Fixed) -> bool {
        let per_second = self.joining.network.per_second;
        let left = bar - label.least(per_second);
        let near = self.ends[vertex].iter().take_while(|end| end.least(per_second) < left);
        near.into_iter().any(|end| self.joining.joined(vertex, label, end).is_some_and(|cost| cost < bar))
    }

    /// The least that a route which begins with the label costs, if that is below `bar`.
    pub(crate) fn least_below(&self, vertex: usize, label: &Label<K>, bar: Fixed) -> Option<Fixed> {
        let per_second = self.joining.network.per_second;
        let own = label.least(per_second);
        let mut best = bar;
        for end in &self.ends[vertex] {
            if own + end.least(per_second) >= best {
                break;
            }
            best = self.joining.joined(vertex, label, end).map_or(best, |cost| cost.min(best));
        }
        (best < bar).then_some(best)
    }

    /// No end of a route from this vertex costs less; `None` where there is none.
    pub(crate) fn least(&self, vertex: usize) -> Option<Fixed> {
        self.ends[vertex].first().map(|end| end.least(self.joining.network.per_second))
    }
}
