//! The default profiles: figures and where they come from.
//!
//! Speeds are daytime averages with junctions included. Motor vehicles: half to two thirds of the design speeds of
//! CJJ 37-2012 (expressway 60-100 km/h, arterial 40-60, sub-arterial 30-50, branch 20-40). E-trikes: GB 17761-2018
//! limits electric cycles to 25 km/h, city rules for express trikes to 15 km/h; the default lies between. Walking:
//! 1.2 m/s, the usual pace of pedestrian crossings.
//!
//! By the hour: Kunming's annual transport report for 2019 (chapter 5) measures 25.6 km/h in the morning peak and 23.7
//! km/h in the evening peak on city roads; the peaks (07-09, 17-19) are those of GB/T 36670-2018. Against the table's
//! 30 to 36 km/h of arterial roads that makes 0.8. Drivers' GPS tracks in Shanghai (Hu et al., "AMM", 134 tracks of
//! December 2020) give 0.6 to 0.7 at 07-09, 0.8 at 18, 1.05 from 11 to 16 and more at night. Urban expressways and major roads have distinct
//! peaks on working days, smaller roads flatter ones ("Exploring travel time distribution and variability patterns using
//! probe vehicle data: case study in Beijing", Journal of Advanced Transportation 2018, 3747632). How much flatter, the
//! rest days and the nights (quicker by what posted limits leave) are assumptions. E-trikes ride beside the queue and
//! feel it little; walkers not at all.

use std::collections::BTreeMap;

use crate::class::RoadClass;
use crate::hours::HourlySpeeds;
use crate::profile::{Profile, ProfileSpec, UTurns};

impl ProfileSpec {
    /// The defaults.
    pub fn of(profile: Profile) -> Self {
        use RoadClass::*;
        let strings = |list: &[&str]| list.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
        let spec = ProfileSpec {
            profile,
            speeds_kmh: BTreeMap::new(),
            exception_kmh: 8.0,
            access_keys: Vec::new(),
            opening_keys: Vec::new(),
            restriction_keys: Vec::new(),
            destination_values: strings(&["customers", "delivery", "destination", "permit", "private", "residents"]),
            obeys_one_ways: true,
            oneway_keys: strings(&["oneway"]),
            limit_share: 0.8,
            speed_shares: speed_shares(),
            toll_roads: true,
            motor_roads: true,
            passable_barriers: strings(PASSABLE_BARRIERS),
            passes_posts: false,
            mass_kg: None,
            height_cm: None,
            width_cm: None,
            kerb_side: Vec::new(),
            driving_side: None,
            u_turns: UTurns::DeadEnds,
            u_turn_s: 20.0,
            hourly: None,
        };
        match profile {
            Profile::Van => ProfileSpec {
                speeds_kmh: motor_speeds(1.0),
                access_keys: strings(&["access", "vehicle", "motor_vehicle", "motorcar", "goods"]),
                opening_keys: strings(&["motor_vehicle", "motorcar", "goods"]),
                restriction_keys: strings(&["motor_vehicle", "motorcar", "goods"]),
                hourly: Some(hourly(motor_felt)),
                mass_kg: Some(2_500),
                height_cm: Some(200),
                width_cm: Some(180),
                ..spec
            },
            Profile::Truck => ProfileSpec {
                speeds_kmh: motor_speeds(0.85),
                access_keys: strings(&["access", "vehicle", "motor_vehicle", "goods", "hgv"]),
                opening_keys: strings(&["motor_vehicle", "goods", "hgv"]),
                restriction_keys: strings(&["motor_vehicle", "goods", "hgv"]),
                hourly: Some(hourly(motor_felt)),
                mass_kg: Some(4_500),
                height_cm: Some(320),
                width_cm: Some(230),
                kerb_side: vec![Trunk, Primary, Secondary],
                u_turn_s: 40.0,
                ..spec
            },
            Profile::Etrike => ProfileSpec {
                speeds_kmh: BTreeMap::from([
                    (Primary, 18.0),
                    (PrimaryLink, 15.0),
                    (Secondary, 18.0),
                    (SecondaryLink, 15.0),
                    (Tertiary, 18.0),
                    (TertiaryLink, 15.0),
                    (Unclassified, 16.0),
                    (Residential, 15.0),
                    (LivingStreet, 10.0),
                    (Service, 10.0),
                    (Track, 8.0),
                    (Cycleway, 12.0),
                ]),
                hourly: Some(hourly(|_| 0.15)),
                access_keys: strings(&["access", "vehicle", "motor_vehicle", "bicycle"]),
                opening_keys: strings(&["motor_vehicle"]),
                restriction_keys: strings(&["motor_vehicle"]),
                motor_roads: false,
                mass_kg: Some(700),
                height_cm: Some(190),
                width_cm: Some(120),
                oneway_keys: strings(&["oneway", "oneway:bicycle"]),
                limit_share: 1.0,
                u_turns: UTurns::Anywhere,
                u_turn_s: 8.0,
                ..spec
            },
            Profile::Foot => ProfileSpec {
                speeds_kmh: RoadClass::ALL
                    .into_iter()
                    .filter(|class| !matches!(class, Motorway | MotorwayLink | Trunk | TrunkLink | Busway | Ferry))
                    .map(|class| (class, if class == Steps { 2.2 } else { 4.3 }))
                    .collect(),
                exception_kmh: 4.3,
                access_keys: strings(&["access", "foot"]),
                opening_keys: strings(&["foot"]),
                obeys_one_ways: false,
                oneway_keys: strings(&["oneway:foot"]),
                speed_shares: BTreeMap::new(),
                motor_roads: false,
                passes_posts: true,
                u_turns: UTurns::Anywhere,
                u_turn_s: 0.0,
                ..spec
            },
        }
    }
}

