//! Depots, and the vehicles that leave from them.

use super::areas::community_key;
use super::names::Names;
use super::plan::{Plan, Use};
use crate::catalogue::Catalogue;
use crate::fleet::{FleetSpec, fleet};
use crate::records::{Depot, Vehicle};

/// Calibrated so that about 2,000 bookings of 11 kg and 190 L a day can be served: 380 m³ in boxes of 172 m³, hence two
/// to three trips for each vehicle, and about 40 stops in a shift.
const ETRIKES: [(&str, usize); 2] = [("etrike_l", 14), ("etrike_s", 4)];
const MOTOR_VEHICLES: [(&str, usize); 2] = [("microvan", 22), ("small_truck", 12)];
/// E-trikes stand beside every so many transfer stations, since they are slow to cross the city.
const STATIONS_FOR_BASE: usize = 4;
/// Metres along the wall between the transfer station's gate and the yard of the e-trikes.
const BESIDE_STATION: i32 = 12;

/// Bases of the e-trikes, then yards of vans and trucks.
pub(super) fn depots(plan: &Plan, names: &Names) -> (Vec<Depot>, Vec<Depot>) {
    let made = |used: Use, every: usize, aside: i32, key: &str, zh: &str, en: &str| -> Vec<Depot> {
        let plots = plan.plots.iter().filter(|plot| plot.used == used).skip(every / 2).step_by(every);
        let gates = plots.filter_map(|plot| Some((plot, plot.gates.first()?)));
        gates
            .enumerate()
            .map(|(k, (plot, gate))| {
                let name = names.place(plot.block).with(zh, en);
                Depot {
                    key: format!("{key}-{}", k + 1),
                    name_zh: name.zh,
                    name_en: name.en,
                    area: Some(community_key(plot.block)),
                    place: plan.place(gate.bar.moved(gate.inward, 0, aside)),
                }
            })
            .collect()
    };
    (
        made(Use::TransferStation, STATIONS_FOR_BASE, BESIDE_STATION, "base", "三轮车站", " E-trike Base"),
        made(Use::VehicleYard, 1, 0, "yard", "车场", " Vehicle Yard"),
    )
}

pub(super) fn vehicles(catalogue: &Catalogue, bases: &[Depot], yards: &[Depot]) -> Vec<Vehicle> {
    let spec = |groups: [(&str, usize); 2]| FleetSpec { groups: groups.map(|(code, n)| (code.to_owned(), n)).to_vec() };
    let mut vehicles = fleet(catalogue, bases, &spec(ETRIKES));
    vehicles.extend(fleet(catalogue, yards, &spec(MOTOR_VEHICLES)));
    vehicles
}
