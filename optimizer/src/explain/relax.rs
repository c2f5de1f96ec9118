//! What each single relaxation of a rule would take to serve a job that is left out, and what it would cost.
//!
//! A relaxation is loosened as far as it goes first; where the job then has a place, each of its numbers is tightened again by
//! bisection until one step less would not do. All on the plan as it stands: other jobs stay where they are.
//!
//! That finds the least wherever looser is never worse. Limits on spreads between vehicles are the exception: hours that are loosened change
//! how long the day of a vehicle is, so that a step less might do as well, or the loosest value fail where one between would do.
//! What is told serves the job all the same, since each number is tried as it is told.

use huilu_model::{Cost, Instance, ReasonCode};
use serde::{Deserialize, Serialize};

use super::field::{Field, SubjectKind, Target, Unit};
use super::focus::{Focus, JOB};
use super::offers::{Offer, offers};
use super::standing::Standing;
use crate::limits::Limits;
use crate::resources::model::Model;
use crate::routing::solution::Solution;

/// Places for the job that are kept while numbers are tightened: the cheapest.
const PLACES_KEPT: usize = 1_000;
/// Outlets whose hours and room are looked at: the nearest to the job, besides those on the route.
const OUTLETS_NEAR: usize = 6;
/// First mark of the families of zones.
const ZONES: usize = 14;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub subject: SubjectKind,
    /// Of the job, vehicle or outlet; of the fleet one vehicle of the kind; of streams the two names.
    pub id: String,
    pub field: Field,
    pub from: i64,
    pub to: i64,
    pub unit: Unit,
    /// What a set gains; of a ban the zone that opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<String>,
}

/// One rule made looser, as little as serves the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relaxation {
    /// The rule.
    pub code: ReasonCode,
    /// All of them together.
    pub changes: Vec<Change>,
    /// Who serves the job then.
    pub vehicle: String,
    /// What the routes of the plan cost more then.
    pub cost: Cost,
    /// `cost` less the penalty that is saved: what the whole plan costs more.
    pub delta: Cost,
}

impl Relaxation {
    /// The instance with the changes; `None` where it has no such job, vehicle or outlet, or cannot bear them.
    pub fn apply(&self, instance: &Instance) -> Option<Instance> {
        let mut parts = (**instance).clone();
        for change in &self.changes {
            let mut target = Target { job: 0, vehicle: 0, outlet: 0 };
            match change.subject {
                SubjectKind::Job => target.job = index_of(parts.jobs.iter().map(|job| &job.id), &change.id)?,
                SubjectKind::Vehicle => {
                    target.vehicle = index_of(parts.vehicles.iter().map(|car| &car.id), &change.id)?
                }
                SubjectKind::Outlet => {
                    target.outlet = index_of(parts.outlets.iter().map(|outlet| &outlet.id), &change.id)?
                }
                SubjectKind::Streams => {}
                SubjectKind::Fleet => {
                    let like = index_of(parts.vehicles.iter().map(|car| &car.id), &change.id)?;
                    let mut another = parts.vehicles[like].clone();
                    another.id = self.vehicle.clone();
                    parts.vehicles.push(another);
                    continue;
                }
            }
            change.field.set(&mut parts, target, change.to);
        }
        Instance::new(parts).ok()
    }
}

fn index_of<'s>(mut ids: impl Iterator<Item = &'s String>, id: &str) -> Option<usize> {
    ids.position(|known| known == id)
}

/// A rule and the numbers that together are its looseness, for one vehicle.
#[derive(Clone, Debug)]
struct Family {
    /// Relaxations of the same family and mark compete; the best is kept.
    mark: usize,
    code: ReasonCode,
    outlet: usize,
    fields: Vec<Field>,
}

/// What a family came to on one vehicle.
#[derive(Clone, Debug)]
struct Found {
    mark: usize,
    /// How much looser, over all numbers.
    amount: i64,
    relaxation: Relaxation,
}

