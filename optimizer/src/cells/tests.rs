//! Demand, areas, zones and heat maps over random cities around Macau.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use h3o::geom::ContainmentMode;
use proptest::prelude::*;

use super::*;
use huilu_model::Grams;

/// Some 8 km by 8 km.
fn place() -> impl Strategy<Value = Wgs84> {
    (22.15..22.22f64, 113.53..113.60f64).prop_map(|(lat, lon)| Wgs84 { lat, lon })
}

fn item() -> impl Strategy<Value = DemandItem> {
    (place(), 0_usize..4, 0_i64..50_000).prop_map(|(at, stream, g)| DemandItem { at, stream, mass: Grams(g) })
}

fn load() -> impl Strategy<Value = CellLoad> {
    (place(), 0_u32..12).prop_map(|(at, n_bookings)| CellLoad { cell: cell(at), n_bookings })
}

fn cell(at: Wgs84) -> CellIndex {
    cell_of(at, RESOLUTION_DEFAULT).unwrap()
}

fn target(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

fn ring(corners: &[(f64, f64)]) -> MultiPolygon {
    let line: LineString = corners.iter().map(|&(lat, lon)| Coord { x: lon, y: lat }).collect();
    MultiPolygon::new(vec![Polygon::new(line, vec![])])
}

/// Four sides of about `metres` around a place.
fn square(middle: Wgs84, metres: f64) -> MultiPolygon {
    let half = metres / 111_195.0 / 2.0;
    let wide = half / middle.lat.to_radians().cos();
    let Wgs84 { lat, lon } = middle;
    ring(&[(lat - half, lon - wide), (lat - half, lon + wide), (lat + half, lon + wide), (lat + half, lon - wide)])
}

/// Every cell can be reached from the first through cells of the same zone.
fn connected(cells: &[CellIndex]) -> bool {
    let all: BTreeSet<CellIndex> = cells.iter().copied().collect();
    let mut seen = BTreeSet::from([cells[0]]);
    let mut next = vec![cells[0]];
    while let Some(at) = next.pop() {
        for beside in at.grid_disk_safe(1).filter(|beside| all.contains(beside)) {
            if seen.insert(beside) {
                next.push(beside);
            }
        }
    }
    seen == all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Bucketing and coarsening lose no gram and no item, stream by stream.
    #[test]
    fn mass_is_conserved(items in proptest::collection::vec(item(), 0..80)) {
        let buckets = bucket(items.iter().copied(), RESOLUTION_DEFAULT).unwrap();
        for demand in [coarsen(&buckets, Resolution::Seven), coarsen(&buckets, Resolution::Nine), buckets.clone()] {
            prop_assert_eq!(demand.iter().map(|d| d.n_items as usize).sum::<usize>(), items.len());
            for stream in 0..4 {
                let before: i64 = items.iter().filter(|i| i.stream == stream).map(|i| i.mass.0).sum();
                let after: i64 = demand.iter().filter(|d| d.stream == stream).map(|d| d.mass.0).sum();
                prop_assert_eq!(before, after);
            }
            let keys: Vec<_> = demand.iter().map(|d| (d.cell, d.stream)).collect();
            prop_assert!(keys.windows(2).all(|w| w[0] < w[1]), "sorted, each once");
        }
        let flows = daily_flows(&buckets, target(28));
        let week: f64 = flows.iter().map(|f| f.grams_per_day * 28.0).sum();
        let mass: i64 = items.iter().map(|i| i.mass.0).sum();
        prop_assert!((week - mass as f64).abs() < 1e-6 * (mass as f64).max(1.0));
    }

    /// The boundary of the cell holds the place: tested on the polygon, not through the index again.
    #[test]
    fn a_place_lies_in_its_cell(at in place()) {
        let cell = cell(at);
        let corners: Vec<(f64, f64)> = cell.boundary().iter().map(|corner| (corner.lat(), corner.lng())).collect();
        let left = (0..corners.len()).filter(|&k| {
            let (a, b) = (corners[k], corners[(k + 1) % corners.len()]);
            // Less than a centimetre outside counts as inside: edges are great circles.
            (b.1 - a.1) * (at.lat - a.0) - (b.0 - a.0) * (at.lon - a.1) > -1e-10
        }).count();
        prop_assert_eq!(left, corners.len(), "{:?} {}", at, cell);
        // No other centre is nearer by more than the lattice's distortion.
        let own = centre(cell).distance_m(at);
        let other = cell.grid_disk_safe(1).map(|c| centre(c).distance_m(at)).fold(f64::INFINITY, f64::min);
        prop_assert!(own <= 1.2 * other + 1.0, "{own} {other}");
    }

    /// Zones share the cells out, keep their bookings, hang together and keep to their size.
    #[test]
    fn zones_partition_the_cells(mut loads in proptest::collection::vec(load(), 1..150), n in 1_u32..60) {
        let zones = dispatch_zones(&loads, target(n));
        let mut cells: Vec<CellIndex> = zones.iter().flat_map(|z| z.cells.iter().copied()).collect();
        cells.sort();
        let mut expected: BTreeMap<CellIndex, u32> = BTreeMap::new();
        for load in &loads {
            *expected.entry(load.cell).or_default() += load.n_bookings;
        }
        prop_assert_eq!(cells, expected.keys().copied().collect::<Vec<_>>());
        for zone in &zones {
            prop_assert!(connected(&zone.cells));
            prop_assert_eq!(zone.n_bookings, zone.cells.iter().map(|c| expected[c]).sum::<u32>());
            let largest = zone.cells.iter().map(|c| expected[c]).max().unwrap_or(0);
            prop_assert!(zone.n_bookings <= (n + n / 4).max(largest), "{} of {n}", zone.n_bookings);
        }
        loads.reverse();
        prop_assert_eq!(dispatch_zones(&loads, target(n)), zones, "the order of the input does not matter");
    }

    /// Nothing shown stands for fewer than `k` households, and what is shown and withheld is everything.
    #[test]
    fn heat_maps_hide_small_cells_and_lose_nothing(
        visits in proptest::collection::vec((place(), 0_u32..9, 0_i64..9_000), 0..120),
        k in 0_u32..9,
        coarsest in prop_oneof![Just(None), Just(Some(Resolution::Nine)), Just(Some(Resolution::Seven)), Just(Some(Resolution::Zero))],
    ) {
        // A household stays in its cell: its name carries the cell.
        let tallied = tally(visits.iter().map(|&(at, house, g)| (cell(at), (cell(at), house), Grams(g))));
        let below = coarsest.map_or(BelowThreshold::Suppress, BelowThreshold::MergeUpTo);
        let heat = roll_up(&tallied, k, below);
        let households: BTreeSet<_> = visits.iter().map(|&(at, house, _)| (cell(at), house)).collect();
        let mass: i64 = visits.iter().map(|v| v.2).sum();
        prop_assert_eq!(heat.cells.iter().map(|c| c.mass.0).sum::<i64>() + heat.withheld_mass.0, mass);
        let shown: u64 = heat.cells.iter().map(|c| u64::from(c.n_households)).sum();
        prop_assert_eq!(shown + heat.withheld_households, households.len() as u64);
        for shown in &heat.cells {
            prop_assert!(shown.n_households >= k);
            let coarse = coarsest.unwrap_or(Resolution::Nine);
            prop_assert!(shown.cell.resolution() >= coarse);
        }
        for full in tallied.iter().filter(|c| c.n_households >= k) {
            prop_assert!(heat.cells.contains(full), "a cell with enough households is shown as it is");
        }
        if coarsest == Some(Resolution::Zero) {
            prop_assert!(heat.withheld_households < u64::from(k.max(1)), "one remainder of the whole city at most");
        }
    }

    /// However small an area, it has a cell, and the cells of its middle and corners are among them.
    #[test]
    fn no_area_is_too_small_to_have_a_cell(middle in place(), metres in 0.01..900.0f64) {
        let area = square(middle, metres);
        let cells = cells_of_area(&area, RESOLUTION_DEFAULT, ContainmentMode::Covers).unwrap();
        prop_assert!(cells.contains(&cell(middle)));
        for corner in area.0[0].exterior().coords() {
            let corner = Wgs84 { lat: corner.y, lon: corner.x };
            prop_assert!(cells.contains(&cell(corner)), "{corner:?}");
        }
        prop_assert!(cells.windows(2).all(|w| w[0] < w[1]));
    }

    /// The modes nest: wholly inside, centre inside, touched.
    #[test]
    fn containment_modes_nest(middle in place(), metres in 1.0..4_000.0f64) {
        let area = square(middle, metres);
        let of = |mode| -> BTreeSet<CellIndex> {
            cells_of_area(&area, RESOLUTION_DEFAULT, mode).unwrap().into_iter().collect()
        };
        let (inside, centred, touched) =
            (of(ContainmentMode::ContainsBoundary), of(ContainmentMode::ContainsCentroid), of(ContainmentMode::Covers));
        prop_assert!(inside.is_subset(&centred) && centred.is_subset(&touched));
        // The area in cells is about the area in square metres.
        let m2: f64 = centred.iter().map(|c| c.area_m2()).sum();
        prop_assert!((m2 - metres * metres).abs() <= 4.0 * metres * 400.0 + 200_000.0, "{m2} {metres}");
    }

    /// Two halves of an area share no cell by centre, and together have those of the whole.
    #[test]
    fn neighbouring_areas_share_out_the_cells(middle in place(), metres in 500.0..4_000.0f64, cut in 0.1..0.9f64) {
        let whole = square(middle, metres);
        let corners: Vec<Coord> = whole.0[0].exterior().coords().copied().collect();
        let (south, north, west, east) = (corners[0].y, corners[2].y, corners[0].x, corners[1].x);
        let border = west + cut * (east - west);
        let part = |west, east| ring(&[(south, west), (south, east), (north, east), (north, west)]);
        let of = |area: &MultiPolygon| cells_of_area(area, RESOLUTION_DEFAULT, ContainmentMode::ContainsCentroid).unwrap();
        let (mut left, right) = (of(&part(west, border)), of(&part(border, east)));
        prop_assert!(left.iter().all(|c| !right.contains(c)));
        left.extend(right);
        left.sort();
        prop_assert_eq!(left, of(&whole));
    }
}

#[test]
fn a_tiny_area_beside_a_large_one_keeps_its_cell() {
    let large = square(Wgs84 { lat: 22.19, lon: 113.54 }, 2_000.0);
    let tiny_at = Wgs84 { lat: 22.19, lon: 113.59 };
    let both = MultiPolygon::new([large.0, square(tiny_at, 1.0).0].concat());
    let cells = cells_of_area(&both, RESOLUTION_DEFAULT, ContainmentMode::Covers).unwrap();
    assert!(cells.contains(&cell(tiny_at)) && cells.len() > 20);
    // The control: by centre the tiny area has no cell at all, which is why the mode is the caller's to name.
    let alone = square(Wgs84 { lat: tiny_at.lat + 0.0005, lon: tiny_at.lon }, 1.0);
    assert_eq!(cells_of_area(&alone, RESOLUTION_DEFAULT, ContainmentMode::ContainsCentroid), Ok(vec![]));
}

#[test]
fn holes_are_left_out_and_no_polygons_have_no_cells() {
    let middle = Wgs84 { lat: 22.19, lon: 113.55 };
    let (outer, hole) = (square(middle, 3_000.0), square(middle, 1_500.0));
    let ring = MultiPolygon::new(vec![Polygon::new(outer.0[0].exterior().clone(), vec![hole.0[0].exterior().clone()])]);
    let cells = cells_of_area(&ring, RESOLUTION_DEFAULT, ContainmentMode::Covers).unwrap();
    assert!(!cells.contains(&cell(middle)) && !cells.is_empty());
    let empty = MultiPolygon::new(vec![]);
    assert_eq!(cells_of_area(&empty, RESOLUTION_DEFAULT, ContainmentMode::Covers), Ok(vec![]));
}

#[test]
fn broken_and_boundless_areas_are_refused() {
    let of = |area: &MultiPolygon| cells_of_area(area, Resolution::Fifteen, ContainmentMode::Covers).unwrap_err();
    let swapped = ring(&[(113.5, 22.2), (113.6, 22.2), (113.6, 22.3)]);
    assert!(of(&swapped).to_string().contains("longitude comes first"), "{}", of(&swapped));
    let line = MultiPolygon::new(vec![Polygon::new(LineString::from(vec![(113.5, 22.2), (113.6, 22.2)]), vec![])]);
    assert!(matches!(of(&line), AreaError::BrokenPolygon { polygon: 0, .. }));
    let nan = ring(&[(22.2, f64::NAN), (22.3, 113.0), (22.3, 113.6)]);
    assert!(matches!(of(&nan), AreaError::BrokenPolygon { .. }));
    let country = ring(&[(20.0, 100.0), (20.0, 120.0), (40.0, 120.0), (40.0, 100.0)]);
    assert!(matches!(of(&country), AreaError::TooLarge { .. }));
}

#[test]
fn places_off_the_earth_have_no_cell() {
    for (lat, lon) in [(113.5, 22.2), (0.0, 181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
        assert!(cell_of(Wgs84 { lat, lon }, RESOLUTION_DEFAULT).is_err());
        let item = DemandItem { at: Wgs84 { lat, lon }, stream: 0, mass: Grams(1) };
        assert!(bucket([item], RESOLUTION_DEFAULT).is_err());
    }
}

/// A disk of 91 cells with 3 bookings each is cut into about 273 / 30 zones, not into crumbs.
#[test]
fn zones_of_a_compact_city_are_about_as_large_as_asked() {
    let middle = cell(Wgs84 { lat: 22.19, lon: 113.55 });
    let loads: Vec<CellLoad> = middle.grid_disk_safe(5).map(|cell| CellLoad { cell, n_bookings: 3 }).collect();
    let zones = dispatch_zones(&loads, target(30));
    assert!((8..=11).contains(&zones.len()), "{} zones", zones.len());
    let small = zones.iter().filter(|zone| zone.n_bookings < 15).count();
    assert!(small <= 1, "{:?}", zones.iter().map(|z| z.n_bookings).collect::<Vec<_>>());
    assert_eq!(dispatch_zones(&[], target(30)), vec![]);
}

/// Two of seven children are too small; together with a third they make a figure for their parent.
#[test]
fn small_cells_meet_in_their_parent() {
    let parent = cell(Wgs84 { lat: 22.19, lon: 113.55 }).parent(Resolution::Eight).unwrap();
    let counts = [9, 2, 2, 1];
    let children: Vec<HeatCell> = parent
        .children(Resolution::Nine)
        .zip(counts)
        .map(|(cell, n_households)| HeatCell { cell, n_households, mass: Grams(1_000 * i64::from(n_households)) })
        .collect();
    let heat = roll_up(&children, 5, BelowThreshold::MergeUpTo(Resolution::Eight));
    let rest = HeatCell { cell: parent, n_households: 5, mass: Grams(5_000) };
    assert_eq!(heat.cells.len(), 2);
    assert!(heat.cells.contains(&rest) && heat.cells.contains(&children[0]));
    let suppressed = roll_up(&children, 5, BelowThreshold::Suppress);
    assert_eq!((suppressed.cells, suppressed.withheld_households), (vec![children[0]], 5));
}
