//! Vehicles of a city: made from the catalogue's presets and sized to the load.
//!
//! Sizes, compartments and costs come from the presets, which say what is assumed. Shifts, pauses and licences are
//! assumed here.

use std::collections::BTreeMap;

use huilu_model::Seconds;

use crate::catalogue::{Catalogue, VehiclePreset};
use crate::records::{City, DailyHours, Depot, Pause, Vehicle, VehicleProfile};

/// What was made up here, in the words that a city lists it with.
pub const ASSUMED_FLEET: [&str; 3] = [
    "The fleet is sized to the load; no operator's vehicles are known.",
    "Shifts are staggered between 08:00 and 20:00 with one pause of 45 minutes at midday.",
    "Vehicle costs are assumed: fixed, per hour and per km as the presets state.",
];

/// How many vehicles of which preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetSpec {
    /// Code of the preset and number of vehicles.
    pub groups: Vec<(String, usize)>,
}

impl Default for FleetSpec {
    /// Serves about 1,500 bookings of 11 kg and 190 L a day: more than 99 % of those of Macau and of Chengdu's centre
    /// in a search of 30 s; the first 12 vehicles serve two thirds.
    fn default() -> Self {
        let groups = [("etrike_l", 15), ("microvan", 20), ("small_truck", 10)];
        Self { groups: groups.map(|(preset, n)| (preset.to_owned(), n)).to_vec() }
    }
}

/// Start and end in half hours since midnight. The windows that residents book run from 09:00 to 19:00.
const SHIFTS: [(i64, i64); 4] = [(16, 35), (17, 36), (18, 39), (20, 40)];
const HALF_HOUR_S: i64 = 1_800;
const PAUSE: Pause = Pause {
    begins: DailyHours { start: Seconds(11 * 3_600 + 1_800), end: Seconds(13 * 3_600 + 1_800) },
    duration: Seconds(45 * 60),
};
/// Every second vehicle that can hold hazardous waste has a driver with the licence.
const LICENSED_EVERY: usize = 2;

/// The vehicles of `spec`, spread over the depots in turn. Presets alternate, so that the first `k` are a small fleet
/// of the same mix. Empty without depots; a preset that the catalogue lacks is left out.
pub fn fleet(catalogue: &Catalogue, depots: &[Depot], spec: &FleetSpec) -> Vec<Vehicle> {
    if depots.is_empty() {
        return Vec::new();
    }
    let mut number_of_profile: BTreeMap<VehicleProfile, usize> = BTreeMap::new();
    interleaved(&spec.groups)
        .into_iter()
        .filter_map(|group| catalogue.preset(&spec.groups[group].0))
        .enumerate()
        .map(|(k, preset)| {
            let number = number_of_profile.entry(preset.profile).or_default();
            *number += 1;
            vehicle(preset, *number, &depots[k % depots.len()], SHIFTS[*number % SHIFTS.len()])
        })
        .collect()
}

/// Indices of the groups, each as often as it has vehicles, mixed evenly: always the group that lags most behind its
/// share comes next.
fn interleaved(groups: &[(String, usize)]) -> Vec<usize> {
    let mut taken = vec![0usize; groups.len()];
    let total = groups.iter().map(|(_, n)| n).sum();
    let mut order = Vec::with_capacity(total);
    while order.len() < total {
        // taken / wanted compared as cross products, hence without rounding.
        let next = (0..groups.len())
            .filter(|&g| taken[g] < groups[g].1)
            .min_by(|&a, &b| ((2 * taken[a] + 1) * groups[b].1).cmp(&((2 * taken[b] + 1) * groups[a].1)));
        let Some(next) = next else { break };
        taken[next] += 1;
        order.push(next);
    }
    order
}

