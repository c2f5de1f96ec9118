//! Polygons as GeoJSON geometries, and as they stand in the JSON form of an area.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longitude and latitude by polygon, ring and point.
type Rings = Vec<Vec<Vec<[f64; 2]>>>;

#[derive(Serialize, Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: Kind,
    coordinates: Rings,
}

#[derive(Serialize, Deserialize)]
enum Kind {
    MultiPolygon,
}

fn rings(area: &MultiPolygon) -> Rings {
    let points = |ring: &LineString| ring.coords().map(|c| [c.x, c.y]).collect();
    let polygon = |p: &Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(points).collect();
    area.iter().map(polygon).collect()
}

pub(crate) fn of_rings(rings: &[Vec<Vec<[f64; 2]>>]) -> MultiPolygon {
    let line = |ring: &Vec<[f64; 2]>| LineString::from(ring.iter().map(|&[x, y]| Coord { x, y }).collect::<Vec<_>>());
    let polygon = |rings: &Vec<Vec<[f64; 2]>>| {
        let mut lines = rings.iter().map(line);
        Some(Polygon::new(lines.next()?, lines.collect()))
    };
    MultiPolygon::new(rings.iter().filter_map(polygon).collect())
}

/// The polygon as a GeoJSON geometry.
pub fn geojson_geometry(area: &MultiPolygon) -> String {
    serde_json::json!({"type": "MultiPolygon", "coordinates": rings(area)}).to_string()
}

pub(crate) fn serialize<S: Serializer>(area: &Option<MultiPolygon>, out: S) -> Result<S::Ok, S::Error> {
    area.as_ref().map(|area| Geometry { kind: Kind::MultiPolygon, coordinates: rings(area) }).serialize(out)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MultiPolygon>, D::Error> {
    Ok(Option::<Geometry>::deserialize(from)?.map(|geometry| of_rings(&geometry.coordinates)))
}
