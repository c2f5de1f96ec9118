//! Good files in every form that is documented.

use huilu_model::{Datum, Grams, Litres, Seconds, Wgs84};

use super::{catalogue, date};
use crate::real::{areas, bookings, buildings, outlets};
use crate::records::{AreaLevel, BuildingKind, DailyHours, OutletKind};

const AREAS: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "510104", "level": "district", "name_zh": "锦江区", "name_en": "Jinjiang"}, "geometry": null},
 {"type": "Feature", "properties": {"key": "a", "parent": "510104", "level": "community", "name": "甲", "households": 12},
  "geometry": {"type": "Polygon", "coordinates": [[[104.0, 30.0], [104.1, 30.0], [104.1, 30.1]]]}}
]}"#;

#[test]
fn areas_keep_their_order_parents_and_shapes() {
    let areas = areas("f", AREAS.as_bytes(), Datum::Wgs84).unwrap().records;
    assert_eq!(areas.iter().map(|a| a.key.as_str()).collect::<Vec<_>>(), ["510104", "a"]);
    assert_eq!((areas[0].level, areas[1].level), (AreaLevel::District, AreaLevel::Community));
    assert_eq!((areas[0].code.as_deref(), areas[0].name_en.as_str()), (Some("510104"), "Jinjiang"));
    assert_eq!((areas[1].parent.as_deref(), areas[1].households), (Some("510104"), Some(12)));
    let ring = areas[1].polygon.as_ref().unwrap().0[0].exterior().clone();
    assert!(ring.is_closed() && ring.0.len() == 4);
}

#[test]
fn shapes_are_moved_to_wgs84() {
    let wgs = areas("f", AREAS.as_bytes(), Datum::Wgs84).unwrap().records;
    let gcj = areas("f", AREAS.as_bytes(), Datum::Gcj02).unwrap().records;
    let first = |areas: &[crate::records::Area]| {
        let c = areas[1].polygon.as_ref().unwrap().0[0].exterior().0[0];
        Wgs84 { lat: c.y, lon: c.x }
    };
    assert!((300.0..700.0).contains(&first(&wgs).distance_m(first(&gcj))));
}

#[test]
fn buildings_are_what_their_columns_say() {
    let text = "lng,lat,kind,building,levels,area_m2,households,gate_lon,gate_lat,name\n\
                113.55,22.20,compound,,,,120,113.551,22.201,甲花園 Garden A\n\
                113.56,22.21,,apartments,10,180,,,,\n\
                113.57,22.22,,school,3,900,,,,某校\n";
    let read = buildings("f", text.as_bytes(), Datum::Wgs84).unwrap();
    assert!(!read.notes.is_empty());
    let [a, b, c] = &read.records[..] else { panic!("{read:?}") };
    assert_eq!(
        (a.kind, a.households, a.gate),
        (BuildingKind::Compound, 120, Some(Wgs84 { lat: 22.201, lon: 113.551 }))
    );
    assert_eq!((a.name_zh.as_deref(), a.name_en.as_deref()), (Some("甲花園"), Some("Garden A")));
    assert_eq!((b.kind, b.households, b.key.as_str()), (BuildingKind::Residential, 20, "building-3"));
    assert_eq!((c.kind, c.households), (BuildingKind::Campus, 0));
}

#[test]
fn outlets_in_our_own_columns() {
    let text = "key,lon,lat,kind,streams,hours,accepts_collectors,capacity_g,capacity_l,unload_s,gate_fee_fen,name_zh,name_en\n\
                x,113.55,22.20,transfer_station,glass;paper,08:00-12:00,no,5000,70,60,-30,甲,A\n";
    let outlet = &outlets("f", text.as_bytes(), Datum::Wgs84, &catalogue()).unwrap().records[0];
    assert_eq!((outlet.kind, outlet.streams.join(" ").as_str()), (OutletKind::TransferStation, "paper glass"));
    assert_eq!(outlet.hours, [DailyHours { start: Seconds(28_800), end: Seconds(43_200) }]);
    assert!(!outlet.accepts_collectors);
    assert_eq!(outlet.capacity.len(), 2);
    assert_eq!((outlet.capacity[0].grams, outlet.capacity[0].litres), (Grams(5_000), Litres(70)));
    assert_eq!((outlet.unload, outlet.gate_fee_fen), (Seconds(60), -30));
    assert_eq!((outlet.name_zh.as_str(), outlet.name_en.as_str()), ("甲", "A"));
}

