//! What may be wrong with the parts of an instance, each part by itself. Sums over several are for [`sums`](crate::sums).

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use super::{Job, NUMBER_LIMIT, Outlet, Parts, PlaceIdx, SKILLS_MAX, STREAMS_MAX, StreamSet, Vehicle, Window};
use crate::datum::Datum;
use crate::fault::{FaultCode, Faults};
use crate::travel::Travel;
use crate::units::{Cost, Seconds};
use crate::{balance, locks};

/// Every fault of the parts.
pub(super) fn validate(parts: &Parts) -> Faults {
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
    for (k, place) in parts.places.iter().enumerate() {
        let at = place.position.map(|at| Datum::Wgs84.to_wgs84(at.lat, at.lon));
        if let Some(Err(nowhere)) = at {
            faults.add(FaultCode::PlaceOutOfRange, format!("places[{k}].position"), nowhere.to_string());
        }
    }
    parts.travel.iter().enumerate().for_each(|(k, travel)| validate_travel(&mut faults, parts, k, travel));
    // The file knows the parts of a pickup as one job, which stands where the first of them does; what they share is said once.
    let (mut first_part, mut told) = (HashMap::new(), HashSet::new());
    for (k, job) in parts.jobs.iter().enumerate() {
        let Some(whole) = job.whole else {
            validate_job(&mut faults, parts, k, job);
            continue;
        };
        let mut of_part = Faults::default();
        validate_job(&mut of_part, parts, *first_part.entry(whole).or_insert(k), job);
        of_part.0.retain(|fault| told.insert((fault.code, fault.path.clone())));
        faults.0.extend(of_part.0);
    }
    parts.vehicles.iter().enumerate().for_each(|(k, vehicle)| validate_vehicle(&mut faults, parts, k, vehicle));
    parts.outlets.iter().enumerate().for_each(|(k, outlet)| validate_outlet(&mut faults, parts, k, outlet));
    balance::validate(&mut faults, parts);
    locks::validate(&mut faults, parts);
    faults
}

