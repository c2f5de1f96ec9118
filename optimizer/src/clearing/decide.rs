//! Whether an outlet is emptied today, in how many jobs, and what leaving each of them out costs.

use huilu_model::Seconds;
use huilu_model::clearing::{ClearingRule, Decision, Due, Network, OutletState, Tier};
use huilu_model::problem::{JobSpec, WindowSpec};

use super::outlook::{HORIZON_DAYS, Outlook};
use super::parts::{Hold, cut, groups};
use super::price::Economics;
use super::stock::{Capacity, Stock, capacity, fill_level};

/// An outlet that could wait three times as long as it has is left alone: its way would hardly be worth it, and every job
/// costs the search time.
const RIPE_LEAST: f64 = 0.25;

/// An outlet with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    pub(super) state: &'a OutletState,
    pub(super) capacity: Capacity,
    pub(super) fill: Stock,
    pub(super) outlook: Outlook,
}

impl<'a> Site<'a> {
    pub(super) fn new(network: &Network, state: &'a OutletState) -> Self {
        let capacity = capacity(&network.streams, &state.capacity);
        let fill = Stock::read(&network.streams, &state.fill);
        let outlook = Outlook::of(network, state, &capacity, &fill);
        Self { state, capacity, fill, outlook }
    }

    pub(super) fn is_overfull(&self) -> bool {
        fill_level(&self.fill, &self.capacity) > 1.0
    }
}

/// What is there to take on the day, and what must be foreseen.
#[derive(Clone, Debug)]
pub(super) struct Prospect {
    /// There from the begin of the day.
    pub(super) there: Stock,
    /// Expected by the visit and part of `there`; for the record.
    pub(super) expected: Stock,
    /// Brought in the course of the day, in the order of time.
    pub(super) arrivals: Vec<(Seconds, Stock)>,
    /// What the risk starts from: what is in it where it is left alone, before `weekday` begins.
    pub(super) content: Stock,
    pub(super) weekday: usize,
    /// From the begin of that weekday until the next run.
    pub(super) days: f64,
    /// Days of `overflow_in_days` that have passed before `weekday`.
    pub(super) passed: u32,
}

impl Prospect {
    /// There by the end of the day.
    fn total(&self) -> Stock {
        self.arrivals.iter().fold(self.there.clone(), |sum, (_, more)| sum.plus(more))
    }
}

/// The verdict on an outlet and its jobs.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) decision: Decision,
    pub(super) jobs: Vec<JobSpec>,
    /// Of the jobs that must be served.
    pub(super) must: Vec<String>,
    /// It must be emptied, and no vehicle can: none is free, none has room for the stream, or it is closed once the load is
    /// there.
    pub(super) beyond_reach: bool,
}

pub(super) fn decide(
    network: &Network,
    site: &Site<'_>,
    prospect: &Prospect,
    holds: &[Hold],
    economics: Option<&Economics<'_>>,
    receivable: &[usize],
) -> Verdict {
    let (state, settings) = (site.state, &network.settings);
    let bearable = 1.0 - settings.service_level;
    let risk_of = |content: &Stock| site.outlook.risk(content, &site.capacity, prospect.weekday, prospect.days);
    let risk = risk_of(&prospect.content);
    let day = site.outlook.overflow_day(&prospect.content, &site.capacity, prospect.weekday, bearable);
    let total = prospect.total();
    let parts = if economics.is_some() { parts(network, prospect, &total, holds, receivable) } else { Vec::new() };
    let (elapsed, left) = (
        site.outlook.days_in(&prospect.content, &site.capacity),
        f64::from(day.map_or(HORIZON_DAYS, |day| day + prospect.passed)),
    );
    let ripe = if elapsed > 0.0 { elapsed / (elapsed + left) } else { 0.0 };
    let rule = if state.tier == Tier::CollectionPoint { settings.rule } else { ClearingRule::Forecast };
    let may_overflow = risk > bearable;
    let mandatory = match rule {
        ClearingRule::Forecast => may_overflow,
        ClearingRule::Threshold { share } => fill_level(&site.fill, &site.capacity) >= share,
        ClearingRule::Calendar { every_days } => state.cleared_days_ago.is_none_or(|days| days >= every_days),
    };
    let due = if total.is_empty() {
        Due::NotDue
    } else if site.is_overfull() {
        Due::Overfull
    } else if mandatory {
        Due::Mandatory
    } else if rule == ClearingRule::Forecast && ripe >= RIPE_LEAST {
        Due::Optional
    } else {
        Due::NotDue
    };
    // What would be in it if every job were served.
    let mut remains = prospect.content.clone();
    let (mut jobs, mut mandatory_jobs) = (Vec::new(), Vec::new());
    if let (Some(economics), true) = (economics, due != Due::NotDue) {
        // Only as much must go as keeps the risk bearable; the rest goes where that is worth it.
        let mut content = prospect.content.clone();
        let count = parts.len();
        for (k, (ready, part)) in parts.into_iter().enumerate() {
            let by_rule = rule != ClearingRule::Forecast;
            let must = due <= Due::Mandatory && (by_rule || k == 0 || risk_of(&content) > bearable);
            content = content.minus(&part);
            let price = if must {
                economics.mandatory(risk, due == Due::Overfull)
            } else {
                economics.worth(state, &part, ripe, risk, settings.overflow_price)
            };
            let id = if count == 1 { state.id.clone() } else { format!("{}/{}", state.id, k + 1) };
            if let Some(job) = job(network, state, id, ready, &part, price.round().max(0.0) as i64) {
                if must {
                    mandatory_jobs.push(job.id.clone());
                }
                jobs.push(job);
                remains = remains.minus(&part);
            }
        }
    }
    // An outlet that tomorrow alone overflows cannot be helped by anybody; one in which something has to stay could be.
    let stays = || risk_of(&remains) > bearable && risk_of(&prospect.content.minus(&total)) <= bearable;
    let beyond_reach = due <= Due::Mandatory && (jobs.is_empty() || stays());
    let [grams, litres] = site.outlook.per_day();
    let decision = Decision {
        outlet: state.id.clone(),
        tier: state.tier,
        due: if jobs.is_empty() && due == Due::Optional { Due::NotDue } else { due },
        basis: site.outlook.basis,
        fill_level: fill_level(&site.fill, &site.capacity),
        inflow_kg_per_day: grams / 1_000.0,
        inflow_l_per_day: litres,
        overflow_in_days: day.map(|day| day + prospect.passed),
        overflow_risk: risk,
        price: (!jobs.is_empty()).then(|| jobs.iter().filter_map(|job| job.penalty).sum()),
        expected: prospect.expected.loads(&network.streams),
        jobs: jobs.len() as u32,
        jobs_served: 0,
    };
    Verdict { decision, jobs, must: mandatory_jobs, beyond_reach }
}

