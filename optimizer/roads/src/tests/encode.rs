//! Writes hand-made streets as an `.osm.pbf` file, for the tests of the reader.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::osm::{RawOsm, Tags};

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn field(number: u64, bytes: &[u8], out: &mut Vec<u8>) {
    varint(number << 3 | 2, out);
    varint(bytes.len() as u64, out);
    out.extend(bytes);
}

fn number(number: u64, value: u64, out: &mut Vec<u8>) {
    varint(number << 3, out);
    varint(value, out);
}

fn packed(number: u64, values: impl Iterator<Item = u64>, out: &mut Vec<u8>) {
    let mut bytes = Vec::new();
    values.for_each(|value| varint(value, &mut bytes));
    field(number, &bytes, out);
}

fn deltas(values: impl Iterator<Item = i64>) -> impl Iterator<Item = u64> {
    let mut before = 0;
    values.map(move |value| zigzag(value - std::mem::replace(&mut before, value)))
}

/// The strings of a block; index 0 is reserved.
struct Strings(Vec<String>);

impl Strings {
    fn index(&mut self, text: &str) -> u64 {
        let known = self.0.iter().position(|other| other == text);
        known.unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        }) as u64
    }

    fn tags(&mut self, tags: &Tags, out: &mut Vec<u8>) {
        let pairs: Vec<(u64, u64)> = tags.0.iter().map(|(key, value)| (self.index(key), self.index(value))).collect();
        packed(2, pairs.iter().map(|pair| pair.0), out);
        packed(3, pairs.iter().map(|pair| pair.1), out);
    }
}

pub(super) fn blob(kind: &str, message: &[u8], compressed: bool, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    if compressed {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(message).expect("memory");
        number(2, message.len() as u64, &mut body);
        field(3, &encoder.finish().expect("memory"), &mut body);
    } else {
        field(1, message, &mut body);
    }
    let mut header = Vec::new();
    field(1, kind.as_bytes(), &mut header);
    number(3, body.len() as u64, &mut header);
    out.extend((header.len() as u32).to_be_bytes());
    out.extend(header);
    out.extend(body);
}

pub(super) fn header(features: &[&str]) -> Vec<u8> {
    let mut message = Vec::new();
    features.iter().for_each(|feature| field(4, feature.as_bytes(), &mut message));
    message
}

/// The whole file: a header, a block of nodes, a block of ways and relations.
pub(super) fn pbf(raw: &RawOsm, compressed: bool) -> Vec<u8> {
    let mut file = Vec::new();
    blob("OSMHeader", &header(&["OsmSchema-V0.6", "DenseNodes"]), compressed, &mut file);

    let mut strings = Strings(vec![String::new()]);
    let mut dense = Vec::new();
    packed(1, deltas(raw.node_ids.iter().copied()), &mut dense);
    packed(8, deltas(raw.points.iter().map(|point| i64::from(point.lat))), &mut dense);
    packed(9, deltas(raw.points.iter().map(|point| i64::from(point.lon))), &mut dense);
    let mut pairs = Vec::new();
    for node in 0..raw.points.len() as u32 {
        for (key, value) in raw.barriers.iter().filter(|(at, _)| *at == node).flat_map(|(_, tags)| &tags.0) {
            pairs.extend([strings.index(key), strings.index(value)]);
        }
        pairs.push(0);
    }
    packed(10, pairs.into_iter(), &mut dense);
    let mut group = Vec::new();
    field(2, &dense, &mut group);
    block(&strings, &group, compressed, &mut file);

    let mut strings = Strings(vec![String::new()]);
    let mut group = Vec::new();
    for way in &raw.ways {
        let mut message = Vec::new();
        number(1, way.id as u64, &mut message);
        strings.tags(&way.tags, &mut message);
        packed(8, deltas(way.nodes.iter().map(|&node| raw.node_ids[node as usize])), &mut message);
        field(3, &message, &mut group);
    }
    for (k, relation) in raw.restrictions.iter().enumerate() {
        let mut message = Vec::new();
        number(1, 9_000 + k as u64, &mut message);
        let mut tags = relation.tags.clone();
        tags.0.push(("type".to_owned(), "restriction".to_owned()));
        strings.tags(&tags, &mut message);
        let members = (relation.from.iter().map(|&id| ("from", id, 1)))
            .chain(relation.via_nodes.iter().map(|&id| ("via", id, 0)))
            .chain(relation.via_ways.iter().map(|&id| ("via", id, 1)))
            .chain(relation.to.iter().map(|&id| ("to", id, 1)));
        let members: Vec<(&str, i64, u64)> = members.collect();
        let roles: Vec<u64> = members.iter().map(|member| strings.index(member.0)).collect();
        packed(8, roles.into_iter(), &mut message);
        packed(9, deltas(members.iter().map(|member| member.1)), &mut message);
        packed(10, members.iter().map(|member| member.2), &mut message);
        field(4, &message, &mut group);
    }
    block(&strings, &group, compressed, &mut file);
    file
}

fn block(strings: &Strings, group: &[u8], compressed: bool, file: &mut Vec<u8>) {
    let mut table = Vec::new();
    strings.0.iter().for_each(|text| field(1, text.as_bytes(), &mut table));
    let mut message = Vec::new();
    field(1, &table, &mut message);
    field(2, group, &mut message);
    blob("OSMData", &message, compressed, file);
}
