//! The road graph of one profile as flat arrays.
//!
//! An *edge* is a stretch of road between two junctions with its line; an *arc* is an edge in one of the directions
//! that may be travelled; a *turn* leads from the end of an arc into the next. The search settles arcs, not junctions,
//! which makes turn restrictions and turning back exact. Arcs of the largest strongly connected part only.
//!
//! Where a turn restriction leads over whole ways, a direction of an edge has several arcs: the plain one, and copies
//! for vehicles that came the restricted way. They differ in the turns that leave them and in nothing else. Likewise on
//! roads for destinations only: the plain arc is for who starts there, a copy for who arrives.

use std::ops::Range;
use std::sync::OnceLock;

use crate::class::RoadClass;
use crate::conditions::{TimedClosure, ZoneEdges};
use crate::osm::{Compound, Point};
use crate::profile::{Profile, ProfileSpec};
use crate::snap::SnapIndex;

/// No arc at all.
pub(crate) const NO_ARC: u32 = u32::MAX;

/// Bits of [`Graph::edge_flags`]: only for who starts or ends there.
pub(crate) const DESTINATION_ONLY: u8 = 1;
/// No place to stop: a bridge, a tunnel, a motorway, a ferry.
pub(crate) const NO_STOPPING: u8 = 2;
/// This direction can be reached from everywhere and left to everywhere, along and against the line.
pub(crate) const THROUGH: [u8; 2] = [4, 8];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) to: u32,
    pub(crate) penalty_ms: u32,
}

#[derive(Clone, Debug)]
pub struct Graph {
    /// By which the graph was built.
    pub(crate) spec: ProfileSpec,
    /// Of each edge its first index into `points`; one more than edges.
    pub(crate) edge_first_point: Vec<u32>,
    pub(crate) points: Vec<Point>,
    pub(crate) edge_cm: Vec<u32>,
    /// Index into [`RoadClass::ALL`].
    pub(crate) edge_class: Vec<u8>,
    pub(crate) edge_flags: Vec<u8>,
    /// Of each edge its first arc along and its first arc against its line; ends with the number of arcs.
    pub(crate) first_arc: Vec<u32>,
    /// Edge of each arc, shifted left by one; the lowest bit is set for the direction against the line.
    pub(crate) arc_edge: Vec<u32>,
    pub(crate) arc_ms: Vec<u32>,
    /// Of each arc its first index into `turns`; one more than arcs.
    pub(crate) first_turn: Vec<u32>,
    pub(crate) turns: Vec<Turn>,
    /// By the tags of single roads.
    pub(crate) timed: Vec<TimedClosure>,
    /// Whether traffic keeps left.
    pub(crate) keeps_left: bool,
    pub(crate) compounds: Vec<Compound>,
    /// Built when the first place is snapped.
    pub(crate) index: OnceLock<SnapIndex>,
    pub(crate) zone_edges: ZoneEdges,
}

impl Graph {
    pub(crate) fn empty(spec: ProfileSpec) -> Self {
        Self {
            spec,
            edge_first_point: vec![0],
            points: Vec::new(),
            edge_cm: Vec::new(),
            edge_class: Vec::new(),
            edge_flags: Vec::new(),
            first_arc: vec![0],
            arc_edge: Vec::new(),
            arc_ms: Vec::new(),
            first_turn: vec![0],
            turns: Vec::new(),
            timed: Vec::new(),
            keeps_left: false,
            compounds: Vec::new(),
            index: OnceLock::new(),
            zone_edges: ZoneEdges::default(),
        }
    }

    pub fn profile(&self) -> Profile {
        self.spec.profile
    }

    /// Speeds and rules by which the graph was built.
    pub fn spec(&self) -> &ProfileSpec {
        &self.spec
    }

    /// Number of stretches of road between junctions.
    pub fn n_edges(&self) -> usize {
        self.edge_cm.len()
    }

    /// Number of directions of edges that may be travelled, the copies that remember a turn restriction included.
    pub fn n_arcs(&self) -> usize {
        self.arc_edge.len()
    }

    /// Class of the road of an edge.
    pub fn edge_class(&self, edge: u32) -> Option<RoadClass> {
        self.edge_class.get(edge as usize).copied().and_then(RoadClass::of_index)
    }

    pub(crate) fn edge_points(&self, edge: u32) -> &[Point] {
        let edge = edge as usize;
        &self.points[self.edge_first_point[edge] as usize..self.edge_first_point[edge + 1] as usize]
    }

    /// The arcs of an edge in one direction, the plain one first; empty where that direction is closed.
    ///
    /// A journey that starts on the edge leaves by the plain arc, one that ends there may arrive by any of them.
    pub(crate) fn arcs_of(&self, edge: u32, backward: bool) -> Range<u32> {
        let k = 2 * edge as usize + usize::from(backward);
        match (self.first_arc.get(k), self.first_arc.get(k + 1)) {
            (Some(&first), Some(&end)) => first..end,
            _ => 0..0,
        }
    }

    #[inline]
    pub(crate) fn turns_of(&self, arc: u32) -> &[Turn] {
        let arc = arc as usize;
        &self.turns[self.first_turn[arc] as usize..self.first_turn[arc + 1] as usize]
    }
}

/// Equal in everything but the index and what was found of zones, which follow from the rest.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
            && self.edge_first_point == other.edge_first_point
            && self.points == other.points
            && self.edge_cm == other.edge_cm
            && self.edge_class == other.edge_class
            && self.edge_flags == other.edge_flags
            && self.first_arc == other.first_arc
            && self.arc_edge == other.arc_edge
            && self.arc_ms == other.arc_ms
            && self.first_turn == other.first_turn
            && self.turns == other.turns
            && self.timed == other.timed
            && self.keeps_left == other.keeps_left
            && self.compounds == other.compounds
    }
}
