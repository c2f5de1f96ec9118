//! Depots, and the vehicles that leave from them.

use super::areas::community_key;
use super::names::Names;
use super::plan::{At, Gate, Plan, Plot, Use};
use crate::catalogue::Catalogue;
use crate::fleet::{FleetSpec, fleet};
use crate::records::{Depot, Vehicle};

/// Calibrated so that about 2,000 bookings of 11 kg and 190 L a day can be served: 380 m³ in boxes of 168 m³, hence two
/// to three trips for each vehicle, and about 40 stops in a shift.
const ETRIKES: [(&str, usize); 2] = [("etrike_l", 10), ("etrike_s", 8)];
const MOTOR_VEHICLES: [(&str, usize); 2] = [("microvan", 22), ("small_truck", 12)];
/// Middles of the city's quarters: the transfer station nearest to each has a base of e-trikes, which are too slow to
/// cross the city.
const QUARTERS: [At; 4] =
    [At { x: -1_300, y: -1_400 }, At { x: 1_300, y: -1_400 }, At { x: -1_300, y: 1_400 }, At { x: 1_300, y: 1_400 }];
/// Metres along the wall between the transfer station's gate and the yard of the e-trikes.
const BESIDE_STATION: i32 = 12;

/// Bases of the e-trikes, then yards of vans and trucks.
pub(super) fn depots(plan: &Plan, names: &Names) -> (Vec<Depot>, Vec<Depot>) {
    let depot = |plot: &Plot, gate: &Gate, aside: i32, key: String, zh: &str, en: &str| {
        let name = names.place(plot.block).with(zh, en);
        Depot {
            key,
            name_zh: name.zh,
            name_en: name.en,
            area: Some(community_key(plot.block)),
            place: plan.place(gate.bar.moved(gate.inward, 0, aside)),
        }
    };
    let gated = |used: Use| {
        let plots = plan.plots.iter().filter(move |plot| plot.used == used);
        plots.filter_map(|plot| Some((plot, plot.gates.first()?)))
    };
    let stations = QUARTERS.iter().filter_map(|middle| {
        gated(Use::TransferStation).min_by_key(|(plot, _)| plot.rect.middle().distance_squared(*middle))
    });
    let bases = stations.enumerate().map(|(k, (plot, gate))| {
        depot(plot, gate, BESIDE_STATION, format!("base-{}", k + 1), "三轮车站", " E-trike Base")
    });
    let yards = gated(Use::VehicleYard)
        .enumerate()
        .map(|(k, (plot, gate))| depot(plot, gate, 0, format!("yard-{}", k + 1), "车场", " Vehicle Yard"));
    (bases.collect(), yards.collect())
}

pub(super) fn vehicles(catalogue: &Catalogue, bases: &[Depot], yards: &[Depot]) -> Vec<Vehicle> {
    let spec = |groups: [(&str, usize); 2]| FleetSpec { groups: groups.map(|(code, n)| (code.to_owned(), n)).to_vec() };
    let mut vehicles = fleet(catalogue, bases, &spec(ETRIKES));
    vehicles.extend(fleet(catalogue, yards, &spec(MOTOR_VEHICLES)));
    vehicles
}
