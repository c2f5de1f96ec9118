//! Tests of the catalogue.

use super::*;

fn built_in() -> Catalogue {
    Catalogue::built_in().unwrap()
}

#[test]
fn the_built_in_catalogue_is_complete() {
    let catalogue = built_in();
    assert_eq!(catalogue.streams.len(), 9);
    assert!(catalogue.materials.len() >= 37, "{}", catalogue.materials.len());
    for stream in &catalogue.streams {
        assert!(catalogue.materials.iter().any(|m| m.stream == stream.code), "nothing is carried as {}", stream.code);
    }
    for code in ["etrike_s", "etrike_l", "microvan", "small_truck", "truck_42"] {
        assert!(catalogue.preset(code).is_some(), "{code}");
    }
    for code in ["shanghai_2019", "beijing_2024", "luoyuan_2025", "walk15"] {
        assert!(catalogue.norms.iter().any(|norm| norm.code == code), "{code}");
    }
}

#[test]
fn figures_are_those_of_the_sources() {
    let catalogue = built_in();
    let occ = catalogue.material("paper_occ").unwrap();
    assert_eq!(occ.litres(Grams(6_000)), Litres(100));
    assert_eq!(occ.co2e_kg_per_kg.as_ref().unwrap().value, 3.46);
    let fridge = catalogue.material("weee_fridge").unwrap();
    assert_eq!(fridge.skills(), ["two_persons"]);
    assert_eq!(catalogue.material("lamp_fluorescent").unwrap().skills(), ["hazardous_licence"]);
    assert!(catalogue.material("plastic_foam").unwrap().co2e_kg_per_kg.is_none(), "unknown is not zero");
    assert!(catalogue.material("bulky_furniture").unwrap().price.fen < 0);
}

#[test]
fn every_contradiction_is_listed() {
    let mut catalogue = built_in();
    catalogue.materials[0].stream = "wood".to_owned();
    catalogue.materials[1].density_kg_m3.default = -1.0;
    catalogue.materials[2].price.source.clear();
    catalogue.incompatible[0].b = "water".to_owned();
    catalogue.vehicle_presets[0].compartments[0].streams.push("hazardous".to_owned());
    catalogue.vehicle_presets[1].code = "etrike_s".to_owned();
    let faults = catalogue.validate().unwrap_err().0;
    for part in ["unknown stream", "density", "no source", "`water`", "may not mix", "`etrike_s` is empty or doubled"] {
        assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:?}");
    }
}
