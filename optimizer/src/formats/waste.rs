//! Files of the waste collection problem with time windows (Kim, Kim and Sahoo 2006, Computers & Operations Research 33(12),
//! 3624-3642): collect, unload at a landfill whenever the box is full, have lunch, come home empty.
//!
//! Five header lines begin with the box in yards, the yards and the stops of a vehicle and day, the seconds of lunch, and the
//! speed in miles an hour; then a line of titles; then `id x y earliest latest service load type` with feet, `HHMM`, seconds
//! and yards. Distances are those along the axes.
//!
//! The authors minimise vehicles first, then travel time, which at one speed for all is distance: the cost here is
//! [`VEHICLE_MILES`] for each vehicle and one for each mile. How many vehicles there are the files leave open.

use std::path::Path;

use huilu_model::{
    Break, Compartment, Cost, FaultCode, Grams, Instance, Job, Litres, Load, Metric, Outlet, Parts, Place, Seconds,
    Shape, StreamSet, Travel, Vehicle, Window,
};

use super::network::NODES_MAX;
use super::text::{self, number, positive, shown, stem, whole};
use super::{FormatError, Rounding};

/// What a vehicle costs, in miles: more than leaving one away could ever save on the way.
pub const VEHICLE_MILES: i64 = 1_000;
const FEET_PER_MILE: f64 = 5_280.0;
/// Lunch starts between eleven and noon.
const LUNCH: (i64, i64) = (11 * 3_600, 12 * 3_600);
/// Loads are kept as hundredths of a yard.
const YARD_PARTS: f64 = 100.0;

struct Header {
    yards: i64,
    day_yards: i64,
    day_stops: i64,
    lunch_s: f64,
    miles_per_hour: f64,
}

/// A row of the table, in feet, seconds and hundredths of a yard.
struct Row {
    id: String,
    at: (f64, f64),
    opens: i64,
    closes: i64,
    service_s: f64,
    load: i64,
}

#[derive(Default)]
struct Table {
    depots: Vec<Row>,
    stops: Vec<Row>,
    landfills: Vec<Row>,
}

/// Reads a file; times are kept to three decimals unless `rounding` says otherwise, feet are whole.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, missing lines or columns, broken or negative numbers, a time of day that is
/// none, a type that is not 0, 1 or 2, no depot or several.
pub fn read(file: &Path, rounding: Option<Rounding>) -> Result<(Instance, Rounding), FormatError> {
    let text = text::read(file)?;
    let rounding = rounding.unwrap_or(Rounding::Exact);
    let mut lines = text.lines().enumerate().map(|(k, line)| (k + 1, line)).filter(|(_, line)| !line.trim().is_empty());
    let header = header(file, &mut lines)?;
    let mut table = Table::default();
    for (at, line) in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [id, x, y, opens, closes, service, load, kind, ..] = words[..] else {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::MalformedLine,
                format!("has {} columns, 8 are needed", words.len()),
            ));
        };
        if id.len() > 20 || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(FormatError::new(file, at, FaultCode::WrongType, format!("`{}` is no stop number", shown(id))));
        }
        let row = Row {
            id: id.to_owned(),
            at: (number(file, at, "x", x)?, number(file, at, "y", y)?),
            opens: time_of_day(file, at, opens)?,
            closes: time_of_day(file, at, closes)?,
            service_s: positive(file, at, "the service time", service)?,
            load: parts_of_yards(positive(file, at, "the load", load)?),
        };
        if row.opens > row.closes {
            return Err(FormatError::new(
                file,
                at,
                FaultCode::WindowReversed,
                format!("the window closes at {closes} before it opens at {opens}"),
            ));
        }
        let list = match kind {
            "0" => &mut table.depots,
            "1" => &mut table.stops,
            "2" => &mut table.landfills,
            other => {
                return Err(FormatError::new(
                    file,
                    at,
                    FaultCode::UnknownValue,
                    format!("type `{}` is not 0, 1 or 2", shown(other)),
                ));
            }
        };
        list.push(row);
        if table.stops.len() + table.landfills.len() > NODES_MAX {
            return Err(FormatError::new(file, at, FaultCode::TooMany, format!("more than {NODES_MAX} stops")));
        }
    }
    let [depot] = &table.depots[..] else {
        return Err(FormatError::new(
            file,
            None,
            FaultCode::Contradiction,
            format!("has {} depots, 1 is needed", table.depots.len()),
        ));
    };
    Ok((instance(file, &header, depot, &table, rounding)?, rounding))
}

