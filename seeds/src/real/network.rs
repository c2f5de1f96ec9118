//! Outlets that a city's data lacks: what outlets of a kind usually have, and where collection points, transfer
//! stations and depots would stand.

use std::collections::BTreeMap;

use h3o::{LatLng, Resolution};
use huilu_model::{Grams, Litres, Seconds, Wgs84};

use crate::records::{Building, DailyHours, Depot, HostType, Outlet, OutletKind, StreamAmount};

pub(super) const ASSUMED: [&str; 2] = [
    "What the data does not say of an outlet is assumed by its kind: streams, hours, capacity each day, unloading time.",
    "Outlets charge no gate fee; a day of opening is assumed to cost 20 yuan for bins, 60 for points, 400 for stations.",
];

/// What an outlet of a kind usually has; assumed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Usual {
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) hours: Vec<DailyHours>,
    pub(super) accepts_collectors: bool,
    pub(super) unload: Seconds,
    pub(super) opening_cost_fen: i64,
    /// Multiples of [`POINT_CAPACITY`].
    size: i64,
}

pub(super) fn usual(kind: OutletKind) -> Usual {
    let hours = |start: i64, end: i64| vec![DailyHours { start: Seconds(start * 3_600), end: Seconds(end * 3_600) }];
    match kind {
        OutletKind::SmartBin => Usual {
            zh: "回收箱",
            en: "Recycling bins",
            hours: Vec::new(),
            accepts_collectors: false,
            unload: Seconds(300),
            opening_cost_fen: 2_000,
            size: 1,
        },
        OutletKind::CollectionPoint => Usual {
            zh: "回收点",
            en: "Collection point",
            hours: hours(7, 21),
            accepts_collectors: true,
            unload: Seconds(300),
            opening_cost_fen: 6_000,
            size: 10,
        },
        OutletKind::TransferStation => Usual {
            zh: "中转站",
            en: "Transfer station",
            hours: hours(6, 22),
            accepts_collectors: true,
            unload: Seconds(420),
            opening_cost_fen: 40_000,
            size: 100,
        },
        OutletKind::SortingCenter => Usual {
            zh: "分拣中心",
            en: "Sorting centre",
            hours: hours(6, 22),
            accepts_collectors: true,
            unload: Seconds(600),
            opening_cost_fen: 200_000,
            size: 1_000,
        },
    }
}

/// A tenth of what a staffed collection point takes of each stream on a day: grams and litres.
const POINT_CAPACITY: [(&str, i64, i64); 9] = [
    ("paper", 100_000, 1_200),
    ("plastic", 30_000, 1_200),
    ("metal", 40_000, 400),
    ("glass", 30_000, 100),
    ("textile", 30_000, 400),
    ("weee", 50_000, 500),
    ("bulky", 50_000, 500),
    ("battery", 10_000, 20),
    ("hazardous", 5_000, 40),
];

pub(super) fn usual_capacity(kind: OutletKind, streams: &[String]) -> Vec<StreamAmount> {
    let size = usual(kind).size;
    let of = |stream: &String| POINT_CAPACITY.iter().find(|(code, _, _)| code == stream);
    let amount = |&(code, grams, litres): &(&str, i64, i64)| StreamAmount {
        stream: code.to_owned(),
        grams: Grams(grams * size),
        litres: Litres(litres * size),
    };
    streams.iter().filter_map(of).map(amount).collect()
}

/// Stations take everything; points all but bulky items and hazardous waste; bins what fits through a slot.
pub(super) fn usual_streams(kind: OutletKind) -> &'static [&'static str] {
    match kind {
        OutletKind::SmartBin => &["paper", "plastic", "metal", "textile"],
        OutletKind::CollectionPoint => &["paper", "plastic", "metal", "glass", "textile", "weee", "battery"],
        OutletKind::TransferStation | OutletKind::SortingCenter => {
            &["paper", "plastic", "metal", "glass", "textile", "weee", "bulky", "battery", "hazardous"]
        }
    }
}

/// A made-up outlet of a kind beside a building.
pub(super) fn outlet_at(kind: OutletKind, number: usize, at: &Building) -> Outlet {
    let usual = usual(kind);
    let streams: Vec<String> = usual_streams(kind).iter().map(|&code| code.to_owned()).collect();
    Outlet {
        key: format!("{kind}-{number:02}"),
        name_zh: format!("{} {number:02}", usual.zh),
        name_en: format!("{} {number:02}", usual.en),
        area: at.area.clone(),
        place: at.gate.unwrap_or(at.place),
        kind,
        host: Some(HostType::CommunityService),
        capacity: usual_capacity(kind, &streams),
        streams,
        accepts_collectors: usual.accepts_collectors,
        hours: usual.hours,
        unload: usual.unload,
        gate_fee_fen: 0,
        opening_cost_fen: usual.opening_cost_fen,
    }
}

