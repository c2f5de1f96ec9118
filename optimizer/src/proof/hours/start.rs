//! The first prices: hours cost what makes no vehicle gain, and a job is worth its stay, the shortest way to it, and its part of what a trip costs beside.

use super::HourPrices;
use super::class::Class;
use super::costs::{Costs, Ledger, NO_WAY};
use super::rent;
use super::steps::Steps;
use crate::proof::prices::{Fixed, Scale};
use crate::resources::model::Model;

/// `steps` are by class.
pub(super) fn first_prices(model: &Model<'_>, classes: &[Class], steps: &[Steps], scale: Scale) -> HourPrices {
    let most = |job: usize| scale.fixed(model.absence[job]);
    let mut prices = HourPrices {
        jobs: vec![0; model.n_jobs],
        hours: classes.iter().map(|class| rent::free(model, class, scale)).collect(),
    };
    let mut jobs: Vec<Fixed> = (0..model.n_jobs).map(most).collect();
    let mut costs = Costs::default();
    for (k, (class, steps)) in classes.iter().zip(steps).enumerate() {
        Ledger { model, class, scale, prices: &prices, second: prices.hours[k] }.write(&mut costs);
        let n = costs.n;
        let reach = |at: usize| (0..n).map(|from| costs.arcs[from * n + at]).min().unwrap_or(NO_WAY);
        let reach: Vec<Fixed> = (0..n).map(|at| reach(at).min(costs.first[at].0)).collect();
        let out = (0..n).map(|at| costs.first[at].0 - reach[at]).min().unwrap_or(0);
        let home = (0..n).map(|at| costs.last[at].0).min().unwrap_or(0);
        let trip = out.saturating_add(home).clamp(0, NO_WAY / 4);
        for at in 0..n {
            let own = (i128::from(trip) * steps.of[at] as i128 / steps.most.max(1) as i128) as Fixed;
            let price = &mut jobs[class.jobs[at]];
            *price = reach[at].saturating_add(own).min(*price);
        }
    }
    prices.jobs = jobs;
    prices
}
