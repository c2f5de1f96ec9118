//! Column generation as in the textbook: solve the restricted master, price routes at its duals, add them, and bound.
//!
//! The loop knows neither HiGHS nor labels: it is written against [`Master`] and [`Pricer`], and tested with fakes.
//!
//! Duals are smoothed: routes are priced at a point between the master's prices and those of the best bound so far (a bound that is only
//! supposed where not all routes are looked at), which damps their jumping about. Where that finds nothing for the master, the master's own prices are used; where those find nothing either, with all
//! routes looked at, the master is solved over all routes.
//!
//! A look at all routes may be repeated at lower prices where that promises a better bound: prices times the least of `cost / (cost - reduced cost)` over the routes
//! found. Farley's bound takes the cheapest route of all for each of them, and the Lagrangian one the dearest mistake for each vehicle, which says nothing
//! where routes are long and vehicles plentiful.
//!
//! Where the master stands still (`rest.rs`) only complete looks follow, near the prices of the best bound, and duals come from the middle of all
//! that are optimal.
//!
//! Sources: Luebbecke and Desrosiers (2005), Operations Research 53(6), 1007-1023; smoothing: Wentges (1997), International
//! Transactions in Operational Research 4(2), 151-162; Pessoa, Sadykov, Uchoa and Vanderbeck (2018), INFORMS Journal on Computing 30(2), 339-360.

use super::labelling::GivenUp;
use super::look::Look;
use super::prices::{Fixed, Prices};
use super::pricing::Found;
use super::rest::Rest;
use crate::lp::LpError;

/// Which of a master's many optimal duals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Duals {
    /// A corner of their polyhedron, as the simplex method ends in.
    #[default]
    Corner,
    /// Its middle, as the interior point method does. Values of columns are then in the middle of theirs as well.
    Middle,
}

/// The master over the columns it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MasterAnswer {
    /// In cost units.
    pub(crate) objective: f64,
    pub(crate) prices: Prices,
    /// By kind: the price of one more vehicle, at most 0.
    pub(crate) kinds: Vec<Fixed>,
    pub(crate) duals: Duals,
}

pub(crate) trait Master<C> {
    /// # Errors
    /// [`LpError`] where the LP fails, and [`LpError::GivenUp`] where `stop` ended it.
    fn solve(&mut self, duals: Duals, stop: &dyn Fn() -> bool) -> Result<MasterAnswer, LpError>;
    /// `false` where the master has the column already: rounded prices may make one look better than it is, again and again.
    ///
    /// # Errors
    /// [`LpError`] where the LP refuses the column.
    fn add(&mut self, column: C) -> Result<bool, LpError>;
}

pub(crate) trait Pricer<C> {
    /// How thoroughly it can look, from 0 up; the last looks at all routes.
    fn efforts(&self) -> usize;
    /// By kind: routes of reduced cost below the kind's threshold.
    ///
    /// # Errors
    /// [`GivenUp`] where a limit came first.
    fn price(&mut self, prices: &Prices, thresholds: &[Fixed], effort: usize) -> Result<Vec<Found<C>>, GivenUp>;
    /// Makes prices such that only columns can have a negative reduced cost.
    fn mend(&self, _prices: &mut Prices) {}
    /// Reduced cost of one column, without the price of its kind.
    fn reduced(&self, column: &C, prices: &Prices) -> Fixed;
}

/// When to stop before the master is solved, and what a column must gain.
pub(crate) struct Course<'c> {
    /// Bound at given prices and least reduced costs by kind.
    pub(crate) bound: &'c dyn Fn(&Prices, &[Fixed]) -> i64,
    /// A bound of this much is all that is wanted.
    pub(crate) enough: i64,
    /// Reduced costs nearer to 0 than this are 0.
    pub(crate) tolerance: Fixed,
    /// How far pricing stays with the prices of the best bound, from 0 to 1.
    pub(crate) smoothing: f64,
    /// Time is short: look at all routes at once, for there to be a bound, or a better one. Told whether there is one.
    pub(crate) hurry: &'c dyn Fn(bool) -> bool,
    pub(crate) stop: &'c dyn Fn() -> bool,
    /// Prices near which the first look is taken.
    pub(crate) first: Option<Prices>,
    /// The master will be long in coming to rest: looks are repeated at lower prices, and are complete once it stands still.
    pub(crate) slow: bool,
}

