//! Nothing panics, whatever the bytes; and what is taken in is usable.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use huilu_model::Datum;
use proptest::prelude::*;

use super::{catalogue, date};
use crate::real::osm;
use crate::real::windows::windows;
use crate::real::{areas, bookings, buildings, outlets};

const AREAS: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "id": 7, "properties": {"zone": 1, "name_zh_hans": "甲", "households": 12, "level": "zone"},
  "geometry": {"type": "MultiPolygon", "coordinates": [[[[113.5, 22.0], [113.6, 22.0], [113.6, 22.1], [113.5, 22.0]]]]}}]}"#;
const BUILDINGS: &str = "osm_way_id,lon,lat,building,levels,height_m,area_m2,name,street,housenumber\n\
    46510055,113.5747685,22.1610154,yes,3,,1220.9,工程大樓 Engineering Building,,\n\
    46510056,113.5747685,22.1610154,house,,12.5,80,\"A, B\",,\n";
const OUTLETS: &str = "osm_type,osm_id,lon,lat,amenity,recycling_type,name,materials,operator,opening_hours\n\
    node,1,113.5401174,22.211182,recycling,centre,,cans;paper;scrap_metal,,08:00-20:00\n";
const BOOKINGS: &str = "key,lat,lon,material,amount_g,pieces,service_date,window_start,window_end,created,floor,lift\n\
    b1,30.66,104.07,paper_occ,6000,,2026-05-09,09:00,11:00,2026-05-08 12:00,5,no\n\
    b1,30.66,104.07,weee_fridge,,2,2026-05-09,09:00,11:00,,5,no\n";
const ORDERS: &str = "order_id,accept_time,time_window_start,time_window_end,lng,lat\n\
    7,06-05 20:00:00,06-07 13:00:00,06-07 15:00:00,121.5671,30.87586\n";

/// Reads the bytes as everything and looks at what came in.
fn read_all(bytes: &[u8]) {
    for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
        _ = areas("f", bytes, datum).map_err(|error| error.to_string());
        if let Ok(read) = buildings("f", bytes, datum) {
            assert!(read.records.iter().all(|b| b.place.lat.is_finite() && b.households <= 100_000));
        }
        if let Ok(read) = outlets("f", bytes, datum, &catalogue()) {
            assert!(read.records.iter().all(|o| !o.streams.is_empty() && !o.key.is_empty()));
        }
        if let Ok(read) = bookings("f", bytes, datum, &catalogue(), date()) {
            for booking in read.records {
                assert!(!booking.items.is_empty());
                assert!(booking.window.start < booking.window.end);
                assert!(booking.grams().0 > 0 && booking.litres().0 > 0);
            }
        }
    }
    _ = windows("f", bytes);
    _ = osm::extract("f", bytes);
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4u8);
    let texts = prop::sample::select(vec![AREAS, BUILDINGS, OUTLETS, BOOKINGS, ORDERS]);
    (texts, proptest::collection::vec(change, 1..6), any::<bool>()).prop_map(|(text, changes, packed)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte, kind) in changes {
            let at = at.index(bytes.len().max(1));
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, b"0123456789.-,:;\"\n{}[]eE"[usize::from(byte) % 23]),
                2 if at < bytes.len() => _ = bytes.remove(at),
                _ => bytes.truncate(bytes.len().saturating_sub(usize::from(byte))),
            }
        }
        if packed {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&bytes).unwrap();
            bytes = encoder.finish().unwrap();
        }
        bytes
    })
}

#[test]
fn the_unchanged_files_are_read() {
    assert!(areas("f", AREAS.as_bytes(), Datum::Wgs84).is_ok());
    assert!(buildings("f", BUILDINGS.as_bytes(), Datum::Wgs84).is_ok());
    assert!(outlets("f", OUTLETS.as_bytes(), Datum::Wgs84, &catalogue()).is_ok());
    assert!(bookings("f", BOOKINGS.as_bytes(), Datum::Gcj02, &catalogue(), date()).is_ok());
    assert!(windows("f", ORDERS.as_bytes()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn changed_files_never_panic(bytes in mutated()) {
        read_all(&bytes);
    }

    #[test]
    fn damaged_gzip_never_panics(mut bytes in mutated(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(&bytes);
    }
}
