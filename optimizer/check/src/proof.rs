//! Refutes a false "impossible": looks for a vehicle that serves the job on a route of its own, with no unload or with
//! one right after it. To leave early is enough when there is no break; with one, each place for it is tried.

use huilu_model::{Instance, JobIdx, Outlet, PlaceIdx, Vehicle, VehicleIdx, Window};

use crate::legs::Leg;
use crate::locks;
use crate::times::{bans_at, break_is_due, first_allowed, first_moment, holds, queueing, wide};

/// The first vehicle that can serve the job alone.
pub(crate) fn vehicle_for(instance: &Instance, job: JobIdx) -> Option<VehicleIdx> {
    if locks::follows(instance, job) {
        return None;
    }
    // A vehicle whose route begins in a locked way serves nothing alone.
    let free = |vehicle| instance.locks.prefixes.iter().all(|prefix| prefix.vehicle != vehicle);
    (0..instance.vehicles.len()).filter(|&vehicle| free(vehicle) && locks::may_serve(instance, vehicle, job)).find(
        |&vehicle| {
            carries(instance, vehicle, job)
                && (alone(instance, vehicle, job, None)
                    || instance.outlets.iter().any(|outlet| alone(instance, vehicle, job, Some(outlet))))
        },
    )
}

/// Skills and the empty vehicle's room.
fn carries(instance: &Instance, vehicle_idx: VehicleIdx, job: JobIdx) -> bool {
    let (vehicle, job) = (&instance.vehicles[vehicle_idx], &instance.jobs[job]);
    // A load of nothing still asks for a compartment here: a proof is refuted only beyond doubt.
    let part_of = |stream| instance.compartment_of(vehicle_idx, stream);
    let fits = |part: usize| {
        let inside = || job.loads.iter().filter(move |load| part_of(load.stream) == Some(part));
        let limits = &vehicle.compartments[part];
        inside().map(|load| i128::from(load.grams.0)).sum::<i128>() <= limits.grams.0.into()
            && inside().map(|load| i128::from(load.litres.0)).sum::<i128>() <= limits.litres.0.into()
            && inside().all(|one| inside().all(|other| !instance.may_not_mix(one.stream, other.stream)))
    };
    let day = |amounts: i128, most: Option<i64>| most.is_none_or(|most| amounts <= most.into());
    job.skills & !vehicle.skills == 0
        && vehicle.max_jobs != Some(0)
        && day(job.loads.iter().map(|load| i128::from(load.grams.0)).sum(), vehicle.max_day_grams.map(|most| most.0))
        && day(job.loads.iter().map(|load| i128::from(load.litres.0)).sum(), vehicle.max_day_litres.map(|most| most.0))
        && job.loads.iter().all(|load| part_of(load.stream).is_some())
        && job.loads.iter().map(|load| i128::from(load.grams.0)).sum::<i128>() <= vehicle.grams.0.into()
        && (0..vehicle.compartments.len()).all(fits)
}

/// A stay: where, when it may start, how long it takes.
struct Stay<'a> {
    place: PlaceIdx,
    windows: &'a [Window],
    bans: Vec<Window>,
    queue: Option<&'a Outlet>,
    seconds: i128,
}

impl Stay<'_> {
    /// The departure of a vehicle that is there at `arrival`.
    fn done(&self, arrival: i128) -> Option<i128> {
        let start = first_allowed(self.windows, &self.bans, arrival)?;
        Some(start + self.queue.map_or(0, |outlet| queueing(outlet, start)) + self.seconds)
    }
}

fn alone(instance: &Instance, vehicle: VehicleIdx, job_idx: JobIdx, outlet: Option<&Outlet>) -> bool {
    let (vehicle, job) = (&instance.vehicles[vehicle], &instance.jobs[job_idx]);
    let takes = |stream| outlet.is_some_and(|outlet| outlet.streams.contains(stream));
    if vehicle.end_empty && !job.loads.iter().all(|load| takes(load.stream)) {
        return false;
    }
    let has_room = job.loads.iter().filter(|load| takes(load.stream)).all(|load| {
        let room = outlet.and_then(|outlet| outlet.capacity[load.stream]);
        room.is_none_or(|(grams, litres)| load.grams <= grams && load.litres <= litres)
    });
    if !has_room {
        return false;
    }
    let setup = if job.place == vehicle.start { 0 } else { wide(job.setup) };
    let windows = locks::windows(instance, job_idx);
    let bans = |place| bans_at(instance, vehicle, Some(place));
    let seconds = setup + wide(job.service);
    let mut stays = vec![Stay { place: job.place, windows: &windows, bans: bans(job.place), queue: None, seconds }];
    if let Some(outlet) = outlet {
        let delivered = job.loads.iter().filter(|load| takes(load.stream)).map(|load| i128::from(load.grams.0));
        let by_load = (delivered.sum::<i128>() * wide(outlet.unload_per_100kg) + 99_999) / 100_000;
        stays.push(Stay {
            place: outlet.place,
            windows: &outlet.windows,
            bans: bans(outlet.place),
            queue: Some(outlet),
            seconds: wide(outlet.unload) + by_load,
        });
    }
    let way_is_short = || {
        let places = || [vehicle.start].into_iter().chain(stays.iter().map(|stay| stay.place)).chain(home(vehicle));
        let legs = places().zip(places().skip(1)).map(|(from, to)| Leg::between(instance, vehicle, from, to));
        let metres: Option<i128> = legs.map(|leg| leg.map(|leg| leg.metres)).sum();
        metres.is_some_and(|metres| vehicle.max_distance.is_none_or(|most| metres <= most.0.into()))
    };
    way_is_short() && in_time(instance, vehicle, &stays, job.release.map(wide))
}

