//! What is on board, as a label carries it for one kind of vehicle: as few numbers as decide exactly.
//!
//! Streams that the vehicle cannot tell apart (same compartment, same outlets, same clashes, no outlet limit) are one
//! *group*. Where every outlet empties all groups or none, only the sums that a capacity speaks of are carried. Otherwise grams and litres of each
//! group are; where these are too many, outlets are taken to empty everything and to have room for
//! everything: more routes are possible then than in truth, so a bound over them still holds.

use huilu_model::JobIdx;

use crate::resources::model::{Kind, Model, Node, Room};

/// More numbers than this, besides those of the whole day, a label cannot carry.
pub(crate) const DIMS_MAX: usize = 8;
/// Grams, litres and jobs of the whole day.
pub(crate) const DAY_DIMS_MAX: usize = 3;
/// Set while anything is on board that must leave the vehicle before its end.
pub(crate) const ABOARD: u64 = 1 << 63;

/// A sum of dimensions that may not pass `most`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cap {
    pub(crate) dims: u32,
    pub(crate) most: i32,
}

/// An amount that an outlet with limited room receives: dimension, limit, and the halvings the dimension stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) dim: usize,
    pub(crate) limit: usize,
    pub(crate) halved: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Freight {
    n_dims: usize,
    caps: Vec<Cap>,
    /// By job and dimension.
    loads: Vec<i32>,
    /// Labels carry none of the sums for now ([`Freight::leave_out`]).
    left_out: bool,
    /// By job: groups it brings on board, with [`ABOARD`] if any; 0 where nobody asks.
    pub(crate) marks: Vec<u64>,
    /// By job: groups that may not be on board.
    pub(crate) clashes: Vec<u64>,
    /// By group: groups that may not be on board with it.
    group_clashes: Vec<u64>,
    /// By outlet: dimensions that stay as they are.
    pub(crate) keeps_dims: Vec<u32>,
    /// By outlet: groups that stay on board.
    pub(crate) keeps_marks: Vec<u64>,
    /// By outlet.
    pub(crate) brings: Vec<Vec<Brought>>,
    /// Every outlet empties everything: then labels may also be extended backwards.
    pub(crate) whole: bool,
    /// Outlets take more than in truth.
    pub(crate) relaxed: bool,
}

/// One sum that is tracked: which streams, grams or litres.
#[derive(Clone, Copy, PartialEq)]
struct Dim {
    streams: u32,
    what: What,
    halved: u32,
    /// No outlet empties it.
    of_day: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Grams,
    Litres,
    Jobs,
}

impl What {
    fn of(room: Room) -> Self {
        if room.litres { Self::Litres } else { Self::Grams }
    }
}

impl Freight {
    /// `limit_of(outlet, stream)` is the index of the limit in grams of a limited outlet; the one in litres follows.
    pub(crate) fn new(
        model: &Model<'_>,
        kind: &Kind,
        limit_of: &dyn Fn(usize, usize) -> Option<usize>,
        coarse: bool,
    ) -> Self {
        let jobs = || (0..model.n_jobs).filter(|&job| kind.serves[job]);
        let carried = jobs().fold(0, |set, job| set | model.streams_of(job));
        let n_outlets = model.accepts.len();
        let limited = (0..n_outlets)
            .any(|o| (0..model.n_streams).any(|s| limit_of(o, s).is_some() && takes(model, o, s, carried)));
        let all_or_none = model.accepts.iter().all(|&accepts| accepts & carried == 0 || accepts & carried == carried);
        let exact_whole = all_or_none && !limited;
        if !exact_whole && !coarse {
            let split = Self::split(model, kind, carried, limit_of);
            if split.n_dims <= DIMS_MAX {
                return split;
            }
        }
        let mut whole = Self::whole(model, kind, carried);
        whole.relaxed = !exact_whole;
        whole
    }