#[test]
fn outlets_of_openstreetmap_and_of_hong_kong() {
    let osm = "osm_id,lon,lat,amenity,recycling_type,name,materials,opening_hours\n\
               1,113.5,22.2,recycling,container,,cans;paper;scrap_metal,24/7\n\
               2,113.5,22.2,recycling,centre,回收站 Centre,moon_rocks;glass_bottles,Mo-Fr 09:00-17:00\n\
               3,113.5,22.2,waste_disposal,,,,\n\
               4,113.5,22.2,waste_transfer_station,,,,\n";
    let read = outlets("f", osm.as_bytes(), Datum::Wgs84, &catalogue()).unwrap();
    let [bin, centre, station] = &read.records[..] else { panic!("{read:?}") };
    assert_eq!((bin.kind, bin.streams.join(" ").as_str(), bin.hours.len()), (OutletKind::SmartBin, "paper metal", 0));
    assert_eq!((centre.kind, centre.streams.join(" ").as_str()), (OutletKind::CollectionPoint, "glass"));
    assert_eq!((station.kind, station.streams.len()), (OutletKind::TransferStation, 9));
    assert!(!bin.accepts_collectors && centre.accepts_collectors && station.accepts_collectors);
    for part in ["moon_rocks", "1 rows are no outlets", "1 opening hours"] {
        assert!(read.notes.iter().any(|note| note.contains(part)), "{part}: {:?}", read.notes);
    }
    let hong_kong = "cp_id,address_en,address_sc,lat,lgt,waste_type,legend\n\
                     288,Resite Village,迁置村,22.35,114.10,\"Metals, Plastic Bottle,Food Waste\",Smart Bin\n\
                     289,Village,村,22.35,114.10,Metals,\n";
    let read = outlets("f", hong_kong.as_bytes(), Datum::Wgs84, &catalogue()).unwrap();
    assert_eq!(read.records[0].streams, ["plastic", "metal"]);
    assert_eq!(read.records[1].kind, OutletKind::SmartBin);
    assert_eq!((read.records[0].key.as_str(), read.records[0].name_zh.as_str()), ("288", "迁置村"));
}

#[test]
fn plain_bookings_join_the_rows_of_one_key() {
    let text = "key,lat,lon,material,amount_g,pieces,service_date,window_start,window_end,floor,lift\n\
                b1,30.66,104.07,paper_occ,6000,,2026-05-09,09:00,11:00,5,no\n\
                b1,30.66,104.07,weee_fridge,,2,2026-05-09,09:00,11:00,5,no\n\
                b2,30.67,104.08,plastic_pet,1000,,,2026-05-10T13:00,2026-05-11T15:00,,\n\
                b3,30.67,104.08,plastic_pet,1000,,,13:00,15:00,,\n";
    let read = bookings("f", text.as_bytes(), Datum::Gcj02, &catalogue(), date()).unwrap();
    assert!(read.notes.is_empty());
    let [b1, b2, b3] = &read.records[..] else { panic!("{read:?}") };
    assert_eq!(b1.items.len(), 2);
    assert_eq!((b1.grams(), b1.litres()), (Grams(106_000), Litres(1_300)));
    assert_eq!((b1.items[1].pieces, b1.floor, b1.lift), (Some(2), Some(5), Some(false)));
    assert_eq!(b1.service_date.to_string(), "2026-05-09");
    assert_eq!((b1.entered.lat, b1.entered.lon, b1.entered.datum), (30.66, 104.07, Datum::Gcj02));
    assert!((300.0..700.0).contains(&b1.place.distance_m(Wgs84 { lat: 30.66, lon: 104.07 })));
    assert_eq!((b2.service_date.to_string().as_str(), b2.window.end), ("2026-05-10", Seconds(79_200)));
    assert_eq!(b3.service_date, date());
}

#[test]
fn orders_of_lade_are_for_the_day_that_is_asked_for() {
    let text = "order_id,accept_time,time_window_start,time_window_end,lng,lat\n\
                7,06-05 20:00:00,06-07 13:00:00,06-07 15:00:00,121.5671,30.87586\n";
    let read = bookings("f", text.as_bytes(), Datum::Gcj02, &catalogue(), date()).unwrap();
    let booking = &read.records[0];
    assert_eq!((booking.key.as_str(), booking.service_date), ("7", date()));
    assert_eq!(booking.window, DailyHours { start: Seconds(46_800), end: Seconds(54_000) });
    assert_eq!(booking.created, Seconds(72_000 - 2 * 86_400));
    assert!(!booking.items.is_empty() && !read.notes.is_empty());
}
