//! Today's outlets in four tiers, at gates and in stations, with a density that leaves room for better plans.
//!
//! Densities: domain.md section 3. Hours, capacities, unloading times and costs are assumed.

use huilu_model::{Grams, Litres, Seconds};
use rand::{Rng, RngExt};

use super::areas::community_key;
use super::compounds::Home;
use super::names::Names;
use super::plan::{At, N_SUBDISTRICTS, Plan, Plot, Use, is_town};
use crate::catalogue::{Catalogue, Norm};
use crate::records::{DailyHours, HostType, Outlet, OutletKind, StreamAmount};

const HOUR_S: i64 = 3_600;
/// Metres along the wall from a gate to the outlet beside it.
const BESIDE_GATE: i32 = 6;

/// How outlets of one kind work.
struct Model {
    kind: OutletKind,
    accepts_collectors: bool,
    /// Opening and closing hour; `None` is open all day.
    hours: Option<[i64; 2]>,
    /// Litres on one day by stream.
    litres: &'static [(&'static str, i64)],
    unload_s: i64,
    gate_fee_fen: i64,
    opening_cost_fen: i64,
}

/// Six bins of 360 L (domain.md section 3: six bins to a set).
const SMART_BIN: Model = Model {
    kind: OutletKind::SmartBin,
    accepts_collectors: false,
    hours: None,
    litres: &[("paper", 720), ("plastic", 720), ("metal", 180), ("glass", 180), ("textile", 360)],
    unload_s: 120,
    gate_fee_fen: 0,
    opening_cost_fen: 1_500,
};

/// About 10 m² (SB/T 10719-2012, domain.md section 3), for residents only.
const SMALL_POINT: Model = Model {
    kind: OutletKind::CollectionPoint,
    accepts_collectors: false,
    hours: Some([8, 18]),
    litres: &[
        ("paper", 4_000),
        ("plastic", 4_000),
        ("metal", 1_000),
        ("glass", 600),
        ("textile", 1_500),
        ("weee", 800),
    ],
    unload_s: 300,
    gate_fee_fen: 0,
    opening_cost_fen: 18_000,
};

/// About 60 m² like the service stations of an operator in Hangzhou (domain.md section 3), large enough for collectors.
const LARGE_POINT: Model = Model {
    accepts_collectors: true,
    hours: Some([8, 19]),
    litres: &[
        ("paper", 12_000),
        ("plastic", 14_000),
        ("metal", 4_000),
        ("glass", 2_000),
        ("textile", 6_000),
        ("weee", 4_000),
        ("battery", 200),
    ],
    unload_s: 420,
    gate_fee_fen: 400,
    opening_cost_fen: 36_000,
    ..SMALL_POINT
};

/// At least 500 m² (domain.md section 3); presses what it takes, hence much more a day than it could store loose.
const TRANSFER_STATION: Model = Model {
    kind: OutletKind::TransferStation,
    accepts_collectors: true,
    hours: Some([7, 21]),
    litres: &[
        ("paper", 40_000),
        ("plastic", 45_000),
        ("metal", 15_000),
        ("glass", 8_000),
        ("textile", 20_000),
        ("weee", 20_000),
        ("bulky", 25_000),
        ("battery", 1_000),
    ],
    unload_s: 480,
    gate_fee_fen: 200,
    opening_cost_fen: 120_000,
};

/// Tier 3; takes everything without a limit.
const SORTING_CENTER: Model = Model {
    kind: OutletKind::SortingCenter,
    accepts_collectors: true,
    hours: Some([6, 22]),
    litres: &[],
    unload_s: 600,
    gate_fee_fen: 0,
    opening_cost_fen: 600_000,
};

/// Litres of hazardous waste that a transfer station with a licence takes on one day.
const HAZARDOUS_LITRES: i64 = 1_500;
/// Each of these transfer stations, counted from the first, has a licence for hazardous waste.
const LICENSED_STATION_EVERY: usize = 4;

/// Kilograms in a cubic metre of a stream's usual mix, to state capacities in grams too. Assumed from the densities of
/// the catalogue.
const STREAM_DENSITY: [(&str, i64); 9] = [
    ("paper", 90),
    ("plastic", 25),
    ("metal", 100),
    ("glass", 320),
    ("textile", 95),
    ("weee", 130),
    ("bulky", 110),
    ("battery", 1_000),
    ("hazardous", 400),
];

/// Norms that today's outlets follow: a set of smart bins for so many households, and a collection point.
const BIN_NORM: &str = "smart_bin_500";
const POINT_NORM: &str = "sbt10719_2012";
/// Of 100 compounds large enough for a set of smart bins, those that have one today.
const BINS_OF_100: u32 = 40;
/// One collection point in so many takes collectors' loads.
const LARGE_POINT_EVERY: usize = 2;
/// Norm for want of a file that names one.
const USUAL_HOUSEHOLDS: u32 = 2_000;

