//! From a wish to an order: every fault of a booking is found here, before anything is written.

use std::sync::Arc;

use chrono::NaiveDate;
use h3o::CellIndex;
use huilu_api_spec::booking::{BookingItem as WishedItem, CreateBooking};
use huilu_model::Grams;

use super::window;
use crate::app::error::AppResult;
use crate::app::fault::{FaultCode, Faults};
use crate::app::services::{Actor, Services};
use crate::app::{catalogue, places};
use crate::domain::Instant;
use crate::domain::booking::{BookingItem, PickupWindow};
use crate::domain::catalogue::{Catalogue, Material};
use crate::domain::operator::Operator;
use crate::domain::place::{Place, SERVICE_RESOLUTION};

/// More than the largest demo truck carries is a typing mistake, not a household's pickup.
const MASS_MAX: Grams = Grams(2_000_000);

/// What a wish is measured against.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) operator: Arc<Operator>,
    pub(super) catalogue: Catalogue,
    pub(super) now: Instant,
}

/// A wish without faults, ready to be booked.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub(super) place: Place,
    pub(super) cell: CellIndex,
    pub(super) address: Option<String>,
    pub(super) items: Vec<BookingItem>,
    pub(super) service_date: NaiveDate,
    pub(super) window: PickupWindow,
}

/// The rules of the caller's operator at this moment.
///
/// # Errors
/// Where the database does not answer.
pub async fn rules(services: &Services, actor: &Actor) -> AppResult<Rules> {
    let catalogue = catalogue::load(services, actor).await?;
    Ok(Rules { operator: Arc::clone(&actor.operator), catalogue, now: services.clock.now() })
}

