//! Zones that are closed to a profile at given hours, such as a city's bans on trucks by day, read from GeoJSON.
//!
//! A zone closes the roads inside it. The road along its border is drawn a little differently in every file, so a road
//! counts as inside where more than [`BORDER_M`] metres of it, or more than half of it, lie in the zone: the tolerance
//! is about one carriageway's width on either side, and a road that truly leads into the zone is closed even where most
//! of it lies outside. Who starts or ends on a closed road cannot: there is no path, and
//! [`Graph::closed_by`](crate::Graph::closed_by) tells which closure it was.

use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon, Rect};
use huilu_model::{Datum, Wgs84};
use serde::Deserialize;
use serde_json::Value;

use crate::area::Area;
use crate::hours::{Departure, WeeklyHours};
use crate::osm::Point;
use crate::profile::Profile;

/// Metres of a road that may lie in a zone without being closed.
const BORDER_M: f64 = 20.0;
/// Distance between the points of a road that are tested.
const STEP_M: f64 = 5.0;
/// Corners of one zone, at most: the border of a province has fewer.
const MAX_CORNERS: usize = 100_000;

/// A zone with the profiles and the hours that it is closed to.
#[derive(Clone, Debug, PartialEq)]
pub struct Closure {
    name: String,
    profiles: Vec<Profile>,
    hours: WeeklyHours,
    area: Area,
    bounds: Rect,
}

/// A feature that is no closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFeature {
    /// Counts from 1, as the file lists them.
    pub feature: usize,
    pub cause: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosuresError {
    #[error("this is no GeoJSON: {0}")]
    NotJson(String),
    #[error("this is no GeoJSON FeatureCollection")]
    NotACollection,
    /// All of them.
    #[error("{}", .0.iter().map(|bad| format!("feature {}: {}", bad.feature, bad.cause)).collect::<Vec<_>>().join("; "))]
    Features(Vec<BadFeature>),
}

/// What a feature's `properties` must hold; anything else may stand beside it.
#[derive(Deserialize)]
struct Properties {
    name: Option<String>,
    profiles: Option<Vec<Profile>>,
    hours: Option<String>,
}

impl Closure {
    /// Reads a GeoJSON FeatureCollection of Polygons and MultiPolygons whose properties are `name`, `profiles` (a list of
    /// `etrike`, `van`, `truck`, `foot`) and `hours` ([`WeeklyHours`]; without them the zone is closed at any time).
    ///
    /// GeoJSON does not tell its datum, and Chinese map providers export shifted coordinates: the caller has to know it.
    ///
    /// # Errors
    /// [`ClosuresError`], with every feature that is no closure or has more than 100,000 corners.
    pub fn read_geojson(text: &str, datum: Datum) -> Result<Vec<Self>, ClosuresError> {
        let json: Value = serde_json::from_str(text).map_err(|cause| ClosuresError::NotJson(cause.to_string()))?;
        let features = json.get("features").and_then(Value::as_array);
        let Some(features) = features.filter(|_| json.get("type").is_some_and(|kind| kind == "FeatureCollection"))
        else {
            return Err(ClosuresError::NotACollection);
        };
        let (mut closures, mut bad) = (Vec::new(), Vec::new());
        for (k, feature) in features.iter().enumerate() {
            match Self::of_feature(feature, datum) {
                Ok(closure) => closures.push(closure),
                Err(cause) => bad.push(BadFeature { feature: k + 1, cause }),
            }
        }
        if bad.is_empty() { Ok(closures) } else { Err(ClosuresError::Features(bad)) }
    }

