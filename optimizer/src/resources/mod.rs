//! The rules of a route, in one place: what a vehicle uses up on its way, how each visit extends it, and what limits it.
//!
//! `model` is the instance in numbers, `kinds` its vehicles, `time` and `hours` what a visit does to the clock, `board` what it does to
//! the load, `compactness` how far the jobs of a route lie apart. The
//! search evaluates segments with these rules, the proof builds the arcs of its labels from them; neither is known here. The
//! independent checker has its own arithmetic; its report lists the same [`Constraint`]s.

pub(crate) mod board;
pub(crate) mod compactness;
pub(crate) mod hours;
pub(crate) mod kinds;
pub(crate) mod locks;
pub(crate) mod model;
pub(crate) mod time;

use huilu_model::Constraint;

/// Something that a route uses up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its name and unit, the same as in the checker's report.
    pub constraint: Constraint,
    /// How a leg and the visit after it change it.
    pub extends: &'static str,
    pub limits: &'static str,
    /// What the lower bound knows of it: the label's field, or why it may be left out.
    pub bound: &'static str,
}

/// All resources of a route.
pub const RESOURCES: &[Resource] = &[
    Resource {
        constraint: Constraint::Clock,
        extends: "the way, waiting until a window opens, then the setup where the place is new, the queue and the service or unload",
        limits: "windows, opening hours, bans, shift",
        bound: "clock; queues and what unloads take by weight only make plans dearer",
    },
    Resource {
        constraint: Constraint::TimeWindows,
        extends: "a start lies in one of them, at the first moment that is allowed",
        limits: "their ends, between which bans cut",
        bound: "arcs into one vertex for each window",
    },
    Resource {
        constraint: Constraint::Break,
        extends: "once, after any visit: waiting until its window opens, then its length",
        limits: "its window; due for who is out until after it",
        bound: "arcs between the vertices before it and after it",
    },
    Resource {
        constraint: Constraint::Releases,
        extends: "the start, or the unload before, is not left before the last job of the trip is released",
        limits: "the windows and the shift after it",
        bound: "ready, clock; left out where whole routes are searched: plans only get dearer",
    },
    Resource {
        constraint: Constraint::Shift,
        extends: "by the clock",
        limits: "its start for the departure, its end for the return",
        bound: "horizon",
    },
    Resource {
        constraint: Constraint::DurationOfARoute,
        extends: "return minus departure, waiting included",
        limits: "the vehicle's `max_duration_s`; its price by the second",
        bound: "busy, clock and limit; for each trip only where routes are made of trips, no limit where load is the clock",
    },
    Resource {
        constraint: Constraint::Distance,
        extends: "by the leg",
        limits: "the vehicle's range; its price by the metre",
        bound: "metres",
    },
    Resource {
        constraint: Constraint::Compartments,
        extends: "by the job's load in the compartment of each stream; an outlet empties what it accepts",
        limits: "grams and litres of each compartment",
        bound: "loads",
    },
    Resource {
        constraint: Constraint::Payload,
        extends: "by the grams of all streams; an outlet takes off what it accepts",
        limits: "the vehicle's payload",
        bound: "loads",
    },
    Resource {
        constraint: Constraint::StreamsThatMayNotMix,
        extends: "the streams on board; an outlet takes off those that it accepts",
        limits: "no pair in one compartment",
        bound: "marks",
    },
    Resource {
        constraint: Constraint::Unloading,
        extends: "a visit to an outlet takes all that it accepts",
        limits: "nothing on board at the end, where the vehicle has to be empty",
        bound: "marks; taken whole where labels would get too long",
    },
    Resource {
        constraint: Constraint::RoomOfOutlets,
        extends: "by what each visit brings, over all routes",
        limits: "what the outlet can still take on the day",
        bound: "rows of the master, paid for as labels unload",
    },
    Resource {
        constraint: Constraint::LimitsOfADay,
        extends: "by each job, however often the vehicle unloads",
        limits: "the vehicle's most jobs, grams and litres",
        bound: "loads; for each trip only where routes are made of trips",
    },
    Resource {
        constraint: Constraint::SoftWindows,
        extends: "by the seconds of a start beyond the soft end",
        limits: "priced, not limited",
        bound: "left out: plans only get dearer",
    },
    Resource {
        constraint: Constraint::Overtime,
        extends: "by the seconds of the return beyond the regular hours",
        limits: "priced, not limited",
        bound: "left out: plans only get dearer",
    },
    Resource {
        constraint: Constraint::PreferredVehicles,
        extends: "by each job that prefers others",
        limits: "priced, not limited",
        bound: "cost of arcs",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What a report lists beyond resources: who, what and how much a plan claims, and the plan as a whole.
    const NO_RESOURCES: &[Constraint] = &[
        Constraint::Names,
        Constraint::OrderOfSteps,
        Constraint::EachJobOnce,
        Constraint::PartsOfAJob,
        Constraint::Verdicts,
        Constraint::Skills,
        Constraint::OpeningHours,
        Constraint::Bans,
        Constraint::LoadOnBoard,
        Constraint::Locks,
        Constraint::AlikeDays,
        Constraint::CompactRoutes,
        Constraint::Cost,
        Constraint::LowerBound,
    ];

    #[test]
    fn every_constraint_is_a_resource_once_or_known_to_be_none() {
        for constraint in Constraint::ALL {
            let resources = RESOURCES.iter().filter(|resource| resource.constraint == *constraint).count();
            assert_eq!(resources, usize::from(!NO_RESOURCES.contains(constraint)), "{constraint:?}");
        }
    }
}
