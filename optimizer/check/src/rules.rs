//! The list of what was checked: each rule and each resource of a route once, with its unit and the codes of its findings.

use serde::Serialize;

use crate::violation::{Code, Violation};

/// A rule or a resource, as a checker's user reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    pub name: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// Of its findings.
    pub codes: &'static [Code],
}

/// One rule, held against a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Constraint {
    #[serde(flatten)]
    pub rule: Rule,
    pub violations: usize,
}

/// Every code belongs to one rule.
pub const RULES: &[Rule] = &[
    rule(
        "names",
        "ids",
        &[
            Code::WrongInstance,
            Code::WrongCostScale,
            Code::UnknownVehicle,
            Code::UnknownJob,
            Code::UnknownOutlet,
            Code::UnknownPlace,
            Code::UnknownStream,
        ],
    ),
    rule(
        "order of steps",
        "steps",
        &[
            Code::VehicleTwice,
            Code::EmptyRoute,
            Code::StartMissing,
            Code::EndMissing,
            Code::StepMisplaced,
            Code::WrongPlace,
        ],
    ),
    rule(
        "each job once",
        "jobs",
        &[
            Code::JobTwice,
            Code::JobUnaccounted,
            Code::JobServedAndLeftOut,
            Code::JobLeftOutTwice,
            Code::MandatoryJobLeftOut,
        ],
    ),
    rule("parts of a job", "g, l by stream", &[Code::PartsSum]),
    rule("verdicts", "jobs", &[Code::FalseProof, Code::VerdictContradicted]),
    rule("skills", "jobs", &[Code::MissingSkill]),
    rule(
        "clock",
        "s",
        &[
            Code::UnreachableLeg,
            Code::ArrivalTime,
            Code::StartsBeforeArrival,
            Code::StartsLate,
            Code::DepartureTime,
            Code::RouteDuration,
        ],
    ),
    rule("time windows", "s", &[Code::OutsideWindow]),
    rule("opening hours", "s", &[Code::OutletClosed]),
    rule("bans", "s", &[Code::BannedZone]),
    rule("releases", "s", &[Code::BeforeRelease]),
    rule("shift", "s", &[Code::OutsideShift]),
    rule("break", "s", &[Code::BreakMissing, Code::BreakTwice, Code::BreakUnexpected, Code::BreakOutsideWindow]),
    rule("duration of a route", "s", &[Code::MaxDuration]),
    rule("distance", "m", &[Code::StepDistance, Code::RouteDistance, Code::MaxDistance]),
    rule("load on board", "g, l by stream", &[Code::StepLoad, Code::StreamTwice]),
    rule("compartments", "g, l", &[Code::NoCompartment, Code::CompartmentGrams, Code::CompartmentLitres]),
    rule("payload", "g", &[Code::Payload]),
    rule("streams that may not mix", "pairs of streams", &[Code::IncompatibleStreams]),
    rule("unloading", "g, l by stream", &[Code::NotEmptied, Code::StreamNotAccepted, Code::NotEmptyAtEnd]),
    rule("room of outlets", "g, l by stream", &[Code::OutletFull]),
    rule("limits of a day", "jobs, g, l", &[Code::MaxJobs, Code::DayLoad]),
    rule(
        "cost",
        "cost units",
        &[
            Code::RouteCost,
            Code::CostFixed,
            Code::CostTime,
            Code::CostDistance,
            Code::CostGateFees,
            Code::CostPenalties,
            Code::CostTotal,
        ],
    ),
    rule("soft windows", "cost units", &[Code::CostLateness]),
    rule("overtime", "cost units", &[Code::CostOvertime]),
    rule("preferred vehicles", "cost units", &[Code::CostPreference]),
    rule(
        "locks",
        "jobs, s",
        &[
            Code::LockedElsewhere,
            Code::LockedSequence,
            Code::LockedStart,
            Code::LockedBeginning,
            Code::FrozenTime,
            Code::FrozenEnd,
            Code::BeforeFreeze,
            Code::TooManyChanges,
        ],
    ),
    rule("alike days", "s, g, cost units", &[Code::SpreadHours, Code::SpreadWeight, Code::CostFairness]),
    rule("compact routes", "cost units", &[Code::CostCompactness]),
    rule("lower bound", "cost units", &[Code::BoundAboveCost]),
];

const fn rule(name: &'static str, unit: &'static str, codes: &'static [Code]) -> Rule {
    Rule { name, unit, codes }
}

/// All rules, each with the number of its findings.
pub(crate) fn constraints(violations: &[Violation]) -> Vec<Constraint> {
    let found = |rule: &Rule| violations.iter().filter(|violation| rule.codes.contains(&violation.code)).count();
    RULES.iter().map(|rule| Constraint { rule: *rule, violations: found(rule) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_belongs_to_exactly_one_rule() {
        for &code in Code::ALL {
            let rules: Vec<&str> =
                RULES.iter().filter(|rule| rule.codes.contains(&code)).map(|rule| rule.name).collect();
            assert_eq!(rules.len(), 1, "{code}: {rules:?}");
        }
    }

    #[test]
    fn findings_are_counted_under_their_rule() {
        let log = [Code::Payload, Code::CostTime, Code::Payload].map(Violation::new);
        let counted: Vec<(&str, usize)> = constraints(&log).iter().map(|c| (c.rule.name, c.violations)).collect();
        assert_eq!(counted.len(), RULES.len());
        assert!(counted.contains(&("payload", 2)) && counted.contains(&("cost", 1)) && counted.contains(&("shift", 0)));
    }
}
