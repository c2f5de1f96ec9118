//! Ways, waiting, windows, service, shift and break. Each time is checked against the one before it, so that a
//! finding stands where the error is; when no link is broken, all times follow from the departure alone.

use huilu_model::{Instance, Outlet, PlaceIdx, Seconds, Step, Vehicle, Window};

use crate::stops::{Stop, Trip};
use crate::violation::{Code, Violation};
use crate::{loads, locks};

/// Returns the seconds from departure to return.
pub(crate) fn check(trip: &Trip<'_>, log: &mut Vec<Violation>) -> i128 {
    let (delivered, releases) = (loads::delivered_grams(trip), releases(trip));
    let mut before: Option<&Step> = None;
    for (k, step, stop) in trip.steps() {
        if let (Some(before), Some(leg)) = (before, trip.legs[k]) {
            trip.same(log, Code::ArrivalTime, k, step.arrival_s.0, wide(before.departure_s) + leg.seconds);
        }
        visit(trip, log, k, step, stop, delivered[k], releases[k]);
        before = Some(step);
    }
    let (Some(first), Some(last)) = (trip.planned.steps.first(), trip.planned.steps.last()) else {
        trip.route_same(log, Code::RouteDuration, trip.planned.duration_s.0, 0);
        return 0;
    };
    let (departure, back) = (wide(first.departure_s), wide(last.departure_s));
    trip.route_same(log, Code::RouteDuration, trip.planned.duration_s.0, back - departure);
    shift(trip, log, departure, back);
    if let Some(most) = trip.vehicle.max_duration.map(wide)
        && back - departure > most
    {
        log.push(trip.route_violation(Code::MaxDuration).figures(back - departure, most));
    }
    pause(trip, log, departure, back);
    back - departure
}

/// By step that opens a trip: the first moment at which all jobs up to the next unload are released.
fn releases(trip: &Trip<'_>) -> Vec<Option<i128>> {
    let mut releases = vec![None; trip.stops.len()];
    let mut opener = 0;
    for (k, _, stop) in trip.steps() {
        match stop {
            Stop::Start | Stop::Outlet(_) => opener = k,
            Stop::Job(job) => releases[opener] = releases[opener].max(trip.instance.jobs[job].release.map(wide)),
            Stop::Break | Stop::End | Stop::Unknown => {}
        }
    }
    releases
}

fn visit(
    trip: &Trip<'_>,
    log: &mut Vec<Violation>,
    k: usize,
    step: &Step,
    stop: Stop,
    delivered_grams: i128,
    release: Option<i128>,
) {
    let needed = match stop {
        Stop::Start => {
            trip.same(log, Code::ArrivalTime, k, step.arrival_s.0, wide(step.departure_s));
            0
        }
        Stop::End => 0,
        Stop::Job(job) => {
            let job = &trip.instance.jobs[job];
            let moved = k == 0 || trip.places[k - 1] != trip.places[k];
            wide(job.service) + if moved { wide(job.setup) } else { 0 }
        }
        Stop::Outlet(outlet) => {
            let outlet = &trip.instance.outlets[outlet];
            let by_load = delivered_grams * wide(outlet.unload_per_100kg);
            queueing(outlet, wide(step.start_s)) + wide(outlet.unload) + (by_load + 99_999) / 100_000
        }
        Stop::Break => match trip.vehicle.pause {
            Some(pause) => wide(pause.duration),
            None => return,
        },
        Stop::Unknown => return,
    };
    let done = wide(step.start_s) + needed;
    let departure = release.map_or(done, |release| done.max(release));
    match (release, wide(step.departure_s)) {
        (Some(release), claimed) if claimed < release => {
            log.push(trip.violation(Code::BeforeRelease, k).figures(claimed, release));
        }
        // A route may start whenever it likes after that.
        (Some(_), claimed) if stop == Stop::Start => trip.same(log, Code::DepartureTime, k, step.start_s.0, claimed),
        _ => trip.same(log, Code::DepartureTime, k, step.departure_s.0, departure),
    }

    let pause_window = trip.vehicle.pause.map(|pause| [pause.window]);
    let locked;
    let (windows, code): (&[Window], Code) = match stop {
        Stop::Job(job) => {
            locked = locks::windows(trip.instance, job);
            let open = trip.instance.jobs[job].windows.iter().any(|&window| holds(window, wide(step.start_s)));
            (&locked, if open { Code::LockedStart } else { Code::OutsideWindow })
        }
        Stop::Outlet(outlet) => (&trip.instance.outlets[outlet].windows, Code::OutletClosed),
        Stop::Break => (pause_window.as_ref().map_or(&[], |window| window), Code::BreakOutsideWindow),
        _ => (&[Window { start: Seconds(i64::MIN), end: Seconds(i64::MAX) }], Code::StartsLate),
    };
    let bans = match stop {
        Stop::Job(_) | Stop::Outlet(_) => bans_at(trip.instance, trip.vehicle, trip.places[k]),
        Stop::Start | Stop::Break | Stop::End | Stop::Unknown => Vec::new(),
    };
    let (arrival, start) = (wide(step.arrival_s), wide(step.start_s));
    let first = first_allowed(windows, &bans, arrival);
    let code = if start < arrival {
        Code::StartsBeforeArrival
    } else if !windows.iter().any(|&window| holds(window, start)) {
        code
    } else if bans.iter().any(|&ban| holds(ban, start)) {
        Code::BannedZone
    } else if first != Some(start) {
        Code::StartsLate
    } else {
        return;
    };
    let found = trip.violation(code, k).claimed(start);
    log.push(match first {
        Some(first) => found.figures(start, first),
        None => found.figures(start, "no window after the arrival"),
    });
}