/// Built to let vehicles through, or no obstacle to them. Open gates are the rule by day; closed ones are tagged.
const PASSABLE_BARRIERS: &[&str] = &[
    "border_control",
    "bump_gate",
    "cattle_grid",
    "checkpoint",
    "coupure",
    "entrance",
    "gate",
    "hampshire_gate",
    "height_restrictor",
    "kerb",
    "lift_gate",
    "no",
    "rope",
    "sally_port",
    "sliding_gate",
    "swing_gate",
    "toll_booth",
    "wicket_gate",
];

/// Rounded from what open routing engines assume for cars on poor surfaces; tracks by their grades on the OpenStreetMap
/// wiki. In car parks 8 km/h is driven.
fn speed_shares() -> BTreeMap<String, f64> {
    [
        ("service=parking_aisle", 0.65),
        ("service=drive-through", 0.65),
        ("service=driveway", 0.8),
        ("service=alley", 0.85),
        ("surface=cobblestone", 0.7),
        ("surface=unhewn_cobblestone", 0.6),
        ("surface=sett", 0.85),
        ("surface=unpaved", 0.7),
        ("surface=compacted", 0.9),
        ("surface=fine_gravel", 0.8),
        ("surface=gravel", 0.7),
        ("surface=pebblestone", 0.7),
        ("surface=ground", 0.6),
        ("surface=dirt", 0.6),
        ("surface=earth", 0.6),
        ("surface=grass", 0.5),
        ("surface=mud", 0.4),
        ("surface=sand", 0.4),
        ("tracktype=grade3", 0.9),
        ("tracktype=grade4", 0.7),
        ("tracktype=grade5", 0.5),
    ]
    .map(|(tag, share)| (tag.to_owned(), share))
    .into()
}

fn motor_speeds(share: f64) -> BTreeMap<RoadClass, f64> {
    use RoadClass::*;
    [
        (Motorway, 75.0),
        (MotorwayLink, 45.0),
        (Trunk, 50.0),
        (TrunkLink, 35.0),
        (Primary, 36.0),
        (PrimaryLink, 28.0),
        (Secondary, 30.0),
        (SecondaryLink, 25.0),
        (Tertiary, 26.0),
        (TertiaryLink, 22.0),
        (Unclassified, 22.0),
        (Residential, 18.0),
        (LivingStreet, 10.0),
        (Service, 12.0),
        (Track, 10.0),
    ]
    .map(|(class, speed)| (class, speed * share))
    .into()
}

/// What an arterial road gives by the hour, by the daytime average (07:00 to 20:00); see the top of this file.
fn hourly(felt: impl Fn(RoadClass) -> f64) -> HourlySpeeds {
    HourlySpeeds {
        working_day: [
            1.17, 1.17, 1.17, 1.17, 1.17, 1.17, 1.12, 0.75, 0.70, 0.90, 1.12, 1.12, //
            1.15, 1.15, 1.16, 1.14, 1.08, 0.94, 0.80, 1.04, 1.10, 1.14, 1.17, 1.17,
        ],
        rest_day: [
            1.17, 1.17, 1.17, 1.17, 1.17, 1.17, 1.17, 1.15, 1.10, 1.05, 1.00, 0.99, //
            1.02, 1.02, 1.00, 0.98, 0.96, 0.95, 0.96, 1.01, 1.06, 1.12, 1.17, 1.17,
        ],
        felt: RoadClass::ALL.into_iter().map(|class| (class, felt(class))).collect(),
    }
}

/// Expressways feel the hour more than the arterial roads, streets less.
fn motor_felt(class: RoadClass) -> f64 {
    use RoadClass::*;
    match class {
        Motorway | MotorwayLink | Trunk | TrunkLink => 1.4,
        Primary | PrimaryLink | Secondary | SecondaryLink => 1.0,
        Tertiary | TertiaryLink => 0.8,
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::{Departure, Weekday};

    fn factor(profile: Profile, class: RoadClass, at: &str) -> f64 {
        let hourly = ProfileSpec::of(profile).hourly.expect("by the hour");
        hourly.factor(class, at.parse().expect("a departure"))
    }

    /// The graph without an hour and the graph of every hour tell the same daytime.
    #[test]
    fn daytime_hours_average_to_the_speed_table() {
        for day in Weekday::ALL {
            let hourly = ProfileSpec::of(Profile::Van).hourly.expect("by the hour");
            let times: f64 = (7..20)
                .filter_map(|hour| Departure::at(hour, 0))
                .map(|at| 1.0 / hourly.factor(RoadClass::Primary, at.on(day)))
                .sum();
            assert!((13.0 / times - 1.0).abs() < 0.03, "{day:?}: {}", 13.0 / times);
        }
    }

    #[test]
    fn cars_feel_the_rush_hour_and_trikes_hardly() {
        assert!((0.60..0.75).contains(&factor(Profile::Van, RoadClass::Trunk, "08:30")));
        assert!(
            factor(Profile::Van, RoadClass::Residential, "08:30") > factor(Profile::Van, RoadClass::Primary, "08:30")
        );
        assert!(factor(Profile::Van, RoadClass::Primary, "Su 08:30") > 1.0);
        assert!((0.94..1.0).contains(&factor(Profile::Etrike, RoadClass::Primary, "08:30")));
        assert!(ProfileSpec::of(Profile::Foot).hourly.is_none());
    }
}
