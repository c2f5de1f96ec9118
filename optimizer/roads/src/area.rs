//! Prepared polygons: whether a point lies inside is told by the few segments at its latitude, however many corners the
//! border has.

use geo::{Coord, LineString, MultiPolygon, Polygon, Rect};
use sha2::{Digest, Sha256};

/// Entries of the bands for each segment of a ring, at most: borders that zigzag get fewer and wider bands.
const ENTRIES_PER_SEGMENT: usize = 4;

/// A ring whose segments are filed by bands of latitude.
#[derive(Clone, Debug, PartialEq)]
struct Ring {
    bounds: Rect,
    corners: Vec<Coord>,
    bands_per_degree: f64,
    /// Of each band its first index into `segments`; one more than bands.
    first: Vec<u32>,
    /// Each by the index of its first corner.
    segments: Vec<u32>,
}

impl Ring {
    /// `None` for a ring without corners.
    fn new(line: &LineString) -> Option<Self> {
        let corners = line.0.clone();
        let bounds = geo::BoundingRect::bounding_rect(line)?;
        let mut ring = Self { bounds, corners, bands_per_degree: 0.0, first: Vec::new(), segments: Vec::new() };
        let n_segments = ring.corners.len().saturating_sub(1);
        let mut n_bands = n_segments.max(1);
        let height = bounds.height();
        let entries = loop {
            ring.bands_per_degree = if height > 0.0 { n_bands as f64 / height } else { 0.0 };
            let entries: usize = (0..n_segments).map(|k| ring.bands_of(k, n_bands).count()).sum();
            if n_bands == 1 || entries <= ENTRIES_PER_SEGMENT * n_segments {
                break entries;
            }
            n_bands /= 2;
        };
        let mut count = vec![0_u32; n_bands + 1];
        for k in 0..n_segments {
            ring.bands_of(k, n_bands).for_each(|band| count[band + 1] += 1);
        }
        for band in 0..n_bands {
            count[band + 1] += count[band];
        }
        ring.first = count.clone();
        ring.segments = vec![0; entries];
        for k in 0..n_segments {
            for band in ring.bands_of(k, n_bands) {
                ring.segments[count[band] as usize] = k as u32;
                count[band] += 1;
            }
        }
        Some(ring)
    }

    fn band(&self, lat: f64, n_bands: usize) -> usize {
        // Saturates at 0 for what lies below.
        (((lat - self.bounds.min().y) * self.bands_per_degree) as usize).min(n_bands - 1)
    }

    fn bands_of(&self, segment: usize, n_bands: usize) -> std::ops::RangeInclusive<usize> {
        let (a, b) = (self.corners[segment].y, self.corners[segment + 1].y);
        self.band(a.min(b), n_bands)..=self.band(a.max(b), n_bands)
    }

    /// By the winding number; a point on the border itself may be told either.
    fn contains(&self, at: Coord) -> bool {
        let (low, high) = (self.bounds.min(), self.bounds.max());
        if at.x < low.x || at.x > high.x || at.y < low.y || at.y > high.y {
            return false;
        }
        let band = self.band(at.y, self.first.len() - 1);
        let mut winding = 0;
        for &k in &self.segments[self.first[band] as usize..self.first[band + 1] as usize] {
            let (a, b) = (self.corners[k as usize], self.corners[k as usize + 1]);
            let turning = (b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x);
            if a.y <= at.y && at.y < b.y && turning > 0.0 {
                winding += 1;
            } else if b.y <= at.y && at.y < a.y && turning < 0.0 {
                winding -= 1;
            }
        }
        winding != 0
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    outer: Ring,
    holes: Vec<Ring>,
}

impl Part {
    fn new(polygon: &Polygon) -> Option<Self> {
        let holes = polygon.interiors().iter().filter_map(Ring::new).collect();
        Some(Self { outer: Ring::new(polygon.exterior())?, holes })
    }

    fn contains(&self, at: Coord) -> bool {
        self.outer.contains(at) && !self.holes.iter().any(|hole| hole.contains(at))
    }
}

/// Polygons in degrees, longitude first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Area {
    parts: Vec<Part>,
    digest: [u8; 32],
}

impl Area {
    pub(crate) fn new(polygons: &MultiPolygon) -> Self {
        let mut digest = Sha256::new();
        for polygon in polygons {
            let rings = [polygon.exterior()].into_iter().chain(polygon.interiors());
            digest.update((polygon.interiors().len() as u64).to_le_bytes());
            for ring in rings {
                digest.update((ring.0.len() as u64).to_le_bytes());
                ring.0.iter().flat_map(|at| [at.x, at.y]).for_each(|degrees| digest.update(degrees.to_le_bytes()));
            }
        }
        Self { parts: polygons.iter().filter_map(Part::new).collect(), digest: digest.finalize().into() }
    }

    /// Equal for equal areas.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    pub(crate) fn contains(&self, at: Coord) -> bool {
        self.parts.iter().any(|part| part.contains(at))
    }

    /// Bounds of each polygon, in the order that [`Area::part_contains`] counts them.
    pub(crate) fn bounds_of_parts(&self) -> impl Iterator<Item = Rect> + '_ {
        self.parts.iter().map(|part| part.outer.bounds)
    }

    pub(crate) fn part_contains(&self, part: u32, at: Coord) -> bool {
        self.parts[part as usize].contains(at)
    }
}

#[cfg(test)]
mod tests {
    use geo::Contains;
    use proptest::prelude::*;

    use super::*;

    fn ring(corners: &[(i32, i32)]) -> LineString {
        let mut line: Vec<Coord> =
            corners.iter().map(|&(x, y)| Coord { x: f64::from(x) / 8.0, y: f64::from(y) / 8.0 }).collect();
        line.extend(line.first().copied());
        LineString(line)
    }

    fn rings() -> impl Strategy<Value = LineString> {
        prop::collection::vec((-16..16, -16..16), 3..40).prop_map(|corners| ring(&corners))
    }

    proptest! {
        #[test]
        fn points_are_inside_as_the_whole_border_tells(
            polygons in prop::collection::vec((rings(), prop::collection::vec(rings(), 0..2)), 1..4),
        ) {
            let polygons: MultiPolygon =
                polygons.into_iter().map(|(outer, holes)| Polygon::new(outer, holes)).collect();
            let area = Area::new(&polygons);
            // Off the grid of the corners, so that no point lies on a border that runs along it.
            for (x, y) in (-18..18).flat_map(|x| (-18..18).map(move |y| (x, y))) {
                let at = Coord { x: f64::from(x) / 8.0 + 0.034_1, y: f64::from(y) / 8.0 + 0.027_3 };
                prop_assert_eq!(area.contains(at), polygons.contains(&at), "{:?}", at);
            }
        }
    }

    #[test]
    fn a_border_of_many_corners_has_few_segments_at_a_latitude() {
        let star = |k: i32| {
            let (angle, radius) = (f64::from(k) / 20_000.0 * std::f64::consts::TAU, 1_000.0 + f64::from(k % 2));
            ((radius * angle.cos() * 100.0) as i32, (radius * angle.sin() * 100.0) as i32)
        };
        let corners: Vec<_> = (0..20_000).map(star).collect();
        let ring = Ring::new(&ring(&corners)).expect("a ring");
        let bands = ring.first.len() - 1;
        assert!(bands > 2_000 && ring.segments.len() <= ENTRIES_PER_SEGMENT * 20_000, "{bands} bands");
        assert!(ring.contains(Coord { x: 0.0, y: 0.1 }) && !ring.contains(Coord { x: 12_000.0, y: 12_000.0 }));
    }
}
