//! What can be wrong with a plan: one stable code for each rule, with the claim and the recomputed value.

use std::fmt;

use huilu_model::{PlannedRoute, StepKind};
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($variant:ident $name:literal $meaning:literal)*) => {
        /// A broken rule or a false claim. The names are part of the API and do not change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// What is wrong, as half a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    // Names, order and places.
    WrongInstance "WRONG_INSTANCE" "the plan answers another instance"
    WrongCostScale "WRONG_COST_SCALE" "the plan counts money in another unit"
    UnknownVehicle "UNKNOWN_VEHICLE" "no such vehicle"
    UnknownJob "UNKNOWN_JOB" "no such job"
    UnknownOutlet "UNKNOWN_OUTLET" "no such outlet"
    UnknownPlace "UNKNOWN_PLACE" "no such place"
    UnknownStream "UNKNOWN_STREAM" "no such stream"
    VehicleTwice "VEHICLE_TWICE" "the vehicle has more than one route"
    EmptyRoute "EMPTY_ROUTE" "the route visits nothing"
    StartMissing "START_MISSING" "the first step is not the start"
    EndMissing "END_MISSING" "the last step is not the end"
    StepMisplaced "STEP_MISPLACED" "a start or an end in the middle of the route"
    WrongPlace "WRONG_PLACE" "the step is not at the place of what it visits"
    MissingSkill "MISSING_SKILL" "the vehicle lacks a skill of the job"

    // Promises.
    LockedElsewhere "LOCKED_ELSEWHERE" "the job is locked to other vehicles"
    LockedSequence "LOCKED_SEQUENCE" "the job does not follow the one that it has to follow"
    LockedStart "LOCKED_START" "the visit starts outside the interval that it is locked to"
    LockedBeginning "LOCKED_BEGINNING" "the route does not begin with the visits that it has to"
    FrozenTime "FROZEN_TIME" "a frozen step happens at another time"
    FrozenEnd "FROZEN_END" "the route goes on, though it was over before the freeze"
    BeforeFreeze "BEFORE_FREEZE" "the vehicle sets out before the freeze, though it was not under way"
    TooManyChanges "TOO_MANY_CHANGES" "more jobs than may have changed their vehicle or window against the earlier plan, or are left out"

    // Each job once.
    JobTwice "JOB_TWICE" "the job is served more than once"
    JobUnaccounted "JOB_UNACCOUNTED" "the job is neither served nor named among those left out"
    JobServedAndLeftOut "JOB_SERVED_AND_LEFT_OUT" "the job is served and named among those left out"
    JobLeftOutTwice "JOB_LEFT_OUT_TWICE" "the job is named twice among those left out"
    MandatoryJobLeftOut "MANDATORY_JOB_LEFT_OUT" "the job has no penalty and must be served"
    PartsSum "PARTS_SUM" "the parts of the job do not add up to it"
    FalseProof "FALSE_PROOF" "the job is called impossible, but the vehicle can serve it on a route of its own"
    VerdictContradicted "VERDICT_CONTRADICTED" "a mandatory job has no penalty that it could be not worth"

    // Time and way.
    UnreachableLeg "UNREACHABLE_LEG" "there is no way from the step before"
    ArrivalTime "ARRIVAL_TIME" "the arrival is not the departure before plus the way"
    StartsBeforeArrival "STARTS_BEFORE_ARRIVAL" "the visit starts before the vehicle is there"
    StartsLate "STARTS_LATE" "the visit does not start at the first moment that is allowed"
    OutsideWindow "OUTSIDE_WINDOW" "the visit starts outside the windows of the job"
    BannedZone "BANNED_ZONE" "the visit starts while the vehicle is banned from the zone"
    OutletClosed "OUTLET_CLOSED" "unloading starts outside the opening hours"
    DepartureTime "DEPARTURE_TIME" "the departure is not the start plus the time needed"
    BeforeRelease "BEFORE_RELEASE" "the trip leaves before all its jobs are released"
    OutsideShift "OUTSIDE_SHIFT" "departure or return lies outside the shift"
    BreakMissing "BREAK_MISSING" "a break is due on this route"
    BreakTwice "BREAK_TWICE" "more than one break"
    BreakUnexpected "BREAK_UNEXPECTED" "the vehicle has no break"
    BreakOutsideWindow "BREAK_OUTSIDE_WINDOW" "the break begins outside its window"
    StepDistance "STEP_DISTANCE" "the metres are not those of the ways so far"
    MaxDistance "MAX_DISTANCE" "the route is longer than the vehicle may go"
    MaxDuration "MAX_DURATION" "the route takes longer than the vehicle may be under way"
    MaxJobs "MAX_JOBS" "the vehicle serves more jobs than it may"
    RouteDistance "ROUTE_DISTANCE" "the metres of the route are not those of its ways"
    RouteDuration "ROUTE_DURATION" "the duration is not the return minus the departure"

    // Loads.
    NoCompartment "NO_COMPARTMENT" "the vehicle has no compartment for the stream"
    CompartmentGrams "COMPARTMENT_GRAMS" "the compartment holds more grams than it may"
    CompartmentLitres "COMPARTMENT_LITRES" "the compartment holds more litres than it may"
    Payload "PAYLOAD" "the vehicle holds more grams than it may"
    DayLoad "DAY_LOAD" "the vehicle picks up more in a day than it may"
    IncompatibleStreams "INCOMPATIBLE_STREAMS" "streams that may not mix share a compartment"
    StepLoad "STEP_LOAD" "the load is not what was picked up and not yet unloaded"
    StreamTwice "STREAM_TWICE" "the stream is named twice in one load"
    NotEmptied "NOT_EMPTIED" "an accepted stream is still on board after the unload"
    StreamNotAccepted "STREAM_NOT_ACCEPTED" "a stream that the outlet does not accept left the vehicle there"
    OutletFull "OUTLET_FULL" "the routes of the day bring the outlet more than it can take"
    NotEmptyAtEnd "NOT_EMPTY_AT_END" "the vehicle must be empty at the end"

    // The plan as a whole.
    SpreadHours "SPREAD_HOURS" "the longest and the shortest day of a group lie too far apart"
    SpreadWeight "SPREAD_WEIGHT" "the heaviest and the lightest day of a group lie too far apart"

    // Money.
    RouteCost "ROUTE_COST" "the cost of the route is not the sum of its parts"
    CostFixed "COST_FIXED" "fixed costs of the vehicles used"
    CostTime "COST_TIME" "costs by the second"
    CostDistance "COST_DISTANCE" "costs by the metre"
    CostGateFees "COST_GATE_FEES" "gate fees of the unloads"
    CostPenalties "COST_PENALTIES" "penalties of the jobs not served"
    CostFairness "COST_FAIRNESS" "costs of hours and kilograms off their median"
    CostCompactness "COST_COMPACTNESS" "costs of jobs away from the middle of their route"
    CostLateness "COST_LATENESS" "costs of visits after the soft end of their window"
    CostOvertime "COST_OVERTIME" "costs of seconds after the regular hours"
    CostPreference "COST_PREFERENCE" "costs of jobs served by a vehicle that they do not prefer"
    CostTotal "COST_TOTAL" "the cost of the plan is not the sum of its parts"
    BoundAboveCost "BOUND_ABOVE_COST" "the lower bound lies above what it bounds of this very plan"
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

/// A claimed or recomputed value: a number in the unit of the rule, or an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    Number(i128),
    Text(String),
}