/// A made-up depot beside an outlet.
pub(super) fn depot_at(number: usize, at: &Outlet) -> Depot {
    Depot {
        key: format!("depot-{number}"),
        name_zh: format!("{number} 号车场"),
        name_en: format!("Depot {number}"),
        area: at.area.clone(),
        place: at.place,
    }
}

/// For each H3 cell of resolution 8 (0.7 km²) with at least `households_min` households: the building nearest to where
/// its households live on average. In the order of the cells.
pub(super) fn middles(buildings: &[Building], households_min: u32) -> Vec<&Building> {
    let mut cells: BTreeMap<u64, Vec<&Building>> = BTreeMap::new();
    for building in buildings.iter().filter(|building| building.households > 0) {
        if let Ok(at) = LatLng::new(building.place.lat, building.place.lon) {
            cells.entry(at.to_cell(Resolution::Eight).into()).or_default().push(building);
        }
    }
    let enough =
        |lived: &&Vec<&Building>| lived.iter().map(|building| building.households).sum::<u32>() >= households_min;
    cells.values().filter(enough).filter_map(|lived| nearest_to(mean_place(lived)?, lived)).collect()
}

fn mean_place(lived: &[&Building]) -> Option<Wgs84> {
    let total: f64 = lived.iter().map(|building| f64::from(building.households)).sum();
    let mean = |of: fn(Wgs84) -> f64| {
        lived.iter().map(|building| of(building.place) * f64::from(building.households)).sum::<f64>() / total
    };
    (total > 0.0).then(|| Wgs84 { lat: mean(|place| place.lat), lon: mean(|place| place.lon) })
}

fn nearest_to<'a>(place: Wgs84, buildings: &[&'a Building]) -> Option<&'a Building> {
    let distance = |building: &&&Building| building.place.distance_m(place);
    buildings.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).copied()
}

/// Up to `n` of the places, as far from each other as it goes: the first, then always the one farthest from all that
/// are taken (Gonzalez 1985). Indices in the order in which they were taken.
pub(super) fn spread(places: &[Wgs84], n: usize) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::new();
    let mut apart = vec![f64::INFINITY; places.len()];
    while taken.len() < n.min(places.len()) {
        let next = if taken.is_empty() {
            Some(0)
        } else {
            (0..places.len()).rev().max_by(|&a, &b| apart[a].total_cmp(&apart[b]))
        };
        let Some(next) = next else { break };
        taken.push(next);
        for (far, &place) in apart.iter_mut().zip(places) {
            *far = far.min(places[next].distance_m(place));
        }
        apart[next] = f64::NEG_INFINITY;
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::BuildingKind;

    fn at(lat: f64, lon: f64) -> Wgs84 {
        Wgs84 { lat, lon }
    }

    #[test]
    fn places_are_spread_far_apart_and_taken_once() {
        let places = [at(0.0, 0.0), at(0.0, 0.1), at(0.0, 1.0), at(1.0, 0.0), at(0.0, 0.0)];
        assert_eq!(spread(&places, 3), [0, 2, 3]);
        let mut all = spread(&places, 9);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        assert!(spread(&[], 3).is_empty());
    }

    #[test]
    fn the_middle_of_a_cell_is_where_its_households_are() {
        let home = |key: &str, lat: f64, households: u32| Building {
            key: key.to_owned(),
            area: None,
            kind: BuildingKind::Residential,
            place: at(lat, 104.07),
            gate: None,
            households,
            name_zh: None,
            name_en: None,
        };
        let buildings = [home("a", 30.6600, 10), home("b", 30.6601, 500), home("c", 30.6602, 10), home("d", 30.9, 5)];
        let middles: Vec<&str> = middles(&buildings, 100).iter().map(|b| b.key.as_str()).collect();
        assert_eq!(middles, ["b"]);
    }

    #[test]
    fn every_usual_stream_has_a_capacity() {
        for kind in [OutletKind::SmartBin, OutletKind::CollectionPoint, OutletKind::TransferStation] {
            let streams: Vec<String> = usual_streams(kind).iter().map(|&code| code.to_owned()).collect();
            assert_eq!(usual_capacity(kind, &streams).len(), streams.len());
        }
    }
}
