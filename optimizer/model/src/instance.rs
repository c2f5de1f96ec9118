//! The routing instance as the search and the checker see it: indices, integers, validated once.

use std::collections::HashMap;
use std::ops::Deref;

use crate::balance::{self, Balance};
use crate::datum::Wgs84;
use crate::fault::{FaultCode, Faults};
use crate::locks::{self, Locks};
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
        let mut faults = validate(&parts);
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

fn validate(parts: &Parts) -> Faults {
    let mut faults = Faults::default();
    let too_many = |faults: &mut Faults, path: &str, len: usize, max: usize| {
        if len > max {
            faults.add(FaultCode::TooMany, path, format!("{len} given, {max} allowed"));
        }
    };
    too_many(&mut faults, "streams", parts.streams.len(), STREAMS_MAX);
    too_many(&mut faults, "skills", parts.skills.len(), SKILLS_MAX);
    if parts.cost_scale <= 0 {
        faults.add(FaultCode::NegativeNumber, "cost_scale", "must be positive");
    }
    unique(&mut faults, "streams", parts.streams.iter());
    unique(&mut faults, "places", parts.places.iter().map(|p| &p.id));
    unique(&mut faults, "jobs", parts.jobs.iter().map(|j| &j.id));
    unique(&mut faults, "vehicles", parts.vehicles.iter().map(|v| &v.id));
    unique(&mut faults, "outlets", parts.outlets.iter().map(|o| &o.id));
    for &(one, other) in &parts.incompatible {
        if one >= parts.streams.len() || other >= parts.streams.len() {
            faults.add(FaultCode::UnknownReference, "incompatible_streams", "names a stream that is not in `streams`");
        } else if one == other {
            faults.add(
                FaultCode::Contradiction,
                "incompatible_streams",
                format!("`{}` is said not to mix with itself", parts.streams[one]),
            );
        }
    }
    for (k, place) in parts.places.iter().enumerate().filter(|(_, place)| place.zone >= Some(parts.zones.len())) {
        let message = format!("`{}` lies in a zone that is not in `zones`", place.id);
        faults.add(FaultCode::UnknownReference, format!("places[{k}].zone"), message);
    }
    parts.travel.iter().enumerate().for_each(|(k, travel)| validate_travel(&mut faults, parts, k, travel));
    parts.jobs.iter().enumerate().for_each(|(k, job)| validate_job(&mut faults, parts, k, job));
    parts.vehicles.iter().enumerate().for_each(|(k, vehicle)| validate_vehicle(&mut faults, parts, k, vehicle));
    parts.outlets.iter().enumerate().for_each(|(k, outlet)| validate_outlet(&mut faults, parts, k, outlet));
    balance::validate(&mut faults, parts);
    locks::validate(&mut faults, parts);
    faults
}

fn validate_travel(faults: &mut Faults, parts: &Parts, k: usize, travel: &Travel) {
    let places = parts.places.len();
    let (path, profile) = (format!("matrices[{k}]"), travel.profile());
    if parts.travel[..k].iter().any(|other| other.profile() == profile) {
        faults.add(FaultCode::DuplicateId, path.as_str(), format!("`{profile}` has a matrix already"));
    }
    let cause = match travel {
        Travel::Matrix(matrix) => {
            let (want, seconds, metres) = (places * places, matrix.seconds.len(), matrix.metres.len());
            (matrix.size != places || seconds != want || metres != want).then(|| {
                format!("{places} places need {want} seconds and {want} metres; `{profile}` has {seconds} and {metres}")
            })
        }
        Travel::Metric(metric) => {
            let points = metric.points().len();
            (points != places).then(|| format!("{places} places need as many points; `{profile}` has {points}"))
        }
    };
    if let Some(cause) = cause {
        faults.add(FaultCode::MatrixSize, path, cause);
    }
}

