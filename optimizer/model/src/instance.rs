//! The routing instance as the search and the checker see it: indices, integers, validated once.

mod validate;

use std::ops::Deref;

use crate::balance::Balance;
use crate::datum::Wgs84;
use crate::fault::Faults;
use crate::locks::Locks;
use crate::sums;
use crate::travel::Travel;
use crate::units::{Cost, Grams, Litres, Metres, Seconds};

pub type PlaceIdx = usize;
pub type JobIdx = usize;
pub type VehicleIdx = usize;
pub type OutletIdx = usize;
pub type StreamIdx = usize;
pub type ZoneIdx = usize;
pub type WholeIdx = usize;

/// The largest magnitude any number of an instance may have. What such numbers add up to in a plan is checked on its
/// own, against [`SUM_LIMIT`](sums::SUM_LIMIT), so that no sum overflows an `i64`.
pub const NUMBER_LIMIT: i64 = 1 << 44;
/// More streams than this do not fit a [`StreamSet`].
pub const STREAMS_MAX: usize = 32;
/// More skills than this do not fit a skill mask.
pub const SKILLS_MAX: usize = 64;

/// A set of streams, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamSet(pub u32);

impl StreamSet {
    #[inline]
    pub fn contains(self, stream: StreamIdx) -> bool {
        self.0 >> stream & 1 == 1
    }

    #[inline]
    pub fn insert(&mut self, stream: StreamIdx) {
        self.0 |= 1 << stream;
    }

    pub fn iter(self) -> impl Iterator<Item = StreamIdx> {
        (0..STREAMS_MAX).filter(move |&stream| self.contains(stream))
    }
}

/// Both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub start: Seconds,
    pub end: Seconds,
}

/// A point that vehicles travel between; row and column of every matrix, point of every metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    pub id: String,
    /// Absent for instances that come with a matrix alone.
    pub position: Option<Wgs84>,
    /// What vehicles may be banned from at some hours.
    pub zone: Option<ZoneIdx>,
}

/// An amount of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub stream: StreamIdx,
    pub grams: Grams,
    pub litres: Litres,
}

/// A pickup.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    pub id: String,
    pub place: PlaceIdx,
    /// At most one entry for each stream.
    pub loads: Vec<Load>,
    /// Bounds on the *start* of the visit; sorted and disjoint; never empty.
    pub windows: Vec<Window>,
    /// Ends of windows in which a start has its price; sorted and disjoint.
    pub late: Vec<Late>,
    /// The trip that serves the job (from the start, or from the unload before it) may not be left earlier.
    pub release: Option<Seconds>,
    /// Spent before service unless the step before is at the same place.
    pub setup: Seconds,
    pub service: Seconds,
    /// Every bit must be among the vehicle's.
    pub skills: u64,
    /// Price of leaving the job out; `None` makes it mandatory.
    pub penalty: Option<Cost>,
    /// Any other vehicle costs `other_vehicle` more. Empty: all are welcome.
    pub preferred: Vec<VehicleIdx>,
    pub other_vehicle: Cost,
    /// The job is a part of this one.
    pub whole: Option<WholeIdx>,
}

/// Starting in `window` costs `per_second` for each second since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    pub window: Window,
    pub per_second: Cost,
}

/// A pickup that no vehicle holds, which is why the jobs are parts of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    pub id: String,
    pub loads: Vec<Load>,
}

/// A part of a vehicle's box. The streams of different compartments of a vehicle are disjoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compartment {
    pub streams: StreamSet,
    pub grams: Grams,
    pub litres: Litres,
}

/// One pause, taken between two steps at the earlier one's place, inside the paid duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// Bounds on the start of the break.
    pub window: Window,
    pub duration: Seconds,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vehicle {
    pub id: String,
    /// Index into [`Parts::travel`].
    pub profile: usize,
    pub start: PlaceIdx,
    /// Not read where `open_end`.
    pub end: PlaceIdx,
    /// The route ends where its last visit was.
    pub open_end: bool,
    /// Payload over all compartments.
    pub grams: Grams,
    pub compartments: Vec<Compartment>,
    /// Departure and return both lie inside.
    pub shift: Window,
    pub pause: Option<Break>,
    pub cost_fixed: Cost,
    pub cost_per_second: Cost,
    pub cost_per_metre: Cost,
    /// Each second of the route after it costs `cost_overtime` more.
    pub overtime_from: Option<Seconds>,
    /// By the second.
    pub cost_overtime: Cost,
    /// No visit in the zone starts in the window.
    pub bans: Vec<Ban>,
    pub skills: u64,
    pub max_distance: Option<Metres>,
    /// From departure to return, waiting included.
    pub max_duration: Option<Seconds>,
    pub max_jobs: Option<u32>,
    /// Picked up over the whole route, however often it unloads.
    pub max_day_grams: Option<Grams>,
    pub max_day_litres: Option<Litres>,
    /// The vehicle must be empty when it ends its route.
    pub end_empty: bool,
}

