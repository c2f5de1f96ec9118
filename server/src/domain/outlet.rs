//! Outlets: every node that residents or collectors deliver to.

use h3o::CellIndex;
use huilu_model::Seconds;
use serde::{Deserialize, Serialize};

use super::amount::{Fen, Names, StreamAmount};
use super::codes::coded;
use super::ids::{AreaId, OperatorId, OutletId};
use super::place::Place;
use super::time::Instant;

coded! {
    /// Tier and kind in one.
    OutletKind as "outlet kind" {
        SmartBin = "smart_bin",
        CollectionPoint = "collection_point",
        TransferStation = "transfer_station",
        SortingCenter = "sorting_center",
    }
}

impl OutletKind {
    /// 0 for bins up to 3 for sorting centres.
    pub fn tier(self) -> u8 {
        match self {
            Self::SmartBin => 0,
            Self::CollectionPoint => 1,
            Self::TransferStation => 2,
            Self::SortingCenter => 3,
        }
    }
}

coded! {
    HostType as "host type" {
        Compound = "compound",
        CommunityService = "community_service",
        Mall = "mall",
        Campus = "campus",
        Village = "village",
        Institution = "institution",
        Street = "street",
    }
}

coded! {
    OutletStatus as "outlet status" {
        Open = "open",
        Closed = "closed",
        /// Decided, but not in service yet.
        Planned = "planned",
    }
}

/// Seconds since local midnight, on every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyHours {
    pub start: Seconds,
    pub end: Seconds,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Outlet {
    pub id: OutletId,
    pub operator: OperatorId,
    pub names: Names,
    pub kind: OutletKind,
    pub host: Option<HostType>,
    pub status: OutletStatus,
    pub place: Place,
    pub cell: CellIndex,
    pub area: Option<AreaId>,
    /// Codes of the streams it takes.
    pub streams: Vec<String>,
    /// What it takes on one day; of a collection point or a transfer station also what it holds until it is emptied. A stream
    /// that is absent is unlimited.
    pub capacity: Vec<StreamAmount>,
    /// Whether collectors may unload here.
    pub accepts_collectors: bool,
    /// Empty: open all day.
    pub hours: Vec<DailyHours>,
    pub unload: Seconds,
    /// For each unloading; negative where the outlet pays.
    pub gate_fee: Fen,
    /// For each day it is open.
    pub opening_cost: Fen,
    pub created: Instant,
    pub updated: Instant,
    /// Counts the changes; an update must name the one it read.
    pub version: i64,
}