fn shift(trip: &Trip<'_>, log: &mut Vec<Violation>, departure: i128, back: i128) {
    let shift = trip.vehicle.shift;
    if !holds(shift, departure) {
        log.push(trip.route_violation(Code::OutsideShift).about("departure").figures(departure, shift.start.0));
    }
    if !holds(shift, back) {
        log.push(trip.route_violation(Code::OutsideShift).about("return").figures(back, shift.end.0));
    }
}

/// Exactly one break where one is due, none for a vehicle without. A break that is not due may still be taken.
fn pause(trip: &Trip<'_>, log: &mut Vec<Violation>, departure: i128, back: i128) {
    let taken = trip.stops.iter().filter(|&&stop| stop == Stop::Break).count();
    let Some(pause) = trip.vehicle.pause else {
        if taken > 0 {
            log.push(trip.route_violation(Code::BreakUnexpected));
        }
        return;
    };
    if taken > 1 {
        log.push(trip.route_violation(Code::BreakTwice).figures(taken as i128, 1_i128));
    }
    if taken == 0 && break_is_due(pause.window, departure, back) {
        log.push(trip.route_violation(Code::BreakMissing));
    }
}

/// Excused is who is back before the window closes, and who leaves after it has closed.
pub(crate) fn break_is_due(window: Window, departure: i128, back: i128) -> bool {
    let closes = wide(window.end);
    !(back <= closes || departure > closes)
}

/// The first moment from `arrival` on that lies in a window.
pub(crate) fn first_moment(windows: &[Window], arrival: i128) -> Option<i128> {
    let open = windows.iter().filter(|window| wide(window.end) >= arrival);
    open.map(|window| arrival.max(wide(window.start))).min()
}

/// When the vehicle may serve nothing at this place.
pub(crate) fn bans_at(instance: &Instance, vehicle: &Vehicle, place: Option<PlaceIdx>) -> Vec<Window> {
    let Some(zone) = place.and_then(|place| instance.places[place].zone) else { return Vec::new() };
    vehicle.bans.iter().filter(|ban| ban.zone == zone).map(|ban| ban.window).collect()
}

/// The first moment from `arrival` on that lies in a window and in no ban.
pub(crate) fn first_allowed(windows: &[Window], bans: &[Window], arrival: i128) -> Option<i128> {
    let mut moment = first_moment(windows, arrival)?;
    // Each turn passes the end of a ban for good.
    while let Some(ban) = bans.iter().find(|&&ban| holds(ban, moment)) {
        moment = first_moment(windows, wide(ban.end) + 1)?;
    }
    Some(moment)
}

/// Who comes in busy hours waits as long as they say, but not beyond them.
pub(crate) fn queueing(outlet: &Outlet, start: i128) -> i128 {
    let busy = outlet.queues.iter().find(|queue| holds(queue.window, start));
    busy.map_or(0, |queue| wide(queue.wait).min(wide(queue.window.end) - start))
}

pub(crate) fn holds(window: Window, moment: i128) -> bool {
    (wide(window.start)..=wide(window.end)).contains(&moment)
}

pub(crate) fn wide(seconds: Seconds) -> i128 {
    seconds.0.into()
}
