//! Who travels: how fast on which class of road and at which hour, under which access tags, and how it may turn. Data,
//! not code: a city overrides any field of [`ProfileSpec`]; the defaults and their sources are in [`crate::defaults`].

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::class::RoadClass;
use crate::hours::HourlySpeeds;
use crate::osm::Tags;
use crate::summary::DrivingSide;

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
    pub speeds_kmh: BTreeMap<RoadClass, f64>,
    /// km/h on a class that is closed but opened by an explicit access tag.
    pub exception_kmh: f64,
    /// Access keys from the most general to the most specific; the most specific one that is present decides.
    pub access_keys: Vec<String>,
    /// Those of `access_keys` that may open a closed class.
    pub opening_keys: Vec<String>,
    /// Access values that let in who starts or ends there and nobody else, whatever they mean elsewhere; a private road is
    /// one, because whoever orders a pickup lets the collector in.
    pub destination_values: Vec<String>,
    /// Suffixes of `restriction:*` and values of `except` that concern the profile; empty where turn restrictions do not.
    pub restriction_keys: Vec<String>,
    pub obeys_one_ways: bool,
    /// Keys of one-way tags from the most general to the most specific.
    pub oneway_keys: Vec<String>,
    /// Share of a posted speed limit that is driven on the average: a limit is none.
    pub limit_share: f64,
    /// Share of the class's speed by tag, as in `surface=sand`; where several apply the smallest counts.
    pub speed_shares: BTreeMap<String, f64>,
    /// May use roads marked `toll=yes`.
    pub toll_roads: bool,
    /// May use roads marked `motorroad=yes`.
    pub motor_roads: bool,
    /// Values of `barrier` that let the profile through unless an access tag says otherwise.
    pub passable_barriers: Vec<String>,
    /// May pass bollards, cycle barriers and whatever other barrier there is.
    pub passes_posts: bool,
    /// Gross mass, compared with `maxweight`; absent where it does not matter.
    pub mass_kg: Option<u32>,
    /// Compared with `maxheight`.
    pub height_cm: Option<u32>,
    /// Compared with `maxwidth`.
    pub width_cm: Option<u32>,
    /// Classes on which the vehicle stops on the place's own side, where traffic runs in both directions: nobody crosses
    /// such a road with a load.
    pub kerb_side: Vec<RoadClass>,
    /// Side on which traffic keeps; absent where the roundabouts tell. A city states it once for all its profiles.
    #[serde(default)]
    pub driving_side: Option<DrivingSide>,
    pub u_turns: UTurns,
    /// Seconds that turning back takes.
    pub u_turn_s: f64,
    /// Absent where the hour does not matter.
    #[serde(default)]
    pub hourly: Option<HourlySpeeds>,
}

impl ProfileSpec {
    /// All four, in the order of [`Profile::ALL`].
    pub fn defaults() -> [Self; 4] {
        Profile::ALL.map(Self::of)
    }

    pub(crate) fn speed_kmh(&self, class: RoadClass) -> Option<f64> {
        let speed = *self.speeds_kmh.get(&class)?;
        // A speed of nothing or of nonsense closes the class instead of making endless journeys.
        (speed.is_finite() && speed >= 0.5).then_some(speed)
    }

    /// Of the class's speed, by the tags of a way.
    pub(crate) fn speed_share(&self, tags: &Tags) -> f64 {
        let applies = |tag: &str| tag.split_once('=').is_some_and(|(key, value)| tags.is(key, value));
        let shares =
            self.speed_shares.iter().filter(|(tag, share)| share.is_finite() && **share >= 0.05 && applies(tag));
        shares.map(|(_, &share)| share).fold(1.0, f64::min)
    }
}
