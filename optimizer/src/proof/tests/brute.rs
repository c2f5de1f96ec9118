//! All plans of a small day, by trying everything: shares no code with pricing or with the search.
//!
//! A route is grown visit by visit. For *every* departure of the shift it carries the moment the vehicle is ready, without a break and with
//! one taken somewhere, so no rule about schedules is used but "each visit starts at the first moment allowed". A job released later than
//! those before it lets its trip be driven again from the trip's beginning. Of locked
//! orders only the vehicles count that may serve the job before: with the order itself plans only get dearer.

use std::collections::HashMap;

use huilu_model::{Instance, Seconds, UNREACHABLE, Vehicle, Window};

/// Jobs served, one bit each, and grams and litres brought by outlet and stream.
pub(crate) type Key = (u32, Vec<(i64, i64)>);
/// Least cost by what a route (or several) does.
pub(crate) type Routes = HashMap<Key, i64>;

/// Ready without a break, ready after it.
type Ready = (Option<i64>, Option<i64>);

#[derive(Clone)]
struct Drive {
    place: usize,
    /// By departure.
    ready: Vec<Ready>,
    aboard: Vec<(i64, i64)>,
    brought: Vec<(i64, i64)>,
    metres: i64,
    fees: i64,
    served: u32,
    /// Outlets visited since the last job.
    outlets: Vec<usize>,
    visits: usize,
    /// Where the trip begins, and as `ready` there.
    opened: (usize, Vec<Ready>),
    trip: Vec<usize>,
}

/// Every route of a vehicle with at least one job, the cheapest for each key. Outlets are not asked for their room, which
/// routes share.
pub(crate) fn routes(day: &Instance, vehicle: &Vehicle) -> Routes {
    let mut found = Routes::new();
    let departures = vehicle.shift.start.0..=vehicle.shift.end.0;
    let start = Drive {
        place: vehicle.start,
        ready: departures.clone().map(|t| (Some(t), rest(vehicle, Some(t)))).collect(),
        opened: (vehicle.start, departures.map(|t| (Some(t), rest(vehicle, Some(t)))).collect()),
        trip: Vec::new(),
        aboard: vec![(0, 0); day.streams.len()],
        brought: vec![(0, 0); day.outlets.len() * day.streams.len()],
        metres: 0,
        fees: 0,
        served: 0,
        outlets: Vec::new(),
        visits: 0,
    };
    grow(day, vehicle, &start, &mut found);
    found
}

fn rest(vehicle: &Vehicle, ready: Option<i64>) -> Option<i64> {
    let pause = vehicle.pause?;
    let begins = ready?.max(pause.window.start.0);
    (begins <= pause.window.end.0).then_some(begins + pause.duration.0)
}

fn grow(day: &Instance, vehicle: &Vehicle, drive: &Drive, found: &mut Routes) {
    if drive.served != 0 {
        close(day, vehicle, drive, found);
    }
    for (k, job) in day.jobs.iter().enumerate() {
        if drive.served >> k & 1 == 1 || job.skills & !vehicle.skills != 0 || !may_serve(day, vehicle, k) {
            continue;
        }
        let Some(mut next) = collect(day, vehicle, drive, k) else { continue };
        next.served |= 1 << k;
        next.outlets.clear();
        for load in &job.loads {
            next.aboard[load.stream].0 += load.grams.0;
            next.aboard[load.stream].1 += load.litres.0;
        }
        if fits(day, vehicle, &next.aboard) && within_day(day, vehicle, next.served) {
            grow(day, vehicle, &next, found);
        }
    }
    for (k, outlet) in day.outlets.iter().enumerate() {
        if drive.outlets.contains(&k) {
            continue;
        }
        let Some(mut next) = go(day, vehicle, drive, outlet.place, &outlet.windows, outlet.unload.0) else { continue };
        next.outlets.push(k);
        next.fees += outlet.gate_fee.0;
        for stream in (0..day.streams.len()).filter(|&s| outlet.streams.contains(s)) {
            let taken = std::mem::take(&mut next.aboard[stream]);
            if outlet.capacity[stream].is_some() {
                let sum = &mut next.brought[k * day.streams.len() + stream];
                *sum = (sum.0 + taken.0, sum.1 + taken.1);
            }
        }
        next.opened = (next.place, next.ready.clone());
        next.trip.clear();
        grow(day, vehicle, &next, found);
    }
}

fn may_serve(day: &Instance, vehicle: &Vehicle, job: usize) -> bool {
    let mut locks = day.locks.vehicles.iter().filter(|lock| lock.job == job);
    let mut before = day.locks.sequences.iter().filter(|lock| lock.after == job);
    locks.all(|lock| lock.vehicles.iter().any(|&v| day.vehicles[v].id == vehicle.id))
        && before.all(|lock| may_serve(day, vehicle, lock.before))
}

