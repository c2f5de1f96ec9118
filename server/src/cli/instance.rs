//! Routing instances in files: the formats that `solve` and `check` read.

use std::path::Path;

use clap::ValueEnum;
use huilu_model::{Instance, Plan};
use huilu_optimizer::formats::{self, Rounding};

use super::CliError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoutingFormat {
    /// VRPLIB: CVRP, VRPTW, several depots or trips, mixed or site-dependent fleets, prizes
    Vrplib,
    /// Solomon, Gehring and Homberger
    Solomon,
    /// Cordeau's multi-depot files
    Cordeau,
    /// Waste collection of Kim, Kim and Sahoo
    Waste,
    /// A problem as JSON
    Huilu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoundingArg {
    /// To the nearest integer
    Nint,
    /// Truncated to one decimal
    Dimacs,
    /// To three decimals
    Exact,
}

impl From<RoundingArg> for Rounding {
    fn from(arg: RoundingArg) -> Self {
        match arg {
            RoundingArg::Nint => Rounding::Nint,
            RoundingArg::Dimacs => Rounding::Dimacs,
            RoundingArg::Exact => Rounding::Exact,
        }
    }
}

impl From<Rounding> for RoundingArg {
    fn from(rounding: Rounding) -> Self {
        match rounding {
            Rounding::Nint => RoundingArg::Nint,
            Rounding::Dimacs => RoundingArg::Dimacs,
            Rounding::Exact => RoundingArg::Exact,
        }
    }
}

/// The name as it is typed and written to results.
pub(crate) fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// What [`read`] gives, and the earlier plan that a `huilu` file may hold.
pub(crate) fn read_with_plan(
    file: &Path,
    format: RoutingFormat,
    rounding: Option<RoundingArg>,
) -> Result<(Instance, Option<RoundingArg>, Option<Plan>), CliError> {
    if format == RoutingFormat::Huilu {
        let (instance, plan) = formats::huilu::read_with_plan(file)?;
        return Ok((instance, None, plan));
    }
    read(file, format, rounding).map(|(instance, rounding)| (instance, rounding, None))
}

/// Reads and validates a file. The rounding is what was asked for or what the file's literature uses; `huilu` files have none.
pub(crate) fn read(
    file: &Path,
    format: RoutingFormat,
    rounding: Option<RoundingArg>,
) -> Result<(Instance, Option<RoundingArg>), CliError> {
    let rounding = rounding.map(Rounding::from);
    let read = match format {
        RoutingFormat::Vrplib => formats::vrplib::read(file, rounding),
        RoutingFormat::Solomon => formats::solomon::read(file, rounding),
        RoutingFormat::Cordeau => formats::cordeau::read(file, rounding),
        RoutingFormat::Waste => formats::waste::read(file, rounding),
        RoutingFormat::Huilu => {
            return Ok((formats::huilu::read(file)?, None));
        }
    };
    let (instance, rounding) = read?;
    Ok((instance, Some(rounding.into())))
}
