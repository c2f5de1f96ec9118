//! What a city consists of: plain records shared by the generated city and the real ones.
//!
//! Records name each other by `key`, a text that is unique within its list. They know no database ids, no operator
//! and no people: a booking is a place, a window and amounts.

use chrono::NaiveDate;
use geo::MultiPolygon;
use huilu_model::{Datum, Grams, Litres, Seconds, Wgs84};
use serde::{Deserialize, Serialize};

use crate::codes::coded;

/// A whole city, made for one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct City {
    /// Stable short name, such as `macau`.
    pub key: String,
    pub name_zh: String,
    pub name_en: String,
    /// IANA time zone.
    pub zone: String,
    /// Which datum the city's own data came in, for people to read.
    pub datum_note: String,
    pub bounds: Bounds,
    /// The day on which the city is looked at; `bookings` are for the day after it.
    pub date: NaiveDate,
    /// Parents come before their children.
    pub areas: Vec<Area>,
    pub buildings: Vec<Building>,
    pub outlets: Vec<Outlet>,
    pub depots: Vec<Depot>,
    pub vehicles: Vec<Vehicle>,
    /// Of all buildings.
    pub households: u64,
    /// Collected in the weeks up to `date`; amounts are as weighed.
    pub past_bookings: Vec<Booking>,
    /// Open ones, all for the day after `date`.
    pub bookings: Vec<Booking>,
    /// The bytes of an `.osm.pbf` file; not part of the JSON form.
    #[serde(skip)]
    pub roads_pbf: Vec<u8>,
    /// Each statement about what was made up for lack of data.
    pub assumed: Vec<String>,
}

/// Degrees, WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
}

impl Bounds {
    /// The smallest box around all places; `None` without any.
    pub fn around(places: impl IntoIterator<Item = Wgs84>) -> Option<Self> {
        places.into_iter().fold(None, |bounds: Option<Self>, place| {
            let start = Self { south: place.lat, west: place.lon, north: place.lat, east: place.lon };
            let b = bounds.unwrap_or(start);
            Some(Self {
                south: b.south.min(place.lat),
                west: b.west.min(place.lon),
                north: b.north.max(place.lat),
                east: b.east.max(place.lon),
            })
        })
    }

    pub fn contains(&self, place: Wgs84) -> bool {
        (self.south..=self.north).contains(&place.lat) && (self.west..=self.east).contains(&place.lon)
    }
}

