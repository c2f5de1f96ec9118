//! What can be wrong with a road file; each error names its cause in one line.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum RoadsError {
    #[error("{}: {cause}", path.display())]
    Io { path: PathBuf, cause: std::io::Error },
    #[error("the file is empty; an OpenStreetMap .osm.pbf file is needed")]
    Empty,
    #[error("this is no OpenStreetMap .osm.pbf file: {0}")]
    NotPbf(String),
    #[error("the file is cut off: block at byte {offset} needs {needed} bytes, {present} are there")]
    Truncated { offset: usize, needed: usize, present: usize },
    #[error("the block at byte {offset} is damaged: {cause}")]
    Damaged { offset: usize, cause: String },
    #[error("the file needs the feature `{0}`, which this reader does not know")]
    UnknownFeature(String),
    #[error("the file holds no roads: none of its {ways} ways has a `highway` tag and known nodes")]
    NoRoads { ways: usize },
    #[error("{}: no prepared road network: {cause}", path.display())]
    NotPrepared { path: PathBuf, cause: String },
    #[error("{}: prepared by another version ({found}, this program reads {expected}); import the file again", path.display())]
    OtherVersion { path: PathBuf, found: u32, expected: u32 },
}

impl RoadsError {
    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            RoadsError::Io { .. } => "ROADS_IO",
            RoadsError::Empty => "ROADS_EMPTY",
            RoadsError::NotPbf(_) => "ROADS_NOT_PBF",
            RoadsError::Truncated { .. } => "ROADS_TRUNCATED",
            RoadsError::Damaged { .. } => "ROADS_DAMAGED",
            RoadsError::UnknownFeature(_) => "ROADS_UNKNOWN_FEATURE",
            RoadsError::NoRoads { .. } => "ROADS_NONE",
            RoadsError::NotPrepared { .. } => "ROADS_NOT_PREPARED",
            RoadsError::OtherVersion { .. } => "ROADS_OTHER_VERSION",
        }
    }
}
