//! `huilu matrix` and `huilu route`: a city's roads without a server.

mod output;
mod points;
mod prepare;
mod rows;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use huilu_model::{Datum, Wgs84};
use huilu_roads::{Conditions, Departure, Profile, Router, Snap};
use serde_json::json;

use super::CliError;
use super::output::write_atomically;
use super::say::say;
use super::seed::{progress_bar, tell};
use super::solve::all_cores;
use crate::travel::{RoadPoint, SNAP_LIMIT_M, road_point};

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
    let located = args.roads.locate()?;
    let count = located.snaps.len();
    let threads = args.threads.map_or_else(all_cores, usize::from);
    let bar = progress_bar("computing");
    let progress = |sources: usize| tell(&bar, sources as f64 / count as f64);
    let rows = rows::all(&located.router, &located.snaps, threads, &progress);
    let without = form.write(&args.out, count, rows)?;
    bar.finish_and_clear();
    say!("{count} points, counted from 0; {without} of {} pairs have no way", count * count.saturating_sub(1));
    for line in located.told() {
        say!("  {line}");
    }
    Ok(())
}

pub(crate) fn route(args: &RouteArgs) -> Result<(), CliError> {
    output::writable(&args.out)?;
    let named = |cause: String| CliError::Input(format!("{}: {cause}", args.roads.points.display()));
    let located = args.roads.locate()?;
    let count = located.snaps.len();
    if count < 2 {
        return Err(named("a route needs two points".to_owned()));
    }
    let closed = |k: usize| {
        let by = located.points[k].as_ref().and_then(|point| point.closed_by.as_ref());
        by.map(|by| named(format!("point {k}, counted from 0, lies on a closed road: {by}")))
    };
    let mut line: Vec<Wgs84> = Vec::new();
    let (mut seconds, mut metres) = (0_u64, 0_u64);
    let snap = |k: usize| {
        let limit = args.roads.snap_limit;
        let far = || {
            named(format!("point {k}, counted from 0, is farther than {limit} m from any road of the connected part"))
        };
        located.snaps[k].as_ref().ok_or_else(far)
    };
    for k in 1..count {
        let path = located.router.path(snap(k - 1)?, snap(k)?).ok_or_else(|| {
            let none = || named(format!("no way leads from point {} to point {k}, counted from 0", k - 1));
            closed(k - 1).or_else(|| closed(k)).unwrap_or_else(none)
        })?;
        seconds += u64::from(path.seconds);
        metres += u64::from(path.metres);
        line.extend(path.points.iter().skip(usize::from(!line.is_empty())));
    }
    if let [only] = line[..] {
        // A line has two positions at least, also where the way is none.
        line.push(only);
    }
    let position = |at: &Wgs84| json!([at.lon, at.lat]);
    let snapped = located.points.iter().flatten().map(|point| {
        json!({
            "position": position(&point.at),
            "distance_m": (point.distance_m * 10.0).round() / 10.0,
            "kerb_only": point.kerb_only,
            "entrance": point.entrance.as_ref().map(position),
        })
    });
    let feature = json!({
        "type": "Feature",
        "properties": {
            "profile": args.roads.profile.as_str(),
            "seconds": seconds,
            "metres": metres,
            "snapped": snapped.collect::<Vec<_>>(),
        },
        "geometry": { "type": "LineString", "coordinates": line.iter().map(position).collect::<Vec<_>>() },
    });
    write_atomically(&args.out, feature.to_string().as_bytes())?;
    say!("{count} points, {seconds} s, {metres} m");
    for line in located.told() {
        say!("  {line}");
    }
    Ok(())
}

/// The roads at the hour asked for, and the points on them.
struct Located {
    router: Router,
    snap_limit: f64,
    snaps: Vec<Option<Snap>>,
    points: Vec<Option<RoadPoint>>,
}

impl Located {
    /// How far the points are from their roads, and which of them nobody gets to.
    fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let near = self.points.iter().enumerate().filter_map(|(k, point)| Some((k, point.as_ref()?.distance_m)));
        if let Some((k, distance_m)) = near.max_by(|a, b| a.1.total_cmp(&b.1)) {
            lines.push(format!("the farthest from its road is point {k}, by {distance_m:.1} m"));
        }
        let fault = |(k, point): (usize, &Option<RoadPoint>)| match point {
            None => {
                Some(format!("point {k} is farther than {} m from any road of the connected part", self.snap_limit))
            }
            Some(point) => point.closed_by.as_ref().map(|by| format!("point {k} lies on a closed road: {by}")),
        };
        let faults: Vec<String> = self.points.iter().enumerate().filter_map(fault).collect();
        let more = faults.len().saturating_sub(NAMED_POINTS);
        lines.extend(faults.into_iter().take(NAMED_POINTS));
        if more > 0 {
            lines.push(format!("... and {more} more points"));
        }
        lines
    }
}

/// Points that are told one by one.
const NAMED_POINTS: usize = 10;

impl RoadsArgs {
    /// What can be refused at once is looked at first.
    fn locate(&self) -> Result<Located, CliError> {
        if !(self.snap_limit.is_finite() && self.snap_limit >= 0.0) {
            return Err(CliError::input("--snap-limit: give a number of metres, 0 or more"));
        }
        let points = points::read(&self.points, self.datum)?;
        let closures = match &self.closures {
            Some(file) => prepare::closures(file, self.datum)?,
            None => Vec::new(),
        };
        let network = prepare::network(self)?;
        let conditions = Conditions { depart: self.depart, closures: &closures };
        let router = network.router_at(self.profile, &conditions);
        let snaps: Vec<_> = points.iter().map(|&at| router.snap(at, self.snap_limit)).collect();
        let met = |snap: &Snap| road_point(&router, &conditions, snap);
        let points = snaps.iter().map(|snap| snap.as_ref().map(met)).collect();
        Ok(Located { router, snap_limit: self.snap_limit, snaps, points })
    }
}