impl Rules {
    /// The wish as an order.
    ///
    /// # Errors
    /// All of its faults.
    pub fn check(&self, wish: CreateBooking) -> Result<Order, Faults> {
        let mut faults = Faults::default();
        let place = places::of_body(&mut faults, &self.operator, "/place", &wish.place);
        let items = self.items(&mut faults, &wish.items);
        let window = window::check(&mut faults, self.operator.zone, self.now, &wish.window);
        let address = wish.address.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let cell = place.and_then(|place| place.cell(SERVICE_RESOLUTION));
        match (place, cell, window) {
            (Some(place), Some(cell), Some((service_date, window))) if faults.is_empty() => {
                Ok(Order { place, cell, address, items, service_date, window })
            }
            _ => Err(faults),
        }
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What a booking would hold, without where and when.
    pub(crate) fn items(&self, faults: &mut Faults, wished: &[WishedItem]) -> Vec<BookingItem> {
        if wished.is_empty() {
            faults.body(FaultCode::Empty, "/items", "Nothing is handed over", "Add at least one item.");
        }
        let mut total: i64 = 0;
        let mut items = Vec::with_capacity(wished.len());
        for (k, wish) in wished.iter().enumerate() {
            if wished[..k].iter().any(|before| before.material == wish.material) {
                let message = format!("`{}` is listed twice", wish.material);
                let remedy = "Put all of one material into one item.";
                faults.body(FaultCode::DuplicateItem, format!("/items/{k}/material"), message, remedy);
            }
            let mass = amount(faults, format!("/items/{k}/amount_g"), wish.amount_g);
            total = total.saturating_add(mass.map_or(0, |mass| mass.0));
            let material = self.catalogue.material(&wish.material);
            if material.is_none() {
                let message = format!("`{}` is no material", wish.material);
                let remedy = "Use one of the codes of GET /v1/materials.";
                faults.body(FaultCode::UnknownMaterial, format!("/items/{k}/material"), message, remedy);
            }
            items.extend(material.zip(mass).map(|(material, mass)| item(material, mass)));
        }
        if total > MASS_MAX.0 {
            let message = format!("Together the items weigh {total} g");
            let remedy = format!("Book at most {MASS_MAX} g at once; ask the operator for a clearance.");
            faults.body(FaultCode::AmountTooLarge, "/items", message, remedy);
        }
        items
    }
}

fn amount(faults: &mut Faults, pointer: String, grams: i64) -> Option<Grams> {
    if grams <= 0 {
        let message = format!("{grams} g is no amount");
        faults.body(FaultCode::AmountNotPositive, pointer, message, "Send a rough amount above 0, in grams.");
        None
    } else if grams > MASS_MAX.0 {
        let message = format!("{grams} g is more than a pickup takes");
        let remedy = format!("Send at most {MASS_MAX} g; amounts are grams, not kilograms or tonnes.");
        faults.body(FaultCode::AmountTooLarge, pointer, message, remedy);
        None
    } else {
        Some(Grams(grams))
    }
}

/// The price is frozen at what is posted now.
fn item(material: &Material, mass: Grams) -> BookingItem {
    let pieces = material.piece.filter(|(piece, _)| piece.0 > 0).map(|(piece, _)| (mass.0 + piece.0 - 1) / piece.0);
    BookingItem {
        material: material.code.clone(),
        grams: mass,
        litres: material.litres(mass),
        pieces,
        price: material.price,
        weighed: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::slots::{DAY_BEGINS, DAY_ENDS};
    use crate::app::testing;
    use crate::domain::OperatorId;
    use crate::domain::amount::Names;
    use crate::domain::place::Bounds;
    use huilu_api_spec::common::{Datum, Position, TimeWindow};
    use proptest::prelude::*;

    fn rules(zone: &str) -> Rules {
        let operator = Operator {
            id: OperatorId::new(),
            key: "town".to_owned(),
            names: Names::default(),
            zone: zone.parse().unwrap(),
            bounds: Bounds { south: 22.0, west: 113.0, north: 23.0, east: 114.0 },
            datum: huilu_model::Datum::Wgs84,
            roads: None,
            created: Instant(0),
        };
        let now = Instant::parse("2026-03-28T12:00:00Z").unwrap();
        Rules { operator: Arc::new(operator), catalogue: testing::catalogue(), now }
    }

    fn wish(lat: f64, lon: f64, start_s: i64, length_s: i64, amount_g: i64) -> CreateBooking {
        let zone: crate::domain::Zone = "Asia/Tokyo".parse().unwrap();
        let at = |seconds: i64| zone.rfc3339(rules("UTC").now.plus(huilu_model::Seconds(seconds)));
        CreateBooking {
            place: Position { lat, lon, datum: Datum::Bd09 },
            address: None,
            items: vec![WishedItem { material: "paper_occ".to_owned(), amount_g }],
            window: TimeWindow { start: at(start_s), end: at(start_s + length_s) },
        }
    }

    proptest! {
        /// Whatever is accepted keeps every promise that planning builds on; Berlin changes its clocks in these days.
        #[test]
        fn an_accepted_wish_keeps_the_rules(
            lat in 21.9..23.1, lon in 112.9..114.1, start_s in -90_000_i64..1_500_000, length_s in -100_i64..90_000,
            amount_g in prop_oneof![-5_i64..2_100_000, any::<i64>()],
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Shanghai", "America/St_Johns"]),
        ) {
            let rules = rules(zone);
            match rules.check(wish(lat, lon, start_s, length_s, amount_g)) {
                Ok(order) => {
                    let zone = rules.operator.zone;
                    let window = order.window;
                    prop_assert!(rules.operator.bounds.contains(order.place.at));
                    prop_assert!(DAY_BEGINS <= window.start_s && window.end_s <= DAY_ENDS);
                    prop_assert!(window.end.since(window.start).0 >= 1_800);
                    prop_assert!(window.start >= rules.now);
                    prop_assert_eq!(zone.date_of(window.start), order.service_date);
                    prop_assert_eq!(zone.at(order.service_date, window.start_s), window.start);
                    prop_assert_eq!(zone.at(order.service_date, window.end_s), window.end);
                    prop_assert!((1..=MASS_MAX.0).contains(&order.items[0].grams.0));
                    prop_assert!(order.items[0].litres.0 > 0);
                }
                Err(faults) => prop_assert!(!faults.is_empty()),
            }
        }

        #[test]
        fn any_texts_for_a_window_are_read_or_refused(start in ".{0,30}", end in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z") {
            let mut wish = wish(22.5, 113.5, 0, 3_600, 1);
            wish.window = TimeWindow { start, end };
            if let Err(faults) = rules("UTC").check(wish) {
                prop_assert!(!faults.is_empty());
            }
        }
    }
}
