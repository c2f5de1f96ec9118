//! Solomon's VRPTW files (1987), also used by Gehring and Homberger: a `VEHICLE` block with number and capacity, a
//! `CUSTOMER` block with `id x y demand ready due service` for each node, node 0 being the depot.

use std::path::Path;

use huilu_model::{FaultCode, Instance};

use super::network::{Distances, NODES_MAX, Network, NodeVehicle, VEHICLES_MAX};
use super::text::{self, number, positive, shown, whole};
use super::{FormatError, Rounding};

/// Reads a file; distances are truncated to one decimal unless `rounding` says otherwise.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, missing blocks, missing, broken or negative numbers, ids that are
/// not 0, 1, 2 and so on, a window that closes before it opens.
pub fn read(file: &Path, rounding: Option<Rounding>) -> Result<(Instance, Rounding), FormatError> {
    let text = text::read(file)?;
    let rounding = rounding.unwrap_or(Rounding::Dimacs);
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(k, line)| (k + 1, line.split_whitespace().collect::<Vec<_>>()))
        .filter(|(_, words)| !words.is_empty());
    if !lines.by_ref().any(|(_, words)| words[0] == "NUMBER") {
        return Err(FormatError::new(file, None, FaultCode::MissingField, "has no line `NUMBER CAPACITY`"));
    }
    let Some((at, words)) = lines.next() else {
        return Err(FormatError::new(
            file,
            None,
            FaultCode::MissingField,
            "ends before the number of vehicles and their capacity",
        ));
    };
    let [vehicles, capacity] = words[..] else {
        return Err(FormatError::new(
            file,
            at,
            FaultCode::MalformedLine,
            "must hold the number of vehicles and their capacity",
        ));
    };
    let vehicles = whole(file, at, "the number of vehicles", vehicles)? as usize;
    let capacity = whole(file, at, "the capacity", capacity)?;
    if vehicles > VEHICLES_MAX {
        return Err(FormatError::new(
            file,
            at,
            FaultCode::TooMany,
            format!("{vehicles} vehicles, more than {VEHICLES_MAX}"),
        ));
    }

    let (mut points, mut demand, mut windows, mut service) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, words) in lines {
        if !words[0].bytes().all(|b| b.is_ascii_digit()) {
            if points.is_empty() {
                continue;
            }
            return Err(FormatError::new(
                file,
                at,
                FaultCode::WrongType,
                format!("`{}` is no customer number", shown(words[0])),
            ));
        }
        let [id, x, y, load, ready, due, stay] = words[..] else {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::MalformedLine,
                format!("has {} columns, 7 are needed", words.len()),
            ));
        };
        if id.parse() != Ok(points.len()) {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::Contradiction,
                format!("customer {} where {} is due", shown(id), points.len()),
            ));
        }
        if points.len() >= NODES_MAX {
            return Err(FormatError::new(file, at, FaultCode::TooMany, format!("more than {NODES_MAX} nodes")));
        }
        points.push((number(file, at, "x", x)?, number(file, at, "y", y)?));
        demand.push(whole(file, at, "the demand", load)?);
        let window = (positive(file, at, "the ready time", ready)?, positive(file, at, "the due date", due)?);
        if window.0 > window.1 {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::WindowReversed,
                format!("the window closes at {due} before it opens at {ready}"),
            ));
        }
        windows.push(window);
        service.push(positive(file, at, "the service time", stay)?);
    }
    if points.is_empty() {
        return Err(FormatError::new(file, None, FaultCode::MissingField, "has no customers"));
    }
    let n = points.len();
    let network = Network {
        depots: 1,
        client_ids: (1..n).map(|node| node.to_string()).collect(),
        distances: Distances::Points(points),
        demand,
        windows: Some(windows),
        service,
        release: None,
        prizes: None,
        fleet: vec![NodeVehicle::plain(0, capacity); vehicles.min(n - 1)],
        reload: Vec::new(),
        skills: vec![0; n],
        skill_names: Vec::new(),
        cost_parts: 1,
    };
    Ok((network.instance(file, rounding)?, rounding))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "C1\n\nVEHICLE\nNUMBER CAPACITY\n 2 10\n\nCUSTOMER\nCUST NO. XCOORD.\n\n\
        0 0 0 0 0 100 0\n1 3 4 5 0 50 1\n2 0 1 5 10 60 1.5\n";

    fn try_read(text: &str) -> Result<(Instance, Rounding), FormatError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.txt");
        std::fs::write(&file, text).unwrap();
        read(&file, None)
    }

    #[test]
    fn times_are_scaled_like_distances() {
        let (instance, rounding) = try_read(GOOD).unwrap();
        assert_eq!(rounding, Rounding::Dimacs);
        assert_eq!((instance.cost_scale, instance.jobs.len(), instance.vehicles.len()), (10, 2, 2));
        // From (3, 4) to (0, 1) it is 4.2426...
        assert_eq!(instance.travel[0].metres(1, 2), 42);
        assert_eq!((instance.jobs[1].windows[0].start.0, instance.jobs[1].service.0), (100, 15));
        assert_eq!(instance.jobs[0].id, "1");
    }

    #[test]
    fn each_broken_file_gets_one_clear_line() {
        for (from, to, cause) in [
            ("NUMBER CAPACITY", "", "has no line `NUMBER CAPACITY`"),
            (" 2 10", " 2", "case.txt:5: MALFORMED_LINE: must hold"),
            ("1 3 4 5 0 50 1", "1 3 4 5 0 50", "case.txt:11: MALFORMED_LINE: has 6 columns"),
            ("1 3 4 5 0 50 1", "7 3 4 5 0 50 1", "customer 7 where 1 is due"),
            ("1 3 4 5 0 50 1", "1 nan 4 5 0 50 1", "`nan` is no number"),
            ("1 3 4 5 0 50 1", "1 3 4 -5 0 50 1", "the demand: -5 is negative"),
            ("1 3 4 5 0 50 1", "1 3 4 5 60 50 1", "closes at 50 before it opens at 60"),
            ("1 3 4 5 0 50 1", "1 3 4 5 0 1e300 1", "is too large"),
        ] {
            let error = try_read(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(cause), "{error} should say {cause}");
        }
    }
}
