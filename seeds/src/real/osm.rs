//! Streets, buildings and residential grounds of an OpenStreetMap extract, for a city that has no other data.

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use geo::{Area as _, Centroid, Coord, LineString, Polygon};
use huilu_model::Wgs84;
use osmpbf::{Element, ElementReader, Way};

use super::fault::ReadError;

/// Metres of one degree of latitude.
pub(super) const DEGREE_M: f64 = 111_195.0;

/// Roads that people live on and vehicles drive on.
const STREETS: [&str; 5] = ["residential", "living_street", "unclassified", "tertiary", "secondary"];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Street {
    pub(super) id: i64,
    pub(super) class: String,
    pub(super) line: Vec<Wgs84>,
}

/// A closed way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outline {
    pub(super) id: i64,
    /// Value of its `building` tag; `residential` for grounds.
    pub(super) tag: String,
    pub(super) name: Option<String>,
    pub(super) levels: Option<f64>,
    pub(super) middle: Wgs84,
    pub(super) area_m2: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Extract {
    pub(super) streets: Vec<Street>,
    pub(super) buildings: Vec<Outline>,
    /// `landuse=residential`.
    pub(super) grounds: Vec<Outline>,
}

/// Ways in the file's order. Nodes come before ways in every published extract; a way's nodes that are not there are
/// left out.
pub(super) fn extract(file: &str, bytes: &[u8]) -> Result<Extract, ReadError> {
    let mut nodes: HashMap<i64, Wgs84> = HashMap::new();
    let mut found = Extract::default();
    // Impossible indices inside a well-framed block make the reader's arithmetic panic.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        ElementReader::new(Cursor::new(bytes)).for_each(|element| match element {
            Element::Node(node) => _ = nodes.insert(node.id(), Wgs84 { lat: node.lat(), lon: node.lon() }),
            Element::DenseNode(node) => _ = nodes.insert(node.id(), Wgs84 { lat: node.lat(), lon: node.lon() }),
            Element::Way(way) => found.take(&way, &nodes),
            Element::Relation(_) => {}
        })
    }));
    match outcome {
        Ok(Ok(())) if found.streets.is_empty() => Err(ReadError::of_file(file, "no streets to live on")),
        Ok(Ok(())) => Ok(found),
        Ok(Err(cause)) => Err(ReadError::of_file(file, cause)),
        Err(_) => Err(ReadError::of_file(file, "its numbers contradict each other")),
    }
}

impl Extract {
    fn take(&mut self, way: &Way<'_>, nodes: &HashMap<i64, Wgs84>) {
        let tag = |key: &str| way.tags().find(|&(own, _)| own == key).map(|(_, value)| value.to_owned());
        let line = || way.refs().filter_map(|id| nodes.get(&id).copied()).collect::<Vec<Wgs84>>();
        if let Some(class) = tag("highway").filter(|class| STREETS.contains(&class.as_str())) {
            self.streets.push(Street { id: way.id(), class, line: line() });
        } else if let Some(building) = tag("building") {
            let levels = tag("building:levels").and_then(|levels| levels.parse().ok());
            self.buildings.extend(outline(way.id(), building, tag("name"), levels, &line()));
        } else if tag("landuse").as_deref() == Some("residential") {
            self.grounds.extend(outline(way.id(), "residential".to_owned(), tag("name"), None, &line()));
        }
    }
}

fn outline(id: i64, tag: String, name: Option<String>, levels: Option<f64>, ring: &[Wgs84]) -> Option<Outline> {
    let east = ring.first()?.lat.to_radians().cos();
    let plane: LineString = ring.iter().map(|p| Coord { x: p.lon * east * DEGREE_M, y: p.lat * DEGREE_M }).collect();
    let polygon = Polygon::new(plane, Vec::new());
    let middle = polygon.centroid()?;
    let middle = Wgs84 { lat: middle.y() / DEGREE_M, lon: middle.x() / DEGREE_M / east };
    Some(Outline { id, tag, name, levels, middle, area_m2: polygon.unsigned_area() })
}

impl Street {
    /// Places every `step_m` along the street, the first half a step in, moved `aside_m` to the left and to the right
    /// in turn.
    pub(super) fn places(&self, step_m: f64, aside_m: f64) -> Vec<Wgs84> {
        let mut places = Vec::new();
        let mut next = step_m / 2.0;
        for pair in self.line.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = from.distance_m(to);
            if length <= 0.0 {
                continue;
            }
            let east = from.lat.to_radians().cos();
            let along = (to.lat - from.lat, (to.lon - from.lon) * east);
            while next <= length {
                let side = if places.len() % 2 == 0 { aside_m } else { -aside_m };
                let share = next / length;
                // A quarter turn of the unit vector along the street, in degrees of latitude.
                let scale = side / length;
                places.push(Wgs84 {
                    lat: from.lat + (to.lat - from.lat) * share + along.1 * scale,
                    lon: from.lon + (to.lon - from.lon) * share - along.0 * scale / east,
                });
                next += step_m;
            }
            next -= length;
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_turn_on_both_sides_of_a_street() {
        let line = [(30.66, 104.07), (30.66, 104.0701), (30.66, 104.074)].map(|(lat, lon)| Wgs84 { lat, lon }).to_vec();
        let length: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let street = Street { id: 1, class: "residential".to_owned(), line };
        let places = street.places(60.0, 20.0);
        assert_eq!(places.len(), ((length + 30.0) / 60.0) as usize);
        for (k, place) in places.iter().enumerate() {
            let on_street = Wgs84 { lat: 30.66, lon: place.lon };
            assert!((place.distance_m(on_street) - 20.0).abs() < 0.1);
            assert_eq!(place.lat > 30.66, k % 2 == 0);
        }
        for pair in places.windows(2) {
            let apart =
                Wgs84 { lat: 0.0, ..pair[0] }.distance_m(Wgs84 { lat: 0.0, ..pair[1] }) * 30.66f64.to_radians().cos();
            assert!((apart - 60.0).abs() < 0.2, "{apart}");
        }
    }

    #[test]
    fn an_outline_has_its_middle_and_area() {
        let ring = [(30.66, 104.07), (30.66, 104.071), (30.661, 104.071), (30.661, 104.07), (30.66, 104.07)];
        let ring = ring.map(|(lat, lon)| Wgs84 { lat, lon });
        let outline = outline(1, "yes".to_owned(), None, None, &ring).unwrap();
        assert!((outline.area_m2 - 95.65 * 111.195).abs() < 20.0, "{}", outline.area_m2);
        assert!(outline.middle.distance_m(Wgs84 { lat: 30.6605, lon: 104.0705 }) < 0.1);
    }

    #[test]
    fn garbage_is_one_fault() {
        for bytes in [&b""[..], b"<osm/>", &[0, 0, 0, 4, 1, 2, 3, 4], &[0xff; 64]] {
            let error = extract("f", bytes).unwrap_err();
            assert_eq!(error.total, 1, "{error}");
        }
    }
}