fn validate_job(faults: &mut Faults, parts: &Parts, k: usize, job: &Job) {
    let path = format!("jobs[{k}]");
    place(faults, parts, &format!("{path}.place"), job.place);
    windows(faults, &format!("{path}.time_windows"), &job.windows);
    late(faults, &path, job);
    preference(faults, parts, &path, job);
    if let Some(release) = job.release {
        instant(faults, &format!("{path}.release_s"), release);
    }
    number(faults, &format!("{path}.setup_s"), job.setup.0);
    number(faults, &format!("{path}.service_s"), job.service.0);
    if let Some(penalty) = job.penalty {
        number(faults, &format!("{path}.penalty"), penalty.0);
    }
    let mut seen = StreamSet::default();
    for (i, load) in job.loads.iter().enumerate() {
        let path = format!("{path}.loads[{i}]");
        if load.stream >= parts.streams.len() {
            faults.add(FaultCode::UnknownReference, format!("{path}.stream"), "is not in `streams`");
            continue;
        }
        if seen.contains(load.stream) {
            faults.add(
                FaultCode::DuplicateId,
                format!("{path}.stream"),
                "is given twice for this job; add the amounts up",
            );
        }
        seen.insert(load.stream);
        number(faults, &format!("{path}.grams"), load.grams.0);
        number(faults, &format!("{path}.litres"), load.litres.0);
    }
}

fn late(faults: &mut Faults, path: &str, job: &Job) {
    let path = format!("{path}.time_windows");
    let periods: Vec<Window> = job.late.iter().map(|late| late.window).collect();
    periods_of(faults, &path, &periods);
    for late in &job.late {
        number(faults, &format!("{path}.late_cost_per_h"), late.per_second.0);
        let inside = |w: &Window| w.start <= late.window.start && late.window.end <= w.end;
        if !job.windows.iter().any(inside) {
            faults.add(FaultCode::Contradiction, path.as_str(), "`soft_end` lies outside its window");
        }
    }
}

fn preference(faults: &mut Faults, parts: &Parts, path: &str, job: &Job) {
    number(faults, &format!("{path}.other_vehicle_cost"), job.other_vehicle.0);
    if job.preferred.iter().any(|&vehicle| vehicle >= parts.vehicles.len()) {
        faults.add(FaultCode::UnknownReference, format!("{path}.preferred_vehicles"), "names an unknown vehicle");
    }
    if job.whole >= Some(parts.wholes.len()) {
        faults.add(FaultCode::UnknownReference, path, "is a part of nothing");
    }
}

fn validate_vehicle(faults: &mut Faults, parts: &Parts, k: usize, vehicle: &Vehicle) {
    let path = format!("vehicles[{k}]");
    place(faults, parts, &format!("{path}.start"), vehicle.start);
    if !vehicle.open_end {
        place(faults, parts, &format!("{path}.end"), vehicle.end);
    }
    if vehicle.profile >= parts.travel.len() {
        faults.add(FaultCode::MatrixMissing, format!("{path}.profile"), "no matrix is given for this profile");
    }
    windows(faults, &format!("{path}.shift"), &[vehicle.shift]);
    if let Some(pause) = vehicle.pause {
        windows(faults, &format!("{path}.break"), &[pause.window]);
        number(faults, &format!("{path}.break.duration_s"), pause.duration.0);
    }
    number(faults, &format!("{path}.capacity_g"), vehicle.grams.0);
    for (name, cost) in [
        ("fixed", vehicle.cost_fixed),
        ("per_hour", vehicle.cost_per_second),
        ("per_km", vehicle.cost_per_metre),
        ("overtime_per_hour", vehicle.cost_overtime),
    ] {
        number(faults, &format!("{path}.costs.{name}"), cost.0);
    }
    for (name, most) in [
        ("max_distance_m", vehicle.max_distance.map(|metres| metres.0)),
        ("max_duration_s", vehicle.max_duration.map(|seconds| seconds.0)),
        ("max_day_g", vehicle.max_day_grams.map(|grams| grams.0)),
        ("max_day_l", vehicle.max_day_litres.map(|litres| litres.0)),
    ] {
        if let Some(most) = most {
            number(faults, &format!("{path}.{name}"), most);
        }
    }
    if let Some(from) = vehicle.overtime_from {
        let path = format!("{path}.overtime_from");
        if instant(faults, &path, from) && from < vehicle.shift.start {
            faults.add(FaultCode::Contradiction, path, "lies before the shift");
        }
    } else if vehicle.cost_overtime > Cost::ZERO {
        let message = "has a price, but `overtime_from` is missing";
        faults.add(FaultCode::Contradiction, format!("{path}.costs.overtime_per_hour"), message);
    }
    for (i, ban) in vehicle.bans.iter().enumerate() {
        let path = format!("{path}.bans[{i}]");
        windows(faults, &path, &[ban.window]);
        if ban.zone >= parts.zones.len() {
            faults.add(FaultCode::UnknownReference, path, "names a zone that no place lies in");
        }
    }
    let mut taken = StreamSet::default();
    for (i, part) in vehicle.compartments.iter().enumerate() {
        let path = format!("{path}.compartments[{i}]");
        number(faults, &format!("{path}.capacity_g"), part.grams.0);
        number(faults, &format!("{path}.capacity_l"), part.litres.0);
        if part.streams.0 & taken.0 != 0 {
            faults.add(FaultCode::Contradiction, path, "shares a stream with another compartment of the vehicle");
        }
        taken.0 |= part.streams.0;
    }
}

