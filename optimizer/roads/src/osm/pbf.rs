//! Reads the `.osm.pbf` container. Every defect of the bytes becomes one [`RoadsError`].

use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use osmpbf::{BlobDecode, BlobReader, BlobType, Element, PrimitiveBlock, RelMemberType};

use super::compounds::{self, Outline};
use super::quiet;
use super::{Counts, MISSING_NODE, Point, RawOsm, RawRestriction, RawWay, Tags};
use crate::error::RoadsError;

/// Features that a file may require of its reader.
const KNOWN_FEATURES: &[&str] = &["OsmSchema-V0.6", "DenseNodes"];
const NANO: i64 = 1_000_000_000;

/// Reads the roads of a whole file; `progress` is told the share of bytes read, from 0 to 1.
///
/// # Errors
/// [`RoadsError`] where the bytes are empty, no PBF, cut off, damaged or without roads.
pub(crate) fn read_pbf(bytes: &[u8], progress: &dyn Fn(f64)) -> Result<RawOsm, RoadsError> {
    let frames = frames(bytes)?;
    let mut reader = BlobReader::new(Cursor::new(bytes));
    let mut all = Everything::default();
    for &(offset, end) in &frames {
        let damaged = |cause: String| RoadsError::Damaged { offset, cause };
        let blob = match reader.next() {
            Some(Ok(blob)) => blob,
            Some(Err(cause)) => return Err(damaged(cause.to_string())),
            None => return Err(damaged("the block cannot be read".to_owned())),
        };
        // Impossible deltas and indices inside a well-framed block make the reader's arithmetic panic.
        let decoded = quiet::catch(|| match blob.decode() {
            Ok(BlobDecode::OsmHeader(header)) => {
                let unknown = header.required_features().iter().find(|name| !KNOWN_FEATURES.contains(&name.as_str()));
                unknown.map_or(Ok(()), |name| Err(RoadsError::UnknownFeature(name.clone())))
            }
            Ok(BlobDecode::OsmData(block)) => {
                all.read_block(&block);
                Ok(())
            }
            Ok(BlobDecode::Unknown(_)) => Ok(()),
            Err(cause) => Err(RoadsError::Damaged { offset, cause: cause.to_string() }),
        });
        decoded.unwrap_or_else(|| Err(damaged("its numbers contradict each other".to_owned())))?;
        progress(end as f64 / bytes.len() as f64);
    }
    let raw = all.finish();
    if raw.ways.iter().all(|way| way.tags.get("highway").is_none() || way.nodes.iter().all(|&n| n == MISSING_NODE)) {
        return Err(RoadsError::NoRoads { ways: raw.counts.ways });
    }
    Ok(raw)
}

/// Start and end of each block; checks that the file ends where its last block does.
fn frames(bytes: &[u8]) -> Result<Vec<(usize, usize)>, RoadsError> {
    if bytes.is_empty() {
        return Err(RoadsError::Empty);
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(RoadsError::NotPbf("it is gzip-compressed; unpack it or convert it to .osm.pbf".to_owned()));
    }
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err(RoadsError::NotPbf(
            "it is XML; convert it to .osm.pbf (`osmium cat in.osm -o out.osm.pbf`)".to_owned(),
        ));
    }
    let mut frames = Vec::new();
    let mut offset = 0;
    while offset < bytes.len() {
        let present = bytes.len() - offset;
        let truncated = |needed| RoadsError::Truncated { offset, needed, present };
        let Some(length) = bytes.get(offset..offset + 4) else {
            return Err(if frames.is_empty() { no_block() } else { truncated(4) });
        };
        let header_len = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        if header_len as u64 >= osmpbf::blob::MAX_BLOB_HEADER_SIZE {
            let cause = format!("a block header of {header_len} bytes");
            return Err(if frames.is_empty() { no_block() } else { RoadsError::Damaged { offset, cause } });
        }
        let Some(framed) = bytes.get(offset..offset + 4 + header_len) else {
            return Err(truncated(4 + header_len));
        };
        let (header, _) = match BlobReader::new_seekable(Cursor::new(framed)).map(|mut one| one.next_header_skip_blob())
        {
            Ok(Some(Ok(header))) => header,
            _ if frames.is_empty() => return Err(no_block()),
            _ => return Err(RoadsError::Damaged { offset, cause: "its header cannot be read".to_owned() }),
        };
        if frames.is_empty() && header.blob_type() != BlobType::OsmHeader {
            return Err(no_block());
        }
        let Ok(size) = usize::try_from(header.get_blob_size()) else {
            return Err(RoadsError::Damaged { offset, cause: "a block of negative size".to_owned() });
        };
        let end = offset + 4 + header_len + size;
        if end > bytes.len() {
            return Err(truncated(end - offset));
        }
        frames.push((offset, end));
        offset = end;
    }
    Ok(frames)
}

fn no_block() -> RoadsError {
    RoadsError::NotPbf("it does not begin with an OSMHeader block".to_owned())
}

