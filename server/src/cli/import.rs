//! `huilu import`: a city's own files. Each kind is taken in whole or not at all.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use clap::{Args, Subcommand};
use huilu_model::Datum;
use huilu_seeds::Catalogue;

use super::CliError;
use super::say::say;
use super::seed::{progress_bar, tell};
use super::service::{DataArgs, block_on, city, database, log, refused};
use crate::app::{Services, import};
use crate::db::operators;
use crate::domain::amount::Names;
use crate::domain::operator::Operator;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// An OpenStreetMap extract (.osm.pbf): the roads; a city that is not there yet is made from its bounds
    Osm(OsmArgs),
    /// Administrative areas or census zones (GeoJSON, also gzipped)
    Areas(FileArgs),
    /// Buildings (CSV, also gzipped)
    Buildings(FileArgs),
    /// Outlets (CSV, also gzipped)
    Outlets(FileArgs),
    /// Bookings to be planned (CSV, also gzipped)
    Bookings(FileArgs),
    /// Zones closed to vehicles at given hours (GeoJSON with `name`, `profiles` and `hours`), instead of those before
    Closures(FileArgs),
}

#[derive(Debug, Args)]
struct OsmArgs {
    #[command(flatten)]
    data: DataArgs,
    file: PathBuf,
    /// Short name of the city
    #[arg(long)]
    city: String,
    /// IANA time zone of a new city, such as Asia/Shanghai
    #[arg(long)]
    zone: Option<String>,
    /// What the city changes in the profiles (JSON): `{"van": {"speeds_kmh": {"primary": 30}, "mass_kg": 3200}}`.
    /// Without it the changes of the import before stay; `{}` goes back to the defaults
    #[arg(long)]
    profiles: Option<PathBuf>,
    #[arg(long)]
    name_zh: Option<String>,
    #[arg(long)]
    name_en: Option<String>,
    /// OpenStreetMap is always WGS-84; anything else is refused
    #[arg(long, default_value = "wgs84", value_parser = Datum::from_str)]
    datum: Datum,
}

#[derive(Debug, Args)]
struct FileArgs {
    #[command(flatten)]
    data: DataArgs,
    file: PathBuf,
    /// Short name of the city
    #[arg(long)]
    city: String,
    /// Datum of the file's coordinates: wgs84, gcj02 or bd09; it is never guessed
    #[arg(long, value_parser = Datum::from_str)]
    datum: Datum,
}

pub(crate) fn run(args: &ImportArgs) -> Result<(), CliError> {
    log("warn");
    match &args.kind {
        Kind::Osm(args) => osm(args),
        Kind::Areas(args) => records(args, import::FileKind::Areas),
        Kind::Buildings(args) => records(args, import::FileKind::Buildings),
        Kind::Outlets(args) => records(args, import::FileKind::Outlets),
        Kind::Bookings(args) => records(args, import::FileKind::Bookings),
        Kind::Closures(args) => closures(args),
    }
}

fn osm(args: &OsmArgs) -> Result<(), CliError> {
    if args.datum != Datum::Wgs84 {
        return Err(CliError::input("--datum: OpenStreetMap files are wgs84"));
    }
    let pbf = read(&args.file)?;
    block_on(async {
        let services = args.data.open().await?;
        let known = operators::by_key(services.db.read(), &args.city).await.map_err(database)?;
        let source = args.source(&services, known.as_ref(), pbf)?;
        if let Some(operator) = &known
            && import::has_roads(&services, operator, &source).await.map_err(refused)?
        {
            // The import before may have broken off between the roads and these.
            import::tokens(&services, operator).await.map_err(refused)?;
            say!("{}: this file was taken in before; nothing was changed", args.city);
            services.db.close().await;
            return Ok(());
        }
        let bar = progress_bar("preparing roads");
        let shown = bar.clone();
        let progress: Arc<dyn Fn(f64) + Send + Sync> = Arc::new(move |share| tell(&shown, share));
        let named = |cause: CliError| CliError::Input(format!("{}: {cause}", args.file.display()));
        let imported = match known {
            Some(operator) => import::roads(&services, &operator, source, progress).await,
            None => import::new_city(&services, &args.new_city()?, source, progress).await,
        };
        let imported = imported.map_err(|error| named(refused(error)))?;
        bar.finish_and_clear();
        let operator = city(&services, &args.city).await?;
        import::tokens(&services, &operator).await.map_err(refused)?;
        for line in imported.summary.to_string().lines() {
            say!("{line}");
        }
        say!("{}: roads ready", args.city);
        services.db.close().await;
        Ok(())
    })
}

