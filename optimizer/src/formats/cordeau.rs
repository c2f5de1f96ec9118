//! Cordeau's files of the multi-depot vehicle routing problem (Cordeau, Gendreau and Laporte 1997): a line
//! `2 m n t` (vehicles of each depot, clients, depots), for each depot the longest duration of a route (0: no limit) and
//! the capacity, then a line for each client and each depot: `number x y service demand` and columns of the periodic
//! problem, which are ignored.

use std::path::Path;

use huilu_model::{FaultCode, Instance};

use super::network::{Distances, NODES_MAX, Network, NodeVehicle, VEHICLES_MAX};
use super::text::{self, number, positive, shown, whole};
use super::{FormatError, Rounding};

/// The multi-depot problem among Cordeau's types.
const MULTI_DEPOT: i64 = 2;

type Line<'a> = (usize, Vec<&'a str>);

/// Reads a file; distances are kept to three decimals unless `rounding` says otherwise.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, another type of problem, missing lines or columns, broken or negative
/// numbers, clients that are not numbered 1, 2, 3 and so on.
pub fn read(file: &Path, rounding: Option<Rounding>) -> Result<(Instance, Rounding), FormatError> {
    let text = text::read(file)?;
    let rounding = rounding.unwrap_or(Rounding::Exact);
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(k, line)| (k + 1, line.split_whitespace().collect::<Vec<_>>()))
        .filter(|(_, words)| !words.is_empty());
    let mut next = |what: &str| -> Result<Line<'_>, FormatError> {
        lines.next().ok_or_else(|| FormatError::new(file, None, FaultCode::MissingField, format!("ends before {what}")))
    };
    let (at, words) = next("the line `type m n t`")?;
    let [kind, vehicles, clients, depots] = words[..] else {
        return Err(FormatError::new(
            file,
            at,
            FaultCode::MalformedLine,
            format!("has {} columns, 4 are needed: type m n t", words.len()),
        ));
    };
    if whole(file, at, "the type", kind)? != MULTI_DEPOT {
        return Err(FormatError::new(
            file,
            at,
            FaultCode::UnknownValue,
            format!("type {} is not read: 2 is the multi-depot problem", shown(kind)),
        ));
    }
    let count = |what: &str, word: &str, least: i64, most: usize| -> Result<usize, FormatError> {
        let value = whole(file, at, what, word)?;
        let fits = value >= least && value <= most as i64;
        let cause = || {
            FormatError::new(
                file,
                at,
                FaultCode::OutOfRange,
                format!("{what}: {value} is not between {least} and {most}"),
            )
        };
        fits.then_some(value as usize).ok_or_else(cause)
    };
    let depots = count("the number of depots", depots, 1, 1_000)?;
    let vehicles = count("the number of vehicles of a depot", vehicles, 0, VEHICLES_MAX / depots)?;
    let clients = count("the number of clients", clients, 1, NODES_MAX)?;

    let mut fleet = Vec::new();
    for depot in 0..depots {
        let (at, words) = next("the limits of every depot")?;
        let [duration, capacity] = words[..] else {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::MalformedLine,
                format!("has {} columns, 2 are needed: D Q", words.len()),
            ));
        };
        let duration = positive(file, at, "the longest duration", duration)?;
        let capacity = whole(file, at, "the capacity", capacity)?;
        let max_duration = (duration > 0.0).then_some(duration);
        let vehicle = NodeVehicle { max_duration, ..NodeVehicle::plain(depot, capacity) };
        fleet.extend(std::iter::repeat_n(vehicle, vehicles));
    }
    let (mut points, mut service, mut demand) = (Vec::new(), Vec::new(), Vec::new());
    for row in 1..=clients + depots {
        let (at, words) = next("the line of every client and depot")?;
        let [id, x, y, stay, load, ..] = words[..] else {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::MalformedLine,
                format!("has {} columns, at least 5 are needed", words.len()),
            ));
        };
        if id.parse() != Ok(row) {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::Contradiction,
                format!("number {} where {row} is due", shown(id)),
            ));
        }
        points.push((number(file, at, "x", x)?, number(file, at, "y", y)?));
        service.push(positive(file, at, "the service time", stay)?);
        demand.push(whole(file, at, "the demand", load)?);
    }
    if let Some((at, _)) = lines.next() {
        return Err(FormatError::new(file, at, FaultCode::MalformedLine, "stands after the last depot"));
    }
    // The file counts clients first, a network depots.
    points.rotate_right(depots);
    service.rotate_right(depots);
    demand.rotate_right(depots);
    let network = Network {
        depots,
        client_ids: (1..=clients).map(|client| client.to_string()).collect(),
        distances: Distances::Points(points),
        demand,
        windows: None,
        service,
        release: None,
        prizes: None,
        fleet,
        reload: Vec::new(),
        skills: vec![0; clients + depots],
        skill_names: Vec::new(),
        cost_parts: 1,
    };
    Ok((network.instance(file, rounding)?, rounding))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "2 1 2 2\n0 80\n7.5 60\n 1 3 4 10 7 1 4 1 2 4 8\n 2 0 1 0 30 1 4 1 2 4 8\n3 0 0 0 0 0 0\n4 9 9 0 0 0 0\n";

    fn try_read(text: &str) -> Result<(Instance, Rounding), FormatError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.txt");
        std::fs::write(&file, text).unwrap();
        read(&file, None)
    }

    #[test]
    fn depots_come_first_and_own_their_vehicles() {
        let (instance, rounding) = try_read(GOOD).unwrap();
        assert_eq!((rounding, instance.jobs.len(), instance.vehicles.len()), (Rounding::Exact, 2, 2));
        assert_eq!(
            (instance.jobs[0].id.as_str(), instance.jobs[0].place, instance.jobs[0].service.0),
            ("1", 2, 10_000)
        );
        assert_eq!(instance.travel[0].metres(0, 2), 5_000);
        let limits: Vec<_> =
            instance.vehicles.iter().map(|v| (v.start, v.grams.0, v.max_duration.map(|s| s.0))).collect();
        assert_eq!(limits, [(0, 80, None), (1, 60, Some(7_500))]);
    }

    #[test]
    fn each_broken_file_gets_one_clear_line() {
        for (from, to, cause) in [
            ("2 1 2 2\n", "1 1 2 2\n", "case.txt:1: UNKNOWN_VALUE: type 1 is not read"),
            ("2 1 2 2\n", "2 1 2\n", "case.txt:1: MALFORMED_LINE: has 3 columns"),
            (
                "2 1 2 2\n",
                "2 1 2 9999999\n",
                "case.txt:1: OUT_OF_RANGE: the number of depots: 9999999 is not between 1 and 1000",
            ),
            ("0 80\n", "0 -80\n", "case.txt:2: NEGATIVE_NUMBER: the capacity: -80 is negative"),
            (" 2 0 1", " 3 0 1", "case.txt:5: CONTRADICTION: number 3 where 2 is due"),
            (" 2 0 1", " 2 nan 1", "case.txt:5: WRONG_TYPE: x: `nan` is no number"),
            ("4 9 9 0 0 0 0\n", "", "ends before the line of every client and depot"),
            ("4 9 9 0 0 0 0\n", "4 9 9 0 0 0 0\n5 1", "case.txt:8: MALFORMED_LINE: stands after the last depot"),
        ] {
            let error = try_read(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(cause), "{error} should say {cause}");
        }
    }
}
