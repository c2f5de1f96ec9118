//! `huilu matrix` and `huilu route`: a city's roads without a server.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use huilu_model::{Datum, Matrix, UNREACHABLE, Wgs84};
use huilu_roads::{Profile, RoadNetwork};

use super::CliError;
use super::output::write_atomically;
use super::solve::all_cores;
use crate::travel::SNAP_LIMIT_M;

#[derive(Debug, Args)]
pub(crate) struct PointsArgs {
    /// OpenStreetMap file (.osm.pbf)
    file: PathBuf,
    /// Vehicle profile: etrike, van, truck or foot
    #[arg(long)]
    profile: String,
    /// CSV with the columns `lat` and `lon`
    #[arg(long)]
    points: PathBuf,
    /// Datum of the points: wgs84, gcj02 or bd09
    #[arg(long, value_parser = Datum::from_str)]
    datum: Datum,
    /// Points farther from any road than this many metres are unreachable
    #[arg(long, default_value_t = SNAP_LIMIT_M)]
    snap_limit: f64,
}

#[derive(Debug, Args)]
pub(crate) struct MatrixArgs {
    #[command(flatten)]
    points: PointsArgs,
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
    points: PointsArgs,
    /// Where to write the line, as GeoJSON
    #[arg(long)]
    out: PathBuf,
}

pub(crate) fn matrix(args: &MatrixArgs) -> Result<(), CliError> {
    let extension = args.out.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !matches!(extension, "csv" | "npy") {
        return Err(CliError::Input(format!("--out {}: the name must end in .csv or .npy", args.out.display())));
    }
    let (network, profile, points) = read(&args.points)?;
    let router = network.router(profile);
    let snaps: Vec<_> = points.iter().map(|&at| router.snap(at, args.points.snap_limit)).collect();
    let threads = args.threads.map_or_else(all_cores, usize::from);
    let matrix = router.matrix(&snaps, threads, &|_| {});
    let bytes = if extension == "npy" { npy(&matrix) } else { csv(&matrix) };
    write_atomically(&args.out, &bytes)?;
    let unreachable = snaps.iter().filter(|snap| snap.is_none()).count();
    println!("{} points, {unreachable} farther than {} m from any road", points.len(), args.points.snap_limit);
    Ok(())
}

pub(crate) fn route(args: &RouteArgs) -> Result<(), CliError> {
    let (network, profile, points) = read(&args.points)?;
    let router = network.router(profile);
    let mut line: Vec<Wgs84> = Vec::new();
    let (mut seconds, mut metres) = (0_u64, 0_u64);
    for (k, leg) in points.windows(2).enumerate() {
        let snap = |at: Wgs84, row: usize| {
            router.snap(at, args.points.snap_limit).ok_or_else(|| {
                CliError::Input(format!(
                    "{}:{}: farther than {} m from any road",
                    args.points.points.display(),
                    row + 2,
                    args.points.snap_limit
                ))
            })
        };
        let (from, to) = (snap(leg[0], k)?, snap(leg[1], k + 1)?);
        let path = router.path(&from, &to).ok_or_else(|| {
            CliError::Input(format!(
                "{}: no way leads from point {} to point {}",
                args.points.points.display(),
                k + 1,
                k + 2
            ))
        })?;
        seconds += u64::from(path.seconds);
        metres += u64::from(path.metres);
        line.extend(path.points.iter().skip(usize::from(!line.is_empty())));
    }
    let feature = serde_json::json!({
        "type": "Feature",
        "properties": { "profile": args.points.profile, "seconds": seconds, "metres": metres },
        "geometry": { "type": "LineString", "coordinates": line.iter().map(|p| [p.lon, p.lat]).collect::<Vec<_>>() },
    });
    write_atomically(&args.out, feature.to_string().as_bytes())?;
    println!("{} points, {seconds} s, {metres} m", points.len());
    Ok(())
}

fn read(args: &PointsArgs) -> Result<(RoadNetwork, Profile, Vec<Wgs84>), CliError> {
    let profile = Profile::from_str(&args.profile)
        .map_err(|_| CliError::Input(format!("--profile {}: use etrike, van, truck or foot", args.profile)))?;
    let points = read_points(&args.points, args.datum)?;
    let (network, _) = RoadNetwork::from_pbf_path(&args.file, &|_| {}).map_err(CliError::input)?;
    Ok((network, profile, points))
}

fn read_points(file: &Path, datum: Datum) -> Result<Vec<Wgs84>, CliError> {
    let fault = |line: u64, cause: String| CliError::Input(format!("{}:{line}: {cause}", file.display()));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .map_err(|cause| CliError::Input(format!("{}: {cause}", file.display())))?;
    let header = reader.headers().map_err(|cause| fault(1, cause.to_string()))?.clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|title| title.eq_ignore_ascii_case(name))
            .ok_or_else(|| fault(1, format!("the column `{name}` is missing")))
    };
    let (lat, lon) = (column("lat")?, column("lon")?);
    let mut points = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|cause| fault(cause.position().map_or(0, csv::Position::line), cause.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let number = |at: usize| {
            let text = row.get(at).unwrap_or_default();
            text.parse::<f64>().map_err(|_| fault(line, format!("`{text}` is not a number of degrees")))
        };
        points.push(datum.to_wgs84(number(lat)?, number(lon)?).map_err(|cause| fault(line, cause.to_string()))?);
    }
    if points.is_empty() {
        return Err(fault(2, "no point is given".to_owned()));
    }
    Ok(points)
}

fn csv(matrix: &Matrix) -> Vec<u8> {
    let mut text = String::from("from,to,seconds,metres\n");
    for from in 0..matrix.size {
        for to in 0..matrix.size {
            let (seconds, metres) = (matrix.seconds(from, to), matrix.metres(from, to));
            let line = if seconds == UNREACHABLE {
                format!("{from},{to},,\n")
            } else {
                format!("{from},{to},{seconds},{metres}\n")
            };
            text.push_str(&line);
        }
    }
    text.into_bytes()
}

/// NumPy's format 1.0: magic, header padded to 64 bytes, then little-endian data.
fn npy(matrix: &Matrix) -> Vec<u8> {
    let n = matrix.size;
    let mut header = format!("{{'descr': '<u4', 'fortran_order': False, 'shape': (2, {n}, {n}), }}");
    let unpadded = 10 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for value in matrix.seconds.iter().chain(&matrix.metres) {
        bytes.extend(value.to_le_bytes());
    }
    bytes
}