impl OsmArgs {
    /// The file with the changes to the profiles that are given, or else those that the city had.
    fn source(
        &self,
        services: &Services,
        known: Option<&Operator>,
        pbf: Vec<u8>,
    ) -> Result<import::RoadsSource, CliError> {
        if let Some(file) = &self.profiles {
            let named = |cause: String| CliError::Input(format!("{}: {cause}", file.display()));
            let changes = std::fs::read_to_string(file).map_err(|cause| named(cause.to_string()))?;
            return import::RoadsSource::new(pbf, Some(changes)).map_err(|cause| named(cause.to_string()));
        }
        let kept = known.map(|operator| import::profile_changes(services, operator)).transpose();
        let kept = kept.map_err(refused)?.flatten();
        if kept.is_some() {
            say!("{}: the changes to the profiles stay as they were given before", self.city);
        }
        let unfit =
            |cause| CliError::Input(format!("--profiles: the changes given before do not fit any more: {cause}"));
        import::RoadsSource::new(pbf, kept).map_err(unfit)
    }

    fn new_city(&self) -> Result<import::NewCity, CliError> {
        let zone = self.zone.as_deref().ok_or_else(|| {
            CliError::Input(format!("--zone: the city `{}` is new, so its IANA time zone is needed", self.city))
        })?;
        let name = |given: &Option<String>| given.clone().unwrap_or_else(|| self.city.clone());
        Ok(import::NewCity {
            key: self.city.parse().map_err(|cause| CliError::Input(format!("--city: {cause}")))?,
            names: Names { zh: name(&self.name_zh), en: name(&self.name_en) },
            zone: zone.parse().map_err(|cause| CliError::Input(format!("--zone: {cause}")))?,
            catalogue: Catalogue::built_in().map_err(CliError::failed)?,
        })
    }
}

fn records(args: &FileArgs, kind: import::FileKind) -> Result<(), CliError> {
    let bytes = read(&args.file)?;
    block_on(async {
        let services: Services = args.data.open().await?;
        let operator: Operator = city(&services, &args.city).await?;
        let name = args.file.display().to_string();
        let imported = import::file(&services, &operator, kind, &name, &bytes, args.datum).await.map_err(refused)?;
        if imported.again {
            say!("{}: this file was taken in before; nothing was changed", args.city);
        } else {
            say!("{}: {} {kind} added", args.city, imported.added);
        }
        for note in &imported.notes {
            say!("  {note}");
        }
        services.db.close().await;
        Ok(())
    })
}

/// Zones outside of the city that are told by name.
const NAMED_ZONES: usize = 10;

fn closures(args: &FileArgs) -> Result<(), CliError> {
    let bytes = read(&args.file)?;
    block_on(async {
        let services = args.data.open().await?;
        let operator = city(&services, &args.city).await?;
        let name = args.file.display().to_string();
        let imported = import::closures(&services, &operator, &name, &bytes, args.datum).await.map_err(refused)?;
        if imported.again {
            say!("{}: this file was taken in before; nothing was changed", args.city);
        } else {
            match imported.zones {
                0 => say!("{}: no zones are left; every road is open", args.city),
                zones => say!("{}: {zones} closed zones take the place of those before", args.city),
            }
        }
        for name in imported.outside.iter().take(NAMED_ZONES) {
            say!("  outside of the city: {name}");
        }
        if imported.outside.len() > NAMED_ZONES {
            say!("  outside of the city: {} more", imported.outside.len() - NAMED_ZONES);
        }
        for (profile, zones) in &imported.by_profile {
            say!("  {profile}: {zones}");
        }
        services.db.close().await;
        Ok(())
    })
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(file).map_err(|cause| CliError::Input(format!("{}: {cause}", file.display())))
}
