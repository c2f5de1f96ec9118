//! Broken files: each problem is one line that says where and what.

use huilu_model::Datum;

use super::{catalogue, date};
use crate::real::{ReadError, areas, bookings, buildings, outlets};

/// Lines of the error, all of them expected to be there and nothing else.
fn lines<T>(read: Result<T, ReadError>) -> Vec<String> {
    read.err().map(|error| error.to_string().lines().map(str::to_owned).collect()).unwrap_or_default()
}

#[test]
fn every_fault_of_a_bookings_file_is_listed_with_its_line() {
    let text = "key,lat,lon,material,amount_g,pieces,window_start,window_end,service_date\n\
                a,30.66,104.07,paper_occ,6000,,09:00,11:00,\n\
                b,130.66,104.07,paper_occ,6000,,09:00,11:00,\n\
                c,30.66,104.07,moon_rock,6000,,09:00,11:00,\n\
                d,30.66,104.07,paper_occ,,,09:00,11:00,\n\
                e,30.66,104.07,paper_occ,-5,,09:00,11:00,\n\
                f,30.66,104.07,paper_occ,5,,11:00,09:00,\n\
                g,30.66,,paper_occ,5,,nine,11:00,\n\
                h,30.66,104.07\n\
                a,30.66,104.08,paper_occ,6000,,09:00,11:00,\n\
                i,30.66,104.07,paper_occ,,3,09:00,11:00,\n\
                j,30.66,104.07,paper_occ,5,,2026-05-09 09:00,2026-05-09 11:00,2026-05-08\n\
                k,30.66,104.07,paper_occ,5,,09:00,11:00,tomorrow\n";
    assert_eq!(
        lines(bookings("f.csv", text.as_bytes(), Datum::Gcj02, &catalogue(), date())),
        [
            "f.csv:9: 3 fields, but the header has 9",
            "f.csv:3: latitude 130.66, longitude 104.07 is no place on earth (latitude comes first)",
            "f.csv:4: `moon_rock` is no material",
            "f.csv:5: amount_g or pieces is missing",
            "f.csv:6: amount_g `-5` is no number from 1 to 100000000",
            "f.csv:7: the window ends before it starts",
            "f.csv:8: lon is missing",
            "f.csv:8: window_start is no local time such as 09:30 or 2026-05-02 09:30",
            "f.csv:10: `a` was there before with another place or window",
            "f.csv:10: `a` holds paper_occ twice",
            "f.csv:11: `paper_occ` is not counted by pieces: amount_g is missing",
            "f.csv:12: the window starts on another day than service_date",
            "f.csv:13: service_date is no date such as 2026-05-02",
        ]
    );
}

#[test]
fn at_most_a_hundred_faults_are_listed_and_the_rest_counted() {
    let mut text = "lon,lat,building\n".to_owned();
    (0..250).for_each(|_| text.push_str("east,22.2,yes\n"));
    let lines = lines(buildings("f.csv", text.as_bytes(), Datum::Wgs84));
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[0], "f.csv:2: lon is no number");
    // The 250 rows, and that none is left.
    assert_eq!(lines[100], "... and 151 more");
}

#[test]
fn missing_columns_are_named_all_at_once() {
    let found = lines(bookings("f.csv", b"lat,material\n1,paper_occ\n", Datum::Wgs84, &catalogue(), date()));
    assert_eq!(
        found,
        [
            "f.csv:1: no column `lon` or `lng` or `longitude` or `lgt`",
            "f.csv:1: no column `window_start` or `time_window_start`",
            "f.csv:1: no column `window_end` or `time_window_end`",
        ]
    );
    let found = lines(outlets("f.csv", b"lat,lon\n1,2\n", Datum::Wgs84, &catalogue()));
    assert_eq!(found, ["f.csv:1: no column `kind`, `amenity` or `legend`"]);
}

#[test]
fn outlets_and_buildings_name_unknown_codes_and_doubled_keys() {
    let text = "key,lon,lat,kind,streams,capacity_g,accepts_collectors\n\
                a,113.5,22.2,smart_bin,paper,,yes\n\
                a,113.5,22.2,smart_bin,wood,,perhaps\n\
                c,113.5,22.2,kiosk,paper,,\n\
                d,113.5,22.2,smart_bin,paper,5,\n";
    let text = text.replace("capacity_g,", "capacity_g,capacity_l,").replace(",,", ",,,").replace(",5,", ",5,,");
    let found = lines(outlets("f.csv", text.as_bytes(), Datum::Wgs84, &catalogue()));
    assert_eq!(
        found,
        [
            "f.csv:3: `wood` is no stream",
            "f.csv:3: accepts_collectors `perhaps` is neither true nor false",
            "f.csv:3: the key `a` was there before",
            "f.csv:4: `kiosk` is no outlet kind",
            "f.csv:5: capacity_g and capacity_l go together",
        ]
    );
    let text =
        "key,lon,lat,kind,households,gate_lon,gate_lat\na,113.5,22.2,castle,5,,\nb,113.5,22.2,mall,many,113.5,\n";
    assert_eq!(
        lines(buildings("f.csv", text.as_bytes(), Datum::Wgs84)),
        [
            "f.csv:2: `castle` is no building kind",
            "f.csv:3: households `many` is no number from 0 to 100000",
            "f.csv:3: gate_lon and gate_lat go together",
        ]
    );
}

#[test]
fn broken_areas_say_which_feature() {
    let text = r#"{"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "甲"}, "geometry": null},
        {"type": "Feature", "properties": {"zone": 2}, "geometry": null},
        {"type": "Feature", "properties": {"zone": 3, "name": "丙", "level": "planet"}, "geometry": null},
        {"type": "Feature", "properties": {"zone": 4, "name": "丁", "parent": "zone-9"}, "geometry": null},
        {"type": "Feature", "properties": {"zone": 4, "name": "戊"}, "geometry": {"type": "Point", "coordinates": [1, 2]}},
        {"type": "Feature", "properties": {"zone": 4, "name": "己"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}},
        {"type": "Feature", "properties": {"zone": 4, "name": "庚"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 200], [3, 4], [5, 6]]]}},
        {"type": "Feature", "properties": {"zone": 4, "name": "辛", "households": -3}, "geometry": null},
        {"type": "Feature", "properties": {"zone": 4, "name": "壬"}, "geometry": null}
    ]}"#;
    assert_eq!(
        lines(areas("f", text.as_bytes(), Datum::Wgs84)),
        [
            "f: feature 1: no `key`, `zone`, `code` or id to call it by",
            "f: feature 2: `zone-2` has no `name`",
            "f: feature 3: `zone-3`: `planet` is no area level",
            "f: feature 4: its parent `zone-9` does not come before it",
            "f: feature 5: `zone-4` is a Point, not a polygon",
            "f: feature 6: `zone-4`: a ring of 2 points",
            "f: feature 7: `zone-4`: latitude 200, longitude 1 is no place on earth (latitude comes first)",
            "f: feature 8: `zone-4`: households `-3` is no count",
            "f: feature 9: the key `zone-4` was there before",
        ]
    );
    assert_eq!(lines(areas("f", b"{}", Datum::Wgs84)), ["f: no GeoJSON FeatureCollection: `features` is missing"]);
    let cut = lines(areas("f", b"{\"features\": [\n{\"type\":", Datum::Wgs84));
    assert!(cut[0].starts_with("f:2: no JSON: "), "{cut:?}");
}
