//! `huilu seed`: a whole city into the database, generated or from the files of a real one.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use huilu_seeds::{self as seeds, City, demo, real};
use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::say::say;
use super::service::{DataArgs, block_on, database, log, refused};
use crate::app::{Services, import};
use crate::db::operators;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CityArg {
    /// Generated from `--seed`
    Demo,
    Macau,
    /// The centre of Chengdu
    Chengdu,
}

#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    #[command(flatten)]
    data: DataArgs,
    #[arg(long, value_enum, default_value = "demo")]
    city: CityArg,
    /// The same seed and date make the same city
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Today's date; open bookings are for the day after. By default today on the city's clock
    #[arg(long)]
    date: Option<NaiveDate>,
    /// Folder of the real cities' files (see the README), for cities other than the demo
    #[arg(long)]
    files: Option<PathBuf>,
    /// Take only so many vehicles, to see a day without enough of them
    #[arg(long)]
    vehicles_max: Option<usize>,
}

pub(crate) fn run(args: &SeedArgs) -> Result<(), CliError> {
    log("warn");
    block_on(async {
        let services = args.data.open().await?;
        let date = args.date.unwrap_or_else(today);
        let city = match args.city {
            CityArg::Demo => demo::generate(args.seed, date).map_err(CliError::input)?,
            CityArg::Macau => {
                let files = real::MacauFiles::in_folder(args.folder()?).map_err(CliError::input)?;
                real::macau(&files, args.seed, date).map_err(CliError::input)?
            }
            CityArg::Chengdu => {
                let files = real::ChengduFiles::in_folder(args.folder()?).map_err(CliError::input)?;
                real::chengdu(&files, args.seed, date).map_err(CliError::input)?
            }
        };
        plant(&services, city, args.vehicles_max).await
    })
}

impl SeedArgs {
    fn folder(&self) -> Result<&PathBuf, CliError> {
        self.files.as_ref().ok_or_else(|| CliError::input("--files: say where the real city's files lie"))
    }
}

/// Today in China, where every city that can be seeded lies.
pub(crate) fn today() -> NaiveDate {
    chrono::Utc::now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive()
}

/// Writes a city and prepares its roads, with progress on the terminal.
pub(crate) async fn plant(services: &Services, mut city: City, vehicles_max: Option<usize>) -> Result<(), CliError> {
    let started = Instant::now();
    if let Some(most) = vehicles_max {
        city.vehicles.truncate(most);
    }
    let catalogue = seeds::Catalogue::built_in().map_err(CliError::failed)?;
    say!("seeding {} ({}) ...", city.name_en, city.name_zh);
    let bar = progress_bar("preparing roads");
    let shown = bar.clone();
    let imported = import::city(services, &city, &catalogue, Arc::new(move |share| tell(&shown, share))).await;
    bar.finish_and_clear();
    let imported = imported.map_err(refused)?;
    say!(
        "  {} areas, {} buildings with {} households, {} outlets, {} depots, {} vehicles",
        imported.areas,
        imported.buildings,
        city.households,
        imported.outlets,
        imported.depots,
        imported.vehicles
    );
    say!("  {} past bookings, {} open bookings", imported.past_bookings, imported.open_bookings);
    for line in &city.assumed {
        say!("  assumed: {line}");
    }
    let roads = imported.roads.map(|roads| roads.summary.to_string()).unwrap_or_default();
    for line in roads.lines() {
        say!("  {line}");
    }
    let operator = operators::by_id(services.db.read(), imported.operator).await.map_err(database)?;
    let operator = operator.ok_or_else(|| CliError::failed("the city is gone"))?;
    import::tokens(services, &operator).await.map_err(refused)?;
    say!("  done in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// A bar from 0 to 1000 on a terminal; nothing where nobody looks.
pub(crate) fn progress_bar(what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1_000);
    if let Ok(style) = ProgressStyle::with_template("  {msg} {bar:40} {percent} %") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

pub(crate) fn tell(bar: &ProgressBar, share: f64) {
    bar.set_position((share.clamp(0.0, 1.0) * 1_000.0) as u64);
}