coded! {
    AreaLevel as "area level" {
        City = "city",
        District = "district",
        Subdistrict = "subdistrict",
        Town = "town",
        Community = "community",
        Village = "village",
        /// A zone of the census or of the city's own planning.
        Zone = "zone",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    pub key: String,
    /// Key of the area it lies in.
    pub parent: Option<String>,
    pub level: AreaLevel,
    /// Official code, where one is known; never invented.
    pub code: Option<String>,
    pub name_zh: String,
    pub name_en: String,
    /// WGS-84, x = longitude.
    #[serde(with = "crate::polygon")]
    pub polygon: Option<MultiPolygon>,
    /// As counted, where it was counted.
    pub households: Option<u32>,
}

coded! {
    BuildingKind as "building kind" {
        /// A building inside a compound.
        Compound = "compound",
        /// A residential building on the street.
        Residential = "residential",
        Mall = "mall",
        Campus = "campus",
        Village = "village",
        Market = "market",
        Institution = "institution",
        Other = "other",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Building {
    pub key: String,
    /// Key of the smallest area it lies in.
    pub area: Option<String>,
    pub kind: BuildingKind,
    pub place: Wgs84,
    /// Where a vehicle stops, if not at the door.
    pub gate: Option<Wgs84>,
    pub households: u32,
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
}

coded! {
    /// Tier and kind in one.
    OutletKind as "outlet kind" {
        SmartBin = "smart_bin",
        CollectionPoint = "collection_point",
        TransferStation = "transfer_station",
        SortingCenter = "sorting_center",
    }
}

impl OutletKind {
    /// 0 for bins up to 3 for sorting centres.
    pub fn tier(self) -> u8 {
        match self {
            Self::SmartBin => 0,
            Self::CollectionPoint => 1,
            Self::TransferStation => 2,
            Self::SortingCenter => 3,
        }
    }
}

coded! {
    HostType as "host type" {
        Compound = "compound",
        CommunityService = "community_service",
        Mall = "mall",
        Campus = "campus",
        Village = "village",
        Institution = "institution",
        Street = "street",
    }
}

/// Seconds since local midnight, on every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyHours {
    pub start: Seconds,
    pub end: Seconds,
}

/// An amount of the stream with this code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamAmount {
    pub stream: String,
    pub grams: Grams,
    pub litres: Litres,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlet {
    pub key: String,
    pub name_zh: String,
    pub name_en: String,
    /// Key of the smallest area it lies in.
    pub area: Option<String>,
    pub place: Wgs84,
    pub kind: OutletKind,
    pub host: Option<HostType>,
    /// Codes of the streams it takes.
    pub streams: Vec<String>,
    /// Whether collectors may unload here.
    pub accepts_collectors: bool,
    /// Empty: open all day.
    pub hours: Vec<DailyHours>,
    /// What it takes on one day; a stream that is absent is unlimited.
    pub capacity: Vec<StreamAmount>,
    /// Seconds that an unloading takes.
    pub unload: Seconds,
    /// For each unloading; negative where the outlet pays.
    pub gate_fee_fen: i64,
    /// For each day it is open.
    pub opening_cost_fen: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Depot {
    pub key: String,
    pub name_zh: String,
    pub name_en: String,
    pub area: Option<String>,
    pub place: Wgs84,
}

coded! {
    /// Which roads a vehicle may use and how fast it is there.
    VehicleProfile as "vehicle profile" {
        Etrike = "etrike",
        Van = "van",
        Truck = "truck",
    }
}

/// A part of the box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compartment {
    /// Codes of the streams it may hold; disjoint from those of the vehicle's other compartments.
    pub streams: Vec<String>,
    pub capacity_g: Grams,
    pub capacity_l: Litres,
}

/// One paid pause between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// It begins within these hours.
    pub begins: DailyHours,
    pub duration: Seconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleCosts {
    /// For each day it is used.
    pub fixed_fen: i64,
    pub per_hour_fen: i64,
    pub per_km_fen: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    pub key: String,
    /// Number that the crew knows it by.
    pub name: String,
    /// Code of the preset it was made from.
    pub preset: String,
    pub profile: VehicleProfile,
    /// Key of the depot where its shift starts and ends.
    pub depot: String,
    /// Over all compartments.
    pub payload: Grams,
    pub compartments: Vec<Compartment>,
    /// Departure and return both lie inside.
    pub shift: DailyHours,
    pub pause: Option<Pause>,
    pub costs: VehicleCosts,
    /// Such as `two_persons` or `hazardous_licence`.
    pub skills: Vec<String>,
}

/// A place as somebody gave it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entered {
    /// Degrees in `datum`.
    pub lat: f64,
    pub lon: f64,
    pub datum: Datum,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingItem {
    /// Code of the material; each at most once in a booking.
    pub material: String,
    pub grams: Grams,
    /// Loose, rounded up.
    pub litres: Litres,
    /// For materials that are counted.
    pub pieces: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    pub key: String,
    /// Key of the building, where it is known.
    pub building: Option<String>,
    /// Key of the smallest area it lies in.
    pub area: Option<String>,
    /// Where the vehicle stops: the building's gate or the door itself.
    pub place: Wgs84,
    /// The door as the resident gave it.
    pub entered: Entered,
    pub items: Vec<BookingItem>,
    /// Seconds since local midnight of the service date.
    pub window: DailyHours,
    pub service_date: NaiveDate,
    pub floor: Option<i32>,
    pub lift: Option<bool>,
    /// When it was made, in seconds since local midnight of the service date; negative is an earlier day.
    pub created: Seconds,
}

impl Booking {
    pub fn grams(&self) -> Grams {
        self.items.iter().map(|item| item.grams).sum()
    }

    pub fn litres(&self) -> Litres {
        self.items.iter().map(|item| item.litres).sum()
    }
}
