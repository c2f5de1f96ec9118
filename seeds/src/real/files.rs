//! Where the files of the real cities lie below a data folder.

use std::path::Path;

use super::fault::ReadError;

/// A file's name, as faults show it, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl InputFile {
    fn read(folder: &Path, path: &str) -> Result<Self, ReadError> {
        let whole = folder.join(path);
        let name = whole.display().to_string();
        match std::fs::read(&whole) {
            Ok(bytes) => Ok(Self { name, bytes }),
            Err(cause) => Err(ReadError::of_file(&name, cause)),
        }
    }
}

/// Orders whose windows are drawn from (LaDe-P).
const ORDERS: [&str; 3] = ["lade-pickup/shanghai.csv", "lade-pickup/hangzhou.csv", "lade-pickup/yantai.csv"];

fn orders(folder: &Path) -> Result<Vec<InputFile>, ReadError> {
    ORDERS.iter().map(|path| InputFile::read(folder, path)).collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacauFiles {
    /// OpenStreetMap extract, `.osm.pbf`.
    pub roads: InputFile,
    /// Census zones with households, GeoJSON.
    pub zones: InputFile,
    /// Buildings of the extract, CSV.
    pub buildings: InputFile,
    /// Recycling points of the extract, CSV.
    pub outlets: InputFile,
    /// Orders with windows, CSV; see the README of the data.
    pub orders: Vec<InputFile>,
}

impl MacauFiles {
    /// Reads the files below a data folder laid out like the shared one.
    ///
    /// # Errors
    /// [`ReadError`] naming the first file that cannot be read.
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Self, ReadError> {
        let folder = folder.as_ref();
        Ok(Self {
            roads: InputFile::read(folder, "osm-macau/macau-260220.osm.pbf")?,
            zones: InputFile::read(folder, "macau-census-2021/macau-zones-2021.geojson.gz")?,
            buildings: InputFile::read(folder, "osm-macau/macau-buildings-osm.csv.gz")?,
            outlets: InputFile::read(folder, "osm-macau/macau-waste-points-osm.csv")?,
            orders: orders(folder)?,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChengduFiles {
    /// OpenStreetMap extract, `.osm.pbf`.
    pub roads: InputFile,
    /// Codes and names of subdistricts, CSV.
    pub subdistricts: InputFile,
    /// Orders with windows, CSV.
    pub orders: Vec<InputFile>,
}

impl ChengduFiles {
    /// Reads the files below a data folder laid out like the shared one.
    ///
    /// # Errors
    /// [`ReadError`] naming the first file that cannot be read.
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Self, ReadError> {
        let folder = folder.as_ref();
        Ok(Self {
            roads: InputFile::read(folder, "osm-chengdu-2018/chengdu-2018.osm.pbf")?,
            subdistricts: InputFile::read(folder, "admin-divisions/streets.csv.gz")?,
            orders: orders(folder)?,
        })
    }
}
