//! `huilu matrix` and `huilu route`: a city's roads without a server.

mod output;
mod points;
mod prepare;
mod rows;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use huilu_model::{Datum, Wgs84};
use huilu_roads::{Departure, Profile, Router};

use super::CliError;
use super::output::write_atomically;
use super::seed::{progress_bar, tell};
use super::solve::all_cores;
use crate::travel::SNAP_LIMIT_M;

#[derive(Debug, Args)]
pub(crate) struct RoadsArgs {
    /// OpenStreetMap file (.osm.pbf)
    file: PathBuf,
    /// Vehicle profile: etrike, van, truck or foot
    #[arg(long, value_parser = Profile::from_str)]
    profile: Profile,
    /// CSV with the columns `lat` and `lon`
    #[arg(long)]
    points: PathBuf,
    /// Datum of the points, and of the closed zones: wgs84, gcj02 or bd09
    #[arg(long, value_parser = Datum::from_str)]
    datum: Datum,
    /// Points farther from any road than this many metres are unreachable
    #[arg(long, default_value_t = SNAP_LIMIT_M)]
    snap_limit: f64,
    /// Local time of departure, `08:30` or `Mo 08:30`: speeds and closures of that hour; daytime averages without it
    #[arg(long)]
    depart: Option<Departure>,
    /// Zones closed to vehicles at given hours (GeoJSON)
    #[arg(long)]
    closures: Option<PathBuf>,
    /// What a city changes in the profiles (JSON): `{"van": {"speeds_kmh": {"primary": 30}, "mass_kg": 3200}}`
    #[arg(long)]
    profiles: Option<PathBuf>,
    /// Folder of prepared networks, so that the next call need not prepare [default: huilu/roads in the user's cache
    /// folder; it may be deleted at any time]
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Prepare afresh and keep nothing
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MatrixArgs {
    #[command(flatten)]
    roads: RoadsArgs,
    /// Worker threads; by default one for each core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// `.csv` (from, to, seconds, metres) or `.npy` (u32, shape (2, n, n): seconds, then metres)
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RouteArgs {
    #[command(flatten)]
    roads: RoadsArgs,
    /// Where to write the line, as GeoJSON
    #[arg(long)]
    out: PathBuf,
}

pub(crate) fn matrix(args: &MatrixArgs) -> Result<(), CliError> {
    let form = output::Form::of(&args.out)?;
    output::writable(&args.out)?;
    let (router, points) = args.roads.open()?;
    let snaps: Vec<_> = points.iter().map(|&at| router.snap(at, args.roads.snap_limit)).collect();
    let threads = args.threads.map_or_else(all_cores, usize::from);
    let bar = progress_bar("computing");
    let progress = |sources: usize| tell(&bar, sources as f64 / points.len() as f64);
    let rows = rows::all(&router, &snaps, threads, &progress);
    let without = form.write(&args.out, snaps.len(), rows)?;
    bar.finish_and_clear();
    let unreachable = snaps.iter().filter(|snap| snap.is_none()).count();
    println!(
        "{} points, {unreachable} farther than {} m from any road of the connected part; {without} pairs have no way",
        points.len(),
        args.roads.snap_limit
    );
    Ok(())
}

pub(crate) fn route(args: &RouteArgs) -> Result<(), CliError> {
    output::writable(&args.out)?;
    let (router, points) = args.roads.open()?;
    let named = |cause: String| CliError::Input(format!("{}: {cause}", args.roads.points.display()));
    let snap = |(k, &at): (usize, &Wgs84)| {
        let limit = args.roads.snap_limit;
        router.snap(at, limit).ok_or_else(|| {
            named(format!("point {} is farther than {limit} m from any road of the connected part", k + 1))
        })
    };
    let snaps = points.iter().enumerate().map(snap).collect::<Result<Vec<_>, _>>()?;
    let mut line: Vec<Wgs84> = Vec::new();
    let (mut seconds, mut metres) = (0_u64, 0_u64);
    for (k, leg) in snaps.windows(2).enumerate() {
        let path = router.path(&leg[0], &leg[1]);
        let path = path.ok_or_else(|| named(format!("no way leads from point {} to point {}", k + 1, k + 2)))?;
        seconds += u64::from(path.seconds);
        metres += u64::from(path.metres);
        line.extend(path.points.iter().skip(usize::from(!line.is_empty())));
    }
    if line.is_empty() {
        return Err(named("a route needs two points".to_owned()));
    }
    let feature = serde_json::json!({
        "type": "Feature",
        "properties": { "profile": args.roads.profile.as_str(), "seconds": seconds, "metres": metres },
        "geometry": { "type": "LineString", "coordinates": line.iter().map(|p| [p.lon, p.lat]).collect::<Vec<_>>() },
    });
    write_atomically(&args.out, feature.to_string().as_bytes())?;
    println!("{} points, {seconds} s, {metres} m", points.len());
    Ok(())
}

impl RoadsArgs {
    /// The roads at the hour asked for, and the points. What can be refused at once is looked at first.
    fn open(&self) -> Result<(Router, Vec<Wgs84>), CliError> {
        if !(self.snap_limit.is_finite() && self.snap_limit >= 0.0) {
            return Err(CliError::input("--snap-limit: give a number of metres, 0 or more"));
        }
        let points = points::read(&self.points, self.datum)?;
        let closures = match &self.closures {
            Some(file) => prepare::closures(file, self.datum)?,
            None => Vec::new(),
        };
        let network = prepare::network(self)?;
        let conditions = huilu_roads::Conditions { depart: self.depart, closures: &closures };
        Ok((network.router_at(self.profile, &conditions), points))
    }
}