/// The seconds in which a job may start, as windows of one each where some are locked.
fn windows(day: &Instance, job: usize) -> Vec<Window> {
    let locks: Vec<&Window> = day.locks.starts.iter().filter(|lock| lock.job == job).map(|lock| &lock.window).collect();
    if locks.is_empty() {
        return day.jobs[job].windows.clone();
    }
    let seconds = day.jobs[job].windows.iter().flat_map(|window| window.start.0..=window.end.0);
    let open = seconds.filter(|&t| locks.iter().all(|lock| (lock.start.0..=lock.end.0).contains(&t)));
    open.map(|t| Window { start: Seconds(t), end: Seconds(t) }).collect()
}

/// Goes on to a job, or if it holds up its trip, drives the trip again.
fn collect(day: &Instance, vehicle: &Vehicle, drive: &Drive, job: usize) -> Option<Drive> {
    let release = |job: usize| day.jobs[job].release.map_or(i64::MIN, |release| release.0);
    let before = drive.trip.iter().map(|&job| release(job)).max().unwrap_or(i64::MIN);
    let visit = |from: &Drive, job: usize| {
        let own = &day.jobs[job];
        let stay = own.service.0 + if from.place == own.place { 0 } else { own.setup.0 };
        go(day, vehicle, from, own.place, &windows(day, job), stay)
    };
    let mut next = if release(job) > before {
        let held = |t: Option<i64>| t.map(|t| t.max(release(job))).filter(|&t| t <= vehicle.shift.end.0);
        let (place, ready) = &drive.opened;
        let mut again = drive.clone();
        (again.place, again.metres) = (*place, 0);
        again.ready = ready.iter().map(|&(without, with)| (held(without), held(with))).collect();
        for &earlier in &drive.trip {
            again = visit(&again, earlier)?;
        }
        // Metres are those of the same legs.
        again.metres = drive.metres;
        visit(&again, job)?
    } else {
        visit(drive, job)?
    };
    next.trip.push(job);
    Some(next)
}

fn go(
    day: &Instance,
    vehicle: &Vehicle,
    from: &Drive,
    place: usize,
    windows: &[huilu_model::Window],
    stay: i64,
) -> Option<Drive> {
    let matrix = &day.travel[vehicle.profile];
    let (seconds, metres) = (matrix.seconds(from.place, place), matrix.metres(from.place, place));
    if seconds == UNREACHABLE || metres == UNREACHABLE {
        return None;
    }
    let visit = |ready: Option<i64>| {
        let arrival = ready? + i64::from(seconds);
        let holds = |window: huilu_model::Window, t: i64| window.start.0 <= t && t <= window.end.0;
        let banned = |t: i64| vehicle.bans.iter().any(|b| day.places[place].zone == Some(b.zone) && holds(b.window, t));
        // Past the shift no start is of use.
        let mut moments = arrival..=vehicle.shift.end.0;
        let start = moments.find(|&t| windows.iter().any(|&window| holds(window, t)) && !banned(t))?;
        Some(start + stay).filter(|&t| t <= vehicle.shift.end.0)
    };
    let mut next = from.clone();
    next.place = place;
    next.metres += i64::from(metres);
    next.visits += 1;
    for ready in &mut next.ready {
        let (without, with) = (visit(ready.0), visit(ready.1));
        let now = rest(vehicle, without);
        *ready = (without, with.into_iter().chain(now).min());
    }
    let any = next.ready.iter().any(|(without, with)| without.is_some() || with.is_some());
    (any && next.metres <= vehicle.max_distance.map_or(i64::MAX, |most| most.0)).then_some(next)
}

