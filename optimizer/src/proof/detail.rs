//! How much labels know: what a proof begins with, and what it falls back to where there are too many.

use super::ProofParams;
use crate::resources::model::Model;
use crate::routing::search::Visits;

/// Jobs that a label remembers at a node where routes are made of trips, which are short.
const NG_OF_TRIPS: usize = 4;
/// The same, to begin with, where times bind and routes have so few jobs that hardly one comes round again: memories grow where one does.
const NG_OF_SHORT_ROUTES: usize = 6;
const SHORT_ROUTE_JOBS: usize = 15;
/// Days with outlets and more jobs than this are searched by trips.
const WHOLE_ROUTES_MAX: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    pub(super) ng_size: usize,
    /// Outlets empty a vehicle whole.
    pub(super) coarse: bool,
    /// Routes are made of trips; then outlets empty a vehicle whole as well.
    pub(super) trips: bool,
}

impl Detail {
    /// `plan` has the visits of the best plan by vehicle, if there is one.
    pub(super) fn first(model: &Model<'_>, params: &ProofParams, plan: &Visits) -> Self {
        let long = model.has_releases() || model.n_jobs > WHOLE_ROUTES_MAX;
        let trips = !model.accepts.is_empty() && params.trips.unwrap_or(long);
        let routes = plan.iter().filter(|visits| !visits.is_empty()).count();
        let short = model.timed && model.n_jobs >= params.walks_from && model.n_jobs <= SHORT_ROUTE_JOBS * routes;
        let most = if trips { NG_OF_TRIPS } else { NG_OF_SHORT_ROUTES };
        let ng_size = if trips || short { params.ng_size.min(most) } else { params.ng_size };
        Self { ng_size, coarse: trips, trips }
    }

    /// The next coarser, if any.
    pub(super) fn coarser(self, has_outlets: bool) -> Option<Self> {
        match self {
            Self { ng_size: 5.., .. } => Some(Self { ng_size: 4, ..self }),
            Self { trips: false, .. } if has_outlets => {
                Some(Self { coarse: true, trips: true, ng_size: self.ng_size.min(NG_OF_TRIPS) })
            }
            Self { coarse: false, .. } => Some(Self { coarse: true, ..self }),
            Self { ng_size: 2.., .. } => Some(Self { ng_size: self.ng_size / 2, ..self }),
            _ => None,
        }
    }
}
