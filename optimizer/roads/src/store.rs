//! A prepared network on disk: little-endian arrays behind a digest, so that a cut or damaged file is noticed before
//! any of it is used.
//!
//! Layout: magic (8 bytes), version (u32), SHA-256 of the rest (32 bytes), then digest of the source, corners, display
//! lines, and for each profile its graph and the order and edges of its hierarchy. Every array is preceded by its length.

use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::class::RoadClass;
use crate::costs::OPEN_BELOW_MS;
use crate::display::Line;
use crate::error::RoadsError;
use crate::graph::{Graph, Turn};
use crate::hierarchy::Hierarchy;
use crate::network::{ProfileRoads, RoadNetwork};
use crate::notes::GraphNotes;
use crate::osm::Point;
use crate::profile::{Profile, ProfileSpec};

const MAGIC: &[u8; 8] = b"HUILURDS";
/// One more whenever the layout, or what graphs and hierarchies hold, is another.
const VERSION: u32 = 6;
const HEAD: usize = 8 + 4 + 32;

impl RoadNetwork {
    /// Writes the network beside its place and moves it there, so that a reader never sees half of it.
    ///
    /// # Errors
    /// [`RoadsError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), RoadsError> {
        let io = |cause| RoadsError::Io { path: path.to_owned(), cause };
        let body = self.to_bytes();
        let mut name = path.file_name().map(ToOwned::to_owned).unwrap_or_default();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let write = || {
            let mut file = std::fs::File::create(&part)?;
            file.write_all(MAGIC)?;
            file.write_all(&VERSION.to_le_bytes())?;
            file.write_all(&Sha256::digest(&body))?;
            file.write_all(&body)?;
            file.sync_all()?;
            std::fs::rename(&part, path)
        };
        write().map_err(|cause| {
            // Whatever went wrong is told; what is left of the part is only litter.
            let _ = std::fs::remove_file(&part);
            io(cause)
        })
    }

    /// Reads what [`RoadNetwork::save`] wrote.
    ///
    /// # Errors
    /// [`RoadsError::Io`], [`RoadsError::OtherVersion`], or [`RoadsError::NotPrepared`] for any other file.
    pub fn load(path: &Path) -> Result<Self, RoadsError> {
        let bytes = std::fs::read(path).map_err(|cause| RoadsError::Io { path: path.to_owned(), cause })?;
        let not = |cause: &str| RoadsError::NotPrepared { path: path.to_owned(), cause: cause.to_owned() };
        let (Some(head), Some(body)) = (bytes.get(..HEAD), bytes.get(HEAD..)) else {
            return Err(not("it is too short"));
        };
        let Some(rest) = head.strip_prefix(MAGIC) else {
            return Err(not("it does not begin as one"));
        };
        let found = u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]);
        if found != VERSION {
            return Err(RoadsError::OtherVersion { path: path.to_owned(), found, expected: VERSION });
        }
        if rest[4..] != Sha256::digest(body)[..] {
            return Err(not("it is cut off or damaged; import the OpenStreetMap file again"));
        }
        let mut input = Input(body);
        let network = network(&mut input).filter(|_| input.0.is_empty());
        network.ok_or_else(|| not("its parts do not fit together"))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Output(Vec::new());
        out.bytes(self.source_sha256.as_bytes());
        out.points(&[self.south_west, self.north_east]);
        let classes: Vec<u8> = self.lines.iter().map(|line| line.road.index() as u8).collect();
        let sizes: Vec<u32> = self.lines.iter().map(|line| line.points.len() as u32).collect();
        let points: Vec<Point> = self.lines.iter().flat_map(|line| line.points.iter().copied()).collect();
        out.bytes(&classes);
        out.numbers(&sizes);
        out.points(&points);
        for roads in &self.roads {
            let graph = &roads.graph;
            out.numbers(&graph.edge_first_point);
            out.points(&graph.points);
            out.numbers(&graph.edge_cm);
            out.bytes(&graph.edge_class);
            out.bytes(&graph.edge_flags);
            out.numbers(&graph.first_arc);
            out.numbers(&graph.arc_edge);
            out.numbers(&graph.arc_ms);
            out.numbers(&graph.first_turn);
            let turns: Vec<u32> = graph.turns.iter().flat_map(|turn| [turn.to, turn.penalty_ms]).collect();
            out.numbers(&turns);
            out.bytes(&GraphNotes::of(graph).to_json());
            out.numbers(&roads.hierarchy.order);
            out.numbers(&roads.hierarchy.first_up);
            out.numbers(&roads.hierarchy.up);
        }
        out.0
    }
}

struct Output(Vec<u8>);

