//! Writes a demo city for people to look at: `cargo run -p huilu-seeds --example demo_city -- SEED YYYY-MM-DD FOLDER`.

use std::path::PathBuf;
use std::time::Instant;

use chrono::NaiveDate;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [seed, date, folder] = args.as_slice() else {
        return Err("usage: demo_city SEED YYYY-MM-DD FOLDER".into());
    };
    let (seed, date, folder): (u64, NaiveDate, PathBuf) = (seed.parse()?, date.parse()?, folder.into());
    let start = Instant::now();
    let city = huilu_seeds::demo::generate(seed, date)?;
    println!(
        "{} in {} ms: {} households, {} outlets, {} vehicles, {} past and {} open bookings",
        city.name_en,
        start.elapsed().as_millis(),
        city.households,
        city.outlets.len(),
        city.vehicles.len(),
        city.past_bookings.len(),
        city.bookings.len()
    );
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("demo.osm.pbf"), &city.roads_pbf)?;
    std::fs::write(folder.join("demo.json"), serde_json::to_vec(&city)?)?;
    Ok(())
}