/// Hundredths; a hundredth that no float holds exactly is the nearest one.
fn parts_of_yards(yards: f64) -> i64 {
    (yards * YARD_PARTS).round() as i64
}

fn header<'a>(file: &Path, lines: &mut impl Iterator<Item = (usize, &'a str)>) -> Result<Header, FormatError> {
    let mut first = |what: &str| -> Result<(usize, &'a str), FormatError> {
        let ends = || FormatError::new(file, None, FaultCode::MissingField, format!("ends before {what}"));
        let (at, line) = lines.next().ok_or_else(ends)?;
        line.split_whitespace().next().map(|word| (at, word)).ok_or_else(ends)
    };
    let mut value =
        |what: &str| first(what).and_then(|(at, word)| positive(file, at, what, word).map(|value| (at, value)));
    let (_, yards) = value("the capacity")?;
    let (_, day_yards) = value("the yards of a day")?;
    let (at, day_stops) = value("the stops of a day")?;
    let day_stops = whole(file, at, "the stops of a day", &day_stops.to_string())?;
    let (_, lunch_s) = value("the lunch time")?;
    let (at, miles_per_hour) = value("the speed")?;
    if miles_per_hour <= 0.0 {
        return Err(FormatError::new(file, at, FaultCode::OutOfRange, "the speed: 0 gets nowhere"));
    }
    first("the line of titles")?;
    let (yards, day_yards) = (parts_of_yards(yards), parts_of_yards(day_yards));
    Ok(Header { yards, day_yards, day_stops, lunch_s, miles_per_hour })
}

/// `HHMM` in seconds, from 0 to 2400; some minutes of the files pass 59.
fn time_of_day(file: &Path, line: usize, word: &str) -> Result<i64, FormatError> {
    let value = whole(file, line, "a time of day", word)?;
    if value > 2_400 {
        return Err(FormatError::new(
            file,
            line,
            FaultCode::OutOfRange,
            format!("a time of day: {word} is after 2400"),
        ));
    }
    Ok(value / 100 * 3_600 + value % 100 * 60)
}