impl Output {
    fn length(&mut self, length: usize) {
        self.0.extend((length as u64).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend(bytes);
    }

    fn numbers(&mut self, numbers: &[u32]) {
        self.length(numbers.len());
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }

    fn points(&mut self, points: &[Point]) {
        self.length(points.len());
        self.0.extend(points.iter().flat_map(|p| [p.lat.to_le_bytes(), p.lon.to_le_bytes()]).flatten());
    }
}

/// What is left to read; every reader answers `None` where it is not there.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn array(&mut self, item: usize) -> Option<&[u8]> {
        let (length, rest) = self.0.split_first_chunk::<8>()?;
        let size = usize::try_from(u64::from_le_bytes(*length)).ok()?.checked_mul(item)?;
        let (array, rest) = rest.split_at_checked(size)?;
        self.0 = rest;
        Some(array)
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        self.array(1).map(<[u8]>::to_vec)
    }

    fn numbers(&mut self) -> Option<Vec<u32>> {
        let bytes = self.array(4)?;
        Some(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    fn points(&mut self) -> Option<Vec<Point>> {
        let bytes = self.array(8)?;
        let number = |b: &[u8]| i32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        Some(bytes.chunks_exact(8).map(|b| Point { lat: number(&b[..4]), lon: number(&b[4..]) }).collect())
    }
}

fn network(input: &mut Input<'_>) -> Option<RoadNetwork> {
    let source_sha256 = String::from_utf8(input.bytes()?).ok()?;
    let corners = input.points()?;
    let &[south_west, north_east] = corners.as_slice() else {
        return None;
    };
    let (classes, sizes, points) = (input.bytes()?, input.numbers()?, input.points()?);
    let mut rest = points.as_slice();
    let mut lines = Vec::with_capacity(classes.len());
    for (&class, &size) in classes.iter().zip(&sizes) {
        let (points, after) = rest.split_at_checked(size as usize)?;
        lines.push(Line { road: RoadClass::of_index(class)?, points: points.to_vec() });
        rest = after;
    }
    let [a, b, c, d] = Profile::ALL;
    let roads = [roads(input, a)?, roads(input, b)?, roads(input, c)?, roads(input, d)?];
    Some(RoadNetwork { source_sha256, south_west, north_east, roads, lines })
}

fn roads(input: &mut Input<'_>, profile: Profile) -> Option<ProfileRoads> {
    let graph = graph(input, profile)?;
    let hierarchy = Hierarchy::from_parts(&graph, input.numbers()?, input.numbers()?, input.numbers()?)?;
    Some(ProfileRoads::new(graph, hierarchy))
}

fn graph(input: &mut Input<'_>, profile: Profile) -> Option<Graph> {
    let graph = Graph {
        edge_first_point: input.numbers()?,
        points: input.points()?,
        edge_cm: input.numbers()?,
        edge_class: input.bytes()?,
        edge_flags: input.bytes()?,
        first_arc: input.numbers()?,
        arc_edge: input.numbers()?,
        arc_ms: input.numbers()?,
        first_turn: input.numbers()?,
        turns: turns(&input.numbers()?)?,
        ..Graph::empty(ProfileSpec::of(profile))
    };
    let notes = GraphNotes::from_json(&input.bytes()?)?;
    if !is_sound(&graph) {
        return None;
    }
    notes.put_into(graph)
}

fn turns(numbers: &[u32]) -> Option<Vec<Turn>> {
    let (pairs, rest) = numbers.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|&[to, penalty_ms]| Turn { to, penalty_ms }).collect())
}

/// Whether every index leads to something: the digest speaks for the disk, not for whoever wrote the file.
fn is_sound(graph: &Graph) -> bool {
    let (edges, arcs) = (graph.edge_cm.len(), graph.arc_edge.len());
    let counts = |first: &[u32], items: usize, of: usize| {
        first.len() == items + 1
            && first[0] == 0
            && first.is_sorted()
            && first.last().is_some_and(|&last| last as usize == of)
    };
    counts(&graph.edge_first_point, edges, graph.points.len())
        && graph.edge_first_point.windows(2).all(|edge| edge[1] - edge[0] >= 2)
        && graph.edge_class.len() == edges
        && graph.edge_class.iter().all(|&class| RoadClass::of_index(class).is_some())
        && graph.edge_flags.len() == edges
        && counts(&graph.first_arc, 2 * edges, arcs)
        && graph.first_arc.windows(2).zip(0..).all(|(direction, tagged)| {
            graph.arc_edge[direction[0] as usize..direction[1] as usize].iter().all(|&edge| edge == tagged)
        })
        && graph.arc_ms.len() == arcs
        && counts(&graph.first_turn, arcs, graph.turns.len())
        && graph.turns.iter().all(|turn| (turn.to as usize) < arcs && turn.penalty_ms < OPEN_BELOW_MS)
}
