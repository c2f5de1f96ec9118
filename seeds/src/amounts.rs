//! What residents hand over: the materials and amounts of one booking.
//!
//! Assumed: public sources give about 10 to 12 kg for a pickup and 34 to 67 kg/m³ for loose mixed recyclables (Hugo in
//! Hangzhou, 2019; US EPA, Volume-to-Weight Conversion Factors, 2016), but no shares of materials by booking. The table
//! below was set so that both figures come out.

use huilu_model::{Grams, Litres};
use rand::{Rng, RngExt};

use crate::catalogue::{Catalogue, Material, Unit};
use crate::records::BookingItem;

/// What was made up here, in the words that a city lists it with.
pub const ASSUMED_AMOUNTS: [&str; 3] = [
    "Materials and amounts of bookings are drawn from an assumed mix with a mean of about 11 kg at 58 kg/m³.",
    "About 4 % of the bookings hold something that two persons carry, about 1 % hazardous waste.",
    "Floors and lifts are drawn; who lives where is not known.",
];

/// How often a booking holds a material, out of 1,000, and the grams it then holds on average.
struct Share {
    material: &'static str,
    of_1000: u32,
    grams: i64,
}

const fn share(material: &'static str, of_1000: u32, grams: i64) -> Share {
    Share { material, of_1000, grams }
}

/// Weighed materials, each drawn on its own.
const WEIGHED: [Share; 17] = [
    share("paper_occ", 700, 5_600),
    share("paper_mixed", 300, 2_500),
    share("paper_news", 100, 3_000),
    share("paper_book", 80, 4_000),
    share("plastic_pet", 350, 1_200),
    share("plastic_hdpe", 200, 1_000),
    share("plastic_mixed", 300, 1_600),
    share("plastic_film", 150, 700),
    share("plastic_foam", 120, 400),
    share("metal_al_can", 220, 500),
    share("metal_steel_can", 80, 1_000),
    share("metal_ferrous", 60, 5_000),
    share("metal_mixed", 40, 3_000),
    share("glass_container", 110, 4_000),
    share("textile_clothes", 280, 4_000),
    share("textile_bedding", 40, 4_000),
    share("battery_li", 30, 400),
];

/// Appliances that one person carries: out of 1,000 bookings, one piece each.
const LIGHT_PIECES: [(&str, u32); 4] =
    [("weee_small", 80), ("weee_phone", 25), ("weee_laptop", 10), ("weee_tv_flat", 6)];

/// Out of 1,000 bookings; the choice within is even.
const HEAVY_OF_1000: u32 = 40;
const HEAVY: [&str; 4] = ["weee_fridge", "weee_washer", "weee_ac", "bulky_furniture"];

const HAZARDOUS_OF_1000: u32 = 10;
const HAZARDOUS: [&str; 4] = ["lamp_fluorescent", "battery_nicd", "medicine", "chemical_home"];

/// One booking in eight is a clear-out of three times the usual amounts; the mean factor is 1.
const CLEAR_OUT_OF_1000: u32 = 125;
const CLEAR_OUT_FACTOR: f64 = 2.4;
const USUAL_FACTOR: f64 = 0.8;

/// Scales read to 100 g.
const GRAMS_STEP: i64 = 100;

/// The items of one booking: at least one, each material at most once, in a fixed order of materials.
///
/// Materials that the catalogue lacks are left out.
pub fn items(rng: &mut impl Rng, catalogue: &Catalogue) -> Vec<BookingItem> {
    let mut items = Vec::new();
    let clear_out = rng.random_ratio(CLEAR_OUT_OF_1000, 1_000);
    let factor = if clear_out { CLEAR_OUT_FACTOR } else { USUAL_FACTOR };
    for share in &WEIGHED {
        let held = rng.random_ratio(share.of_1000, 1_000);
        // Triangular between a fifth and 1.8 times the average; drawn always, so that one material's chance does not
        // move the others.
        let spread = 0.2 + 0.8 * (rng.random::<f64>() + rng.random::<f64>());
        if held {
            items.extend(catalogue.material(share.material).map(|m| weighed(m, share.grams as f64 * factor * spread)));
        }
    }
    for (material, of_1000) in LIGHT_PIECES {
        if rng.random_ratio(of_1000, 1_000) {
            items.extend(catalogue.material(material).and_then(|m| counted(m, 1)));
        }
    }
    if rng.random_ratio(HEAVY_OF_1000, 1_000) {
        let material = HEAVY[rng.random_range(0..HEAVY.len())];
        items.extend(catalogue.material(material).and_then(|m| counted(m, 1)));
    }
    if rng.random_ratio(HAZARDOUS_OF_1000, 1_000) {
        let material = HAZARDOUS[rng.random_range(0..HAZARDOUS.len())];
        let pieces = rng.random_range(1..=6);
        items.extend(catalogue.material(material).and_then(|m| match m.unit {
            Unit::Piece => counted(m, pieces),
            Unit::Kilogram => Some(weighed(m, 250.0 * f64::from(pieces))),
        }));
    }
    if items.is_empty() {
        let spread = 0.2 + 1.6 * rng.random::<f64>();
        items.extend(catalogue.materials.first().map(|m| weighed(m, 5_000.0 * spread)));
    }
    items
}

