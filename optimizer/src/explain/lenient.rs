//! A route that breaks rules, driven all the same: the independent checker then tells which, where and by how much.

use huilu_check::{Code, Violation};
use huilu_model::plan::StreamLoad;
use huilu_model::{
    Cost, CostParts, Grams, Instance, Litres, Metres, Plan, PlannedRoute, Seconds, Step, StepKind, Vehicle,
};

use crate::resources::model::{ANYWHERE, FAR, Kind, Model, Node};

/// Places for the break that are tried: on a longer route one out of several.
const RESTS_MAX: usize = 60;

/// The broken rules of the driven route with the fewest; `others` are the routes of the other vehicles. Times are those of a driver who is let
/// in late, leaves at the begin of the shift or as late as he can without coming home later, and rests wherever that breaks the
/// fewest rules.
pub(crate) fn broken_rules(
    model: &Model<'_>,
    vehicle: usize,
    visits: &[Node],
    others: &[PlannedRoute],
) -> Vec<Violation> {
    let drive = Drive { model, kind: &model.kinds[model.kind_of[vehicle]], vehicle, visits };
    if let Some(row) = drive.cut_off() {
        return vec![unreachable(&drive, row)];
    }
    let early = drive.kind.opens.max(drive.release(0));
    let rests = (0..=visits.len())
        .step_by(visits.len() / RESTS_MAX + 1)
        .filter(|_| drive.kind.pause.is_some())
        .map(Some)
        .chain([None]);
    let attempts = rests.flat_map(|rest| [early, drive.latest(early, rest)].map(|departure| (departure, rest)));
    let found = attempts.map(|(departure, rest)| drive.violations(departure, rest, others));
    found.min_by_key(Vec::len).unwrap_or_default()
}

struct Drive<'d, 'a> {
    model: &'d Model<'a>,
    kind: &'d Kind,
    vehicle: usize,
    visits: &'d [Node],
}

fn unreachable(drive: &Drive<'_, '_>, row: usize) -> Violation {
    let subject = drive.visits.get(row).map(|&node| match drive.model.outlet(node) {
        Some(outlet) => drive.model.instance.outlets[outlet].id.clone(),
        None => drive.model.instance.jobs[node as usize].id.clone(),
    });
    Violation {
        code: Code::UnreachableLeg,
        route: Some(0),
        vehicle: Some(drive.car().id.clone()),
        step: Some(row + 1),
        subject,
        claimed: None,
        recomputed: None,
    }
}

impl Drive<'_, '_> {
    fn car(&self) -> &Vehicle {
        &self.model.instance.vehicles[self.vehicle]
    }

    fn place(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(self.kind.start, |before| self.model.place(self.visits[before]))
    }

    fn next(&self, row: usize) -> usize {
        self.visits.get(row).map_or(self.kind.end, |&node| self.model.place(node))
    }

    fn seconds(&self, row: usize) -> i64 {
        self.model.seconds(self.kind, self.place(row), self.next(row))
    }

    /// The first leg that no road leads along.
    fn cut_off(&self) -> Option<usize> {
        let metres = |row: usize| self.model.metres(self.kind, self.place(row), self.next(row));
        (0..=self.visits.len()).find(|&row| self.seconds(row) >= FAR || metres(row) >= FAR)
    }

    /// Of the jobs from this visit to the next unload.
    fn release(&self, row: usize) -> i64 {
        let trip = self.visits[row..].iter().take_while(|&&node| self.model.is_job(node));
        trip.map(|&job| self.model.release(job as usize)).max().unwrap_or(-FAR)
    }

    fn latest(&self, early: i64, rest: Option<usize>) -> i64 {
        let finish = |departure: i64| self.steps(departure, rest).last().map_or(0, |step| step.arrival_s.0);
        let home = finish(early);
        let (mut latest, mut beyond) = (early, home + 1);
        while latest + 1 < beyond {
            let middle = latest + (beyond - latest) / 2;
            if finish(middle) <= home { latest = middle } else { beyond = middle }
        }
        latest
    }

