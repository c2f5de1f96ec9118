//! How long a route takes at least, in constant time after an insertion: the pieces before and after it are joined.
//!
//! A limit on the duration (or a price on it) is no matter of "how early" and "how late" alone: leaving later may shorten
//! the wait at the first window. Holds where every node has one window, nothing depends on the visit before, and no break
//! is due ([`Model::plain_times`]); elsewhere the schedule itself has to be found.
//!
//! Source: Vidal, Crainic, Gendreau and Prins (2013), Computers & Operations Research 40(1), 475-489, without time warp.

use super::model::{FAR, Kind, Model, Node};

/// A possible piece of a route: its least duration, waiting included, and the first and last moment to begin it that way. Begun at `t` it ends
/// at `duration + max(earliest, t)`, and after `latest` it cannot be begun at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) duration: i64,
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

impl Span {
    fn end(kind: &Kind) -> Self {
        Self { duration: 0, earliest: kind.opens, latest: kind.closes }
    }

    #[inline]
    fn of(model: &Model<'_>, node: Node) -> Self {
        let (earliest, latest) = model.windows(node).first().copied().unwrap_or((FAR, -FAR));
        Self { duration: model.nodes[node as usize].service, earliest, latest }
    }

    /// Both pieces with a leg of `drive` seconds between them; `None` where the first, begun as early as it can be, comes too late.
    #[inline]
    pub(crate) fn then(self, drive: i64, then: Self) -> Option<Self> {
        let joined = self.join(drive, then);
        (joined.earliest <= joined.latest).then_some(joined)
    }

    #[inline]
    fn join(self, drive: i64, then: Self) -> Self {
        let shift = self.duration + drive;
        let wait = (then.earliest - shift - self.latest).max(0);
        Self {
            duration: shift + wait + then.duration,
            earliest: (then.earliest - shift).max(self.earliest) - wait,
            latest: (then.latest - shift).min(self.latest),
        }
    }
}

/// The pieces of one route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    /// Row `k`: from the start through the first `k` visits.
    heads: Vec<Span>,
    /// Row `k`: from visit `k`, or from the end, to the end.
    tails: Vec<Span>,
}

impl Spans {
    pub(crate) fn apply(model: &Model<'_>, kind: &Kind) -> bool {
        let plain = kind.pause.is_none() && kind.prefix.is_none() && !kind.is_banned() && kind.per_overtime == 0;
        model.plain_times && plain
    }

    /// The least duration of a route that keeps all windows.
    pub(crate) fn fill(&mut self, model: &Model<'_>, kind: &Kind, visits: &[Node]) -> i64 {
        let drive = |from: usize, to: usize| model.seconds(kind, from, to);
        self.heads.clear();
        let (mut head, mut place) = (Span::end(kind), kind.start);
        self.heads.push(head);
        for &node in visits {
            head = head.join(drive(place, model.place(node)), Span::of(model, node));
            place = model.place(node);
            self.heads.push(head);
        }
        self.tails.clear();
        self.tails.resize(visits.len() + 1, Span::end(kind));
        let mut next = kind.end;
        for (row, &node) in visits.iter().enumerate().rev() {
            self.tails[row] = Span::of(model, node).join(drive(model.place(node), next), self.tails[row + 1]);
            next = model.place(node);
        }
        self.tails[0].duration.max(head.join(drive(place, kind.end), Span::end(kind)).duration)
    }

    /// The least duration once `nodes` have come in at `gap` between two places, if all windows can still be kept.
    #[inline]
    pub(crate) fn with(
        &self,
        model: &Model<'_>,
        kind: &Kind,
        gap: usize,
        nodes: &[Node],
        (from, to): (usize, usize),
    ) -> i64 {
        let (mut span, mut place) = (self.heads[gap], from);
        for &node in nodes {
            span = span.join(model.seconds(kind, place, model.place(node)), Span::of(model, node));
            place = model.place(node);
        }
        span.join(model.seconds(kind, place, to), self.tails[gap]).duration
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::{Instance, Seconds};

    use super::*;
    use crate::routing::cases::random;
    use crate::routing::schedule::Course;

    fn plain(seed: u64) -> Instance {
        let mut parts = (*random(seed, 6, 2, 2)).clone();
        for job in &mut parts.jobs {
            job.windows.truncate(1);
            (job.setup, job.release) = (Seconds(0), None);
        }
        parts.outlets.iter_mut().for_each(|outlet| outlet.windows.truncate(1));
        for vehicle in &mut parts.vehicles {
            vehicle.pause = None;
            vehicle.max_duration = Some(Seconds(30));
        }
        Instance::new(parts).expect("one window is as valid as two")
    }

    /// Against the exact schedule, for every route of three visits and every fourth one put into it.
    #[test]
    fn the_least_duration_is_that_of_the_exact_schedule() {
        let (mut possible, mut waits) = (0, 0);
        for seed in 0..60 {
            let instance = plain(seed);
            let model = Model::new(&instance);
            assert!(model.plain_times);
            let kind = &model.kinds[0];
            let exact = |visits: &[Node]| Course { model: &model, kind, visits, terms: &[], drives: &[] }.best_timing();
            let (n, mut spans) = (model.nodes.len() as Node, Spans::default());
            for visits in (0..n * n * n).map(|code| [code % n, code / n % n, code / n / n]) {
                let Some(timing) = exact(&visits) else { continue };
                let duration = spans.fill(&model, kind, &visits);
                assert_eq!(duration, timing.duration(), "seed {seed}, {visits:?}");
                for (gap, node) in (0..=3).flat_map(|gap| (0..n).map(move |node| (gap, node))) {
                    let mut longer = visits.to_vec();
                    longer.insert(gap, node);
                    let Some(timing) = exact(&longer) else { continue };
                    let place = |row: usize| model.place(visits[row]);
                    let ends = (
                        if gap == 0 { kind.start } else { place(gap - 1) },
                        if gap == 3 { kind.end } else { place(gap) },
                    );
                    let joined = spans.with(&model, kind, gap, &[node], ends);
                    assert_eq!(joined, timing.duration(), "seed {seed}, {visits:?}, {node} at {gap}");
                    possible += 1;
                    waits += usize::from(timing.duration() > duration);
                }
            }
        }
        assert!(possible > 1_000 && waits > 100, "{possible} possible: the cases are too poor");
    }
}
