//! The constraints of a plan, each named once: what the checker's report lists, and what the search and the bound count as resources of a route.
//!
//! Only names and units are shared. The checker's arithmetic is its own.

macro_rules! constraints {
    ($($variant:ident $name:literal $unit:literal)*) => {
        /// A constraint, as the user of a report reads it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Constraint {
            $($variant,)*
        }

        impl Constraint {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is counted in.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }
        }
    };
}

constraints! {
    Names "names" "ids"
    OrderOfSteps "order of steps" "steps"
    EachJobOnce "each job once" "jobs"
    PartsOfAJob "parts of a job" "g, l by stream"
    Verdicts "verdicts" "jobs"
    Skills "skills" "jobs"
    Clock "clock" "s"
    TimeWindows "time windows" "s"
    OpeningHours "opening hours" "s"
    Bans "bans" "s"
    Releases "releases" "s"
    Shift "shift" "s"
    Break "break" "s"
    DurationOfARoute "duration of a route" "s"
    Distance "distance" "m"
    LoadOnBoard "load on board" "g, l by stream"
    Compartments "compartments" "g, l"
    Payload "payload" "g"
    StreamsThatMayNotMix "streams that may not mix" "pairs of streams"
    Unloading "unloading" "g, l by stream"
    RoomOfOutlets "room of outlets" "g, l by stream"
    LimitsOfADay "limits of a day" "jobs, g, l"
    Cost "cost" "cost units"
    SoftWindows "soft windows" "cost units"
    Overtime "overtime" "cost units"
    PreferredVehicles "preferred vehicles" "cost units"
    Locks "locks" "jobs, s"
    AlikeDays "alike days" "s, g, cost units"
    CompactRoutes "compact routes" "cost units"
    LowerBound "lower bound" "cost units"
}