/// Vehicle loads with the moment from which each is there, earliest first.
///
/// The loads of a group are equal shares; the `k`-th is ready once so much has come in that the first `k` are there together.
/// Whoever takes loads that are ready therefore never takes more than is there.
fn parts(
    network: &Network,
    prospect: &Prospect,
    total: &Stock,
    holds: &[Hold],
    receivable: &[usize],
) -> Vec<(Seconds, Stock)> {
    let incompatible: Vec<(usize, usize)> = network
        .incompatible_streams
        .iter()
        .filter_map(|(a, b)| {
            let index = |name| network.streams.iter().position(|stream| stream == name);
            Some((index(a)?, index(b)?))
        })
        .collect();
    let streams: Vec<usize> = receivable.iter().copied().filter(|&stream| total.0[stream] != [0; 2]).collect();
    let mut parts = Vec::new();
    for group in groups(&streams, &incompatible, holds) {
        let mut needed = Stock::empty(network.streams.len());
        let mut there = prospect.there.only(&group);
        let mut arrivals = prospect.arrivals.iter();
        let mut now = Seconds::ZERO;
        for part in cut(&total.only(&group), holds) {
            needed = needed.plus(&part);
            while needed.0.iter().zip(&there.0).any(|(need, have)| need[0] > have[0] || need[1] > have[1]) {
                let Some((at, more)) = arrivals.next() else { break };
                there = there.plus(&more.only(&group));
                now = *at;
            }
            parts.push((now, part));
        }
    }
    parts.sort_by_key(|&(ready, _)| ready);
    parts
}

/// Absent where the outlet is closed once the load is there.
fn job(
    network: &Network,
    outlet: &OutletState,
    id: String,
    ready: Seconds,
    part: &Stock,
    penalty: i64,
) -> Option<JobSpec> {
    let windows: Vec<WindowSpec> = hours(outlet)
        .into_iter()
        .filter(|window| window.end >= ready)
        .map(|window| WindowSpec { start: window.start.max(ready), end: window.end })
        .collect();
    (!windows.is_empty()).then(|| JobSpec {
        id,
        place: outlet.place.clone(),
        loads: part.loads(&network.streams),
        time_windows: windows.into_iter().map(Into::into).collect(),
        setup_s: outlet.clearing_s,
        service_s: Seconds((outlet.clearing_per_100kg_s.0 as i128 * part.grams() as i128 / 100_000) as i64),
        penalty: Some(penalty),
        ..JobSpec::default()
    })
}

/// Absent hours are all day.
pub(super) fn hours(outlet: &OutletState) -> Vec<WindowSpec> {
    if outlet.hours.is_empty() {
        return vec![WindowSpec { start: Seconds::ZERO, end: Seconds(86_400) }];
    }
    outlet.hours.clone()
}
