//! Every number the search can be tuned with.

use huilu_model::Cost;

/// Parameters of the routing search. The defaults are those of the literature named at each field, or were chosen on
/// instances other than the published tables.
#[derive(Clone, Debug)]
pub struct Params {
    /// Independent searches side by side; their routes meet in one pool.
    pub threads: usize,
    /// Look for insertion places only around the nearest jobs, found through H3 cells. Off: every place is tried.
    pub use_h3_neighbours: bool,
    /// Recombine the pool of routes by set partitioning.
    pub use_set_partitioning: bool,
    /// Jobs removed by a ruin, on average (Christiaens and Vanden Berghe 2020: 10).
    pub removed_on_average: f64,
    /// Longest string of visits removed from a route (Christiaens and Vanden Berghe 2020: 10).
    pub string_max: usize,
    /// Chance that a string keeps some visits inside it (Christiaens and Vanden Berghe 2020: 0.5).
    pub split_chance: f64,
    /// Chance to lengthen the part kept inside a split string by one more (Christiaens and Vanden Berghe 2020: 0.01).
    pub split_more: f64,
    /// Chance that an insertion place is overlooked (Christiaens and Vanden Berghe 2020: 0.01).
    pub blink: f64,
    /// Nearest jobs kept for ruin and insertion.
    pub neighbours: usize,
    /// The same where vehicles unload on the way: then most places can be made to fit, and slots thin out the list.
    pub neighbours_unloading: usize,
    /// Chance that all places are tried for a job without one around its neighbours.
    pub wide_chance: f64,
    /// Outlets tried around an insertion place.
    pub outlets_tried: usize,
    /// First temperature, as a multiple of the mean price of a leg in the first plan: the fixed 100 of Christiaens and
    /// Vanden Berghe is 0.1 to 12 times that on the published sets.
    pub temperature_first: f64,
    /// The same where times bind and nothing is unloaded on the way: a wrong order of windows takes dear detours to mend.
    pub temperature_first_timed: f64,
    /// The same where vehicles of several kinds (or depots) are at hand besides.
    pub temperature_first_mixed: f64,
    /// Last temperature, as a multiple of the same price.
    pub temperature_last: f64,
    /// Jobs left out that are tried again in one iteration, besides those just removed.
    pub absent_tried: usize,
    /// Chance that far more of them are tried at once: a vehicle that sets out for a few jobs only never pays its way.
    pub wave_chance: f64,
    /// Jobs left out that are tried then.
    pub absent_wave: usize,
    /// Where jobs may be left out: what that costs in the first round, over what it costs in the end.
    pub absence_first: f64,
    /// Rounds in which it falls.
    pub absence_rounds: u32,
    /// Chance that the unloads of a changed route are looked over after an iteration.
    pub unload_review: f64,
    /// Rounds at whose end fewer routes are tried for.
    pub shed_rounds: u32,
    /// Share of the run for each of these.
    pub shed_share: f64,
    /// Give an iteration up as soon as its plan costs too much, before all its jobs are inserted again.
    pub early_rejection: bool,
    /// Insert in an order drawn anew each time; off: always shuffled.
    pub insertion_orders: bool,
    /// See the opening of a vehicle in a way drawn anew each time; off: at its full price, whatever the kind.
    pub opening_draws: bool,
    /// Chance that other vehicles are tried for the routes that an iteration changed.
    pub refit_chance: f64,
    /// Chance that an iteration takes whole routes out, for another kind of vehicle to serve their jobs.
    pub regroup_chance: f64,
    /// Chance that trips of the routes that an iteration changed are offered to other vehicles.
    pub trip_chance: f64,
    /// Rounds of search with a set partitioning after each.
    pub rounds: u32,
    /// Routes kept for set partitioning.
    pub pool_max: usize,
    /// Branch-and-bound nodes of one set partitioning.
    pub partition_nodes: u64,
    /// Share of the run after which set partitioning begins: before, the routes are too poor.
    pub partition_from: f64,
    /// Share of the time limit that one set partitioning may take.
    pub partition_share: f64,
    /// Recombine the routes of a day that was searched part by part as well, in such a share of the time before its end. Off: it
    /// takes time from the parts, and nothing was shown for it.
    pub partition_zones: bool,
    /// The first temperature after an earlier plan, over that after none: what is good already is not shaken.
    pub warm_temperature: f64,
    /// A plan that costs no more is good enough: the search ends.
    pub target: Option<Cost>,
    /// Search large days part by part, cut by H3 dispatch zones.
    pub use_zones: bool,
    /// Jobs from which on a day is large.
    pub zones_from: usize,
    /// Jobs of a part, about.
    pub zone_jobs: usize,
    /// Cuts at most, each along other borders; fewer where little time is left for each part.
    pub zone_rounds: usize,
    /// Iterations where neither seconds nor iterations are limited.
    pub iterations_default: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            threads: 1,
            use_h3_neighbours: true,
            use_set_partitioning: true,
            removed_on_average: 10.0,
            string_max: 10,
            split_chance: 0.5,
            split_more: 0.01,
            blink: 0.01,
            neighbours: 100,
            neighbours_unloading: 200,
            wide_chance: 0.02,
            outlets_tried: 3,
            temperature_first: 1.0,
            temperature_first_timed: 6.0,
            temperature_first_mixed: 2.0,
            temperature_last: 0.005,
            absent_tried: 8,
            wave_chance: 0.02,
            absent_wave: 150,
            absence_first: 2.0,
            absence_rounds: 2,
            unload_review: 0.05,
            shed_rounds: 3,
            shed_share: 0.03,
            early_rejection: true,
            insertion_orders: true,
            opening_draws: true,
            refit_chance: 0.3,
            regroup_chance: 0.1,
            trip_chance: 0.2,
            rounds: 6,
            pool_max: 8_000,
            partition_nodes: 50,
            partition_from: 0.5,
            partition_share: 0.04,
            partition_zones: false,
            warm_temperature: 0.1,
            target: None,
            use_zones: true,
            zones_from: 4_000,
            zone_jobs: 500,
            zone_rounds: 24,
            iterations_default: 100_000,
        }
    }
}