    /// Only sums with a capacity; an outlet that takes anything takes everything.
    fn whole(model: &Model<'_>, kind: &Kind, carried: u32) -> Self {
        let mut limits: Vec<(Dim, i64)> = Vec::new();
        let mut limit = |streams: u32, what: What, most: i64| {
            let dim = Dim { streams, what, halved: halvings(most), of_day: false };
            match limits.iter_mut().find(|(known, _)| (known.streams, known.what) == (streams, what)) {
                Some(known) if known.1 <= most => {}
                Some(known) => *known = (dim, most),
                None => limits.push((dim, most)),
            }
        };
        kind.rooms().for_each(|room| limit(room.streams & carried, What::of(room), room.most));
        // A sum that all jobs together do not fill decides nothing.
        limits.retain(|(dim, most)| all_jobs(model, kind, dim) > *most);
        // Fewer sums allow more: the tightest decide most.
        limits.truncate(DIMS_MAX);
        limits.extend(of_day(model, kind, carried));
        let dims: Vec<Dim> = limits.iter().map(|(dim, _)| *dim).collect();
        let caps = limits
            .iter()
            .enumerate()
            .map(|(d, (dim, most))| Cap { dims: 1 << d, most: fit(*most, dim.halved) })
            .collect();
        let streams = || (0..model.n_streams).filter(|&s| carried >> s & 1 == 1);
        let groups: Vec<u32> = match streams().any(|s| model.clashes[s] & carried != 0) {
            true => streams().map(|s| 1 << s).collect(),
            false => vec![carried],
        };
        let mut freight = Self::with(model, kind, &dims, caps, &groups);
        for (outlet, &accepts) in model.accepts.iter().enumerate() {
            let empties = accepts & carried != 0;
            let stays = (0..dims.len()).filter(|&d| dims[d].of_day).fold(0, |set, d| set | 1 << d);
            freight.keeps_dims[outlet] = if empties { stays } else { u32::MAX };
            freight.keeps_marks[outlet] = if empties { 0 } else { u64::MAX };
        }
        freight.whole = true;
        freight
    }

    /// Grams and litres by group.
    fn split(model: &Model<'_>, kind: &Kind, carried: u32, limit_of: &dyn Fn(usize, usize) -> Option<usize>) -> Self {
        let alike = |one: usize, other: usize| {
            let limits = |s: usize| (0..model.accepts.len()).any(|o| limit_of(o, s).is_some());
            kind.part_of[one] == kind.part_of[other]
                && model.clashes[one] & carried == model.clashes[other] & carried
                && model.accepts.iter().all(|accepts| accepts >> one & 1 == accepts >> other & 1)
                && !limits(one)
                && !limits(other)
        };
        let mut groups: Vec<u32> = Vec::new();
        for stream in (0..model.n_streams).filter(|&s| carried >> s & 1 == 1) {
            match groups.iter_mut().find(|group| alike(group.trailing_zeros() as usize, stream)) {
                Some(group) => *group |= 1 << stream,
                None => groups.push(1 << stream),
            }
        }
        let mut dims: Vec<Dim> = Vec::new();
        for &streams in &groups {
            let part = &kind.parts[kind.part_of[streams.trailing_zeros() as usize]];
            let dim = |what, most| Dim { streams, what, halved: halvings(most), of_day: false };
            dims.push(dim(What::Grams, part.grams.max(kind.grams)));
            dims.push(dim(What::Litres, part.litres));
        }
        let matters = |dim: &Dim| (0..model.n_jobs).any(|job| kind.serves[job] && amount(model, job, dim) > 0);
        dims.retain(matters);
        if dims.len() > DIMS_MAX {
            return Self { n_dims: dims.len(), ..Self::default() };
        }
        let mut caps = Vec::new();
        let mut cap = |streams: u32, what: What, most: i64| {
            let of: Vec<usize> =
                (0..dims.len()).filter(|&d| dims[d].what == what && dims[d].streams & streams != 0).collect();
            // All sums of one cap are halved alike, or the cap would compare different units.
            let halved = of.iter().map(|&d| dims[d].halved).max().unwrap_or(0);
            of.iter().for_each(|&d| dims[d].halved = halved);
            caps.push((of, most, halved));
        };
        kind.rooms().for_each(|room| cap(room.streams & carried, What::of(room), room.most));
        let halved = |of: &[usize]| of.iter().map(|&d| dims[d].halved).max().unwrap_or(0);
        let caps = caps
            .iter()
            .filter(|(of, ..)| !of.is_empty())
            .map(|(of, most, _)| Cap { dims: of.iter().fold(0, |set, d| set | 1 << d), most: fit(*most, halved(of)) });
        let mut caps: Vec<Cap> = caps.collect();
        for (dim, most) in of_day(model, kind, carried) {
            caps.push(Cap { dims: 1 << dims.len(), most: fit(most, dim.halved) });
            dims.push(dim);
        }
        let mut freight = Self::with(model, kind, &dims, caps, &groups);
        for (outlet, &accepts) in model.accepts.iter().enumerate() {
            for (d, dim) in dims.iter().enumerate() {
                if dim.of_day || dim.streams & accepts == 0 {
                    freight.keeps_dims[outlet] |= 1 << d;
                } else if let Some(limit) = limit_of(outlet, dim.streams.trailing_zeros() as usize) {
                    let limit = limit + usize::from(dim.what == What::Litres);
                    freight.brings[outlet].push(Brought { dim: d, limit, halved: dim.halved });
                }
            }
            for (g, &streams) in groups.iter().enumerate() {
                freight.keeps_marks[outlet] |= u64::from(streams & accepts == 0) << g;
            }
        }
        freight
    }

