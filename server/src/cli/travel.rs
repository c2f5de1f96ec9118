//! Where `huilu serve` and `huilu worker` get seconds and metres from.

use clap::{Args, ValueEnum};

use crate::travel::{MatrixChoice, MatrixRule, Patience, Providers};

#[derive(Debug, Args)]
pub(crate) struct TravelArgs {
    /// Source of travel times: `own` roads (the default), `osrm=URL`, `valhalla=URL` or `estimate`; for one profile
    /// only with `PROFILE:` before it, such as `truck:valhalla=http://127.0.0.1:8002`. May be given several times.
    /// Without a profile it is meant for all vehicles; residents' walks stay on the own roads unless `foot:` is named
    #[arg(long = "matrix", value_name = "[PROFILE:]SOURCE", env = "HUILU_MATRIX", hide_env_values = true)]
    #[arg(value_delimiter = ',')]
    matrix: Vec<MatrixRule>,
    /// What stands in for a source that fails, marked as such on every plan; nothing by default, then the plan fails
    #[arg(long)]
    matrix_fallback: Option<Fallback>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fallback {
    /// Great circle times circuity
    Estimate,
}

impl TravelArgs {
    pub(crate) fn providers(&self) -> Providers {
        Providers::new(MatrixChoice::of_rules(&self.matrix, self.matrix_fallback.is_some()), Patience::default())
    }
}