fn close(day: &Instance, vehicle: &Vehicle, drive: &Drive, found: &mut Routes) {
    if vehicle.end_empty && drive.aboard.iter().any(|&held| held != (0, 0)) {
        return;
    }
    let matrix = &day.travel[vehicle.profile];
    let end = if vehicle.open_end { drive.place } else { vehicle.end };
    let (seconds, metres) = (matrix.seconds(drive.place, end), matrix.metres(drive.place, end));
    let metres = drive.metres + i64::from(metres);
    if seconds == UNREACHABLE || vehicle.max_distance.is_some_and(|most| metres > most.0) {
        return;
    }
    let durations = drive.ready.iter().enumerate().filter_map(|(k, ready)| {
        let departure = vehicle.shift.start.0 + k as i64;
        let home = |t: i64| t + i64::from(seconds);
        let without = ready.0.map(home).filter(|&finish| {
            vehicle.pause.is_none_or(|pause| finish <= pause.window.end.0 || departure > pause.window.end.0)
        });
        let finish = without.into_iter().chain(ready.1.map(home)).filter(|&t| t <= vehicle.shift.end.0).min()?;
        Some(finish - departure)
    });
    let allowed = |duration: &i64| vehicle.max_duration.is_none_or(|most| *duration <= most.0);
    let Some(duration) = durations.filter(allowed).min() else { return };
    let own = day.vehicles.iter().position(|other| other.id == vehicle.id);
    let served = day.jobs.iter().enumerate().filter(|(k, _)| drive.served >> k & 1 == 1);
    let prefers_others =
        |job: &huilu_model::Job| !job.preferred.is_empty() && own.is_some_and(|own| !job.preferred.contains(&own));
    let unpreferred: i64 = served.filter(|(_, job)| prefers_others(job)).map(|(_, job)| job.other_vehicle.0).sum();
    let driving = vehicle.cost_per_second.0 * duration + vehicle.cost_per_metre.0 * metres;
    let cost = vehicle.cost_fixed.0 + driving + drive.fees + unpreferred;
    let best = found.entry((drive.served, drive.brought.clone())).or_insert(cost);
    *best = (*best).min(cost);
}

fn fits(day: &Instance, vehicle: &Vehicle, aboard: &[(i64, i64)]) -> bool {
    let carried = |stream: usize| aboard[stream] != (0, 0);
    let placed =
        (0..aboard.len()).all(|s| !carried(s) || vehicle.compartments.iter().any(|part| part.streams.contains(s)));
    let room = vehicle.compartments.iter().all(|part| {
        let inside: Vec<usize> = (0..aboard.len()).filter(|&s| part.streams.contains(s)).collect();
        let clash = day
            .incompatible
            .iter()
            .any(|(a, b)| inside.contains(a) && inside.contains(b) && carried(*a) && carried(*b));
        inside.iter().map(|&s| aboard[s].0).sum::<i64>() <= part.grams.0
            && inside.iter().map(|&s| aboard[s].1).sum::<i64>() <= part.litres.0
            && !clash
    });
    placed && room && aboard.iter().map(|held| held.0).sum::<i64>() <= vehicle.grams.0
}

/// Limits on what a vehicle serves on the whole route.
fn within_day(day: &Instance, vehicle: &Vehicle, served: u32) -> bool {
    let jobs = || day.jobs.iter().enumerate().filter(|(k, _)| served >> k & 1 == 1).flat_map(|(_, job)| &job.loads);
    vehicle.max_jobs.is_none_or(|most| served.count_ones() <= most)
        && vehicle.max_day_grams.is_none_or(|most| jobs().map(|load| load.grams.0).sum::<i64>() <= most.0)
        && vehicle.max_day_litres.is_none_or(|most| jobs().map(|load| load.litres.0).sum::<i64>() <= most.0)
}

fn within(day: &Instance, brought: &[(i64, i64)]) -> bool {
    let streams = day.streams.len();
    brought.iter().enumerate().all(|(at, sum)| {
        let room = day.outlets[at / streams].capacity[at % streams];
        room.is_none_or(|(grams, litres)| sum.0 <= grams.0 && sum.1 <= litres.0)
    })
}

/// Cost of the best plan that serves all mandatory jobs; `None` where there is none.
pub(crate) fn optimum(day: &Instance, by_vehicle: &[Routes]) -> Option<i64> {
    let nothing = (0, vec![(0, 0); day.outlets.len() * day.streams.len()]);
    let mut plans = Routes::from([(nothing, 0)]);
    for routes in by_vehicle {
        let mut more = plans.clone();
        for ((served, brought), cost) in &plans {
            for ((own, bring), price) in routes.iter().filter(|((own, _), _)| own & served == 0) {
                let sum: Vec<(i64, i64)> = brought.iter().zip(bring).map(|(a, b)| (a.0 + b.0, a.1 + b.1)).collect();
                if within(day, &sum) {
                    let best = more.entry((served | own, sum)).or_insert(i64::MAX);
                    *best = (*best).min(cost + price);
                }
            }
        }
        plans = more;
    }
    let with_penalties = |((served, _), cost): (&Key, &i64)| {
        let left = day.jobs.iter().enumerate().filter(|(k, _)| served >> k & 1 == 0);
        left.map(|(_, job)| job.penalty.map(|penalty| penalty.0)).sum::<Option<i64>>().map(|penalties| cost + penalties)
    };
    plans.iter().filter_map(with_penalties).min()
}