fn vehicle(preset: &VehiclePreset, number: usize, depot: &Depot, (start, end): (i64, i64)) -> Vehicle {
    let letter = match preset.profile {
        VehicleProfile::Etrike => 'E',
        VehicleProfile::Van => 'V',
        VehicleProfile::Truck => 'T',
    };
    let mut skills = preset.skills.clone();
    let carries_hazardous = preset.compartments.iter().any(|part| part.streams.iter().any(|s| s == "hazardous"));
    if carries_hazardous && number % LICENSED_EVERY == 1 {
        skills.push("hazardous_licence".to_owned());
    }
    Vehicle {
        key: format!("vehicle-{}-{number:02}", preset.code),
        name: format!("{letter}-{number:02}"),
        preset: preset.code.clone(),
        profile: preset.profile,
        depot: depot.key.clone(),
        payload: preset.payload_g,
        compartments: preset.compartments.clone(),
        shift: DailyHours { start: Seconds(start * HALF_HOUR_S), end: Seconds(end * HALF_HOUR_S) },
        pause: Some(PAUSE),
        costs: preset.costs,
        skills,
    }
}

/// The same city on a day on which only the first `keep` vehicles drive: the planted case of a fleet too small.
pub fn with_first_vehicles(mut city: City, keep: usize) -> City {
    let had = city.vehicles.len();
    city.vehicles.truncate(keep);
    if city.vehicles.len() < had {
        city.assumed
            .push(format!("Only {} of {had} vehicles drive: a day planted without enough.", city.vehicles.len()));
    }
    city
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use huilu_model::Wgs84;

    use super::*;

    fn made(spec: &FleetSpec) -> (Catalogue, Vec<Vehicle>) {
        let catalogue = Catalogue::built_in().unwrap();
        let depot = |key: &str| Depot {
            key: key.to_owned(),
            name_zh: "车场".to_owned(),
            name_en: "Depot".to_owned(),
            area: None,
            place: Wgs84 { lat: 22.2, lon: 113.55 },
        };
        let vehicles = fleet(&catalogue, &[depot("a"), depot("b")], spec);
        (catalogue, vehicles)
    }

    #[test]
    fn the_usual_fleet_has_the_stated_sizes_and_unique_keys() {
        let (_, vehicles) = made(&FleetSpec::default());
        for (preset, n) in FleetSpec::default().groups {
            assert_eq!(vehicles.iter().filter(|v| v.preset == preset).count(), n, "{preset}");
        }
        assert_eq!(vehicles.iter().map(|v| &v.key).collect::<BTreeSet<_>>().len(), vehicles.len());
        assert_eq!(vehicles.iter().map(|v| &v.name).collect::<BTreeSet<_>>().len(), vehicles.len());
        assert!(vehicles.iter().any(|v| v.skills == ["two_persons", "hazardous_licence"]));
        assert!(vehicles.iter().any(|v| v.skills == ["two_persons"]));
    }

    #[test]
    fn no_compartment_holds_streams_that_may_not_mix() {
        let (catalogue, vehicles) = made(&FleetSpec::default());
        for part in vehicles.iter().flat_map(|v| &v.compartments) {
            for pair in &catalogue.incompatible {
                assert!(!(part.streams.contains(&pair.a) && part.streams.contains(&pair.b)), "{pair:?}");
            }
        }
    }

    #[test]
    fn the_pause_fits_into_every_shift() {
        for vehicle in made(&FleetSpec::default()).1 {
            let pause = vehicle.pause.unwrap();
            assert!(vehicle.shift.start < pause.begins.start, "{vehicle:?}");
            assert!(pause.begins.end + pause.duration < vehicle.shift.end, "{vehicle:?}");
        }
    }

    #[test]
    fn the_first_vehicles_are_a_small_fleet_of_the_same_mix() {
        let (_, vehicles) = made(&FleetSpec::default());
        let first = |preset: &str| vehicles[..9].iter().filter(|v| v.preset == preset).count();
        assert_eq!([first("etrike_l"), first("microvan"), first("small_truck")], [3, 4, 2]);
    }

    #[test]
    fn unknown_presets_and_no_depots_make_no_vehicles() {
        let catalogue = Catalogue::built_in().unwrap();
        assert!(fleet(&catalogue, &[], &FleetSpec::default()).is_empty());
        assert!(made(&FleetSpec { groups: vec![("airship".to_owned(), 3)] }).1.is_empty());
    }
}
