//! What the checker hands back: the findings, and the figures of the plan as it recomputed them.

use huilu_model::{Cost, CostParts, Grams, Metres, Seconds};
use serde::Serialize;

use crate::accounts::Accounts;
use crate::constraints::Checked;
use crate::cost::Sums;
use crate::stops::{Stop, Trip};
use crate::violation::{Code, Violation};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order of the plan: routes first, then what they share, then money.
    pub violations: Vec<Violation>,
    /// What was checked: every rule, also those without a finding.
    pub constraints: Vec<Checked>,
    pub figures: Figures,
}

impl Report {
    /// All rules hold and every claim is true.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// All is well but that mandatory jobs are left out: the least bad plan of an instance that has no feasible one.
    /// Each of them is named in [`Report::violations`]. True for a clean plan as well.
    pub fn only_mandatory_jobs_missing(&self) -> bool {
        self.violations.iter().all(|violation| violation.code == Code::MandatoryJobLeftOut)
    }
}

/// Recomputed, not copied from the claims; numbers too large for their type stand at its end.
/// Nothing of them is worth anything where there are violations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    pub cost: Cost,
    pub cost_parts: CostParts,
    pub routes: usize,
    pub jobs_served: usize,
    pub jobs_left_out: usize,
    pub unloads: usize,
    /// Delivered at outlets.
    pub delivered_g: Grams,
    pub distance_m: Metres,
    /// From departure to return, over all routes.
    pub duration_s: Seconds,
}

impl Figures {
    pub(crate) fn add_route(&mut self, trip: &Trip<'_>, seconds: i128, metres: i128) {
        self.routes += 1;
        self.unloads += trip.stops.iter().filter(|stop| matches!(stop, Stop::Outlet(_))).count();
        self.duration_s = Seconds(narrow(i128::from(self.duration_s.0) + seconds));
        self.distance_m = Metres(narrow(i128::from(self.distance_m.0) + metres));
    }

    pub(crate) fn finish(&mut self, accounts: &Accounts<'_>, sums: &Sums) {
        self.cost = Cost(narrow(sums.total()));
        self.cost_parts = CostParts {
            fixed: Cost(narrow(sums.fixed)),
            time: Cost(narrow(sums.time)),
            distance: Cost(narrow(sums.distance)),
            gate_fees: Cost(narrow(sums.gate_fees)),
            penalties: Cost(narrow(sums.penalties)),
            fairness: Cost(narrow(sums.fairness)),
            compactness: Cost(narrow(sums.compactness)),
            lateness: Cost(narrow(sums.lateness)),
            overtime: Cost(narrow(sums.overtime)),
            preference: Cost(narrow(sums.preference)),
        };
        self.jobs_served = accounts.served();
        self.jobs_left_out = accounts.jobs() - self.jobs_served;
        self.delivered_g = Grams(narrow(accounts.delivered_grams()));
    }
}

fn narrow(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