impl From<i128> for Figure {
    fn from(value: i128) -> Self {
        Figure::Number(value)
    }
}

impl From<i64> for Figure {
    fn from(value: i64) -> Self {
        Figure::Number(value.into())
    }
}

impl From<&str> for Figure {
    fn from(value: &str) -> Self {
        Figure::Text(value.to_owned())
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figure::Number(value) => value.fmt(out),
            Figure::Text(text) => write!(out, "`{text}`"),
        }
    }
}

/// One finding. Its display form is one line: code, where, what, and the claim beside the recomputed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}", self.line())]
pub struct Violation {
    pub code: Code,
    /// Index into the plan's routes.
    pub route: Option<usize>,
    pub vehicle: Option<String>,
    /// Index into the route's steps.
    pub step: Option<usize>,
    /// What it is about: the id of a job, outlet, stream or place.
    pub subject: Option<String>,
    /// What the plan says.
    pub claimed: Option<Figure>,
    /// What follows from the instance: the value, or the limit that is exceeded.
    pub recomputed: Option<Figure>,
}

impl Violation {
    pub(crate) fn new(code: Code) -> Self {
        Self { code, route: None, vehicle: None, step: None, subject: None, claimed: None, recomputed: None }
    }

    pub(crate) fn on_route(mut self, route: usize, planned: &PlannedRoute) -> Self {
        self.route = Some(route);
        self.vehicle = Some(planned.vehicle.clone());
        self
    }

    /// At step `step` of `planned`; what the step visits is the subject.
    pub(crate) fn at_step(mut self, route: usize, planned: &PlannedRoute, step: usize) -> Self {
        self.step = Some(step);
        let visited = planned.steps.get(step).and_then(|step| match &step.kind {
            StepKind::Job { job } => Some(job),
            StepKind::Unload { outlet } => Some(outlet),
            StepKind::Start | StepKind::Break | StepKind::End => None,
        });
        self.subject = visited.cloned();
        self.on_route(route, planned)
    }

    pub(crate) fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub(crate) fn claimed(mut self, claimed: impl Into<Figure>) -> Self {
        self.claimed = Some(claimed.into());
        self
    }

    pub(crate) fn figures(mut self, claimed: impl Into<Figure>, recomputed: impl Into<Figure>) -> Self {
        self.recomputed = Some(recomputed.into());
        self.claimed(claimed)
    }

    fn line(&self) -> String {
        let mut line = self.code.to_string();
        let mut add = |text: String| line.push_str(&text);
        match (self.route, &self.vehicle) {
            (Some(route), Some(vehicle)) => add(format!(" route {route} of vehicle `{vehicle}`")),
            (None, Some(vehicle)) => add(format!(" vehicle `{vehicle}`")),
            _ => {}
        }
        if let Some(step) = self.step {
            add(format!(" step {step}"));
        }
        if let Some(subject) = &self.subject {
            add(format!(" `{subject}`"));
        }
        add(format!(": {}", self.code.meaning()));
        if let Some(claimed) = &self.claimed {
            add(format!("; the plan says {claimed}"));
        }
        if let Some(recomputed) = &self.recomputed {
            add(format!("; recomputed {recomputed}"));
        }
        line
    }
}
