//! Damaged files: bytes flipped, lines dropped, doubled or exchanged, numbers replaced. Each reader refuses them with one line
//! that names the file, or takes them in; then the plan of a short search passes the independent checker. Nothing panics or
//! hangs.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use huilu_model::Instance;
use huilu_optimizer::formats::{self, FormatError};
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::routing;
use proptest::prelude::*;

mod damage;

use damage::{blows, damaged};

const VRPLIB: &str = "NAME : rich\nTYPE : ANY\nDIMENSION : 6\nVEHICLES : 3\nVEHICLES_MAX_DURATION : 90\n\
    EDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 9 9\n3 3 4\n4 1 7\n5 8 2\n6 6 6\nDEMAND_SECTION\n1 0\n2 0\n3 5\n\
    4 3\n5 4\n6 2\nSERVICE_TIME_SECTION\n1 0\n2 0\n3 2\n4 1\n5 1\n6 3\nTIME_WINDOW_SECTION\n1 0 99\n2 0 99\n3 0 40\n4 5 60\n\
    5 20 80\n6 0 90\nRELEASE_TIME_SECTION\n1 0\n2 0\n3 0\n4 10\n5 0\n6 30\nPRIZE_SECTION\n1 0\n2 0\n3 40\n4 7\n5 30\n6 25\n\
    CAPACITY_SECTION\n1 7\n2 5\n3 6\nVEHICLES_FIXED_COST_SECTION\n1 300\n2 0\n3 20\nVEHICLES_UNIT_DISTANCE_COST_SECTION\n1 90\n\
    2 120\n3 100\nVEHICLES_DEPOT_SECTION\n1 1\n2 2\n3 1\nVEHICLES_RELOAD_DEPOT_SECTION\n1 1 2\n2 1 2\n3 2 1\n\
    VEHICLES_ALLOWED_CLIENTS_SECTION\n1 3 4 5\n2 3 4 5 6\n3 6 4\nDEPOT_SECTION\n1\n2\n-1\nEOF\n";
const EXPLICIT: &str = "NAME: asym\nDIMENSION: 3\nVEHICLES: 2\nCAPACITY: 9\nSERVICE_TIME: 4\nEDGE_WEIGHT_TYPE: EXPLICIT\n\
    EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 7 8\n9 0 1\n2 3 0\nDEMAND_SECTION\n1 0\n2 5\n3 5\n\
    TIME_WINDOW_SECTION\n1 0 100\n2 0 50\n3 1 60\nDEPOT_SECTION\n1\n-1\nEOF\n";
const SOLOMON: &str = "R1\n\nVEHICLE\nNUMBER CAPACITY\n 3 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND READY DUE SERVICE\n\n\
    0 0 0 0 0 100 0\n1 3 4 5 0 50 1\n2 0 1 5 10 60 1.5\n3 8 2 4 0 90 2\n";
const CORDEAU: &str = "2 1 3 2\n0 80\n75 60\n 1 3 4 10 7 1 4 1 2 4 8\n 2 0 1 0 30 1 4 1 2 4 8\n3 5 5 2 20 1 2 1 2\n\
    4 0 0 0 0 0 0\n5 9 9 0 0 0 0\n";
const WASTE: &str = "20.0 // capacity\n40.0 // a day\n5 // stops\n3600 // lunch\n40 // MPH\nStop_ID X Y ...\n\
    0 1215029.00 3461398.00 0400 1500 0 9999.00 0\n1 1229125.00 3460107.00 0000 2400 1600 9999.00 2\n\
    3 1208344.00 3469904.00 0700 2400 180 12.50 1\n7 1214253 3472668 0775 1575 30 4 1\n9 1201867 3467794 0000 0700 120 6 1\n";