fn instance(
    file: &Path,
    header: &Header,
    depot: &Row,
    table: &Table,
    rounding: Rounding,
) -> Result<Instance, FormatError> {
    let scale = rounding.scale();
    let window = |opens: i64, closes: i64| Window { start: Seconds(opens * scale), end: Seconds(closes * scale) };
    let rows = || std::iter::once(depot).chain(&table.stops).chain(&table.landfills);
    let seconds_per_foot = 3_600.0 / (FEET_PER_MILE * header.miles_per_hour);
    let metric = Metric::new(
        "truck".to_owned(),
        Shape::Manhattan,
        rows().map(|row| row.at).collect(),
        Rounding::Nint.rule(1.0),
        rounding.rule(seconds_per_foot),
    );
    let metric = metric.map_err(|cause| FormatError::new(file, None, FaultCode::OutOfRange, cause.to_string()))?;
    // Volume alone counts; weight is never in the way.
    let (weightless, yards) = (Grams::ZERO, Litres(header.yards));
    let vehicle = |k: usize| Vehicle {
        id: (k + 1).to_string(),
        profile: 0,
        start: 0,
        end: 0,
        grams: weightless,
        compartments: vec![Compartment { streams: StreamSet(1), grams: weightless, litres: yards }],
        shift: window(depot.opens, depot.closes),
        pause: (header.lunch_s > 0.0)
            .then(|| Break { window: window(LUNCH.0, LUNCH.1), duration: Seconds(rounding.time(header.lunch_s)) }),
        cost_fixed: Cost(VEHICLE_MILES * FEET_PER_MILE as i64),
        cost_per_second: Cost::ZERO,
        cost_per_metre: Cost(1),
        skills: 0,
        max_jobs: Some(u32::try_from(header.day_stops).unwrap_or(u32::MAX)),
        max_day_litres: Some(Litres(header.day_yards)),
        end_empty: true,
        ..Vehicle::default()
    };
    let job = |(k, row): (usize, &Row)| Job {
        id: row.id.clone(),
        place: 1 + k,
        loads: vec![Load { stream: 0, grams: weightless, litres: Litres(row.load) }],
        windows: vec![window(row.opens, row.closes)],
        setup: Seconds::ZERO,
        service: Seconds(rounding.time(row.service_s)),
        skills: 0,
        penalty: None,
        ..Job::default()
    };
    let outlet = |(k, row): (usize, &Row)| Outlet {
        id: row.id.clone(),
        place: 1 + table.stops.len() + k,
        streams: StreamSet(1),
        windows: vec![window(row.opens, row.closes)],
        capacity: vec![None],
        unload: Seconds(rounding.time(row.service_s)),
        gate_fee: Cost::ZERO,
        ..Outlet::default()
    };
    Instance::new(Parts {
        name: stem(file),
        cost_scale: FEET_PER_MILE as i64,
        streams: vec!["waste".to_owned()],
        skills: Vec::new(),
        places: rows().map(|row| Place { id: row.id.clone(), ..Place::default() }).collect(),
        travel: vec![Travel::from(metric)],
        jobs: table.stops.iter().enumerate().map(job).collect(),
        vehicles: (0..table.stops.len()).map(vehicle).collect(),
        outlets: table.landfills.iter().enumerate().map(outlet).collect(),
        ..Parts::default()
    })
    .map_err(|faults| FormatError::listing(file, None, faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "280.0 // capacity\r\n400.0 // a day\r\n500 // stops\r\n3600 // lunch\r\n40 // MPH\r\nStop_ID X Y ...\r\n\
        0 1215029.00 3461398.00 0400 1500 0 9999.00 0\r\n1 1229125.00 3460107.00 0000 2400 1600 9999.00 2\r\n\
        3 1208344.00 3469904.00 0700 2400 180 12.50 1\r\n7 1214253 3472668 0775 1575 30 4 1 \r\n";

    fn try_read(text: &str) -> Result<(Instance, Rounding), FormatError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("4_stop.txt");
        std::fs::write(&file, text).unwrap();
        read(&file, None)
    }

    #[test]
    fn feet_yards_and_hours_become_units() {
        let (instance, _) = try_read(GOOD).unwrap();
        // The authors' example: 15387 feet are 262.3 s.
        assert_eq!((instance.travel[0].metres(0, 3), instance.travel[0].seconds(0, 3)), (15_387, 262_278));
        assert_eq!((instance.jobs[0].id.as_str(), instance.jobs[0].loads[0].litres), ("3", Litres(1_250)));
        let window = &instance.jobs[1].windows[0];
        assert_eq!((window.start.0, window.end.0), (8 * 3_600_000 + 900_000, 16 * 3_600_000 + 900_000));
        let van = &instance.vehicles[0];
        assert_eq!((van.max_jobs, van.max_day_litres, instance.vehicles.len()), (Some(500), Some(Litres(40_000)), 2));
        assert_eq!(van.pause.map(|pause| pause.window.end.0), Some(12 * 3_600_000));
        assert_eq!((instance.outlets[0].place, instance.outlets[0].unload), (3, Seconds(1_600_000)));
    }

    #[test]
    fn each_broken_file_gets_one_clear_line() {
        for (from, to, cause) in [
            ("280.0 //", "// 280.0", "4_stop.txt:1: WRONG_TYPE: the capacity: `//` is no number"),
            ("40 // MPH", "0 // MPH", "4_stop.txt:5: OUT_OF_RANGE: the speed: 0 gets nowhere"),
            ("0700 2400", "0700 2500", "4_stop.txt:9: OUT_OF_RANGE: a time of day: 2500 is after 2400"),
            (
                "0700 2400",
                "0700 0600",
                "4_stop.txt:9: WINDOW_REVERSED: the window closes at 0600 before it opens at 0700",
            ),
            ("12.50 1", "12.50 5", "4_stop.txt:9: UNKNOWN_VALUE: type `5` is not 0, 1 or 2"),
            ("12.50 1", "12.50", "4_stop.txt:9: MALFORMED_LINE: has 7 columns"),
            ("9999.00 0\r\n", "9999.00 2\r\n", "has 0 depots, 1 is needed"),
            ("\r\n3 ", "\r\n7 ", "DUPLICATE_ID"),
        ] {
            let error = try_read(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(cause), "{error} should say {cause}");
        }
        assert!(try_read("").unwrap_err().to_string().contains("ends before the capacity"));
    }
}