/// The best relaxations for `job`, cheapest first, over these vehicles and one more of each kind; those found until a limit is reached.
pub(crate) fn relaxations(
    standing: &Standing<'_, '_>,
    job: usize,
    vehicles: &[usize],
    limits: &Limits<'_>,
) -> Vec<Relaxation> {
    let mut best: Vec<Found> = Vec::new();
    // What a vehicle has begun to drive, and what is locked to others, is no rule that could be loosened here.
    let locks = &standing.model.locks;
    let begun = |vehicle: usize| standing.model.kinds[standing.model.kind_of[vehicle]].locked_rows() > 0;
    for &vehicle in vehicles.iter().filter(|&&vehicle| locks.may_serve(vehicle, job) && !begun(vehicle)) {
        let focus = Focus::new(standing, vehicle, job);
        let near = outlets_near(standing, vehicle, job);
        for family in families(&focus, &near) {
            if limits.reached(0) {
                break;
            }
            let least = best.iter().find(|found| found.mark == family.mark).map(|found| found.amount);
            let Some(found) = loosen(standing, &focus, vehicle, job, &family, least) else { continue };
            keep(&mut best, found);
        }
    }
    for kind in standing.model.kinds.iter().take_while(|_| !limits.reached(0)) {
        if let Some(found) = another_vehicle(standing, kind.members.first().copied(), job) {
            best.push(found);
        }
    }
    let mut all: Vec<Relaxation> = best.into_iter().map(|found| found.relaxation).collect();
    all.sort_by_key(|relaxation| relaxation.cost);
    // Two families may come to the same change.
    all.dedup_by(|one, other| one.changes == other.changes);
    all
}

fn keep(best: &mut Vec<Found>, found: Found) {
    match best.iter_mut().find(|known| known.mark == found.mark) {
        Some(known) => {
            if (found.amount, found.relaxation.cost) < (known.amount, known.relaxation.cost) {
                *known = found;
            }
        }
        None => best.push(found),
    }
}

fn outlets_near(standing: &Standing<'_, '_>, vehicle: usize, job: usize) -> Vec<usize> {
    let model = standing.model;
    let route = &standing.solution.routes[vehicle];
    let (kind, place) = (&model.kinds[route.kind], model.nodes[job].place);
    let mut near: Vec<usize> = (0..model.accepts.len()).collect();
    near.sort_by_key(|&outlet| model.metres(kind, place, model.place(model.outlet_node(outlet))));
    near.truncate(OUTLETS_NEAR);
    for outlet in route.visits.iter().filter_map(|&node| model.outlet(node)) {
        if !near.contains(&outlet) {
            near.push(outlet);
        }
    }
    near
}