pub(super) fn outlets(
    plan: &Plan,
    names: &Names,
    homes: &[Home],
    catalogue: &Catalogue,
    rng: &mut impl Rng,
) -> Vec<Outlet> {
    let mut made = Made { plan, names, outlets: Vec::new() };
    let mut living = vec![0u32; plan.plots.len()];
    homes.iter().for_each(|home| living[home.plot] += home.building.households);
    let norm = |code: &str, of: fn(&Norm) -> Option<u32>| {
        catalogue.norms.iter().find(|norm| norm.code == code).and_then(of).unwrap_or(USUAL_HOUSEHOLDS)
    };
    let per_bin = norm(BIN_NORM, |norm| norm.urban_households_per_point);
    let urban = norm(POINT_NORM, |norm| norm.urban_households_per_point);
    let rural = norm(POINT_NORM, |norm| norm.rural_households_per_point);
    let mut waiting = [0u32; N_SUBDISTRICTS];
    for (plot, &living) in plan.plots.iter().zip(&living) {
        match plot.used {
            Use::Mall | Use::Campus => made.beside_gate(plot, &SMART_BIN, host(plot.used)),
            used if used.is_compound() && living >= per_bin && rng.random_ratio(BINS_OF_100, 100) => {
                made.beside_gate(plot, &SMART_BIN, Some(HostType::Compound));
            }
            Use::TransferStation => made.station(plot, &TRANSFER_STATION, catalogue),
            Use::SortingCenter => made.station(plot, &SORTING_CENTER, catalogue),
            _ => {}
        }
        // A collection point opens wherever enough households of the subdistrict wait for one; plots come street by
        // street, so that those who wait are neighbours.
        let subdistrict = plan.blocks[plot.block].subdistrict();
        let waiting = &mut waiting[subdistrict];
        *waiting += living;
        let needed = if is_town(subdistrict) { rural } else { urban };
        if living > 0 && *waiting >= needed {
            *waiting -= needed;
            let points = made.count(OutletKind::CollectionPoint);
            let model = if points.is_multiple_of(LARGE_POINT_EVERY) { &LARGE_POINT } else { &SMALL_POINT };
            made.beside_gate(plot, model, host(plot.used));
        }
    }
    made.outlets
}

fn host(used: Use) -> Option<HostType> {
    Some(match used {
        Use::Mall => HostType::Mall,
        Use::Campus => HostType::Campus,
        Use::Houses => HostType::Village,
        Use::Shophouses => HostType::Street,
        used if used.is_compound() => HostType::Compound,
        Use::TransferStation => HostType::CommunityService,
        _ => return None,
    })
}

struct Made<'a> {
    plan: &'a Plan,
    names: &'a Names,
    outlets: Vec<Outlet>,
}

impl Made<'_> {
    fn count(&self, kind: OutletKind) -> usize {
        self.outlets.iter().filter(|outlet| outlet.kind == kind).count()
    }

    fn beside_gate(&mut self, plot: &Plot, model: &Model, host: Option<HostType>) {
        let Some(gate) = plot.gates.first() else { return };
        // Bins stand on the left, points on the right of the gate.
        let side = if model.kind == OutletKind::SmartBin { BESIDE_GATE } else { -BESIDE_GATE };
        self.add(plot, gate.bar.moved(gate.inward, 0, side), model, host);
    }

    fn station(&mut self, plot: &Plot, model: &Model, catalogue: &Catalogue) {
        let Some(gate) = plot.gates.first() else { return };
        let licensed = self.count(model.kind).is_multiple_of(LICENSED_STATION_EVERY);
        self.add(plot, gate.bar, model, host(plot.used));
        let Some(outlet) = self.outlets.last_mut() else { return };
        if model.kind == OutletKind::SortingCenter {
            outlet.streams = catalogue.streams.iter().map(|stream| stream.code.clone()).collect();
        } else if licensed {
            outlet.streams.push("hazardous".to_owned());
            outlet.capacity.push(amount("hazardous", HAZARDOUS_LITRES));
        }
    }

    fn add(&mut self, plot: &Plot, at: At, model: &Model, host: Option<HostType>) {
        let number = self.count(model.kind) + 1;
        let (key, zh, en) = match model.kind {
            OutletKind::SmartBin => ("bin", "智能回收箱", " Smart Bins"),
            OutletKind::CollectionPoint => ("point", "回收服务点", " Collection Point"),
            OutletKind::TransferStation => ("station", "中转站", " Transfer Station"),
            OutletKind::SortingCenter => ("centre", "分拣中心", " Sorting Centre"),
        };
        let name = self.names.place(plot.block).with(&format!("{zh}{number}"), &format!("{en} {number}"));
        let hours =
            model.hours.map(|[start, end]| DailyHours { start: Seconds(start * HOUR_S), end: Seconds(end * HOUR_S) });
        self.outlets.push(Outlet {
            key: format!("{key}-{number:03}"),
            name_zh: name.zh,
            name_en: name.en,
            area: Some(community_key(plot.block)),
            place: self.plan.place(at),
            kind: model.kind,
            host,
            streams: model.litres.iter().map(|(stream, _)| (*stream).to_owned()).collect(),
            accepts_collectors: model.accepts_collectors,
            hours: hours.into_iter().collect(),
            capacity: model.litres.iter().map(|&(stream, litres)| amount(stream, litres)).collect(),
            unload: Seconds(model.unload_s),
            gate_fee_fen: model.gate_fee_fen,
            opening_cost_fen: model.opening_cost_fen,
        });
    }
}

fn amount(stream: &str, litres: i64) -> StreamAmount {
    let density = STREAM_DENSITY.iter().find(|(code, _)| *code == stream).map_or(50, |(_, density)| *density);
    StreamAmount { stream: stream.to_owned(), grams: Grams(litres * density), litres: Litres(litres) }
}
