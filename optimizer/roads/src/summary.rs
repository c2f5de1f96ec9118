//! What an import read, kept and dropped, for people to judge whether a file is good enough.

use std::collections::BTreeMap;

use huilu_model::Wgs84;
use serde::{Deserialize, Serialize};

use crate::profile::Profile;

/// Why a way is closed to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropped {
    /// Planned, under construction, or no way to travel on.
    NoRoad,
    /// The profile does not use this class.
    Class,
    /// An access tag.
    Access,
    Weight,
    Height,
    Width,
    Toll,
    /// Its direction changes by the hour.
    Reversible,
    /// A square drawn as an area.
    Area,
    Ferry,
}

/// What became of a turn restriction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestrictionFate {
    Used,
    /// Meant for others, or the profile is excepted.
    OtherTraveller,
    /// Not between roads that this profile may use.
    RoadsClosed,
    /// A road that runs on through the node, or that is passed twice: which direction is meant cannot be told.
    Ambiguous,
    /// Its ways do not touch one another.
    Disconnected,
    /// Members are missing.
    Incomplete,
    /// Neither `no_*` nor `only_*`.
    UnknownKind,
}

/// The side of the road on which traffic keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrivingSide {
    Left,
    Right,
}

/// How the driving side is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideEvidence {
    /// By the city's changes to the profiles.
    Stated,
    /// So many of the roundabouts are drawn in its direction.
    Roundabouts { agreeing: usize, of: usize },
    /// Nothing tells.
    Assumed,
}

/// Roads that are open to a profile, but cannot be reached from the rest or not be left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Island {
    pub km: f64,
    /// On its longest road.
    pub at: Wgs84,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileSummary {
    pub profile: Profile,
    pub ways_kept: usize,
    pub ways_dropped: BTreeMap<Dropped, usize>,
    /// Kilometres of road in the graph, each road once.
    pub km: f64,
    /// Of these, roads only for who starts or ends there: private ones and what lies behind them.
    pub km_destination_only: f64,
    /// Kilometres of road that are open to the profile but not connected with the graph.
    pub km_dropped: f64,
    pub edges: usize,
    /// Directions of edges that may be travelled, the copies that remember a turn restriction included.
    pub arcs: usize,
    /// Length of the graph by that of all roads that are open to the profile, 0 to 1; the rest was dropped.
    pub largest_part_share: f64,
    /// Parts that were dropped because no road leads there and back again.
    pub parts_dropped: usize,
    /// The longest of them.
    pub largest_islands: Vec<Island>,
    pub restrictions: BTreeMap<RestrictionFate, usize>,
    /// Ways that their own tags shut at some hours.
    pub timed_ways: usize,
    /// Clauses of conditional tags that could not be read, and so do not count.
    pub conditions_unread: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// Of the file, in hexadecimal.
    pub sha256: String,
    pub nodes: usize,
    pub ways: usize,
    pub relations: usize,
    pub highway_ways: usize,
    pub restrictions: usize,
    /// References to nodes that a cut extract lacks.
    pub missing_nodes: usize,
    pub misplaced_nodes: usize,
    pub driving_side: DrivingSide,
    pub driving_side_by: SideEvidence,
    /// Buildings and compounds whose entrances are known.
    pub compounds: usize,
    pub profiles: Vec<ProfileSummary>,
}

/// As in `12 of a class that it does not use`.
impl std::fmt::Display for Dropped {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::NoRoad => "that are no roads",
            Self::Class => "of a class that it does not use",
            Self::Access => "closed to it by an access tag",
            Self::Weight => "too weak for it",
            Self::Height => "too low for it",
            Self::Width => "too narrow for it",
            Self::Toll => "with a toll",
            Self::Reversible => "whose direction changes by the hour",
            Self::Area => "that are squares",
            Self::Ferry => "that are ferries",
        })
    }
}

/// As in `12 for other travellers`.
impl std::fmt::Display for RestrictionFate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Used => "in use",
            Self::OtherTraveller => "for other travellers",
            Self::RoadsClosed => "between roads closed to it",
            Self::Ambiguous => "whose direction cannot be told",
            Self::Disconnected => "whose roads do not touch",
            Self::Incomplete => "with missing members",
            Self::UnknownKind => "of an unknown kind",
        })
    }
}

impl std::fmt::Display for DrivingSide {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
        })
    }
}

impl std::fmt::Display for ImportSummary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            out,
            "{} nodes, {} ways ({} roads), {} relations ({} turn restrictions)",
            self.nodes, self.ways, self.highway_ways, self.relations, self.restrictions
        )?;
        let side = self.driving_side;
        match self.driving_side_by {
            SideEvidence::Stated => writeln!(out, "traffic keeps {side}, as the city's profiles say")?,
            SideEvidence::Roundabouts { agreeing, of } => {
                writeln!(out, "traffic keeps {side}, as {agreeing} of {of} roundabouts are drawn")?;
            }
            SideEvidence::Assumed => writeln!(
                out,
                "traffic is taken to keep {side}, because no roundabout tells; `driving_side` in the city's profiles says it"
            )?,
        }
        if self.compounds > 0 {
            writeln!(out, "{} buildings and compounds with known entrances", self.compounds)?;
        }
        if self.missing_nodes + self.misplaced_nodes > 0 {
            writeln!(
                out,
                "{} references to nodes outside the file, {} nodes with impossible coordinates",
                self.missing_nodes, self.misplaced_nodes
            )?;
        }
        for one in &self.profiles {
            let list = |pairs: Vec<String>| if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") };
            writeln!(
                out,
                "{:<6} {:.0} km in {} edges, {:.1} % of the roads open to it ({:.0} km only for who stops there)",
                one.profile.as_str(),
                one.km,
                one.edges,
                100.0 * one.largest_part_share,
                one.km_destination_only
            )?;
            if one.parts_dropped > 0 {
                let list: Vec<String> = one
                    .largest_islands
                    .iter()
                    .map(|island| format!("{:.1} km at {:.4},{:.4}", island.km, island.at.lat, island.at.lon))
                    .collect();
                writeln!(
                    out,
                    "       dropped {:.0} km in {} parts that no road open to {} leads to and from, the largest: {}",
                    one.km_dropped,
                    one.parts_dropped,
                    one.profile.as_str(),
                    list.join("; ")
                )?;
            }
            let dropped = one.ways_dropped.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
            let fates = one.restrictions.iter().map(|(fate, n)| format!("{n} {fate}")).collect();
            writeln!(
                out,
                "       ways kept {}, left out: {}; turn restrictions: {}",
                one.ways_kept,
                list(dropped),
                list(fates)
            )?;
            if one.timed_ways + one.conditions_unread > 0 {
                writeln!(
                    out,
                    "       {} ways shut at some hours; {} conditions could not be read",
                    one.timed_ways, one.conditions_unread
                )?;
            }
        }
        Ok(())
    }
}