    fn with(model: &Model<'_>, kind: &Kind, dims: &[Dim], caps: Vec<Cap>, groups: &[u32]) -> Self {
        let n_outlets = model.accepts.len();
        let groups_of = |streams: u32| {
            groups
                .iter()
                .enumerate()
                .filter(|(_, group)| **group & streams != 0)
                .fold(0_u64, |set, (g, _)| set | 1 << g)
        };
        let clashes_of = |streams: u32| {
            let same_part = |s: usize| kind.parts.get(kind.part_of[s]).map_or(0, |part| part.streams);
            let clashing = |s: usize| model.clashes[s] & same_part(s);
            groups_of((0..model.n_streams).filter(|&s| streams >> s & 1 == 1).fold(0, |set, s| set | clashing(s)))
        };
        let any_clash = groups.iter().any(|&streams| clashes_of(streams) != 0);
        let marks_of = |job: JobIdx| {
            let streams = if kind.serves[job] { model.streams_of(job) } else { 0 };
            match () {
                () if streams == 0 => 0,
                // Where outlets take parts, groups decide whether the vehicle is empty.
                () if any_clash || kind.end_empty => groups_of(streams) | if kind.end_empty { ABOARD } else { 0 },
                () => 0,
            }
        };
        Self {
            n_dims: dims.len(),
            caps,
            loads: (0..model.n_jobs)
                .flat_map(|job| {
                    dims.iter().map(
                        move |dim| if kind.serves[job] { (amount(model, job, dim) >> dim.halved) as i32 } else { 0 },
                    )
                })
                .collect(),
            marks: (0..model.n_jobs).map(marks_of).collect(),
            clashes: (0..model.n_jobs).map(|job| clashes_of(model.streams_of(job))).collect(),
            group_clashes: groups.iter().map(|&streams| clashes_of(streams)).collect(),
            keeps_dims: vec![0; n_outlets],
            keeps_marks: vec![0; n_outlets],
            brings: vec![Vec::new(); n_outlets],
            left_out: false,
            whole: false,
            relaxed: false,
        }
    }

    /// Drops the first sum, which is counted elsewhere.
    pub(crate) fn forget_first(&mut self) {
        let n = self.n_dims;
        self.loads = self.loads.chunks(n.max(1)).flat_map(|own| own[1..].to_vec()).collect();
        self.caps.remove(0);
        self.caps.iter_mut().for_each(|cap| cap.dims >>= 1);
        self.n_dims = n - 1;
    }

    /// Leaves the sums uncounted, so that labels which differ in them alone are not told apart, where there are routes and none of them fills more than
    /// `part` of a capacity. Vehicles may hold anything then, and more routes are possible than in truth.
    ///
    /// Source of relaxing what a label carries, and counting it again where that is needed: Righini and Salani (2008), Networks 51(3), 155-170.
    pub(crate) fn leave_out(&mut self, routes: &[&[Node]], part: f64) {
        self.left_out = !routes.is_empty() && routes.iter().all(|route| self.fits(route, part));
    }

