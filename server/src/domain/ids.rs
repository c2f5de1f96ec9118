//! One type per kind of row, so that a booking's id cannot stand where a plan's is meant.
//!
//! UUID version 7: they sort by creation time, which keeps index pages warm and gives cursors for free. An id grants
//! nothing; what grants something is a token.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id, later than every id this process made before.
            #[expect(clippy::new_without_default, reason = "every call gives another value")]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                uuid::Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

id!(
    /// A tenant: every other row belongs to one.
    OperatorId,
    AreaId,
    BuildingId,
    DepotId,
    VehicleId,
    OutletId,
    BookingId,
    PlanId,
    RouteId,
    StepId,
    ReportId,
    ScenarioId,
    /// One answer to a scenario.
    RunId,
    JobId,
    TokenId,
);
