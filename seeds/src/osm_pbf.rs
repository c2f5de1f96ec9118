//! Writes roads as an OpenStreetMap `.osm.pbf` file.
//!
//! Format: the OpenStreetMap wiki's "PBF Format" (fileformat and osmformat messages). One header block, then blocks of
//! dense nodes, of ways and of relations, each element kind in the order of its ids, zlib-compressed. The same elements
//! give the same bytes. Knows nothing of what a tag means.

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use prost::Message;

use crate::records::Bounds;

/// Elements in one block; the format's own advice.
const BLOCK_ELEMENTS: usize = 8_000;
/// Coordinates are counted in units of 100 nanodegrees.
const UNITS_PER_DEGREE: f64 = 1e7;
const NANODEGREES_PER_DEGREE: f64 = 1e9;

pub type Tags = Vec<(String, String)>;

#[derive(Clone, Debug, PartialEq)]
pub struct OsmNode {
    pub id: i64,
    /// Degrees, WGS-84; kept to 1e-7.
    pub lat: f64,
    pub lon: f64,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsmWay {
    pub id: i64,
    /// Ids of nodes.
    pub nodes: Vec<i64>,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    Node,
    Way,
    Relation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub kind: MemberKind,
    pub id: i64,
    pub role: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsmRelation {
    pub id: i64,
    pub members: Vec<Member>,
    pub tags: Tags,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OsmFile {
    pub nodes: Vec<OsmNode>,
    pub ways: Vec<OsmWay>,
    pub relations: Vec<OsmRelation>,
}

/// What the format cannot hold.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PbfError {
    #[error("node {id} has no place on earth: latitude {lat}, longitude {lon}")]
    NotOnEarth { id: i64, lat: f64, lon: f64 },
    #[error("a block of {bytes} bytes is larger than the format allows")]
    BlockTooLarge { bytes: usize },
    #[error("{0}")]
    Compression(String),
}

impl OsmFile {
    /// The bytes of the file.
    ///
    /// # Errors
    /// [`PbfError`] for a node that is nowhere, or tags too long for a block.
    pub fn to_pbf(&self) -> Result<Vec<u8>, PbfError> {
        for &OsmNode { id, lat, lon, .. } in &self.nodes {
            if !(lat.abs() <= 90.0 && lon.abs() <= 180.0) {
                return Err(PbfError::NotOnEarth { id, lat, lon });
            }
        }
        let mut nodes: Vec<&OsmNode> = self.nodes.iter().collect();
        nodes.sort_by_key(|node| node.id);
        let mut ways: Vec<&OsmWay> = self.ways.iter().collect();
        ways.sort_by_key(|way| way.id);
        let mut relations: Vec<&OsmRelation> = self.relations.iter().collect();
        relations.sort_by_key(|relation| relation.id);

        let mut out = Vec::new();
        append_blob("OSMHeader", &self.header().encode_to_vec(), &mut out)?;
        for part in nodes.chunks(BLOCK_ELEMENTS) {
            append_block(
                |strings| wire::PrimitiveGroup { dense: Some(dense(part, strings)), ..Default::default() },
                &mut out,
            )?;
        }
        for part in ways.chunks(BLOCK_ELEMENTS) {
            let group = |strings: &mut Strings| part.iter().map(|way| wire_way(way, strings)).collect();
            append_block(|strings| wire::PrimitiveGroup { ways: group(strings), ..Default::default() }, &mut out)?;
        }
        for part in relations.chunks(BLOCK_ELEMENTS) {
            let group = |strings: &mut Strings| part.iter().map(|relation| wire_relation(relation, strings)).collect();
            append_block(|strings| wire::PrimitiveGroup { relations: group(strings), ..Default::default() }, &mut out)?;
        }
        Ok(out)
    }

    fn header(&self) -> wire::HeaderBlock {
        let places = self.nodes.iter().map(|node| huilu_model::Wgs84 { lat: node.lat, lon: node.lon });
        let nano = |degrees: f64| (degrees * NANODEGREES_PER_DEGREE).round() as i64;
        wire::HeaderBlock {
            bbox: Bounds::around(places).map(|b| wire::HeaderBBox {
                left: nano(b.west),
                right: nano(b.east),
                top: nano(b.north),
                bottom: nano(b.south),
            }),
            required_features: vec!["OsmSchema-V0.6".to_owned(), "DenseNodes".to_owned()],
            optional_features: vec!["Sort.Type_then_ID".to_owned()],
            writing_program: Some("huilu-seeds".to_owned()),
        }
    }
}

/// The string table of one block; index 0 is reserved by the format.
struct Strings {
    table: Vec<Vec<u8>>,
    index: HashMap<String, u32>,
}

impl Strings {
    fn new() -> Self {
        Self { table: vec![Vec::new()], index: HashMap::new() }
    }

    fn of(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.index.get(text) {
            return known;
        }
        let new = self.table.len() as u32;
        self.table.push(text.as_bytes().to_vec());
        self.index.insert(text.to_owned(), new);
        new
    }

    fn tags(&mut self, tags: &Tags) -> (Vec<u32>, Vec<u32>) {
        tags.iter().map(|(key, value)| (self.of(key), self.of(value))).unzip()
    }
}

/// Differences between neighbours, starting from 0.
fn deltas(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut before = 0;
    values.map(|value| value - std::mem::replace(&mut before, value)).collect()
}

fn dense(nodes: &[&OsmNode], strings: &mut Strings) -> wire::DenseNodes {
    let units = |degrees: f64| (degrees * UNITS_PER_DEGREE).round() as i64;
    let mut keys_vals = Vec::new();
    if nodes.iter().any(|node| !node.tags.is_empty()) {
        for node in nodes {
            for (key, value) in &node.tags {
                keys_vals.push(strings.of(key) as i32);
                keys_vals.push(strings.of(value) as i32);
            }
            keys_vals.push(0);
        }
    }
    wire::DenseNodes {
        id: deltas(nodes.iter().map(|node| node.id)),
        lat: deltas(nodes.iter().map(|node| units(node.lat))),
        lon: deltas(nodes.iter().map(|node| units(node.lon))),
        keys_vals,
    }
}

fn wire_way(way: &OsmWay, strings: &mut Strings) -> wire::Way {
    let (keys, vals) = strings.tags(&way.tags);
    wire::Way { id: way.id, keys, vals, refs: deltas(way.nodes.iter().copied()) }
}

fn wire_relation(relation: &OsmRelation, strings: &mut Strings) -> wire::Relation {
    let (keys, vals) = strings.tags(&relation.tags);
    let kind = |member: &Member| match member.kind {
        MemberKind::Node => wire::MemberType::Node,
        MemberKind::Way => wire::MemberType::Way,
        MemberKind::Relation => wire::MemberType::Relation,
    };
    wire::Relation {
        id: relation.id,
        keys,
        vals,
        roles_sid: relation.members.iter().map(|member| strings.of(&member.role) as i32).collect(),
        memids: deltas(relation.members.iter().map(|member| member.id)),
        types: relation.members.iter().map(|member| kind(member) as i32).collect(),
    }
}

fn append_block(group: impl FnOnce(&mut Strings) -> wire::PrimitiveGroup, out: &mut Vec<u8>) -> Result<(), PbfError> {
    let mut strings = Strings::new();
    let group = group(&mut strings);
    let block = wire::PrimitiveBlock {
        stringtable: wire::StringTable { s: strings.table },
        primitivegroup: vec![group],
        granularity: Some((NANODEGREES_PER_DEGREE / UNITS_PER_DEGREE) as i32),
    };
    append_blob("OSMData", &block.encode_to_vec(), out)
}

fn append_blob(kind: &str, message: &[u8], out: &mut Vec<u8>) -> Result<(), PbfError> {
    /// The format's limit on an uncompressed block.
    const BLOCK_BYTES_MAX: usize = 32 << 20;
    if message.len() > BLOCK_BYTES_MAX {
        return Err(PbfError::BlockTooLarge { bytes: message.len() });
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(message).and_then(|()| encoder.finish());
    let packed = packed.map_err(|cause| PbfError::Compression(cause.to_string()))?;
    let blob = wire::Blob { raw_size: Some(message.len() as i32), zlib_data: Some(packed) }.encode_to_vec();
    let header = wire::BlobHeader { kind: kind.to_owned(), datasize: blob.len() as i32 }.encode_to_vec();
    out.extend((header.len() as u32).to_be_bytes());
    out.extend(header);
    out.extend(blob);
    Ok(())
}

/// The messages of the format, with only the fields that are written.
mod wire {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct BlobHeader {
        #[prost(string, required, tag = "1")]
        pub(super) kind: String,
        #[prost(int32, required, tag = "3")]
        pub(super) datasize: i32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Blob {
        #[prost(int32, optional, tag = "2")]
        pub(super) raw_size: Option<i32>,
        #[prost(bytes = "vec", optional, tag = "3")]
        pub(super) zlib_data: Option<Vec<u8>>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct HeaderBlock {
        #[prost(message, optional, tag = "1")]
        pub(super) bbox: Option<HeaderBBox>,
        #[prost(string, repeated, tag = "4")]
        pub(super) required_features: Vec<String>,
        #[prost(string, repeated, tag = "5")]
        pub(super) optional_features: Vec<String>,
        #[prost(string, optional, tag = "16")]
        pub(super) writing_program: Option<String>,
    }

    /// Nanodegrees.
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct HeaderBBox {
        #[prost(sint64, required, tag = "1")]
        pub(super) left: i64,
        #[prost(sint64, required, tag = "2")]
        pub(super) right: i64,
        #[prost(sint64, required, tag = "3")]
        pub(super) top: i64,
        #[prost(sint64, required, tag = "4")]
        pub(super) bottom: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct PrimitiveBlock {
        #[prost(message, required, tag = "1")]
        pub(super) stringtable: StringTable,
        #[prost(message, repeated, tag = "2")]
        pub(super) primitivegroup: Vec<PrimitiveGroup>,
        #[prost(int32, optional, tag = "17")]
        pub(super) granularity: Option<i32>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct StringTable {
        #[prost(bytes = "vec", repeated, tag = "1")]
        pub(super) s: Vec<Vec<u8>>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct PrimitiveGroup {
        #[prost(message, optional, tag = "2")]
        pub(super) dense: Option<DenseNodes>,
        #[prost(message, repeated, tag = "3")]
        pub(super) ways: Vec<Way>,
        #[prost(message, repeated, tag = "4")]
        pub(super) relations: Vec<Relation>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct DenseNodes {
        #[prost(sint64, repeated, tag = "1")]
        pub(super) id: Vec<i64>,
        #[prost(sint64, repeated, tag = "8")]
        pub(super) lat: Vec<i64>,
        #[prost(sint64, repeated, tag = "9")]
        pub(super) lon: Vec<i64>,
        #[prost(int32, repeated, tag = "10")]
        pub(super) keys_vals: Vec<i32>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Way {
        #[prost(int64, required, tag = "1")]
        pub(super) id: i64,
        #[prost(uint32, repeated, tag = "2")]
        pub(super) keys: Vec<u32>,
        #[prost(uint32, repeated, tag = "3")]
        pub(super) vals: Vec<u32>,
        #[prost(sint64, repeated, tag = "8")]
        pub(super) refs: Vec<i64>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
    #[repr(i32)]
    pub(super) enum MemberType {
        Node = 0,
        Way = 1,
        Relation = 2,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Relation {
        #[prost(int64, required, tag = "1")]
        pub(super) id: i64,
        #[prost(uint32, repeated, tag = "2")]
        pub(super) keys: Vec<u32>,
        #[prost(uint32, repeated, tag = "3")]
        pub(super) vals: Vec<u32>,
        #[prost(int32, repeated, tag = "8")]
        pub(super) roles_sid: Vec<i32>,
        #[prost(sint64, repeated, tag = "9")]
        pub(super) memids: Vec<i64>,
        #[prost(enumeration = "MemberType", repeated, tag = "10")]
        pub(super) types: Vec<i32>,
    }
}

#[cfg(test)]
#[path = "osm_pbf_tests.rs"]
mod tests;
