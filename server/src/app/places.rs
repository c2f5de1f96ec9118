//! Places as they come in: out of their datum, onto the earth, into the operator's bounds.

use h3o::CellIndex;
use huilu_api_spec::common::Position;
use huilu_model::{Datum, Wgs84};

use super::fault::{At, Fault, FaultCode, Faults};
use super::wire;
use crate::domain::operator::Operator;
use crate::domain::place::{Place, SERVICE_RESOLUTION};

const DATUMS: &str = "wgs84 (GPS), gcj02 (AMap, Tencent) or bd09 (Baidu)";

/// The place at `pointer` of a body.
pub(crate) fn of_body(faults: &mut Faults, operator: &Operator, pointer: &str, sent: &Position) -> Option<Place> {
    served(faults, operator, At::Body(pointer.to_owned()), sent.lat, sent.lon, wire::datum(sent.datum))
}

/// The place at `pointer` of a body with the cell it lies in.
pub(crate) fn located(
    faults: &mut Faults,
    operator: &Operator,
    pointer: &str,
    sent: &Position,
) -> Option<(Place, CellIndex)> {
    let place = of_body(faults, operator, pointer, sent)?;
    Some((place, place.cell(SERVICE_RESOLUTION)?))
}

/// The middle of what is served: stands in for a place that has a fault, so that the faults beside it are found too.
pub(crate) fn stand_in(operator: &Operator) -> Place {
    let bounds = operator.bounds;
    Place::wgs84(Wgs84 { lat: (bounds.south + bounds.north) / 2.0, lon: (bounds.west + bounds.east) / 2.0 })
}

/// The place that the query parameters `lat`, `lon` and `datum` name.
pub(crate) fn of_query(faults: &mut Faults, operator: &Operator, lat: &str, lon: &str, datum: &str) -> Option<Place> {
    let lat = degrees(faults, "lat", lat);
    let lon = degrees(faults, "lon", lon);
    let datum = match datum {
        "wgs84" => Some(Datum::Wgs84),
        "gcj02" => Some(Datum::Gcj02),
        "bd09" => Some(Datum::Bd09),
        _ => {
            let remedy = format!("Use one of {DATUMS}.");
            faults.parameter(FaultCode::UnknownDatum, "datum", format!("`{datum}` is no datum"), remedy);
            None
        }
    };
    served(faults, operator, At::Parameter("lat"), lat?, lon?, datum?)
}

fn degrees(faults: &mut Faults, name: &'static str, text: &str) -> Option<f64> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite());
    if value.is_none() {
        let message = format!("`{text}` is no number of degrees");
        faults.parameter(FaultCode::WrongType, name, message, "Send decimal degrees, such as 22.1987.");
    }
    value
}

fn served(faults: &mut Faults, operator: &Operator, at: At, lat: f64, lon: f64, datum: Datum) -> Option<Place> {
    let place = match Place::enter(lat, lon, datum) {
        Ok(place) => place,
        Err(cause) => {
            let remedy = "Send degrees: latitude from -90 to 90, longitude from -180 to 180.".to_owned();
            faults.push(Fault { code: FaultCode::NotOnEarth, at, message: cause.to_string(), remedy });
            return None;
        }
    };
    if !operator.bounds.contains(place.at) {
        let bounds = operator.bounds;
        let message = format!("{lat}, {lon} ({datum}) lies outside of what is served", datum = code(datum));
        let remedy = format!(
            "Choose a place between {} and {} degrees north, {} and {} degrees east; check datum and order: latitude \
             comes first.",
            bounds.south, bounds.north, bounds.west, bounds.east
        );
        faults.push(Fault { code: FaultCode::OutsideServiceArea, at, message, remedy });
        return None;
    }
    Some(place)
}

fn code(datum: Datum) -> &'static str {
    match datum {
        Datum::Wgs84 => "wgs84",
        Datum::Gcj02 => "gcj02",
        Datum::Bd09 => "bd09",
    }
}