/// A bound of this share of the master is followed by the master's own prices.
const NEARLY: f64 = 0.997;
/// How far pricing stays with the prices of the best bound where the master stands still.
const STILL_SMOOTHING: f64 = 0.8;

/// How a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// No route can improve the master.
    Solved,
    /// The bound is as high as was asked for, or as the master lets it be.
    Enough,
    OutOfTime,
    TooManyLabels,
}

impl From<GivenUp> for End {
    fn from(given_up: GivenUp) -> Self {
        match given_up {
            GivenUp::OutOfTime => Self::OutOfTime,
            GivenUp::TooManyLabels => Self::TooManyLabels,
        }
    }
}

/// The best bound of a run, and what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Best {
    /// In cost units.
    pub(crate) bound: i64,
    pub(crate) prices: Prices,
    /// By kind: least reduced cost of all routes at these prices.
    pub(crate) least: Vec<Fixed>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Generated {
    pub(crate) end: End,
    /// Of the master, at the end.
    pub(crate) objective: f64,
    pub(crate) best: Option<Best>,
    pub(crate) rounds: usize,
    /// Rounds in which all routes were looked at.
    pub(crate) rounds_complete: usize,
}

/// Runs until the master is solved or the course ends it. `on_bound` is told each better bound.
///
/// # Errors
/// [`LpError`] where the LP fails.
pub(crate) fn generate<C>(
    master: &mut dyn Master<C>,
    pricer: &mut dyn Pricer<C>,
    course: &Course<'_>,
    on_bound: &mut dyn FnMut(i64),
) -> Result<Generated, LpError> {
    let complete = pricer.efforts() - 1;
    let mut done = Generated { end: End::Solved, objective: f64::INFINITY, best: None, rounds: 0, rounds_complete: 0 };
    let mut effort = 0;
    let mut smoothing = course.smoothing;
    // The centre of smoothing: a bound as the present effort supposes it, and its prices.
    let mut centre: Option<(i64, Prices)> = course.first.clone().map(|prices| (i64::MIN, prices));
    let mut rest = Rest::default();
    let Some(mut answer) = solved(master, Duals::Corner, course.stop)? else {
        done.end = End::OutOfTime;
        return Ok(done);
    };
    loop {
        done.objective = answer.objective;
        let reached = done.best.as_ref().map_or(i64::MIN, |best| best.bound);
        let met = reached as f64 >= answer.objective - 1e-6;
        if reached >= course.enough || (met && answer.duals == Duals::Corner) {
            done.end = End::Enough;
            return Ok(done);
        }
        if (course.stop)() {
            done.end = End::OutOfTime;
            return Ok(done);
        }
        if met {
            // What follows wants a corner, whose value is exact as well.
            rest = Rest::default();
            let Some(next) = solved(master, Duals::Corner, course.stop)? else {
                done.end = End::OutOfTime;
                return Ok(done);
            };
            answer = next;
            continue;
        }
        if course.slow && rest.begins(answer.objective) {
            // Quick looks only suppose bounds: back to the prices of a real one, or to the first of all.
            let bound = done.best.as_ref().map(|best| (best.bound, best.prices.clone()));
            centre = bound.or_else(|| Some((i64::MIN, course.first.clone()?))).or(centre);
            smoothing = STILL_SMOOTHING;
        }
        let usual = if rest.still { STILL_SMOOTHING } else { course.smoothing };
        if rest.still || (course.hurry)(done.best.is_some()) {
            effort = complete;
        }
        let smooth = centre.as_ref().filter(|_| smoothing > 0.0);
        let prices = match smooth {
            Some((_, stable)) => answer.prices.towards(stable, smoothing),
            None => answer.prices.clone(),
        };
        let smoothed = prices != answer.prices;
        let mut prices = prices;
        pricer.mend(&mut prices);
        let thresholds: Vec<Fixed> = answer.kinds.iter().map(|&kind| kind.min(0) - course.tolerance).collect();
        let mut look = match Look::at(prices, pricer, course, &thresholds, effort) {
            Ok(look) => look,
            // It may have been too early for a complete look.
            Err(GivenUp::TooManyLabels) if rest.still && !(course.hurry)(done.best.is_some()) => {
                rest = Rest::default();
                (effort, smoothing) = (0, course.smoothing);
                continue;
            }
            Err(given_up) => {
                done.end = given_up.into();
                return Ok(done);
            }
        };
        done.rounds += 1;
        if effort == complete && course.slow {
            let more = look.look_lower(pricer, course, &thresholds, effort);
            done.rounds += more;
            done.rounds_complete += more;
        }
        let Look { prices, found, least, bound } = look;
        let better = centre.as_ref().is_none_or(|(supposed, _)| bound > *supposed);
        if effort == complete {
            done.rounds_complete += 1;
            if bound > reached {
                done.best = Some(Best { bound, prices: prices.clone(), least });
                on_bound(bound);
            }
        }
        if better {
            centre = Some((bound, prices));
        }
        let looked = effort;
        let mut added = 0;
        for (kind, found) in found.into_iter().enumerate() {
            for (_, column) in found.columns {
                if pricer.reduced(&column, &answer.prices) < thresholds[kind] {
                    added += usize::from(master.add(column)?);
                }
            }
        }
        if added > 0 {
            let Some(next) = solved(master, rest.duals(), course.stop)? else {
                done.end = End::OutOfTime;
                return Ok(done);
            };
            answer = next;
            // Quicker looks may find more again, unless they are given up.
            effort = if rest.still { effort } else { effort.saturating_sub(1) };
            smoothing = usual;
        } else if smoothed {
            // Nothing for the master itself: go nearer to it, with quick looks at once.
            let near = (bound as f64) > answer.objective * NEARLY;
            smoothing = if effort < complete || near {
                0.0
            } else if better {
                smoothing
            } else {
                smoothing / 2.0
            };
            if smoothing < 0.1 {
                smoothing = 0.0;
            }
        } else if effort < complete {
            effort += 1;
            smoothing = if effort == complete { usual } else { 0.0 };
        } else {
            done.end = End::Solved;
            if answer.duals == Duals::Middle {
                // What follows wants a corner.
                match solved(master, Duals::Corner, course.stop)? {
                    Some(corner) => done.objective = corner.objective,
                    None => done.end = End::OutOfTime,
                }
            }
            return Ok(done);
        }
        if effort != looked
            && let Some((supposed, _)) = &mut centre
        {
            // What one effort supposes another does not.
            *supposed = i64::MIN;
        }
    }
}