/// Where the route has to end, if anywhere.
fn home(vehicle: &Vehicle) -> Option<PlaceIdx> {
    (!vehicle.open_end).then_some(vehicle.end)
}

/// All ways are there when this is asked.
fn in_time(instance: &Instance, vehicle: &Vehicle, stays: &[Stay<'_>], release: Option<i128>) -> bool {
    let opens = instance.locks.freeze_before.map_or(i128::MIN, wide).max(wide(vehicle.shift.start));
    let early = release.map_or(opens, |release| opens.max(release));
    let mut departures = vec![early];
    departures.extend(vehicle.pause.map(|pause| early.max(wide(pause.window.end) + 1)));
    if vehicle.max_duration.is_some() {
        departures.extend(without_waiting(instance, vehicle, stays).into_iter().filter(|&departure| departure > early));
    }
    departures.into_iter().filter(|&departure| holds(vehicle.shift, departure)).any(|departure| {
        let breaks = (0..=stays.len()).filter(|_| vehicle.pause.is_some()).map(Some).chain([None]);
        breaks.into_iter().any(|break_before| {
            let Some(back) = drive(instance, vehicle, stays, departure, break_before) else { return false };
            let rested = break_before.is_some()
                || vehicle.pause.is_none_or(|pause| !break_is_due(pause.window, departure, back));
            let short = vehicle.max_duration.is_none_or(|most| back - departure <= wide(most));
            rested && short && holds(vehicle.shift, back)
        })
    })
}

/// The departures that reach a stay, or the break, just as one of its windows opens or closes, without waiting before it.
/// One of the shortest routes leaves at one of them, or as early as it may.
fn without_waiting(instance: &Instance, vehicle: &Vehicle, stays: &[Stay<'_>]) -> Vec<i128> {
    let rest = vehicle.pause.map_or(0, |pause| wide(pause.duration));
    let ends = |windows: &[Window]| windows.iter().flat_map(|w| [wide(w.start), wide(w.end)]).collect::<Vec<_>>();
    let (mut busy, mut place, mut departures) = (0, vehicle.start, Vec::new());
    for stay in stays {
        let pause = vehicle.pause.map_or(Vec::new(), |pause| ends(&[pause.window]));
        departures.extend(pause.into_iter().map(|at| at - busy));
        busy += Leg::between(instance, vehicle, place, stay.place).map_or(0, |leg| leg.seconds);
        let queues: Vec<Window> = stay.queue.iter().flat_map(|o| o.queues.iter().map(|queue| queue.window)).collect();
        let turns = [ends(stay.windows), ends(&stay.bans), ends(&queues)].concat();
        departures.extend(turns.into_iter().flat_map(|at| [at - busy, at - busy - rest, at + 1 - busy]));
        busy += stay.seconds;
        place = stay.place;
    }
    departures.extend(vehicle.pause.iter().flat_map(|pause| ends(&[pause.window])).map(|at| at - busy));
    departures
}

/// The return, with a break before stay `break_before`; `None` where a window is missed.
fn drive(
    instance: &Instance,
    vehicle: &Vehicle,
    stays: &[Stay<'_>],
    departure: i128,
    break_before: Option<usize>,
) -> Option<i128> {
    let (mut now, mut place) = (departure, vehicle.start);
    for k in 0..=stays.len() {
        if let Some(pause) = vehicle.pause.filter(|_| break_before == Some(k)) {
            now = first_moment(&[pause.window], now)? + wide(pause.duration);
        }
        let Some(to) = stays.get(k).map(|stay| stay.place).or(home(vehicle)) else { break };
        now += Leg::between(instance, vehicle, place, to)?.seconds;
        if let Some(stay) = stays.get(k) {
            now = stay.done(now)?;
        }
        place = to;
    }
    Some(now)
}
