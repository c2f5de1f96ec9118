//! The list of what was checked: each constraint once, with its unit and the codes of its findings.

use huilu_model::Constraint;
use serde::Serialize;

use crate::violation::{Code, Violation};

/// One constraint, held against a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub name: &'static str,
    pub unit: &'static str,
    /// Of its findings.
    pub codes: Vec<Code>,
    pub violations: usize,
}

/// What a finding is of.
const fn constraint(code: Code) -> Constraint {
    match code {
        Code::WrongInstance
        | Code::WrongCostScale
        | Code::UnknownVehicle
        | Code::UnknownJob
        | Code::UnknownOutlet
        | Code::UnknownPlace
        | Code::UnknownStream => Constraint::Names,
        Code::VehicleTwice
        | Code::EmptyRoute
        | Code::StartMissing
        | Code::EndMissing
        | Code::StepMisplaced
        | Code::WrongPlace => Constraint::OrderOfSteps,
        Code::JobTwice
        | Code::JobUnaccounted
        | Code::JobServedAndLeftOut
        | Code::JobLeftOutTwice
        | Code::MandatoryJobLeftOut => Constraint::EachJobOnce,
        Code::PartsSum => Constraint::PartsOfAJob,
        Code::FalseProof | Code::VerdictContradicted => Constraint::Verdicts,
        Code::MissingSkill => Constraint::Skills,
        Code::UnreachableLeg
        | Code::ArrivalTime
        | Code::StartsBeforeArrival
        | Code::StartsLate
        | Code::DepartureTime
        | Code::RouteDuration => Constraint::Clock,
        Code::OutsideWindow => Constraint::TimeWindows,
        Code::OutletClosed => Constraint::OpeningHours,
        Code::BannedZone => Constraint::Bans,
        Code::BeforeRelease => Constraint::Releases,
        Code::OutsideShift => Constraint::Shift,
        Code::BreakMissing | Code::BreakTwice | Code::BreakUnexpected | Code::BreakOutsideWindow => Constraint::Break,
        Code::MaxDuration => Constraint::DurationOfARoute,
        Code::StepDistance | Code::RouteDistance | Code::MaxDistance => Constraint::Distance,
        Code::StepLoad | Code::StreamTwice => Constraint::LoadOnBoard,
        Code::NoCompartment | Code::CompartmentGrams | Code::CompartmentLitres => Constraint::Compartments,
        Code::Payload => Constraint::Payload,
        Code::IncompatibleStreams => Constraint::StreamsThatMayNotMix,
        Code::NotEmptied | Code::StreamNotAccepted | Code::NotEmptyAtEnd => Constraint::Unloading,
        Code::OutletFull => Constraint::RoomOfOutlets,
        Code::MaxJobs | Code::DayLoad => Constraint::LimitsOfADay,
        Code::RouteCost
        | Code::CostFixed
        | Code::CostTime
        | Code::CostDistance
        | Code::CostGateFees
        | Code::CostPenalties
        | Code::CostTotal => Constraint::Cost,
        Code::CostLateness => Constraint::SoftWindows,
        Code::CostOvertime => Constraint::Overtime,
        Code::CostPreference => Constraint::PreferredVehicles,
        Code::LockedElsewhere
        | Code::LockedSequence
        | Code::LockedStart
        | Code::LockedBeginning
        | Code::FrozenTime
        | Code::FrozenEnd
        | Code::BeforeFreeze
        | Code::TooManyChanges => Constraint::Locks,
        Code::SpreadHours | Code::SpreadWeight | Code::CostFairness => Constraint::AlikeDays,
        Code::CostCompactness => Constraint::CompactRoutes,
        Code::BoundAboveCost => Constraint::LowerBound,
    }
}

/// All constraints, each with the number of its findings.
pub(crate) fn checked(violations: &[Violation]) -> Vec<Checked> {
    let of = |&which: &Constraint| Checked {
        name: which.name(),
        unit: which.unit(),
        codes: Code::ALL.iter().copied().filter(|&code| constraint(code) == which).collect(),
        violations: violations.iter().filter(|violation| constraint(violation.code) == which).count(),
    };
    Constraint::ALL.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_under_their_constraint() {
        let log = [Code::Payload, Code::CostTime, Code::Payload].map(Violation::new);
        let counted: Vec<(&str, usize)> = checked(&log).iter().map(|c| (c.name, c.violations)).collect();
        assert_eq!(counted.len(), Constraint::ALL.len());
        assert!(counted.contains(&("payload", 2)) && counted.contains(&("cost", 1)) && counted.contains(&("shift", 0)));
    }

    #[test]
    fn every_constraint_has_codes() {
        assert!(checked(&[]).iter().all(|checked| !checked.codes.is_empty()));
    }
}