    /// Labels carry no sum that has a capacity.
    pub(crate) fn is_left_out(&self) -> bool {
        self.left_out
    }

    /// Counts what was left out.
    pub(crate) fn count(&mut self) {
        self.left_out = false;
    }

    /// A route passes a capacity that is left out.
    pub(crate) fn passes(&self, visits: &[Node]) -> bool {
        self.left_out && !self.fits(visits, 1.0)
    }

    /// The same where each job counts once: a route that is too full only because it comes to jobs again goes when labels remember more.
    pub(crate) fn passes_once(&self, visits: &[Node]) -> bool {
        let mut jobs = visits.to_vec();
        jobs.sort_unstable();
        jobs.dedup();
        self.passes(&jobs)
    }

    /// These jobs fill no more than `part` of any capacity.
    fn fits(&self, jobs: &[Node], part: f64) -> bool {
        let held = |cap: &Cap| -> i64 {
            let counted = |&(d, _): &(usize, &i32)| cap.dims >> d & 1 == 1;
            let of_job = |&job: &Node| &self.loads[job as usize * self.n_dims..][..self.n_dims];
            jobs.iter()
                .flat_map(|job| of_job(job).iter().enumerate().filter(counted))
                .map(|(_, &load)| i64::from(load))
                .sum()
        };
        self.caps.iter().all(|cap| held(cap) as f64 <= part * f64::from(cap.most))
    }

    /// Numbers that a label carries.
    pub(crate) fn n_dims(&self) -> usize {
        if self.left_out { 0 } else { self.n_dims }
    }

    /// Capacities of what a label carries.
    pub(crate) fn caps(&self) -> &[Cap] {
        if self.left_out { &[] } else { &self.caps }
    }

    pub(crate) fn load(&self, job: JobIdx) -> &[i32] {
        if self.left_out { &[] } else { &self.loads[job * self.n_dims..(job + 1) * self.n_dims] }
    }

    /// The groups of `before` and of `after` may be on board together, and the vehicle is empty in time.
    pub(crate) fn meet(&self, before: u64, after: u64) -> bool {
        if before & after & ABOARD != 0 {
            return false;
        }
        let mut groups = before & !ABOARD;
        while groups != 0 {
            if self.group_clashes[groups.trailing_zeros() as usize] & after != 0 {
                return false;
            }
            groups &= groups - 1;
        }
        true
    }
}

fn takes(model: &Model<'_>, outlet: usize, stream: usize, carried: u32) -> bool {
    model.accepts[outlet] & carried & 1 << stream != 0
}

fn amount(model: &Model<'_>, job: JobIdx, dim: &Dim) -> i64 {
    let own = model.loads(job).iter().filter(|load| dim.streams >> load.stream & 1 == 1);
    match dim.what {
        What::Grams => own.map(|load| load.grams).sum(),
        What::Litres => own.map(|load| load.litres).sum(),
        What::Jobs => 1,
    }
}

fn all_jobs(model: &Model<'_>, kind: &Kind, dim: &Dim) -> i64 {
    let jobs = (0..model.n_jobs).filter(|&job| kind.serves[job]);
    jobs.map(|job| amount(model, job, dim)).fold(0, i64::saturating_add)
}

/// Limits on the whole route that all jobs together would break.
fn of_day(model: &Model<'_>, kind: &Kind, carried: u32) -> Vec<(Dim, i64)> {
    let jobs_max = i64::try_from(kind.jobs_max).unwrap_or(i64::MAX);
    let limits = [(What::Grams, kind.day_max.0), (What::Litres, kind.day_max.1), (What::Jobs, jobs_max)];
    let dim = |what, most| Dim { streams: carried, what, halved: halvings(most), of_day: true };
    let all = limits.into_iter().map(|(what, most)| (dim(what, most), most));
    all.filter(|(dim, most)| all_jobs(model, kind, dim) > *most).collect()
}

/// Halvings after which a capacity fits a label. Loads are rounded down and so is the capacity: what fitted still fits.
fn halvings(most: i64) -> u32 {
    (64 - most.leading_zeros()).saturating_sub(29)
}

fn fit(most: i64, halved: u32) -> i32 {
    (most >> halved).min(1 << 29) as i32
}