/// All nodes of the file (ways come after nodes, so which ones matter is known only at the end), and its roads.
#[derive(Default)]
struct Everything {
    nodes: Vec<(i64, Point)>,
    barriers: Vec<(i64, Tags)>,
    entrances: HashMap<i64, Point>,
    outlines: Vec<(Outline, Vec<i64>)>,
    ways: Vec<(i64, Vec<i64>, Tags)>,
    restrictions: Vec<RawRestriction>,
    counts: Counts,
}

impl Everything {
    fn read_block(&mut self, block: &PrimitiveBlock) {
        block.for_each_element(|element| match element {
            Element::DenseNode(node) => {
                let entrance = node.tags().any(|(key, value)| compounds::is_entrance(key, value));
                self.node(node.id(), node.nano_lat(), node.nano_lon(), entrance, || Tags::of(node.tags()))
            }
            Element::Node(node) => {
                let entrance = node.tags().any(|(key, value)| compounds::is_entrance(key, value));
                self.node(node.id(), node.nano_lat(), node.nano_lon(), entrance, || Tags::of(node.tags()))
            }
            Element::Way(way) => {
                self.counts.ways += 1;
                let road = way.tags().any(|(key, value)| key == "highway" || (key == "route" && value == "ferry"));
                if road {
                    self.ways.push((way.id(), way.refs().collect(), Tags::of(way.tags())));
                } else if let Some(outline) = compounds::outline(way.tags()) {
                    self.outline(outline, way.refs().collect());
                }
            }
            Element::Relation(relation) => {
                self.counts.relations += 1;
                if relation.tags().any(|(key, value)| key == "type" && value == "restriction") {
                    let mut found = RawRestriction { tags: Tags::of(relation.tags()), ..RawRestriction::default() };
                    for member in relation.members() {
                        match (member.role().unwrap_or_default(), &member.member_type) {
                            ("from", RelMemberType::Way) => found.from.push(member.member_id),
                            ("to", RelMemberType::Way) => found.to.push(member.member_id),
                            ("via", RelMemberType::Way) => found.via_ways.push(member.member_id),
                            ("via", RelMemberType::Node) => found.via_nodes.push(member.member_id),
                            _ => {}
                        }
                    }
                    self.restrictions.push(found);
                }
            }
        });
    }

    /// Keeps the closed ways among outlines that may have an entrance. Nodes come first in a file that is sorted, as all
    /// published ones are; in another one entrances are missed and the nearest road serves.
    fn outline(&mut self, outline: Outline, ids: Vec<i64>) {
        let closed = ids.len() >= 4 && ids.first() == ids.last();
        if closed && (outline == Outline::Land || ids.iter().any(|id| self.entrances.contains_key(id))) {
            self.outlines.push((outline, ids));
        }
    }

    fn node(&mut self, id: i64, nano_lat: i64, nano_lon: i64, entrance: bool, tags: impl FnOnce() -> Tags) {
        self.counts.nodes += 1;
        if nano_lat.unsigned_abs() > 90 * NANO as u64 || nano_lon.unsigned_abs() > 180 * NANO as u64 {
            self.counts.misplaced_nodes += 1;
            return;
        }
        let rounded = |nano: i64| ((nano + 50 * nano.signum()) / 100) as i32;
        let point = Point { lat: rounded(nano_lat), lon: rounded(nano_lon) };
        self.nodes.push((id, point));
        if entrance {
            self.entrances.insert(id, point);
        }
        let tags = tags();
        if tags.get("barrier").is_some() {
            self.barriers.push((id, tags));
        }
    }

    fn finish(mut self) -> RawOsm {
        let used: HashSet<i64> = self.ways.iter().flat_map(|(_, refs, _)| refs.iter().copied()).collect();
        let walls: HashSet<i64> = self.outlines.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        let walls: HashMap<i64, Point> = self.nodes.iter().filter(|(id, _)| walls.contains(id)).copied().collect();
        self.nodes.retain(|(id, _)| used.contains(id));
        self.nodes.sort_by_key(|&(id, _)| id);
        self.nodes.dedup_by_key(|&mut (id, _)| id);
        let mut raw = RawOsm {
            node_ids: self.nodes.iter().map(|&(id, _)| id).collect(),
            points: self.nodes.iter().map(|&(_, point)| point).collect(),
            restrictions: self.restrictions,
            counts: self.counts,
            ..RawOsm::default()
        };
        let gates = self.barriers.iter().filter(|(id, _)| used.contains(id));
        let gates = gates.filter_map(|(id, _)| self.entrances.get(id).copied()).collect();
        raw.compounds = compounds::compounds(&self.outlines, &self.entrances, gates, |id| walls.get(&id).copied());
        raw.barriers = self.barriers.into_iter().filter_map(|(id, tags)| Some((raw.node_index(id)?, tags))).collect();
        raw.ways = self
            .ways
            .into_iter()
            .map(|(id, refs, tags)| {
                let nodes: Vec<u32> = refs.iter().map(|&id| raw.node_index(id).unwrap_or(MISSING_NODE)).collect();
                RawWay { id, nodes, tags }
            })
            .collect();
        raw.counts.missing_nodes = raw.ways.iter().flat_map(|way| &way.nodes).filter(|&&n| n == MISSING_NODE).count();
        raw
    }
}