    fn steps(&self, departure: i64, rest: Option<usize>) -> Vec<Step> {
        let (model, kind) = (self.model, self.kind);
        let mut held = vec![(0_i64, 0_i64); model.n_streams];
        let mut steps = Vec::with_capacity(self.visits.len() + 3);
        let (mut now, mut metres) = (departure, 0);
        let mut push = |kind: StepKind, place: usize, times: [i64; 3], metres: i64, held: &[(i64, i64)]| {
            let amounts = model.instance.streams.iter().zip(held).filter(|(_, held)| **held != (0, 0));
            let load = amounts.map(|(stream, &(grams, litres))| StreamLoad {
                stream: stream.clone(),
                grams: Grams(grams),
                litres: Litres(litres),
            });
            let [arrival_s, start_s, departure_s] = times.map(Seconds);
            let place = model.instance.places[place].id.clone();
            let load = load.collect();
            steps.push(Step { kind, place, arrival_s, start_s, departure_s, distance_m: Metres(metres), load });
        };
        push(StepKind::Start, kind.start, [now; 3], 0, &held);
        for row in 0..=self.visits.len() {
            if let (true, Some(pause)) = (rest == Some(row), kind.pause) {
                let start = now.max(pause.opens);
                push(StepKind::Break, self.place(row), [now, start, start + pause.duration], metres, &held);
                now = start + pause.duration;
            }
            let arrival = now + self.seconds(row);
            metres += model.metres(kind, self.place(row), self.next(row));
            let Some(&node) = self.visits.get(row) else {
                let end = if kind.end == ANYWHERE { self.place(row) } else { kind.end };
                push(StepKind::End, end, [arrival; 3], metres, &held);
                break;
            };
            let opening = model.opening(kind, node, arrival);
            let start = if opening >= FAR { arrival } else { opening };
            now = model.served(node, start) + model.stay(self.place(row), node);
            let what = match model.outlet(node) {
                Some(outlet) => {
                    let taken = |stream: usize| model.accepts[outlet] >> stream & 1 == 1;
                    let grams = (0..held.len()).filter(|&s| taken(s)).map(|s| held[s].0).sum();
                    now = (now + model.unload_by_weight(outlet, grams)).max(self.release(row + 1));
                    held.iter_mut().enumerate().filter(|(s, _)| taken(*s)).for_each(|(_, held)| *held = (0, 0));
                    StepKind::Unload { outlet: model.instance.outlets[outlet].id.clone() }
                }
                None => {
                    for load in model.loads(node as usize) {
                        let sum = &mut held[load.stream];
                        *sum = (sum.0 + load.grams, sum.1 + load.litres);
                    }
                    StepKind::Job { job: model.instance.jobs[node as usize].id.clone() }
                }
            };
            push(what, model.place(node), [arrival, start, now], metres, &held);
        }
        steps
    }

    fn violations(&self, departure: i64, rest: Option<usize>, others: &[PlannedRoute]) -> Vec<Violation> {
        let instance: &Instance = self.model.instance;
        let steps = self.steps(departure, rest);
        let end = steps.last().map_or((departure, 0), |step| (step.arrival_s.0, step.distance_m.0));
        let own = PlannedRoute {
            vehicle: self.car().id.clone(),
            cost: Cost::ZERO,
            duration_s: Seconds(end.0 - departure),
            distance_m: Metres(end.1),
            steps,
        };
        let plan = Plan {
            instance: instance.name.clone(),
            cost_scale: instance.cost_scale,
            cost: Cost::ZERO,
            cost_parts: CostParts::default(),
            lower_bound: None,
            routes: [own].into_iter().chain(others.iter().cloned()).collect(),
            unassigned: Vec::new(),
        };
        let about_us = |violation: &Violation| match violation.code {
            // Claims that nobody made.
            Code::RouteCost => false,
            Code::OutletFull => true,
            _ => violation.route == Some(0),
        };
        huilu_check::check(instance, &plan).violations.into_iter().filter(about_us).collect()
    }
}