/// An item of weighed material, rounded to what a scale shows, never nothing.
fn weighed(material: &Material, grams: f64) -> BookingItem {
    let steps = (grams / GRAMS_STEP as f64).round().max(1.0) as i64;
    let grams = Grams(steps * GRAMS_STEP);
    BookingItem { material: material.code.clone(), grams, litres: material.litres(grams), pieces: None }
}

/// An item of counted material; `None` where the catalogue does not say what a piece weighs.
fn counted(material: &Material, pieces: u32) -> Option<BookingItem> {
    let piece = material.piece.as_ref()?;
    let times = i64::from(pieces);
    Some(BookingItem {
        material: material.code.clone(),
        grams: Grams(piece.grams.0 * times),
        litres: Litres(piece.litres.0 * times),
        pieces: Some(pieces),
    })
}

/// Floor and lift of a home: up to six floors without a lift, higher with one; assumed.
pub fn floor_and_lift(rng: &mut impl Rng) -> (i32, bool) {
    let high_rise = rng.random_ratio(1, 2);
    let floor = if high_rise { rng.random_range(1..=30) } else { rng.random_range(1..=6) };
    (floor, high_rise)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::catalogue::WasteClass;

    const DRAWS: usize = 20_000;

    fn drawn() -> (Catalogue, Vec<Vec<BookingItem>>) {
        let catalogue = Catalogue::built_in().unwrap();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let all = (0..DRAWS).map(|_| items(&mut rng, &catalogue)).collect();
        (catalogue, all)
    }

    #[test]
    fn mean_mass_and_density_are_those_of_the_sources() {
        let (_, all) = drawn();
        let grams: i64 = all.iter().flatten().map(|item| item.grams.0).sum();
        let litres: i64 = all.iter().flatten().map(|item| item.litres.0).sum();
        let mean_kg = grams as f64 / DRAWS as f64 / 1_000.0;
        // Grams in a litre are kilograms in a cubic metre.
        let density = grams as f64 / litres as f64;
        println!("mean {mean_kg:.2} kg, {:.0} L, {density:.1} kg/m³", litres as f64 / DRAWS as f64);
        assert!((10.0..=12.0).contains(&mean_kg), "{mean_kg} kg");
        assert!((50.0..=67.0).contains(&density), "{density} kg/m³");
    }

    #[test]
    fn shares_of_heavy_and_hazardous_bookings_are_as_stated() {
        let (catalogue, all) = drawn();
        let share = |of: &dyn Fn(&Material) -> bool| {
            let held = |items: &Vec<BookingItem>| items.iter().any(|i| catalogue.material(&i.material).is_some_and(of));
            all.iter().filter(|items| held(items)).count() as f64 / DRAWS as f64
        };
        let heavy = share(&|m| m.skills().contains(&"two_persons"));
        let hazardous = share(&|m| m.class == WasteClass::Hazardous);
        assert!((0.035..=0.045).contains(&heavy), "{heavy}");
        assert!((0.007..=0.013).contains(&hazardous), "{hazardous}");
    }

    #[test]
    fn every_booking_holds_known_materials_once_each_and_more_than_nothing() {
        let (catalogue, all) = drawn();
        for items in &all {
            assert!(!items.is_empty());
            let codes: BTreeSet<&str> = items.iter().map(|item| item.material.as_str()).collect();
            assert_eq!(codes.len(), items.len(), "{items:?}");
            for item in items {
                let material = catalogue.material(&item.material).unwrap();
                assert!(item.grams > Grams::ZERO && item.litres > Litres::ZERO, "{item:?}");
                assert_eq!(material.unit == Unit::Piece, item.pieces.is_some(), "{item:?}");
            }
        }
    }

    #[test]
    fn the_table_names_materials_of_the_catalogue() {
        let catalogue = Catalogue::built_in().unwrap();
        let named = WEIGHED.iter().map(|share| share.material).chain(LIGHT_PIECES.map(|(code, _)| code));
        for code in named.chain(HEAVY).chain(HAZARDOUS) {
            assert!(catalogue.material(code).is_some(), "{code}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(drawn().1, drawn().1);
    }
}
