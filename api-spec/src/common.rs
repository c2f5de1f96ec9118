//! Pieces that several resources share: places, windows, amounts.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which geodetic datum a coordinate pair is given in. Map apps of mainland China use `gcj02` or `bd09`; raw GPS is `wgs84`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    Wgs84,
    Gcj02,
    Bd09,
}

/// A place. The datum is never guessed: the wrong one is several hundred metres off. Answers are always `wgs84`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Degrees north.
    #[schema(minimum = -90.0, maximum = 90.0, example = 22.1987)]
    pub lat: f64,
    /// Degrees east.
    #[schema(minimum = -180.0, maximum = 180.0, example = 113.5439)]
    pub lon: f64,
    pub datum: Datum,
}

/// From `start` to `end`, both RFC 3339 with an offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeWindow {
    #[schema(format = DateTime, example = "2026-11-25T10:00:00+08:00")]
    pub start: String,
    #[schema(format = DateTime, example = "2026-11-25T12:00:00+08:00")]
    pub end: String,
}

/// Daily hours on the local clock of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DailyHours {
    /// `HH:MM`.
    #[schema(example = "08:00")]
    pub opens: String,
    /// `HH:MM`, up to `24:00`.
    #[schema(example = "18:00")]
    pub closes: String,
}

/// An amount of one stream of material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamAmount {
    #[schema(example = "paper")]
    pub stream: String,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub mass_g: i64,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub volume_l: i64,
}

/// A name in both languages of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalName {
    #[schema(min_length = 1, max_length = 120, example = "回收站")]
    pub zh: String,
    #[schema(min_length = 1, max_length = 120, example = "Recycling point")]
    pub en: String,
}

/// Parameters of a list, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Entries of a page; 50 where it is absent.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}

/// A local day, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DayQuery {
    /// Day in the operator's time zone; today where it is absent.
    #[param(format = Date, example = "2026-11-25")]
    pub date: Option<String>,
}
