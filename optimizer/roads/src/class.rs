//! Classes of roads, as the `highway` key of OpenStreetMap names them, and ferries.

use serde::{Deserialize, Serialize};

macro_rules! classes {
    ($($name:ident = $tag:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RoadClass {
            $($name),+
        }

        impl RoadClass {
            /// From the widest road to the narrowest path.
            pub const ALL: [RoadClass; [$($tag),+].len()] = [$(RoadClass::$name),+];

            /// The value of the `highway` key.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(RoadClass::$name => $tag),+
                }
            }
        }
    };
}

classes! {
    Motorway = "motorway",
    MotorwayLink = "motorway_link",
    Trunk = "trunk",
    TrunkLink = "trunk_link",
    Primary = "primary",
    PrimaryLink = "primary_link",
    Secondary = "secondary",
    SecondaryLink = "secondary_link",
    Tertiary = "tertiary",
    TertiaryLink = "tertiary_link",
    Unclassified = "unclassified",
    Residential = "residential",
    LivingStreet = "living_street",
    Service = "service",
    Track = "track",
    Busway = "busway",
    Pedestrian = "pedestrian",
    Cycleway = "cycleway",
    Footway = "footway",
    Path = "path",
    Bridleway = "bridleway",
    Steps = "steps",
    Ferry = "ferry",
}

impl RoadClass {
    /// The class of a `highway` value; `None` for what is no way to travel on (planned, under construction, lifts).
    pub fn of_highway(value: &str) -> Option<Self> {
        match value {
            "road" => Some(RoadClass::Unclassified),
            "corridor" | "platform" => Some(RoadClass::Footway),
            _ => Self::ALL.into_iter().find(|class| class.as_str() == value),
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    pub(crate) fn of_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }
}

impl std::fmt::Display for RoadClass {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}
