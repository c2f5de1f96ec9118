//! Areas from GeoJSON: administrative divisions or census zones.
//!
//! A `FeatureCollection` of polygons; `geometry` may be null for an area that is known only by name. Properties, the
//! first that is there:
//!
//! | field | properties |
//! |---|---|
//! | key | `key`, `zone`, `code`, the feature's `id` |
//! | level | `level` (our codes); `zone` where it is absent |
//! | code | `code` |
//! | Chinese name | `name_zh`, `name_zh_hans`, `name_zh_hant`, `name` |
//! | English name | `name_en`, `name_pt`, `name`, the Chinese one |
//! | households | `households` |
//! | parent | `parent`: key of a feature that comes before |

use std::collections::BTreeSet;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{Feature, GeometryValue, JsonObject, JsonValue, PolygonType, feature::Id};
use huilu_model::Datum;

use super::Read;
use super::bytes::text_of;
use super::fault::{Faults, ReadError};
use crate::records::{Area, AreaLevel};

/// Reads areas from GeoJSON, plain or gzipped.
///
/// # Errors
/// [`ReadError`] with every feature that has no key, no name, an unknown level or parent, or a broken polygon.
pub fn areas(file: &str, bytes: &[u8], datum: Datum) -> Result<Read<Area>, ReadError> {
    let features = features(file, bytes)?;
    let mut faults = Faults::of(file);
    let mut records: Vec<Area> = Vec::with_capacity(features.len());
    let mut keys = BTreeSet::new();
    for (k, value) in features.into_iter().enumerate() {
        let mut wrong = |cause: String| faults.add(None, format!("feature {}: {cause}", k + 1));
        let feature: Feature = match serde_json::from_value(value) {
            Ok(feature) => feature,
            Err(cause) => {
                wrong(cause.to_string());
                continue;
            }
        };
        let Some(area) = area(&feature, datum, &mut wrong) else { continue };
        if let Some(parent) = area.parent.as_ref().filter(|&parent| !keys.contains(parent)) {
            wrong(format!("its parent `{parent}` does not come before it"));
        }
        if !keys.insert(area.key.clone()) {
            wrong(format!("the key `{}` was there before", area.key));
        }
        records.push(area);
    }
    if records.is_empty() {
        faults.add(None, "no area");
    }
    faults.or(Read { records, notes: Vec::new() })
}

fn features(file: &str, bytes: &[u8]) -> Result<Vec<JsonValue>, ReadError> {
    let text = text_of(file, bytes)?;
    let mut document: JsonValue = serde_json::from_str(&text).map_err(|cause| {
        let mut faults = Faults::of(file);
        faults.add(Some(cause.line() as u64), format!("no JSON: {cause}"));
        faults.into_error()
    })?;
    match document.get_mut("features").map(JsonValue::take) {
        Some(JsonValue::Array(features)) => Ok(features),
        _ => Err(ReadError::of_file(file, "no GeoJSON FeatureCollection: `features` is missing")),
    }
}

fn area(feature: &Feature, datum: Datum, wrong: &mut impl FnMut(String)) -> Option<Area> {
    let none = JsonObject::new();
    let properties = feature.properties.as_ref().unwrap_or(&none);
    let first = |names: &[&str]| names.iter().find_map(|name| text(properties.get(*name)));
    let id = feature.id.as_ref().map(|id| match id {
        Id::String(id) => id.clone(),
        Id::Number(id) => id.to_string(),
    });
    let key = first(&["key"]).or_else(|| first(&["zone"]).map(|zone| format!("zone-{zone}")));
    let Some(key) = key.or_else(|| first(&["code"])).or(id) else {
        wrong("no `key`, `zone`, `code` or id to call it by".to_owned());
        return None;
    };
    let Some(name_zh) = first(&["name_zh", "name_zh_hans", "name_zh_hant", "name", "name_en"]) else {
        wrong(format!("`{key}` has no `name`"));
        return None;
    };
    let name_en = first(&["name_en", "name_pt", "name"]).unwrap_or_else(|| name_zh.clone());
    let level = match first(&["level"]).map(|code| code.parse()) {
        None => AreaLevel::Zone,
        Some(Ok(level)) => level,
        Some(Err(cause)) => {
            wrong(format!("`{key}`: {cause}"));
            return None;
        }
    };
    let households = match properties.get("households") {
        None | Some(JsonValue::Null) => None,
        Some(value) => match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(n) => Some(n),
            None => {
                wrong(format!("`{key}`: households `{value}` is no count"));
                return None;
            }
        },
    };
    let polygon = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
        None => None,
        Some(GeometryValue::Polygon { coordinates }) => Some(vec![coordinates]),
        Some(GeometryValue::MultiPolygon { coordinates }) => Some(coordinates.iter().collect()),
        Some(other) => {
            wrong(format!("`{key}` is a {}, not a polygon", other.type_name()));
            return None;
        }
    };
    let polygon = match polygon.map(|parts| multi_polygon(&parts, datum)).transpose() {
        Ok(polygon) => polygon,
        Err(cause) => {
            wrong(format!("`{key}`: {cause}"));
            return None;
        }
    };
    Some(Area { parent: first(&["parent"]), code: first(&["code"]), key, level, name_zh, name_en, polygon, households })
}

/// A text or a number, not empty.
fn text(value: Option<&JsonValue>) -> Option<String> {
    match value? {
        JsonValue::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        JsonValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn multi_polygon(parts: &[&PolygonType], datum: Datum) -> Result<MultiPolygon, String> {
    let polygon = |rings: &&PolygonType| {
        let mut lines = rings.iter().map(|ring| line(ring, datum));
        let exterior = lines.next().ok_or("a polygon without rings")??;
        Ok(Polygon::new(exterior, lines.collect::<Result<_, String>>()?))
    };
    parts.iter().map(polygon).collect::<Result<Vec<_>, String>>().map(MultiPolygon::new)
}

/// A ring in WGS-84; [`Polygon::new`] closes it where the file does not.
fn line(ring: &[geojson::Position], datum: Datum) -> Result<LineString, String> {
    let coords = ring.iter().map(|position| {
        let &[lon, lat, ..] = position.as_slice() else { return Err("a position without two numbers".to_owned()) };
        let place = datum.to_wgs84(lat, lon).map_err(|cause| cause.to_string())?;
        Ok(Coord { x: place.lon, y: place.lat })
    });
    let coords = coords.collect::<Result<Vec<_>, String>>()?;
    if coords.len() < 3 {
        return Err(format!("a ring of {} points", coords.len()));
    }
    Ok(LineString::from(coords))
}