fn validate_travel(faults: &mut Faults, parts: &Parts, k: usize, travel: &Travel) {
    let places = parts.places.len();
    // Metrics come after matrices, and the file counts each list from 0.
    let matrices = parts.travel[..k].iter().filter(|other| matches!(other, Travel::Matrix(_))).count();
    let path = match travel {
        Travel::Matrix(_) => format!("matrices[{matrices}]"),
        Travel::Metric(_) => format!("metrics[{}]", k - matrices),
    };
    let profile = travel.profile();
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
    place(faults, parts, format_args!("{path}.place"), job.place);
    windows(faults, format_args!("{path}.time_windows"), &job.windows);
    late(faults, &path, job);
    preference(faults, parts, &path, job);
    if let Some(release) = job.release {
        instant(faults, format_args!("{path}.release_s"), release);
    }
    number(faults, format_args!("{path}.setup_s"), job.setup.0);
    number(faults, format_args!("{path}.service_s"), job.service.0);
    if let Some(penalty) = job.penalty {
        number(faults, format_args!("{path}.penalty"), penalty.0);
    }
    let mut seen = StreamSet::default();
    for (i, load) in job.loads.iter().enumerate() {
        let path = format!("{path}.loads[{i}]");
        if load.stream >= parts.streams.len().min(STREAMS_MAX) {
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
        number(faults, format_args!("{path}.grams"), load.grams.0);
        number(faults, format_args!("{path}.litres"), load.litres.0);
    }
}

fn late(faults: &mut Faults, path: &str, job: &Job) {
    let path = format!("{path}.time_windows");
    let periods: Vec<Window> = job.late.iter().map(|late| late.window).collect();
    periods_of(faults, &path, &periods);
    for late in &job.late {
        number(faults, format_args!("{path}.late_cost_per_h"), late.per_second.0);
        let inside = |w: &Window| w.start <= late.window.start && late.window.end <= w.end;
        if !job.windows.iter().any(inside) {
            faults.add(FaultCode::Contradiction, path.as_str(), "`soft_end` lies outside its window");
        }
    }
}

fn preference(faults: &mut Faults, parts: &Parts, path: &str, job: &Job) {
    number(faults, format_args!("{path}.other_vehicle_cost"), job.other_vehicle.0);
    if job.preferred.iter().any(|&vehicle| vehicle >= parts.vehicles.len()) {
        faults.add(FaultCode::UnknownReference, format!("{path}.preferred_vehicles"), "names an unknown vehicle");
    }
    if job.whole >= Some(parts.wholes.len()) {
        faults.add(FaultCode::UnknownReference, path, "is a part of nothing");
    }
}

fn validate_vehicle(faults: &mut Faults, parts: &Parts, k: usize, vehicle: &Vehicle) {
    let path = format!("vehicles[{k}]");
    place(faults, parts, format_args!("{path}.start"), vehicle.start);
    if !vehicle.open_end {
        place(faults, parts, format_args!("{path}.end"), vehicle.end);
    }
    if vehicle.profile >= parts.travel.len() {
        faults.add(FaultCode::MatrixMissing, format!("{path}.profile"), "no matrix is given for this profile");
    }
    windows(faults, format_args!("{path}.shift"), &[vehicle.shift]);
    if let Some(pause) = vehicle.pause {
        windows(faults, format_args!("{path}.break"), &[pause.window]);
        number(faults, format_args!("{path}.break.duration_s"), pause.duration.0);
    }
    number(faults, format_args!("{path}.capacity_g"), vehicle.grams.0);
    for (name, cost) in [
        ("fixed", vehicle.cost_fixed),
        ("per_hour", vehicle.cost_per_second),
        ("per_km", vehicle.cost_per_metre),
        ("overtime_per_hour", vehicle.cost_overtime),
    ] {
        number(faults, format_args!("{path}.costs.{name}"), cost.0);
    }
    for (name, most) in [
        ("max_distance_m", vehicle.max_distance.map(|metres| metres.0)),
        ("max_duration_s", vehicle.max_duration.map(|seconds| seconds.0)),
        ("max_day_g", vehicle.max_day_grams.map(|grams| grams.0)),
        ("max_day_l", vehicle.max_day_litres.map(|litres| litres.0)),
    ] {
        if let Some(most) = most {
            number(faults, format_args!("{path}.{name}"), most);
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
        number(faults, format_args!("{path}.capacity_g"), part.grams.0);
        number(faults, format_args!("{path}.capacity_l"), part.litres.0);
        if part.streams.0 & taken.0 != 0 {
            faults.add(FaultCode::Contradiction, path, "shares a stream with another compartment of the vehicle");
        }
        taken.0 |= part.streams.0;
    }
}

fn validate_outlet(faults: &mut Faults, parts: &Parts, k: usize, outlet: &Outlet) {
    let path = format!("outlets[{k}]");
    place(faults, parts, format_args!("{path}.place"), outlet.place);
    windows(faults, format_args!("{path}.hours"), &outlet.windows);
    number(faults, format_args!("{path}.unload_s"), outlet.unload.0);
    let queues: Vec<Window> = outlet.queues.iter().map(|queue| queue.window).collect();
    periods_of(faults, format_args!("{path}.queues"), &queues);
    outlet.queues.iter().for_each(|queue| number(faults, format_args!("{path}.queues"), queue.wait.0));
    number(faults, format_args!("{path}.unload_per_100kg_s"), outlet.unload_per_100kg.0);
    number(faults, format_args!("{path}.gate_fee"), outlet.gate_fee.0);
    if outlet.capacity.len() != parts.streams.len().min(STREAMS_MAX) {
        faults.add(FaultCode::Contradiction, format!("{path}.capacity"), "must have one entry for each stream");
    }
    for (grams, litres) in outlet.capacity.iter().flatten() {
        number(faults, format_args!("{path}.capacity"), grams.0);
        number(faults, format_args!("{path}.capacity"), litres.0);
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

fn place(faults: &mut Faults, parts: &Parts, path: impl Display, place: PlaceIdx) {
    if place >= parts.places.len() {
        faults.add(FaultCode::UnknownReference, path.to_string(), "names a place that is not in `places`");
    }
}

fn number(faults: &mut Faults, path: impl Display + Copy, value: i64) {
    if value < 0 {
        faults.add(FaultCode::NegativeNumber, path.to_string(), format!("{value} is negative"));
    } else if value > NUMBER_LIMIT {
        faults.add(FaultCode::NumberTooLarge, path.to_string(), format!("{value} is above {NUMBER_LIMIT}"));
    }
}

/// `false` where it lies too far away.
fn instant(faults: &mut Faults, path: impl Display, at: Seconds) -> bool {
    let near = at.0.unsigned_abs() <= NUMBER_LIMIT.unsigned_abs();
    if !near {
        faults.add(FaultCode::NumberTooLarge, path.to_string(), format!("lies beyond {NUMBER_LIMIT} seconds"));
    }
    near
}

fn windows(faults: &mut Faults, path: impl Display + Copy, windows: &[Window]) {
    if windows.is_empty() {
        faults.add(FaultCode::WindowMissing, path.to_string(), "at least one window is needed");
    }
    periods_of(faults, path, windows);
}

/// Windows of which there may be none.
fn periods_of(faults: &mut Faults, path: impl Display + Copy, windows: &[Window]) {
    for (i, window) in windows.iter().enumerate() {
        let of_window = || format!("{path}[{i}]");
        if window.start > window.end {
            faults.add(
                FaultCode::WindowReversed,
                of_window(),
                format!("closes at {} before it opens at {}", window.end, window.start),
            );
        } else if !instant(faults, format_args!("{path}[{i}]"), window.start)
            || !instant(faults, format_args!("{path}[{i}]"), window.end)
        {
            continue;
        } else if i > 0 && windows[i - 1].end >= window.start {
            faults.add(FaultCode::Contradiction, of_window(), "overlaps the window before it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datum::Wgs84;
    use crate::instance::{Instance, Place, Whole};

    fn codes(parts: Parts) -> Vec<(FaultCode, String)> {
        let faults = Instance::new(Parts { cost_scale: 1, ..parts }).err().unwrap_or_default();
        faults.0.into_iter().map(|fault| (fault.code, fault.path)).collect()
    }

    #[test]
    fn places_lie_on_earth() {
        let at = |lat: f64, lon: f64| {
            let place = |id: &str, position| Place { id: id.to_owned(), position, zone: None };
            codes(Parts {
                places: vec![place("none", None), place("some", Some(Wgs84 { lat, lon }))],
                ..Parts::default()
            })
        };
        for (lat, lon) in [(22.1, 113.5), (-90.0, 180.0), (90.0, -180.0)] {
            assert_eq!(at(lat, lon), [], "{lat} {lon}");
        }
        let nowhere = [(999.0, 0.0), (0.0, -180.1), (0.0, -9e18), (f64::NAN, 0.0), (0.0, f64::INFINITY)];
        for (lat, lon) in nowhere {
            assert_eq!(at(lat, lon), [(FaultCode::PlaceOutOfRange, "places[1].position".to_owned())], "{lat} {lon}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_split_job_is_said_once() {
        let piece = |id: &str, service: i64| Job {
            id: id.to_owned(),
            whole: Some(0),
            service: Seconds(service),
            windows: vec![Window { start: Seconds(9), end: Seconds(1) }],
            ..Job::default()
        };
        let places = vec![Place { id: "here".to_owned(), ..Place::default() }];
        let parts = Parts {
            places,
            jobs: vec![piece("a", 0), piece("b", -1)],
            wholes: vec![Whole::default()],
            ..Parts::default()
        };
        // A second of less than nothing falls to the last part alone.
        let expected = [
            (FaultCode::WindowReversed, "jobs[0].time_windows[0]".to_owned()),
            (FaultCode::NegativeNumber, "jobs[0].service_s".to_owned()),
        ];
        assert_eq!(codes(parts), expected);
    }
}
