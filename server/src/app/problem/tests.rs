use crate::domain::Clock as _;
use chrono::NaiveDate;
use huilu_model::plan::StreamLoad;
use huilu_model::problem::WindowSpec;
use huilu_model::{Grams, Instance, Litres, Matrix, Seconds, Wgs84};
use huilu_seeds::catalogue::ServiceTimes;

use super::*;
use crate::app::testing::{City, booking, catalogue, hours, outlet, place, vehicle};
use crate::domain::amount::{Fen, StreamAmount};
use crate::domain::booking::{Booking, BookingItem};
use crate::domain::fleet::{Compartment, Pause};
use crate::domain::outlet::OutletKind;

fn times() -> ServiceTimes {
    ServiceTimes {
        setup_s: Seconds(100),
        per_kg_s: Seconds(5),
        per_item_s: Seconds(10),
        per_piece_two_persons_s: Seconds(300),
        per_floor_without_lift_s: Seconds(20),
        source: "assumed".to_owned(),
        as_of: NaiveDate::default(),
    }
}

/// A day with one plain booking, one vehicle, one outlet.
async fn day() -> Day {
    let city = City::new().await;
    Day {
        name: "a day".to_owned(),
        length: Seconds(86_400),
        bookings: vec![booking(city.operator(), city.date, 0, city.clock.now())],
        depots: depots::active(city.services.db.read(), city.operator().id).await.unwrap(),
        vehicles: vec![city.vehicle],
        outlets: vec![city.outlet],
        catalogue: catalogue(),
        times: times(),
    }
}

fn item(material: &str, grams: i64, litres: i64, pieces: Option<i64>) -> BookingItem {
    BookingItem {
        material: material.to_owned(),
        grams: Grams(grams),
        litres: Litres(litres),
        pieces,
        price: Fen(0),
        weighed: None,
    }
}

#[tokio::test]
async fn a_booking_becomes_a_job() {
    let day = day().await;
    let times = |floor, lift, items: Vec<BookingItem>| {
        let booking = Booking { floor, lift, items, ..day.bookings[0].clone() };
        let problem = Day { bookings: vec![booking], ..day.clone() }.problem().unwrap();
        (problem.jobs[0].service_s.0, problem.jobs[0].skills.join(","))
    };
    let paper = || vec![item("paper_occ", 6_000, 100, None)];
    // 6 kg x 5 s + one material x 10 s.
    assert_eq!(times(None, None, paper()), (40, String::new()));
    // A begun kilogram counts.
    assert_eq!(times(None, None, vec![item("paper_occ", 6_001, 100, None)]), (45, String::new()));
    // Six storeys up at 20 s each, and none where there is a lift or nobody said that there is none.
    assert_eq!(times(Some(7), Some(false), paper()).0, 160);
    assert_eq!(times(Some(7), Some(true), paper()).0, 40);
    assert_eq!(times(Some(7), None, paper()).0, 40);
    assert_eq!(times(Some(1), Some(false), paper()).0, 40);
    assert_eq!(times(Some(-2), Some(false), paper()).0, 80);
    // Two refrigerators: 100 kg, one material, 300 s for each, and two persons.
    let fridges = || item("weee_fridge", 100_000, 2_000, Some(2));
    assert_eq!(times(None, None, vec![fridges()]), (500 + 10 + 600, "two_persons".to_owned()));
    let lamp = || item("lamp", 200, 4, None);
    assert_eq!(times(None, None, vec![lamp(), fridges()]).1, "two_persons,hazardous_licence");
    assert_eq!(times(None, None, vec![lamp()]).1, "hazardous_licence");
}

#[tokio::test]
async fn loads_are_summed_by_stream_and_the_rest_is_taken_over() {
    let mut day = day().await;
    day.bookings[0].items = vec![
        item("paper_occ", 6_000, 100, None),
        item("glass_container", 2_000, 7, None),
        item("paper_news", 1_000, 4, None),
    ];
    let job = day.problem().unwrap().jobs.remove(0);
    let load = |stream: &str, grams, litres| StreamLoad {
        stream: stream.to_owned(),
        grams: Grams(grams),
        litres: Litres(litres),
    };
    assert_eq!(job.loads, [load("paper", 7_000, 104), load("glass", 2_000, 7)]);
    assert_eq!(job.time_windows, [WindowSpec { start: Seconds(36_000), end: Seconds(43_200) }.into()]);
    assert_eq!((job.setup_s, job.penalty), (Seconds(100), Some(3_400)));

    day.bookings[0].items[1].material = "gone".to_owned();
    let refused = day.problem().unwrap_err();
    assert!(refused.to_string().starts_with("UNKNOWN_MATERIAL"), "{refused}");
}

