//! The providers against the real OSRM and Valhalla servers, built from the demo city's own roads and compared with ours.
//!
//! `.ci/road-engines` lays both into target/road-engines; without them the tests say that they were skipped.

mod engines;

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use engines::{Engine, osrm, valhalla};
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Profile, RoadNetwork};
use huilu_seeds::demo;
use huilu_server::travel::{
    Osrm, OwnRoads, Patience, RouteAsk, Table, TableAsk, Travel, TravelError, TravelProvider, Valhalla,
};

const PLACES: usize = 60;

/// The demo city's roads as a file and as our own provider, and some of its buildings' gates.
struct Town {
    folder: tempfile::TempDir,
    own: OwnRoads,
    points: Vec<Wgs84>,
}

impl Town {
    fn new() -> Self {
        let city = demo::generate(1, NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("city.osm.pbf"), &city.roads_pbf).unwrap();
        let (network, _) = RoadNetwork::from_pbf(&city.roads_pbf).unwrap();
        let prepared = folder.path().join("city.roads");
        network.save(&prepared).unwrap();
        let own = OwnRoads { roads: Arc::new(Travel::load(&prepared).unwrap()), closures: Arc::default() };
        let every = (city.buildings.len() / PLACES).max(1);
        let mut points: Vec<Wgs84> =
            city.buildings.iter().step_by(every).take(PLACES - 1).map(|building| building.place).collect();
        // Far from any road: nobody may pretend to reach it.
        let lost = Wgs84 { lat: points[0].lat + 0.3, lon: points[0].lon };
        points.push(lost);
        Self { folder, own, points }
    }

    fn pbf(&self) -> std::path::PathBuf {
        self.folder.path().join("city.osm.pbf")
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Shares of the pairs that both reach, and the median and the ninth decile of how far their metres lie apart.
struct Likeness {
    both: f64,
    median: f64,
    ninth: f64,
}

fn likeness(ours: &Table, theirs: &Table) -> Likeness {
    let places = ours.columns;
    let (mut apart, mut reached) = (Vec::new(), 0_u32);
    for pair in (0..places * places).filter(|pair| pair / places != pair % places) {
        if ours.metres[pair] == UNREACHABLE {
            continue;
        }
        reached += 1;
        if theirs.metres[pair] != UNREACHABLE {
            let (a, b) = (f64::from(ours.metres[pair]), f64::from(theirs.metres[pair]));
            apart.push((a - b).abs() / a.max(b).max(1.0));
        }
    }
    apart.sort_by(f64::total_cmp);
    let at = |share: f64| apart[(apart.len() as f64 * share) as usize];
    Likeness { both: apart.len() as f64 / f64::from(reached), median: at(0.5), ninth: at(0.9) }
}

/// What must hold of any provider on the same roads as ours.
async fn agrees_with_our_roads(town: &Town, provider: &dyn TravelProvider, name: &str) {
    let ask = TableAsk::square(Profile::Van, town.points.clone().into());
    let ours = town.own.table(&ask).await.unwrap();
    let theirs = provider.table(&ask).await.unwrap();
    let alike = likeness(&ours, &theirs);
    println!(
        "{name}: of our reachable pairs {:.1} % are reachable there; metres apart: median {:.2} %, ninth decile {:.2} %",
        100.0 * alike.both,
        100.0 * alike.median,
        100.0 * alike.ninth
    );
    assert!(alike.both > 0.99, "{name} reaches {:.3} of what we reach", alike.both);
    assert!(alike.median < 0.03, "{name}: the median difference is {:.3}", alike.median);

    let lost = town.points.len() - 1;
    assert!(theirs.snapped[lost].is_none() && theirs.snapped[..lost].iter().all(Option::is_some));
    for other in 0..lost {
        assert_eq!(theirs.seconds[other * ask.targets.len() + lost], UNREACHABLE);
        assert_eq!(theirs.seconds[lost * ask.targets.len() + other], UNREACHABLE);
    }

    // Part of the table, in another order, is that part of the whole.
    let part = TableAsk { sources: vec![7, 3], targets: vec![1, 7, 40], ..ask.clone() };
    let found = provider.table(&part).await.unwrap();
    for (row, &from) in part.sources.iter().enumerate() {
        for (column, &to) in part.targets.iter().enumerate() {
            let whole = from * ask.targets.len() + to;
            let pair = row * part.targets.len() + column;
            assert_eq!((found.seconds[pair], found.metres[pair]), (theirs.seconds[whole], theirs.metres[whole]));
        }
    }

    // The way between two places is as long as the table says, and its line as long as the way.
    let points: Arc<[Wgs84]> = [0, 20, 33, lost].map(|k| town.points[k]).into();
    let route = provider.route(&RouteAsk { profile: Profile::Van, points, depart: None }).await.unwrap();
    assert!(route.legs[2].is_none() && route.snapped[3].is_none());
    for (leg, (from, to)) in route.legs.iter().zip([(0, 20), (20, 33)]) {
        let leg = leg.as_ref().unwrap();
        let table = f64::from(theirs.metres[from * ask.targets.len() + to]);
        assert!((f64::from(leg.metres) - table).abs() <= 0.02 * table + 20.0, "{} against {table} m", leg.metres);
        let line: f64 = leg.points.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        assert!((line - f64::from(leg.metres)).abs() <= 0.02 * line + 20.0, "{line} m of line, {} m", leg.metres);
    }
}

/// Once its server has ended, a provider says who failed.
async fn says_that_it_is_gone(town: &Town, provider: &dyn TravelProvider, engine: Engine) {
    let address = engine.url();
    drop(engine);
    let ask = TableAsk::square(Profile::Van, town.points[..3].to_vec().into());
    match provider.table(&ask).await {
        Err(TravelError::Service(error)) => {
            let told = error.to_string();
            assert!(told.starts_with("the matrix service failed: ") && told.contains(&address), "{told}");
        }
        other => panic!("the server is gone: {other:?}"),
    }
}

fn patience() -> Patience {
    Patience { attempts: 2, ..Patience::default() }
}

#[tokio::test]
async fn osrm_answers_as_our_roads_do_in_blocks_that_it_takes() {
    let Some(engines) = engines::folder() else { return };
    let town = Town::new();
    // 60 x 60 places are nine times what it takes at once.
    let engine = osrm(&engines, town.folder(), &town.pbf(), 20);
    let provider = Osrm::new(engine.url().try_into().unwrap(), patience()).unwrap();
    agrees_with_our_roads(&town, &provider, "OSRM").await;
    says_that_it_is_gone(&town, &provider, engine).await;
}

#[tokio::test]
async fn valhalla_answers_as_our_roads_do_in_blocks_that_it_takes() {
    let Some(engines) = engines::folder() else { return };
    let town = Town::new();
    // Its own default: 2,500 pairs at once.
    let engine = valhalla(&engines, town.folder(), &town.pbf());
    let provider = Valhalla::new(engine.url().try_into().unwrap(), patience()).unwrap();
    agrees_with_our_roads(&town, &provider, "Valhalla").await;
    says_that_it_is_gone(&town, &provider, engine).await;
}