const HUILU: &str = r#"{
 "name": "small", "streams": ["paper", "metal"],
 "incompatible_streams": [["paper", "metal"]],
 "places": [{"id": "depot", "position": {"lat": 22.19, "lon": 113.54}}, {"id": "door"}, {"id": "yard"}],
 "matrices": [{"profile": "trike", "size": 3, "seconds": [[0, 60, 90], [70, 0, 40], [90, 50, 0]], "metres": [0, 200, 300, 210, 0, 150, 310, 160, 0]}],
 "metrics": [{"profile": "van", "shape": "manhattan", "points": [[0, 0], [200, 10], [300, 40]], "seconds_per_unit": 0.3}],
 "jobs": [
  {"id": "a", "place": "door", "loads": [{"stream": "paper", "grams": 9000, "litres": 180}], "time_windows": [{"start": 0, "end": 5000}], "setup_s": 60, "service_s": 90, "skills": ["two"], "penalty": 900},
  {"id": "b", "place": "yard", "loads": [{"stream": "metal", "grams": 4000, "litres": 20}], "time_windows": [{"start": 100, "end": 800}, {"start": 2000, "end": 4000}], "release_s": 300, "penalty": 700}
 ],
 "vehicles": [
  {"id": "t", "profile": "trike", "start": "depot", "end": "depot", "capacity_g": 200000,
   "compartments": [{"streams": ["paper", "metal"], "capacity_g": 200000, "capacity_l": 1000}],
   "shift": {"start": 0, "end": 6000}, "break": {"earliest": 1000, "latest": 2000, "duration_s": 600},
   "costs": {"fixed": 100, "per_hour": 2000, "per_km": 50}, "skills": ["two"], "max_distance_m": 9000, "max_duration_s": 5000},
  {"id": "v", "profile": "van", "start": "depot", "end": "yard", "capacity_g": 500000,
   "compartments": [{"streams": ["paper"], "capacity_g": 400000, "capacity_l": 3000}, {"streams": ["metal"], "capacity_g": 400000, "capacity_l": 900}],
   "shift": {"start": 0, "end": 6000}, "max_jobs": 3, "max_day_g": 300000, "max_day_l": 4000, "end_empty": false}
 ],
 "outlets": [{"id": "o", "place": "yard", "streams": ["paper", "metal"], "hours": [{"start": 0, "end": 6000}], "capacity": [{"stream": "paper", "grams": 50000, "litres": 900}], "unload_s": 300, "unload_per_100kg_s": 60, "gate_fee": 5}]
}"#;

/// Whatever else a city may ask for: positions, zones and bans, soft windows, queues, split pickups, overtime, preferences, fair
/// shares, compact routes, locks.
const CITY: &str = include_str!("damage/city.json");

/// The same as the small one in the middle of its day: an earlier plan, of which a part is frozen, and locks.
fn running() -> String {
    let rest = r#",
 "locks": [
  {"type": "vehicle", "job": "a", "vehicles": ["t", "v"]},
  {"type": "start", "job": "a", "start": 0, "end": 4900},
  {"type": "sequence", "before": "a", "after": "b", "directly": false},
  {"type": "prefix", "vehicle": "t", "visits": [{"type": "job", "job": "a"}, {"type": "unload", "outlet": "o"}]}
 ],
 "freeze_before": 100, "max_changed": 1,
 "warm_start": {"instance": "small", "cost_scale": 18000, "cost": 0, "lower_bound": null, "unassigned": [],
  "cost_parts": {"fixed": 0, "time": 0, "distance": 0, "gate_fees": 0, "penalties": 0, "fairness": 0, "compactness": 0},
  "routes": [{"vehicle": "t", "cost": 0, "duration_s": 646, "distance_m": 0, "steps": [
   {"type": "start", "place": "depot", "arrival_s": 0, "start_s": 0, "departure_s": 0, "distance_m": 0, "load": []},
   {"type": "job", "job": "a", "place": "door", "arrival_s": 60, "start_s": 60, "departure_s": 210, "distance_m": 0, "load": []},
   {"type": "unload", "outlet": "o", "place": "yard", "arrival_s": 250, "start_s": 250, "departure_s": 556, "distance_m": 0, "load": []},
   {"type": "end", "place": "depot", "arrival_s": 646, "start_s": 646, "departure_s": 646, "distance_m": 0, "load": []}]}]}
}"#;
    HUILU.trim_end_matches('}').to_owned() + rest
}