#[tokio::test]
async fn who_lives_in_the_same_house_is_one_place() {
    let mut day = day().await;
    let home = day.bookings[0].place.at;
    for (k, (lat, lon)) in [(0.0, 0.0), (1e-7, -1e-7), (1e-4, 0.0)].into_iter().enumerate() {
        let place = place(home.lat + lat, home.lon + lon);
        day.bookings.push(Booking { place, id: crate::domain::BookingId::new(), ..day.bookings[k].clone() });
    }
    day.outlets[0].place = day.depots[0].place;
    let problem = day.problem().unwrap();
    let of_jobs: Vec<&str> = problem.jobs.iter().map(|job| job.place.as_str()).collect();
    assert_eq!(of_jobs, ["p0", "p0", "p0", "p1"]);
    let vehicle = &problem.vehicles[0];
    assert_eq!((vehicle.start.as_str(), vehicle.end.as_deref()), ("p2", Some("p2")));
    assert_eq!(problem.outlets[0].place, "p2");
    assert_eq!(problem.places.len(), 3);
    assert_eq!(problem.places[2].position, Some(Wgs84 { lat: 22.10, lon: 113.50 }));
}

#[tokio::test]
async fn hazardous_waste_mixes_with_nothing_whatever_the_catalogue_says() {
    let day = day().await;
    let pairs = day.problem().unwrap().incompatible_streams;
    let expected = [("glass", "hazardous"), ("glass", "paper"), ("hazardous", "paper"), ("hazardous", "weee")];
    assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[tokio::test]
async fn opening_hours_are_put_in_order_and_joined() {
    let day = day().await;
    let opened = |list: &[(i64, i64)]| {
        let mut day = day.clone();
        day.outlets[0].hours = list.iter().map(|&(from, to)| hours(from, to)).collect();
        let windows = day.problem().unwrap().outlets.remove(0).hours;
        windows.into_iter().map(|window| (window.start.0 / 3_600, window.end.0 / 3_600)).collect::<Vec<_>>()
    };
    assert_eq!(opened(&[]), [(0, 24)]);
    assert_eq!(opened(&[(8, 12)]), [(8, 12)]);
    assert_eq!(opened(&[(14, 18), (8, 12)]), [(8, 12), (14, 18)]);
    assert_eq!(opened(&[(12, 18), (8, 12)]), [(8, 18)]);
    assert_eq!(opened(&[(8, 18), (9, 10), (20, 21)]), [(8, 18), (20, 21)]);
}

#[tokio::test]
async fn an_outlet_brings_its_limits_and_what_it_does_not_take_is_left_out() {
    let mut day = day().await;
    let limit = |stream: &str| StreamAmount { stream: stream.to_owned(), grams: Grams(9), litres: Litres(8) };
    day.outlets[0].streams = vec!["paper".to_owned(), "gone".to_owned()];
    day.outlets[0].capacity = vec![limit("paper"), limit("glass"), limit("gone")];
    day.outlets[0].gate_fee = Fen(-500);
    let mut useless =
        outlet(day.outlets[0].operator, "x", OutletKind::CollectionPoint, place(22.2, 113.5), day.outlets[0].created);
    useless.streams = vec!["gone".to_owned()];
    day.outlets.push(useless);
    let outlets = day.problem().unwrap().outlets;
    assert_eq!(outlets.len(), 1);
    assert_eq!(outlets[0].streams, ["paper"]);
    assert_eq!(outlets[0].capacity.iter().map(|limit| limit.stream.as_str()).collect::<Vec<_>>(), ["paper"]);
    assert_eq!((outlets[0].gate_fee, outlets[0].unload_s), (0, Seconds(300)));
}

#[tokio::test]
async fn a_vehicle_brings_its_shift_pause_costs_and_compartments() {
    let mut day = day().await;
    let mut truck = vehicle(day.vehicles[0].operator, day.depots[0].id, day.vehicles[0].created);
    truck.pause = Some(Pause { begins: hours(11, 13), duration: Seconds(1_800) });
    truck.skills = vec!["two_persons".to_owned()];
    truck.compartments.push(Compartment {
        streams: vec!["hazardous".to_owned(), "gone".to_owned()],
        capacity_g: Grams(50),
        capacity_l: Litres(60),
    });
    day.vehicles.push(truck);
    let vehicle = day.problem().unwrap().vehicles.remove(1);
    assert_eq!((vehicle.profile.as_str(), vehicle.end_empty), ("van", true));
    assert_eq!(vehicle.shift, WindowSpec { start: Seconds(28_800), end: Seconds(64_800) });
    let pause = vehicle.pause.unwrap();
    assert_eq!((pause.earliest.0, pause.latest.0, pause.duration_s.0), (39_600, 46_800, 1_800));
    assert_eq!((vehicle.costs.fixed, vehicle.costs.per_hour, vehicle.costs.per_km), (9_000, 3_500, 80));
    assert_eq!(vehicle.compartments[1].streams, ["hazardous"]);
    assert_eq!(vehicle.skills, ["two_persons"]);
}

/// What the rows give, the optimizer accepts.
#[tokio::test]
async fn the_problem_of_a_day_is_a_valid_instance() {
    let city = City::new().await;
    city.book(5).await;
    let mut problem = of_day(city.services.db.read(), city.operator(), city.date).await.unwrap();
    let size = problem.places.len();
    let numbers = vec![60; size * size];
    problem.matrices = vec![Matrix { profile: "van".to_owned(), size, seconds: numbers.clone(), metres: numbers }];
    let instance = Instance::try_from(&problem).unwrap();
    assert_eq!((instance.jobs.len(), instance.vehicles.len(), instance.outlets.len()), (5, 1, 1));
    assert_eq!(problem.name, "town 2026-11-25");
}
