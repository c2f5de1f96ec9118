//! Who travels: how fast on which class of road, under which access tags, and how it may turn. Data, not code: a city
//! overrides any field of [`ProfileSpec`].
//!
//! Speeds are daytime averages with junctions included. Motor vehicles: half to two thirds of the design speeds of
//! CJJ 37-2012 (expressway 60-100 km/h, arterial 40-60, sub-arterial 30-50, branch 20-40). E-trikes: GB 17761-2018
//! limits electric cycles to 25 km/h, city rules for express trikes to 15 km/h; the default lies between. Walking:
//! 1.2 m/s, the usual pace of pedestrian crossings.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::class::RoadClass;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    Etrike,
    Van,
    Truck,
    Foot,
}

impl Profile {
    pub const ALL: [Profile; 4] = [Profile::Etrike, Profile::Van, Profile::Truck, Profile::Foot];

    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Etrike => "etrike",
            Profile::Van => "van",
            Profile::Truck => "truck",
            Profile::Foot => "foot",
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile `{0}`: use etrike, van, truck or foot")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text).ok_or_else(|| UnknownProfile(text.to_owned()))
    }
}

/// Where a vehicle turns back into the road it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UTurns {
    /// Only where no other way leads on.
    DeadEnds,
    /// At every junction where no restriction forbids it.
    Anywhere,
}

/// Everything that tells one profile from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileSpec {
    pub profile: Profile,
    /// km/h by class; a class that is absent is closed to the profile.
    pub speeds_kmh: Vec<(RoadClass, f64)>,
    /// km/h on a class that is closed but opened by an explicit access tag.
    pub exception_kmh: f64,
    /// Access keys from the most general to the most specific; the most specific one that is present decides.
    pub access_keys: Vec<String>,
    /// Those of `access_keys` that may open a closed class.
    pub opening_keys: Vec<String>,
    /// Suffixes of `restriction:*` and values of `except` that concern the profile; empty where turn restrictions do not.
    pub restriction_keys: Vec<String>,
    pub obeys_one_ways: bool,
    /// May use roads marked `motorroad=yes`.
    pub motor_roads: bool,
    /// May pass bollards, cycle barriers and other posts.
    pub passes_posts: bool,
    /// Gross mass, compared with `maxweight`; absent where it does not matter.
    pub mass_kg: Option<u32>,
    /// Compared with `maxheight`.
    pub height_cm: Option<u32>,
    pub u_turns: UTurns,
    /// Seconds that turning back takes.
    pub u_turn_s: f64,
}

impl ProfileSpec {
    /// The defaults described at the top of this file.
    pub fn of(profile: Profile) -> Self {
        use RoadClass::*;
        let strings = |list: &[&str]| list.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
        let spec = ProfileSpec {
            profile,
            speeds_kmh: Vec::new(),
            exception_kmh: 8.0,
            access_keys: Vec::new(),
            opening_keys: Vec::new(),
            restriction_keys: Vec::new(),
            obeys_one_ways: true,
            motor_roads: true,
            passes_posts: false,
            mass_kg: None,
            height_cm: None,
            u_turns: UTurns::DeadEnds,
            u_turn_s: 20.0,
        };
        match profile {
            Profile::Van => ProfileSpec {
                speeds_kmh: motor_speeds(1.0),
                access_keys: strings(&["access", "vehicle", "motor_vehicle", "motorcar", "goods"]),
                opening_keys: strings(&["motor_vehicle", "motorcar", "goods"]),
                restriction_keys: strings(&["motor_vehicle", "motorcar", "goods"]),
                mass_kg: Some(2_500),
                height_cm: Some(200),
                ..spec
            },
            Profile::Truck => ProfileSpec {
                speeds_kmh: motor_speeds(0.85),
                access_keys: strings(&["access", "vehicle", "motor_vehicle", "goods", "hgv"]),
                opening_keys: strings(&["motor_vehicle", "goods", "hgv"]),
                restriction_keys: strings(&["motor_vehicle", "goods", "hgv"]),
                mass_kg: Some(4_500),
                height_cm: Some(320),
                u_turn_s: 40.0,
                ..spec
            },
            Profile::Etrike => ProfileSpec {
                speeds_kmh: vec![
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
                ],
                access_keys: strings(&["access", "vehicle", "motor_vehicle", "bicycle"]),
                opening_keys: strings(&["motor_vehicle"]),
                restriction_keys: strings(&["motor_vehicle"]),
                motor_roads: false,
                mass_kg: Some(700),
                height_cm: Some(190),
                u_turns: UTurns::Anywhere,
                u_turn_s: 8.0,
                ..spec
            },
            Profile::Foot => ProfileSpec {
                speeds_kmh: RoadClass::ALL
                    .into_iter()
                    .filter(|class| !matches!(class, Motorway | MotorwayLink | Trunk | TrunkLink | Busway))
                    .map(|class| (class, if class == Steps { 2.2 } else { 4.3 }))
                    .collect(),
                exception_kmh: 4.3,
                access_keys: strings(&["access", "foot"]),
                opening_keys: strings(&["foot"]),
                obeys_one_ways: false,
                motor_roads: false,
                passes_posts: true,
                u_turns: UTurns::Anywhere,
                u_turn_s: 0.0,
                ..spec
            },
        }
    }

    /// All four, in the order of [`Profile::ALL`].
    pub fn defaults() -> [Self; 4] {
        Profile::ALL.map(Self::of)
    }

    pub(crate) fn speed_kmh(&self, class: RoadClass) -> Option<f64> {
        let speed = self.speeds_kmh.iter().find(|(of, _)| *of == class)?.1;
        // A speed of nothing or of nonsense closes the class instead of making endless journeys.
        (speed.is_finite() && speed >= 0.5).then_some(speed)
    }
}

fn motor_speeds(share: f64) -> Vec<(RoadClass, f64)> {
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
    .to_vec()
}