/// One line that begins with the file; or an instance whose plan the checker accepts.
fn survives(
    name: &str,
    bytes: &[u8],
    read: impl Fn(&Path) -> Result<Instance, FormatError>,
) -> Result<bool, TestCaseError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).expect("a file");
    let instance = match read(&file) {
        Ok(instance) => instance,
        Err(fault) => {
            let line = fault.to_string();
            prop_assert!(line.starts_with(&file.display().to_string()), "{line}");
            prop_assert!(!line.contains('\n') && line.len() < 5_000, "{line}");
            prop_assert!(!fault.faults.0.is_empty());
            return Ok(false);
        }
    };
    let misfit = |fault: &huilu_model::Fault| fault.code == huilu_model::FaultCode::FrozenMisfit;
    if routing::impossible(&instance).0.iter().any(misfit) {
        return Ok(false);
    }
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(20), cancel: &cancel };
    let outcome = routing::solve(&instance, &routing::Params::default(), 1, &limits, &mut |_| {});
    let report = huilu_check::check(&instance, &outcome.plan);
    let said = |code| matches!(code, huilu_check::Code::MandatoryJobLeftOut | huilu_check::Code::TooManyChanges);
    let honest = report.violations.iter().all(|found| said(found.code)) && report.is_clean() == outcome.feasible;
    prop_assert!(honest, "{:?}\n{}", report.violations, String::from_utf8_lossy(bytes));
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn vrplib_files(blows in blows()) {
        for text in [VRPLIB, EXPLICIT] {
            let taken = survives("case.vrp", &damaged(text, &blows), |file| Ok(formats::vrplib::read(file, None)?.0))?;
            prop_assert!(taken || !blows.is_empty());
        }
    }

    #[test]
    fn solomon_files(blows in blows()) {
        let taken = survives("case.txt", &damaged(SOLOMON, &blows), |file| Ok(formats::solomon::read(file, None)?.0))?;
        prop_assert!(taken || !blows.is_empty());
    }

    #[test]
    fn cordeau_files(blows in blows()) {
        let taken = survives("case.txt", &damaged(CORDEAU, &blows), |file| Ok(formats::cordeau::read(file, None)?.0))?;
        prop_assert!(taken || !blows.is_empty());
    }

    #[test]
    fn waste_files(blows in blows()) {
        let taken = survives("case.txt", &damaged(WASTE, &blows), |file| Ok(formats::waste::read(file, None)?.0))?;
        prop_assert!(taken || !blows.is_empty());
    }

    #[test]
    fn huilu_files(blows in blows()) {
        let taken = survives("case.json", &damaged(HUILU, &blows), formats::huilu::read)?;
        prop_assert!(taken || !blows.is_empty());
    }

    #[test]
    fn city_files(blows in blows()) {
        let taken = survives("case.json", &damaged(CITY, &blows), formats::huilu::read)?;
        prop_assert!(taken || !blows.is_empty());
    }

    #[test]
    fn running_days(blows in blows()) {
        let taken = survives("case.json", &damaged(&running(), &blows), formats::huilu::read)?;
        prop_assert!(taken || !blows.is_empty());
    }

    /// A place beyond the poles overflowed what compact routes are measured with.
    #[test]
    fn positions_of_any_size(lat in any::<f64>(), lon in any::<f64>()) {
        for (from, to) in [("22.12", lat), ("113.54", lon)] {
            survives("case.json", CITY.replace(from, &to.to_string()).as_bytes(), formats::huilu::read)?;
        }
    }

    /// Bytes that are no file of any kind, gzip heads among them.
    #[test]
    fn anything_at_all(mut bytes in prop::collection::vec(any::<u8>(), 0..300), gzip: bool) {
        if gzip {
            bytes.splice(0..0, [0x1f, 0x8b, 8]);
        }
        survives("case.vrp", &bytes, |file| Ok(formats::vrplib::read(file, None)?.0))?;
        survives("case.txt", &bytes, |file| Ok(formats::solomon::read(file, None)?.0))?;
        survives("case.txt", &bytes, |file| Ok(formats::cordeau::read(file, None)?.0))?;
        survives("case.txt", &bytes, |file| Ok(formats::waste::read(file, None)?.0))?;
        survives("case.json", &bytes, formats::huilu::read)?;
    }
}
