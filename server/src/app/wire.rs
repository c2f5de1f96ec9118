//! From the nouns of the trade to the words on the wire, and back where a word comes in.

use huilu_api_spec as wire;
use huilu_model::Wgs84;

use crate::domain::amount::{Names, StreamAmount};
use crate::domain::area::AreaLevel;
use crate::domain::booking::{BookingItem, BookingState, FailureReason, PickupWindow};
use crate::domain::fleet::VehicleProfile;
use crate::domain::outlet::{DailyHours, OutletKind};
use crate::domain::plan::{BoundCause, PlanKind, PlanState, RunState};
use crate::domain::report::ReportKind;
use crate::domain::travel::{TravelKind, TravelSource};
use crate::domain::{Instant, Zone};

/// Two lists of the same names, turned into each other; a name that only one of them has does not compile.
macro_rules! mirror {
    ($($domain:ty = $wire:ty { $($variant:ident)+ })+) => {$(
        impl From<$domain> for $wire {
            fn from(one: $domain) -> Self {
                match one {
                    $(<$domain>::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$wire> for $domain {
            fn from(one: $wire) -> Self {
                match one {
                    $(<$wire>::$variant => Self::$variant,)+
                }
            }
        }
    )+};
}

mirror! {
    AreaLevel = wire::area::AreaLevel { City District Subdistrict Town Community Village Zone }
    BookingState = wire::booking::BookingState {
        Draft Held Booked Assigned EnRoute Arrived Weighed Accepted Paid Completed Cancelled Failed Disputed
    }
    OutletKind = wire::outlet::OutletKind { SmartBin CollectionPoint TransferStation SortingCenter }
    VehicleProfile = wire::vehicle::VehicleProfile { Etrike Van Truck }
    TravelKind = wire::travel::TravelKind { Roads Osrm Valhalla Estimate }
    PlanKind = wire::plan::PlanKind { Collection Clearing }
    PlanState = wire::plan::PlanState { Proposed Published Superseded Discarded }
    RunState = wire::plan::RunState { Queued Running Succeeded Failed Cancelled }
    BoundCause = wire::plan::BoundCause {
        NotReached OutOfTime TooManyLabels TooLarge NumbersTooLarge PlanIncomplete InternalFault ClearingPlan NotAsked
    }
    ReportKind = wire::report::ReportKind { Arrived Collected Failed }
    FailureReason = wire::report::FailureReason { NoShow RefusedItems Unsafe OutOfArea Access }
}

/// Neither list is ours, so neither can be turned into the other by `From`.
pub(crate) fn datum(datum: wire::common::Datum) -> huilu_model::Datum {
    match datum {
        wire::common::Datum::Wgs84 => huilu_model::Datum::Wgs84,
        wire::common::Datum::Gcj02 => huilu_model::Datum::Gcj02,
        wire::common::Datum::Bd09 => huilu_model::Datum::Bd09,
    }
}

pub(crate) fn travel_source(source: &TravelSource) -> wire::travel::TravelSource {
    wire::travel::TravelSource {
        kind: source.kind.into(),
        note: source.note.clone(),
        stands_in: source.stands_in.clone(),
    }
}

pub(crate) fn name(names: &Names) -> wire::common::LocalName {
    wire::common::LocalName { zh: names.zh.clone(), en: names.en.clone() }
}

/// Answers are always WGS-84, whatever came in.
pub(crate) fn position(at: Wgs84) -> wire::common::Position {
    wire::common::Position { lat: at.lat, lon: at.lon, datum: wire::common::Datum::Wgs84 }
}

pub(crate) fn span(zone: Zone, start: Instant, end: Instant) -> wire::common::TimeWindow {
    wire::common::TimeWindow { start: zone.rfc3339(start), end: zone.rfc3339(end) }
}

pub(crate) fn window(zone: Zone, window: &PickupWindow) -> wire::common::TimeWindow {
    span(zone, window.start, window.end)
}

/// `HH:MM`, up to `24:00`.
pub(crate) fn hours(hours: &DailyHours) -> wire::common::DailyHours {
    let clock = |seconds: i64| format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60);
    wire::common::DailyHours { opens: clock(hours.start.0), closes: clock(hours.end.0) }
}

pub(crate) fn amounts(amounts: &[StreamAmount]) -> Vec<wire::common::StreamAmount> {
    let one = |amount: &StreamAmount| wire::common::StreamAmount {
        stream: amount.stream.clone(),
        mass_g: amount.grams.0,
        volume_l: amount.litres.0,
    };
    amounts.iter().map(one).collect()
}

pub(crate) fn booked_items(items: &[BookingItem]) -> Vec<wire::booking::BookedItem> {
    let one = |item: &BookingItem| wire::booking::BookedItem {
        material: item.material.clone(),
        amount_g: item.grams.0,
        volume_l: item.litres.0,
        weighed_g: item.weighed.map(|mass| mass.0),
    };
    items.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use huilu_model::Seconds;

    #[test]
    fn both_lists_of_booking_states_have_the_same_codes() {
        for &state in BookingState::ALL {
            let wire = serde_json::to_value(wire::booking::BookingState::from(state)).unwrap();
            assert_eq!(wire, state.as_str());
        }
    }

    #[test]
    fn the_day_ends_at_24_00() {
        let all_day = DailyHours { start: Seconds(0), end: Seconds(86_400) };
        assert_eq!((hours(&all_day).opens.as_str(), hours(&all_day).closes.as_str()), ("00:00", "24:00"));
    }
}
