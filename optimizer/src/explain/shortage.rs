//! One level above single jobs: where and when the fleet is short.
//!
//! The seconds that the jobs left out would take, their own and an average drive, are spread over the hours of their windows. What stands against
//! them are the idle seconds of all shifts in the same hours, shared among the areas by what each needs. An estimate: it says where to
//! put another shift, not that this shift would serve every job. A window of more than a week is no appointment and counts as far as
//! the shifts reach; where these are longer still, spans are so many hours that a week's number of them is enough.

use std::collections::BTreeMap;

use h3o::{LatLng, Resolution};
use huilu_model::{Grams, Litres, Plan, Seconds, StepKind};
use serde::{Deserialize, Serialize};

use super::standing::Standing;
use crate::resources::model::{FAR, Node};

/// About 5 km²: a quarter of a city.
pub const AREA_RESOLUTION: Resolution = Resolution::Seven;
const HOUR_S: i64 = 3_600;
/// Of a week: the most that one window is spread over.
const HOURS_MAX: i64 = 168;

/// What there is too little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Lack {
    /// Vehicles at work in these hours.
    Vehicles,
    /// There is idle time enough; what the vehicles hold, may do or can reach is too little.
    Fitness,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shortage {
    /// H3 cell of the area; absent for jobs whose place has no position.
    pub cell: Option<String>,
    pub lack: Lack,
    /// Whole hours of the plan's clock, or of the multiple that long windows ask for.
    pub from_s: Seconds,
    pub to_s: Seconds,
    /// Jobs left out that could be served in these hours, had somebody the time. A job with a long window is counted in each span.
    pub jobs: usize,
    pub grams: Grams,
    pub litres: Litres,
    pub needed_s: Seconds,
    /// The area's share of what the fleet has idle in these hours.
    pub idle_s: Seconds,
    /// Shifts over these hours that would have to come on top, rounded up; 0 where time is not what is lacking.
    pub vehicles: i64,
}

#[derive(Clone, Debug, Default)]
struct Need {
    seconds: f64,
    jobs: Vec<usize>,
}

/// Of these jobs, by area and hour; areas and hours in order.
pub(crate) fn shortages(standing: &Standing<'_, '_>, plan: &Plan, jobs: &[usize]) -> Vec<Shortage> {
    let drive = average_drive(standing);
    let open: Vec<Vec<(i64, i64)>> = jobs.iter().map(|&job| open(standing, job)).collect();
    let longest = open.iter().flatten().map(|&(start, end)| end - start).max().unwrap_or(0);
    let clock = Clock { step: HOUR_S * ((longest - 1).div_euclid(HOURS_MAX * HOUR_S) + 1).max(1) };
    let mut needs: BTreeMap<(Option<String>, i64), Need> = BTreeMap::new();
    for (&job, open) in jobs.iter().zip(&open) {
        let work = work(standing, job, drive);
        let all: i64 = open.iter().map(|&(start, end)| end - start).sum();
        for (hour, seconds) in open.iter().flat_map(|&(start, end)| clock.steps(start, end)) {
            let need = needs.entry((cell(standing, job), hour)).or_default();
            need.seconds += work as f64 * seconds as f64 / all.max(1) as f64;
            if need.jobs.last() != Some(&job) {
                need.jobs.push(job);
            }
        }
    }
    let mut needed: BTreeMap<i64, f64> = BTreeMap::new();
    needs.iter().for_each(|((_, hour), need)| *needed.entry(*hour).or_default() += need.seconds);
    let idle = idle(standing, plan, clock, needed.keys().copied());
    let mut spans: Vec<Span> = Vec::new();
    for ((cell, hour), need) in needs {
        let all = needed.get(&hour).copied().unwrap_or(0.0);
        let share = if all > 0.0 { need.seconds / all } else { 0.0 };
        let idle = idle.get(&hour).copied().unwrap_or(0) as f64 * share;
        let lack = if need.seconds > idle { Lack::Vehicles } else { Lack::Fitness };
        match spans.last_mut() {
            Some(span) if span.cell == cell && span.lack == lack && span.to == hour => span.add(hour, need, idle),
            _ => {
                let mut span = Span { cell, lack, from: hour, to: hour, needed: 0.0, idle: 0.0, jobs: Vec::new() };
                span.add(hour, need, idle);
                spans.push(span);
            }
        }
    }
    spans.into_iter().map(|span| span.shortage(standing, clock)).collect()
}

/// Seconds of the steps in which needs and idle time are counted.
#[derive(Clone, Copy, Debug)]
struct Clock {
    step: i64,
}

impl Clock {
    /// Each step that `[start, end)` touches, with the seconds inside.
    fn steps(self, start: i64, end: i64) -> impl Iterator<Item = (i64, i64)> {
        let (first, last) = (start.div_euclid(self.step), (end - 1).div_euclid(self.step));
        let touched = if start < end { first..last + 1 } else { first..first };
        touched.map(move |at| (at, self.inside(at, start, end)))
    }