    fn of_feature(feature: &Value, datum: Datum) -> Result<Self, String> {
        let properties = feature.get("properties").cloned().unwrap_or(Value::Null);
        let properties: Properties =
            serde_json::from_value(properties).map_err(|cause| format!("`properties`: {cause}"))?;
        let name = properties.name.filter(|name| !name.trim().is_empty()).ok_or("`name` is missing")?;
        let profiles = properties.profiles.filter(|list| !list.is_empty());
        let profiles =
            profiles.ok_or_else(|| format!("{name}: `profiles` is missing; list whom the zone is closed to"))?;
        let hours = match properties.hours {
            Some(text) => text.parse().map_err(|cause| format!("{name}: {cause}"))?,
            None => WeeklyHours::always(),
        };
        let geometry = feature.get("geometry").unwrap_or(&Value::Null);
        let area = area(geometry, datum).map_err(|cause| format!("{name}: {cause}"))?;
        let bounds = area.bounding_rect().ok_or_else(|| format!("{name}: the polygon is empty"))?;
        Ok(Self { name, profiles, hours, area: Area::new(&area), bounds })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// South-west and north-east corner.
    pub fn bounds(&self) -> (Wgs84, Wgs84) {
        let (low, high) = (self.bounds.min(), self.bounds.max());
        (Wgs84 { lat: low.y, lon: low.x }, Wgs84 { lat: high.y, lon: high.x })
    }

    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    pub fn hours(&self) -> &WeeklyHours {
        &self.hours
    }

    /// Whether the zone is closed to the profile. Without a departure only what is closed at any time is.
    pub fn applies(&self, profile: Profile, departure: Option<Departure>) -> bool {
        let now = departure.map_or(self.hours.is_always(), |departure| self.hours.contain(departure));
        now && self.profiles.contains(&profile)
    }

    pub fn contains(&self, at: Wgs84) -> bool {
        self.area.contains(coord(at))
    }

    pub(crate) fn area(&self) -> &Area {
        &self.area
    }

    /// Whether a road with this line is closed by the zone; `parts` are the area's polygons that it may touch.
    pub(crate) fn closes(&self, line: &[Point], parts: &[u32]) -> bool {
        let length_m: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let enough_m = BORDER_M.min(length_m / 2.0);
        let mut inside_m = 0.0;
        for pair in line.windows(2) {
            let (a, b) = (pair[0].wgs84(), pair[1].wgs84());
            let steps = (a.distance_m(b) / STEP_M).ceil().max(1.0);
            let step_m = a.distance_m(b) / steps;
            for k in 0..steps as usize {
                let share = (k as f64 + 0.5) / steps;
                let at = Wgs84 { lat: a.lat + share * (b.lat - a.lat), lon: a.lon + share * (b.lon - a.lon) };
                if parts.iter().any(|&part| self.area.part_contains(part, coord(at))) {
                    inside_m += step_m;
                    if inside_m > enough_m {
                        return true;
                    }
                }
            }
        }
        false
    }
}

fn coord(at: Wgs84) -> Coord {
    Coord { x: at.lon, y: at.lat }
}

fn area(geometry: &Value, datum: Datum) -> Result<MultiPolygon, String> {
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    let polygons = match geometry.get("type").and_then(Value::as_str) {
        Some("Polygon") => vec![polygon(coordinates, datum)?],
        Some("MultiPolygon") => {
            let parts = coordinates.as_array().ok_or("its coordinates are no list")?;
            parts.iter().map(|part| polygon(part, datum)).collect::<Result<_, _>>()?
        }
        Some(other) => return Err(format!("a {other} is no zone; Polygon and MultiPolygon are")),
        None => return Err("it has no geometry".to_owned()),
    };
    let n_corners: usize = polygons.iter().map(geo::CoordsIter::coords_count).sum();
    if n_corners > MAX_CORNERS {
        return Err(format!("{n_corners} corners are more than {MAX_CORNERS}; simplify the border"));
    }
    Ok(MultiPolygon(polygons))
}

fn polygon(rings: &Value, datum: Datum) -> Result<Polygon, String> {
    let rings = rings.as_array().filter(|rings| !rings.is_empty()).ok_or("a polygon without rings")?;
    let mut rings = rings.iter().map(|points| ring(points, datum)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let outer = rings.next().ok_or("a polygon without rings")?;
    Ok(Polygon::new(outer, rings.collect()))
}

fn ring(points: &Value, datum: Datum) -> Result<LineString, String> {
    let points = points.as_array().filter(|points| points.len() >= 4).ok_or("a ring of fewer than four positions")?;
    let place = |position: &Value| {
        let number = |k: usize| position.get(k).and_then(Value::as_f64);
        let (lon, lat) = number(0).zip(number(1)).ok_or_else(|| format!("{position} is no position"))?;
        let at = datum.to_wgs84(lat, lon).map_err(|cause| format!("{cause}; GeoJSON writes the longitude first"))?;
        Ok::<_, String>(coord(at))
    };
    let line: Vec<Coord> = points.iter().map(place).collect::<Result<_, _>>()?;
    if points.first() != points.last() {
        return Err("a ring does not end where it begins".to_owned());
    }
    Ok(LineString(line))
}