/// Of the job and of these outlets, where the vehicle is banned from them.
fn zones(focus: &Focus, outlets: &[usize]) -> Vec<usize> {
    let parts = &focus.parts;
    let places = outlets.iter().map(|&outlet| parts.outlets[outlet].place).chain([parts.jobs[JOB].place]);
    let banned = |zone: &usize| parts.vehicles[0].bans.iter().any(|ban| ban.zone == *zone);
    let mut zones: Vec<usize> = places.filter_map(|place| parts.places[place].zone).filter(banned).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

fn families(focus: &Focus, outlets: &[usize]) -> Vec<Family> {
    let (job, car) = (&focus.parts.jobs[JOB], &focus.parts.vehicles[0]);
    let mut families = Vec::new();
    let mut add = |mark: usize, code: ReasonCode, outlet: usize, fields: Vec<Field>| {
        families.push(Family { mark, code, outlet, fields });
    };
    for k in 0..job.windows.len() {
        add(0, ReasonCode::TimeWindow, 0, vec![Field::WindowEnd(k)]);
        add(1, ReasonCode::TimeWindow, 0, vec![Field::WindowStart(k)]);
    }
    add(2, ReasonCode::ShiftEnd, 0, vec![Field::ShiftEnd, Field::MaxDuration]);
    add(3, ReasonCode::ShiftEnd, 0, vec![Field::ShiftStart, Field::MaxDuration]);
    let parts = 0..car.compartments.len();
    let mut load = vec![Field::Payload, Field::DayGrams, Field::DayLitres, Field::MaxJobs];
    load.extend(parts.clone().flat_map(|k| [Field::PartGrams(k), Field::PartLitres(k)]));
    add(4, ReasonCode::Capacity, 0, load.clone());
    let placed = |stream: usize| car.compartments.iter().any(|part| part.streams.contains(stream));
    if job.loads.iter().any(|load| !placed(load.stream)) {
        for k in parts {
            add(5, ReasonCode::Capacity, 0, [&[Field::PartStreams(k)], &load[..]].concat());
        }
    }
    add(6, ReasonCode::MaxDistance, 0, vec![Field::MaxDistance]);
    add(7, ReasonCode::Break, 0, vec![Field::BreakDuration, Field::BreakStart, Field::BreakEnd]);
    add(8, ReasonCode::Skill, 0, vec![Field::Skills]);
    for zone in zones(focus, outlets) {
        let of_zone = |k: &usize| car.bans[*k].zone == zone;
        let hours = || (0..car.bans.len()).filter(of_zone);
        add(ZONES + 3 * zone, ReasonCode::Area, 0, vec![Field::Ban(zone)]);
        add(ZONES + 3 * zone + 1, ReasonCode::Area, 0, hours().map(Field::BanEnd).collect());
        add(ZONES + 3 * zone + 2, ReasonCode::Area, 0, hours().map(Field::BanStart).collect());
    }
    let own = |stream: usize| job.loads.iter().any(|load| load.stream == stream);
    let pairs = focus.parts.incompatible.iter().filter(|&&(one, other)| own(one) || own(other));
    add(9, ReasonCode::IncompatibleLoad, 0, pairs.map(|&(one, other)| Field::Mix(one, other)).collect());
    for &outlet in outlets {
        for k in 0..focus.parts.outlets[outlet].windows.len() {
            add(10, ReasonCode::TimeWindow, outlet, vec![Field::HoursEnd(k)]);
            add(11, ReasonCode::TimeWindow, outlet, vec![Field::HoursStart(k)]);
        }
        let streams = 0..focus.parts.streams.len();
        let room: Vec<Field> = streams.flat_map(|s| [Field::RoomGrams(s), Field::RoomLitres(s)]).collect();
        add(12, ReasonCode::OutletFull, outlet, room.clone());
        if !job.loads.iter().all(|load| focus.parts.outlets[outlet].streams.contains(load.stream)) {
            add(13, ReasonCode::OutletFull, outlet, [&[Field::Streams], &room[..]].concat());
        }
    }
    families
}

/// A number on its way from the loosest value to the tightest that serves the job.
#[derive(Clone, Copy, Debug)]
struct Loose {
    field: Field,
    from: i64,
    to: i64,
}

fn loosen(
    standing: &Standing<'_, '_>,
    focus: &Focus,
    vehicle: usize,
    job: usize,
    family: &Family,
    least: Option<i64>,
) -> Option<Found> {
    let target = Target { job: JOB, vehicle: 0, outlet: family.outlet };
    let loose = |&field: &Field| {
        let from = field.get(&focus.parts, target)?;
        let to = field.loosest(&focus.parts, target)?;
        (from != to).then_some(Loose { field, from, to })
    };
    let mut numbers: Vec<Loose> = family.fields.iter().filter_map(loose).collect();
    if let ([number], Some(least)) = (&mut numbers[..], least)
        && number.field.unit() != Unit::Set
    {
        // Who needs more than another vehicle is not looked for.
        number.to = number.from + (number.to - number.from).clamp(-least, least);
    }
    if numbers.is_empty() {
        return None;
    }
    let attempt = |numbers: &[Loose], known: Option<&[Offer]>| {
        let change = |parts: &mut _| numbers.iter().for_each(|number| number.field.set(parts, target, number.to));
        let places = |model: &Model<'_>, solution: &mut Solution| places(model, solution, &focus.locked, known);
        focus.with(change, places).filter(|found| !found.is_empty())
    };
    let kept: Vec<Offer> = attempt(&numbers, None)?.into_iter().map(|(_, offer)| offer).collect();
    for k in 0..numbers.len() {
        let Loose { field, from, to } = numbers[k];
        let with = |value: i64, numbers: &mut Vec<Loose>| {
            numbers[k].to = value;
            attempt(numbers, Some(&kept)).is_some()
        };
        if with(from, &mut numbers) {
            continue;
        }
        numbers[k].to = to;
        if field.unit() == Unit::Set {
            continue;
        }
        // Signed, so that the same halving serves starts that move earlier.
        let (mut short, mut enough, step) = (0, (to - from).abs(), (to - from).signum());
        while short + 1 < enough {
            let middle = short + (enough - short) / 2;
            if with(from + step * middle, &mut numbers) { enough = middle } else { short = middle }
        }
        numbers[k].to = from + step * enough;
    }
    numbers.retain(|number| number.from != number.to);
    let found = attempt(&numbers, None)?;
    let cost = found.iter().map(|&(cost, _)| cost).min()? + focus.unpreferred;
    let amount = numbers.iter().filter(|n| n.field.unit() != Unit::Set).map(|n| (n.to - n.from).abs()).sum();
    let changes = numbers.iter().map(|number| change(standing, vehicle, job, family.outlet, *number)).collect();
    let relaxation = relaxation(standing, family.code, changes, vehicle, job, cost);
    (!numbers.is_empty()).then_some(Found { mark: family.mark, amount, relaxation })
}

/// The cheapest places of the job with what they cost, of those known or of all.
fn places(model: &Model<'_>, solution: &mut Solution, locked: &[bool], known: Option<&[Offer]>) -> Vec<(i64, Offer)> {
    if !model.kinds[0].serves[JOB] {
        return Vec::new();
    }
    let mut all = match known {
        Some(known) => known.to_vec(),
        None => offers(model, &solution.routes[0], JOB),
    };
    all.retain(|offer| !locked.get(offer.gap).copied().unwrap_or(false));
    all.sort_by_key(|offer| offer.least);
    let places = all.into_iter().filter_map(|offer| Some((offer.cost(model, solution, 0, i64::MAX)?, offer)));
    places.take(if known.is_some() { 1 } else { PLACES_KEPT }).collect()
}

fn change(standing: &Standing<'_, '_>, vehicle: usize, job: usize, outlet: usize, number: Loose) -> Change {
    let parts = standing.model.instance;
    let target = Target { job, vehicle, outlet };
    // What others bring to an outlet is on top of what the small instance knows.
    let from = number.field.get(parts, target).unwrap_or(number.from);
    let subject = number.field.subject();
    let id = match (subject, number.field) {
        (SubjectKind::Job, _) => parts.jobs[job].id.clone(),
        (SubjectKind::Outlet, _) => parts.outlets[outlet].id.clone(),
        (_, Field::Mix(one, other)) => format!("{}, {}", parts.streams[one], parts.streams[other]),
        _ => parts.vehicles[vehicle].id.clone(),
    };
    let names = if number.field == Field::Skills { &parts.skills } else { &parts.streams };
    let gained = if number.field.unit() == Unit::Set { number.to & !number.from } else { 0 };
    let mut adds: Vec<String> =
        names.iter().enumerate().filter(|(k, _)| gained >> k & 1 == 1).map(|(_, name)| name.clone()).collect();
    if let Field::Ban(zone) = number.field {
        adds.push(parts.zones[zone].clone());
    }
    let to = from + number.to - number.from;
    Change { subject, id, field: number.field, from, to, unit: number.field.unit(), adds }
}

fn relaxation(
    standing: &Standing<'_, '_>,
    code: ReasonCode,
    changes: Vec<Change>,
    vehicle: usize,
    job: usize,
    cost: i64,
) -> Relaxation {
    let instance = standing.model.instance;
    let penalty = instance.jobs[job].penalty.map_or(0, |penalty| penalty.0);
    let vehicle = instance.vehicles[vehicle].id.clone();
    Relaxation { code, changes, vehicle, cost: Cost(cost), delta: Cost(cost - penalty) }
}

/// One more vehicle like this one, where all of its kind are under way.
fn another_vehicle(standing: &Standing<'_, '_>, like: Option<usize>, job: usize) -> Option<Found> {
    let vehicle = like?;
    let kind = standing.model.kind_of[vehicle];
    let locks = &standing.model.locks;
    // A job that is locked to vehicles gains nothing from one more.
    let anybody = (0..standing.solution.routes.len()).all(|other| locks.may_serve(other, job));
    let free = locks.follows(job).is_empty() && anybody;
    if !standing.solution.idle[kind].is_empty() || standing.model.kinds[kind].locked_rows() > 0 || !free {
        return None;
    }
    let focus = Focus::of_another(standing, vehicle, job);
    let cost = focus
        .with(|_| {}, |model, solution| places(model, solution, &focus.locked, None))?
        .into_iter()
        .map(|(cost, _)| cost + focus.unpreferred)
        .min()?;
    let (id, count) = (standing.model.instance.vehicles[vehicle].id.clone(), standing.model.kinds[kind].members.len());
    let count = i64::try_from(count).unwrap_or(i64::MAX - 1);
    let change = Change {
        subject: SubjectKind::Fleet,
        field: Field::Vehicles,
        from: count,
        to: count + 1,
        unit: Unit::Count,
        adds: Vec::new(),
        id,
    };
    let mut relaxation = relaxation(standing, ReasonCode::NoVehicle, vec![change], vehicle, job, cost);
    relaxation.vehicle = format!("{}+1", relaxation.vehicle);
    Some(Found { mark: usize::MAX, amount: 0, relaxation })
}