    /// Seconds of `[start, end)` in a step.
    fn inside(self, at: i64, start: i64, end: i64) -> i64 {
        (end.min((at + 1) * self.step) - start.max(at * self.step)).max(0)
    }
}

/// When the job may start: its windows, as far as the shifts reach where they are longer than a week.
fn open(standing: &Standing<'_, '_>, job: usize) -> Vec<(i64, i64)> {
    let shifts = || standing.model.instance.vehicles.iter().map(|car| car.shift);
    let first = shifts().map(|shift| shift.start.0).min();
    let last = shifts().map(|shift| shift.end.0).max();
    let windows = standing.model.windows(job as Node).iter();
    // Both ends are included.
    let windows = windows.map(|&(start, end)| match first.zip(last) {
        Some((first, last)) if end - start > HOURS_MAX * HOUR_S => (start.max(first), (end + 1).min(last)),
        _ => (start, end + 1),
    });
    windows.filter(|(start, end)| start < end).collect()
}

/// Consecutive hours of one area.
#[derive(Debug)]
struct Span {
    cell: Option<String>,
    lack: Lack,
    from: i64,
    to: i64,
    needed: f64,
    idle: f64,
    jobs: Vec<usize>,
}

impl Span {
    fn add(&mut self, hour: i64, need: Need, idle: f64) {
        self.to = hour + 1;
        self.needed += need.seconds;
        self.idle += idle;
        self.jobs.extend(need.jobs);
    }

    fn shortage(mut self, standing: &Standing<'_, '_>, clock: Clock) -> Shortage {
        self.jobs.sort_unstable();
        self.jobs.dedup();
        let loads = || self.jobs.iter().flat_map(|&job| standing.model.loads(job));
        let short = (self.needed - self.idle) / ((self.to - self.from) * clock.step) as f64;
        Shortage {
            lack: self.lack,
            from_s: Seconds(self.from * clock.step),
            to_s: Seconds(self.to * clock.step),
            grams: Grams(loads().map(|load| load.grams).sum()),
            litres: Litres(loads().map(|load| load.litres).sum()),
            jobs: self.jobs.len(),
            needed_s: Seconds(self.needed.round() as i64),
            idle_s: Seconds(self.idle.round() as i64),
            vehicles: if self.lack == Lack::Vehicles { short.ceil() as i64 } else { 0 },
            cell: self.cell,
        }
    }
}

fn cell(standing: &Standing<'_, '_>, job: usize) -> Option<String> {
    let at = standing.model.instance.places[standing.model.nodes[job].place].position?;
    LatLng::new(at.lat, at.lon).ok().map(|place| place.to_cell(AREA_RESOLUTION).to_string())
}

/// Seconds that a served job costs on the road; `None` where none is served.
fn average_drive(standing: &Standing<'_, '_>) -> Option<i64> {
    let model = standing.model;
    let (mut seconds, mut jobs) = (0, 0);
    for route in standing.solution.routes.iter().filter(|route| !route.is_empty()) {
        let kind = &model.kinds[route.kind];
        for row in 0..=route.visits.len() {
            seconds += model.seconds(kind, route.place_after(model, row), route.place_next(model, row));
        }
        jobs += route.visits.iter().filter(|&&node| model.is_job(node)).count() as i64;
    }
    (jobs > 0).then(|| seconds / jobs)
}

fn work(standing: &Standing<'_, '_>, job: usize, drive: Option<i64>) -> i64 {
    let model = standing.model;
    let data = &model.nodes[job];
    let alone = model.kinds.iter().map(|kind| model.seconds(kind, kind.start, data.place)).min();
    let drive = drive.or(alone.filter(|&seconds| seconds < FAR)).unwrap_or(0);
    data.setup + data.service + drive
}

/// Seconds of all shifts in which a vehicle is not out, or waits, in these steps.
fn idle(
    standing: &Standing<'_, '_>,
    plan: &Plan,
    clock: Clock,
    asked: impl Iterator<Item = i64>,
) -> BTreeMap<i64, i64> {
    let mut idle: BTreeMap<i64, i64> = asked.map(|at| (at, 0)).collect();
    let mut add = |start: i64, end: i64| {
        if start < end {
            let touched = idle.range_mut(start.div_euclid(clock.step)..=(end - 1).div_euclid(clock.step));
            touched.for_each(|(&at, seconds)| *seconds += clock.inside(at, start, end));
        }
    };
    for car in &standing.model.instance.vehicles {
        let route = plan.routes.iter().find(|route| route.vehicle == car.id);
        let ends = route.and_then(|route| Some((route.steps.first()?, route.steps.last()?)));
        let Some((out, home)) = ends else {
            add(car.shift.start.0, car.shift.end.0);
            continue;
        };
        add(car.shift.start.0, out.departure_s.0.max(car.shift.start.0));
        add(home.arrival_s.0.min(car.shift.end.0), car.shift.end.0);
        let stops = route.iter().flat_map(|route| &route.steps);
        for step in stops.filter(|step| !matches!(step.kind, StepKind::Start | StepKind::End)) {
            add(step.arrival_s.0, step.start_s.0);
        }
    }
    idle
}