fn validate_outlet(faults: &mut Faults, parts: &Parts, k: usize, outlet: &Outlet) {
    let path = format!("outlets[{k}]");
    place(faults, parts, &format!("{path}.place"), outlet.place);
    windows(faults, &format!("{path}.hours"), &outlet.windows);
    number(faults, &format!("{path}.unload_s"), outlet.unload.0);
    let queues: Vec<Window> = outlet.queues.iter().map(|queue| queue.window).collect();
    periods_of(faults, &format!("{path}.queues"), &queues);
    outlet.queues.iter().for_each(|queue| number(faults, &format!("{path}.queues"), queue.wait.0));
    number(faults, &format!("{path}.unload_per_100kg_s"), outlet.unload_per_100kg.0);
    number(faults, &format!("{path}.gate_fee"), outlet.gate_fee.0);
    if outlet.capacity.len() != parts.streams.len() {
        faults.add(FaultCode::Contradiction, format!("{path}.capacity"), "must have one entry for each stream");
    }
    for (grams, litres) in outlet.capacity.iter().flatten() {
        number(faults, &format!("{path}.capacity"), grams.0);
        number(faults, &format!("{path}.capacity"), litres.0);
    }
}

fn unique<'a>(faults: &mut Faults, path: &str, ids: impl Iterator<Item = &'a String>) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (k, id) in ids.enumerate() {
        if id.is_empty() {
            faults.add(FaultCode::EmptyId, format!("{path}[{k}]"), "an id may not be empty");
        } else if let Some(at) = first.insert(id, k) {
            faults.add(
                FaultCode::DuplicateId,
                format!("{path}[{k}]"),
                format!("`{id}` is also the id of {path}[{at}]"),
            );
        }
    }
}

fn place(faults: &mut Faults, parts: &Parts, path: &str, place: PlaceIdx) {
    if place >= parts.places.len() {
        faults.add(FaultCode::UnknownReference, path, "names a place that is not in `places`");
    }
}

fn number(faults: &mut Faults, path: &str, value: i64) {
    if value < 0 {
        faults.add(FaultCode::NegativeNumber, path, format!("{value} is negative"));
    } else if value > NUMBER_LIMIT {
        faults.add(FaultCode::NumberTooLarge, path, format!("{value} is above {NUMBER_LIMIT}"));
    }
}

/// `false` where it lies too far away.
fn instant(faults: &mut Faults, path: &str, at: Seconds) -> bool {
    let near = at.0.unsigned_abs() <= NUMBER_LIMIT.unsigned_abs();
    if !near {
        faults.add(FaultCode::NumberTooLarge, path, format!("lies beyond {NUMBER_LIMIT} seconds"));
    }
    near
}

fn windows(faults: &mut Faults, path: &str, windows: &[Window]) {
    if windows.is_empty() {
        faults.add(FaultCode::WindowMissing, path, "at least one window is needed");
    }
    periods_of(faults, path, windows);
}

/// Windows of which there may be none.
fn periods_of(faults: &mut Faults, path: &str, windows: &[Window]) {
    for (i, window) in windows.iter().enumerate() {
        let path = format!("{path}[{i}]");
        if window.start > window.end {
            faults.add(
                FaultCode::WindowReversed,
                path,
                format!("closes at {} before it opens at {}", window.end, window.start),
            );
        } else if !instant(faults, &path, window.start) || !instant(faults, &path, window.end) {
            continue;
        } else if i > 0 && windows[i - 1].end >= window.start {
            faults.add(FaultCode::Contradiction, path, "overlaps the window before it");
        }
    }
}
