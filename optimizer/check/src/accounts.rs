//! What routes share: each job served once or left out, and what each outlet receives on the day.

use huilu_model::{Instance, Load, OutletIdx, Plan, PlannedRoute, StreamIdx, Verdict};

use crate::cost;
use crate::loads::Amount;
use crate::proof;
use crate::stops::{Names, Stop};
use crate::violation::{Code, Violation};

fn add(sums: &mut [Amount], loads: &[Load]) {
    for load in loads {
        if let Some(sum) = sums.get_mut(load.stream) {
            *sum += Amount { grams: load.grams.0.into(), litres: load.litres.0.into() };
        }
    }
}

pub(crate) struct Accounts<'a> {
    instance: &'a Instance,
    /// By job.
    served: Vec<bool>,
    left_out: Vec<bool>,
    /// By outlet and stream.
    delivered: Vec<Vec<Amount>>,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(instance: &'a Instance) -> Self {
        Self {
            instance,
            served: vec![false; instance.jobs.len()],
            left_out: vec![false; instance.jobs.len()],
            delivered: vec![vec![Amount::default(); instance.streams.len()]; instance.outlets.len()],
        }
    }

    pub(crate) fn serve(&mut self, stops: &[Stop], route: usize, planned: &PlannedRoute, log: &mut Vec<Violation>) {
        for (k, &stop) in stops.iter().enumerate() {
            if let Stop::Job(job) = stop
                && std::mem::replace(&mut self.served[job], true)
            {
                log.push(Violation::new(Code::JobTwice).at_step(route, planned, k));
            }
        }
    }

    pub(crate) fn deliver(&mut self, outlet: OutletIdx, stream: StreamIdx, amount: Amount) {
        self.delivered[outlet][stream] += amount;
    }

    /// After all routes: the jobs left out, and the room of the outlets.
    pub(crate) fn close(&mut self, plan: &Plan, names: &Names<'_>, log: &mut Vec<Violation>) {
        for left in &plan.unassigned {
            let about_job = |code| Violation::new(code).about(left.job.as_str());
            for vehicle in left.reasons.iter().filter_map(|reason| reason.vehicle.as_deref()) {
                if !names.vehicles.contains_key(vehicle) {
                    log.push(about_job(Code::UnknownVehicle).claimed(vehicle));
                }
            }
            let Some(&job) = names.jobs.get(left.job.as_str()) else {
                log.push(about_job(Code::UnknownJob));
                continue;
            };
            if std::mem::replace(&mut self.left_out[job], true) {
                log.push(about_job(Code::JobLeftOutTwice));
                continue;
            }
            if self.served[job] {
                log.push(about_job(Code::JobServedAndLeftOut));
                continue;
            }
            let mandatory = self.instance.jobs[job].penalty.is_none();
            if mandatory {
                log.push(about_job(Code::MandatoryJobLeftOut));
            }
            match left.verdict {
                Verdict::ProvenInfeasible => {
                    if let Some(vehicle) = proof::vehicle_for(self.instance, job) {
                        let mut found = about_job(Code::FalseProof);
                        found.vehicle = Some(self.instance.vehicles[vehicle].id.clone());
                        log.push(found);
                    }
                }
                Verdict::NotWorthIt if mandatory => log.push(about_job(Code::VerdictContradicted)),
                Verdict::NotWorthIt | Verdict::SearchLimit => {}
            }
        }
        for (job, data) in self.instance.jobs.iter().enumerate() {
            if !self.served[job] && !self.left_out[job] {
                log.push(Violation::new(Code::JobUnaccounted).about(data.id.as_str()));
            }
        }
        self.check_wholes(log);
        self.check_outlets(log);
    }

    /// Of a job in parts each stream, in grams and litres, is what its parts, served or left out, add up to.
    fn check_wholes(&self, log: &mut Vec<Violation>) {
        let zero = || vec![Amount::default(); self.instance.streams.len()];
        let mut sums: Vec<Vec<Amount>> = self.instance.wholes.iter().map(|_| zero()).collect();
        let named = |k: &usize| self.served[*k] || self.left_out[*k];
        for (_, job) in self.instance.jobs.iter().enumerate().filter(|(k, _)| named(k)) {
            if let Some(sum) = job.whole.and_then(|whole| sums.get_mut(whole)) {
                add(sum, &job.loads);
            }
        }
        for (whole, sum) in self.instance.wholes.iter().zip(&sums) {
            let mut told = zero();
            add(&mut told, &whole.loads);
            for ((stream, sum), told) in self.instance.streams.iter().zip(sum).zip(&told) {
                for (unit, sum, told) in [("grams", sum.grams, told.grams), ("litres", sum.litres, told.litres)] {
                    if sum != told {
                        let subject = format!("{} {stream} {unit}", whole.id);
                        log.push(Violation::new(Code::PartsSum).about(subject).figures(sum, told));
                    }
                }
            }
        }
    }

    fn check_outlets(&self, log: &mut Vec<Violation>) {
        for (outlet, delivered) in self.instance.outlets.iter().zip(&self.delivered) {
            for ((stream, got), room) in self.instance.streams.iter().zip(delivered).zip(&outlet.capacity) {
                let Some((grams, litres)) = room else { continue };
                for (unit, got, room) in [("grams", got.grams, grams.0), ("litres", got.litres, litres.0)] {
                    if got > room.into() {
                        let subject = format!("{} {stream} {unit}", outlet.id);
                        log.push(Violation::new(Code::OutletFull).about(subject).figures(got, room));
                    }
                }
            }
        }
    }

    /// Of all jobs that no route serves.
    pub(crate) fn penalties(&self) -> i128 {
        let missed = self.instance.jobs.iter().zip(&self.served).filter(|(_, served)| !**served);
        missed.filter_map(|(job, _)| job.penalty).map(cost::wide).sum()
    }

    pub(crate) fn served(&self) -> usize {
        self.served.iter().filter(|&&served| served).count()
    }

    pub(crate) fn jobs(&self) -> usize {
        self.served.len()
    }

    pub(crate) fn delivered_grams(&self) -> i128 {
        self.delivered.iter().flatten().map(|amount| amount.grams).sum()
    }
}