/// `None` where the master was given up, or is no longer waited for.
fn solved<C>(
    master: &mut dyn Master<C>,
    duals: Duals,
    stop: &dyn Fn() -> bool,
) -> Result<Option<MasterAnswer>, LpError> {
    // A slice of simplex iterations cannot be interrupted.
    if stop() {
        return Ok(None);
    }
    match master.solve(duals, stop) {
        Err(LpError::GivenUp) => Ok(None),
        other => other.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rest::STILL_ROUNDS;
    use super::*;

    /// Routes are numbers of a list; the fake master knows for each of its solves what the duals are.
    struct FakeMaster {
        answers: Vec<(f64, i64)>,
        columns: Vec<u32>,
        solves: usize,
        /// Solves asked for the middle of the duals.
        middles: usize,
    }

    impl FakeMaster {
        fn new(answers: Vec<(f64, i64)>) -> Self {
            Self { answers, columns: Vec::new(), solves: 0, middles: 0 }
        }
    }

    impl Master<u32> for FakeMaster {
        fn solve(&mut self, duals: Duals, _: &dyn Fn() -> bool) -> Result<MasterAnswer, LpError> {
            self.middles += usize::from(duals == Duals::Middle);
            let (objective, price) = self.answers[self.solves.min(self.answers.len() - 1)];
            self.solves += 1;
            let prices = Prices { jobs: vec![price], ..Prices::default() };
            Ok(MasterAnswer { objective, prices, kinds: vec![0], duals })
        }

        fn add(&mut self, column: u32) -> Result<bool, LpError> {
            self.columns.push(column);
            Ok(true)
        }
    }

    /// One job; route `c` costs `c`. Quick looks see only routes from `blind` up.
    struct FakePricer {
        costs: Vec<u32>,
        blind: u32,
        /// Columns of one look; the dearest.
        most: usize,
        asked: Vec<(i64, usize)>,
        fails_after: usize,
    }

    impl Pricer<u32> for FakePricer {
        fn efforts(&self) -> usize {
            2
        }

        fn price(&mut self, prices: &Prices, thresholds: &[Fixed], effort: usize) -> Result<Vec<Found<u32>>, GivenUp> {
            self.asked.push((prices.jobs[0], effort));
            if self.asked.len() > self.fails_after {
                return Err(GivenUp::TooManyLabels);
            }
            let seen = self.costs.iter().copied().filter(|&cost| effort == 1 || cost >= self.blind);
            let reduced: Vec<(Fixed, u32)> = seen.map(|cost| (i64::from(cost) - prices.jobs[0], cost)).collect();
            let least = reduced.iter().map(|(cost, _)| *cost).min().unwrap_or(0).min(0);
            let columns = reduced.into_iter().filter(|(cost, _)| *cost < thresholds[0]).take(self.most).collect();
            Ok(vec![Found { least, columns, n_labels: 0 }])
        }

        fn reduced(&self, column: &u32, prices: &Prices) -> Fixed {
            i64::from(*column) - prices.jobs[0]
        }
    }

    fn course(bound: &dyn Fn(&Prices, &[Fixed]) -> i64) -> Course<'_> {
        Course {
            bound,
            enough: i64::MAX,
            tolerance: 0,
            smoothing: 0.0,
            hurry: &|_| false,
            stop: &|| false,
            first: None,
            slow: false,
        }
    }

    fn run(master: &mut FakeMaster, pricer: &mut FakePricer, enough: i64) -> (Generated, Vec<i64>) {
        let bound = |prices: &Prices, least: &[Fixed]| prices.jobs[0] + least[0];
        let course = Course { enough, smoothing: 0.7, ..course(&bound) };
        let mut bounds = Vec::new();
        let done = generate(master, pricer, &course, &mut |bound| bounds.push(bound)).unwrap();
        (done, bounds)
    }

    fn pricer(costs: &[u32]) -> FakePricer {
        FakePricer { costs: costs.to_vec(), blind: 50, most: usize::MAX, asked: Vec::new(), fails_after: usize::MAX }
    }

    #[test]
    fn quick_looks_come_first_and_only_complete_ones_bound() {
        let mut master = FakeMaster::new(vec![(100.0, 100), (60.0, 60), (30.0, 30)]);
        let mut pricer = pricer(&[60, 30]);
        let (done, bounds) = run(&mut master, &mut pricer, i64::MAX);
        assert_eq!(master.columns, [60, 30]);
        assert_eq!(pricer.asked[..4], [(100, 0), (88, 0), (60, 0), (88, 1)], "88: nearer to the better bound");
        assert_eq!(bounds, [30], "60 + (30 - 60); nothing is said of quick looks");
        assert_eq!((done.end, done.objective), (End::Enough, 30.0), "the bound has met the master");
    }

    /// Three vehicles, of which a plan needs one: the dearest mistake counts three times at the master's prices.
    #[test]
    fn another_look_at_lower_prices_bounds_where_vehicles_are_plentiful() {
        let bound = |prices: &Prices, least: &[Fixed]| prices.jobs[0] + 3 * least[0];
        let course = Course { hurry: &|_| true, slow: true, ..course(&bound) };
        let mut master = FakeMaster::new(vec![(60.0, 60), (30.0, 30)]);
        let (mut pricer, mut bounds) = (FakePricer { most: 1, ..pricer(&[60, 50, 45, 30]) }, Vec::new());
        let done = generate(&mut master, &mut pricer, &course, &mut |bound| bounds.push(bound)).unwrap();
        let asked: Vec<i64> = pricer.asked.iter().map(|&(price, _)| price).collect();
        assert_eq!(asked, [60, 50, 45, 30], "60 + 3 (30 - 60) says nothing; at 60 50/60 the route found gains no more");
        assert_eq!((bounds, done.rounds_complete, done.end), (vec![30], 4, End::Enough));
    }

    /// Route after route gains at its own prices, and none of them moves the master.
    #[test]
    fn a_master_that_stands_still_is_bounded_by_complete_looks_at_prices_from_its_middle() {
        let bound = |prices: &Prices, least: &[Fixed]| prices.jobs[0] + least[0];
        let costs: Vec<u32> = (40..400).rev().collect();
        let told = |slow: bool, rounds: usize| {
            let course = Course { slow, ..course(&bound) };
            let mut master = FakeMaster::new(vec![(300.0, 300)]);
            let mut pricer = FakePricer { most: 1, fails_after: rounds, ..pricer(&costs) };
            let done = generate(&mut master, &mut pricer, &course, &mut |_| {}).unwrap();
            assert_eq!(done.end, End::TooManyLabels);
            let quick = pricer.asked.iter().take_while(|&&(_, effort)| effort == 0).count();
            (quick, master.middles, done.best.map(|best| best.bound))
        };
        let (quick, middles, best) = told(true, STILL_ROUNDS + 9);
        assert_eq!((quick, best), (STILL_ROUNDS, Some(40)), "what is complete has bounded");
        assert!(middles > 1, "{middles}");
        assert_eq!(told(false, STILL_ROUNDS + 9), (STILL_ROUNDS + 10, 0, None), "without, quick looks go on and on");
    }

    /// The last solve before an end ends in a corner, which cuts are made from; no look follows it.
    #[test]
    fn what_is_solved_or_met_in_the_middle_of_the_duals_ends_in_a_corner() {
        for says_little in [true, false] {
            let bound = |prices: &Prices, least: &[Fixed]| prices.jobs[0] + least[0] - i64::from(says_little);
            let course = Course { slow: true, ..course(&bound) };
            let costs: Vec<u32> = (300 - STILL_ROUNDS as u32..300).rev().collect();
            let mut answers = vec![(300.0, 300); STILL_ROUNDS + 1];
            answers.push((240.0, 240));
            let mut master = FakeMaster::new(answers);
            let mut pricer = FakePricer { most: 1, ..pricer(&costs) };
            let done = generate(&mut master, &mut pricer, &course, &mut |_| {}).unwrap();
            let end = if says_little { End::Solved } else { End::Enough };
            assert_eq!((done.end, done.objective), (end, 240.0));
            assert!(master.middles > 0);
            assert_eq!(master.middles + STILL_ROUNDS + 2, master.solves, "{says_little}: a corner is the last");
        }
    }

    #[test]
    fn it_ends_where_no_route_improves_the_master() {
        let mut master = FakeMaster::new(vec![(100.0, 40)]);
        let mut pricer = pricer(&[60]);
        let (done, bounds) = run(&mut master, &mut pricer, i64::MAX);
        assert_eq!((done.end, bounds), (End::Solved, vec![40]));
        assert_eq!(pricer.asked, [(40, 0), (40, 1)]);
    }

    #[test]
    fn it_ends_early_where_the_bound_is_enough_and_when_pricing_gives_up() {
        let mut master = FakeMaster::new(vec![(100.0, 40)]);
        let (done, bounds) = run(&mut master, &mut pricer(&[30]), 30);
        assert_eq!((done.end, bounds), (End::Enough, vec![30]));
        let mut gives_up = FakePricer { fails_after: 1, ..pricer(&[60]) };
        let (done, bounds) = run(&mut master, &mut gives_up, i64::MAX);
        assert_eq!((done.end, bounds), (End::TooManyLabels, vec![]));
        assert_eq!(done.best, None);
    }
}