/// Hours in which a vehicle serves nothing in a zone; it may pass through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    pub zone: ZoneIdx,
    pub window: Window,
}

/// Hours in which vehicles queue: who comes then waits so long, but never beyond the end of these hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    pub window: Window,
    pub wait: Seconds,
}

/// A place where vehicles unload. A visit empties all streams the outlet accepts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlet {
    pub id: String,
    pub place: PlaceIdx,
    pub streams: StreamSet,
    /// Bounds on the *start* of unloading; sorted and disjoint; never empty.
    pub windows: Vec<Window>,
    /// What it can still take on this day, by stream index; `None` is unlimited.
    pub capacity: Vec<Option<(Grams, Litres)>>,
    pub unload: Seconds,
    /// On top of `unload`, for each 100 kg delivered in the visit; a part of a second counts whole.
    pub unload_per_100kg: Seconds,
    /// Before unloading; sorted and disjoint.
    pub queues: Vec<Queue>,
    /// Paid for each visit.
    pub gate_fee: Cost,
}

/// The unvalidated content of an [`Instance`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    pub name: String,
    /// [`Cost`] units in one fen (or in one unit of the file's cost).
    pub cost_scale: i64,
    pub streams: Vec<String>,
    pub skills: Vec<String>,
    /// Pairs of streams that may not share a compartment between two emptyings.
    pub incompatible: Vec<(StreamIdx, StreamIdx)>,
    /// Names that places and bans refer to.
    pub zones: Vec<String>,
    pub places: Vec<Place>,
    /// One for each profile that a vehicle names.
    pub travel: Vec<Travel>,
    pub jobs: Vec<Job>,
    /// What jobs are parts of.
    pub wholes: Vec<Whole>,
    pub vehicles: Vec<Vehicle>,
    pub outlets: Vec<Outlet>,
    /// Groups of vehicles whose days should be alike.
    pub balance: Vec<Balance>,
    /// For each metre between a job and the middle of its route's jobs; needs the positions of all jobs. Metres are counted
    /// east and north: `round(111195 c lon)` and `round(111195 lat)`, half away from zero, where `c` is the cosine of the
    /// first job's latitude.
    pub compactness: Option<Cost>,
    pub locks: Locks,
}

/// A validated routing instance. Read its fields through [`Deref`]; they cannot change any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    parts: Parts,
}

impl Deref for Instance {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Instance {
    /// Validates `parts`; windows are sorted first.
    ///
    /// # Errors
    /// Every fault found, not only the first.
    pub fn new(mut parts: Parts) -> Result<Self, Faults> {
        for windows in
            parts.jobs.iter_mut().map(|j| &mut j.windows).chain(parts.outlets.iter_mut().map(|o| &mut o.windows))
        {
            windows.sort_by_key(|window| window.start);
        }
        parts.jobs.iter_mut().for_each(|job| job.late.sort_by_key(|late| late.window.start));
        parts.outlets.iter_mut().for_each(|outlet| outlet.queues.sort_by_key(|queue| queue.window.start));
        let mut faults = validate::validate(&parts);
        if faults.0.is_empty() {
            sums::validate(&mut faults, &parts);
        }
        faults.or(Self { parts })
    }

    /// Gives the content back, to be changed and validated anew.
    pub fn into_parts(self) -> Parts {
        self.parts
    }

    /// The compartment of `vehicle` that takes `stream`, if any.
    pub fn compartment_of(&self, vehicle: VehicleIdx, stream: StreamIdx) -> Option<usize> {
        self.vehicles[vehicle].compartments.iter().position(|part| part.streams.contains(stream))
    }

    /// True where the two streams may not share a compartment.
    pub fn may_not_mix(&self, one: StreamIdx, other: StreamIdx) -> bool {
        self.incompatible.iter().any(|&pair| pair == (one, other) || pair == (other, one))
    }
}
