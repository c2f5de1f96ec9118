//! What makes a sound vehicle.

use std::sync::Arc;

use huilu_api_spec::vehicle::{ChangeVehicle, Compartment as WireCompartment, CreateVehicle, Pause as WirePause};
use huilu_model::{Grams, Litres, Seconds};

use crate::app::error::AppResult;
use crate::app::fault::{FaultCode, Faults};
use crate::app::services::{Actor, Services};
use crate::app::{catalogue, days, texts};
use crate::db::depots;
use crate::domain::amount::Fen;
use crate::domain::catalogue::Catalogue;
use crate::domain::fleet::{Compartment, Pause, Vehicle, VehicleCosts};
use crate::domain::operator::Operator;
use crate::domain::outlet::DailyHours;
use crate::domain::{DepotId, Instant, VehicleId};

/// What a vehicle is measured against.
#[derive(Clone, Debug)]
pub struct Rules {
    operator: Arc<Operator>,
    catalogue: Catalogue,
    /// Those in use.
    depots: Vec<DepotId>,
    now: Instant,
}

/// The rules of the caller's operator at this moment.
///
/// # Errors
/// Where the database does not answer.
pub async fn rules(services: &Services, actor: &Actor) -> AppResult<Rules> {
    let depots = depots::active(services.db.read(), actor.operator_id()).await?;
    Ok(Rules {
        operator: Arc::clone(&actor.operator),
        catalogue: catalogue::load(services, actor).await?,
        depots: depots.iter().map(|depot| depot.id).collect(),
        now: services.clock.now(),
    })
}

impl Rules {
    /// A new vehicle.
    ///
    /// # Errors
    /// All faults of the wish.
    pub fn create(&self, wish: CreateVehicle) -> Result<Vehicle, Faults> {
        let blank = Vehicle {
            id: VehicleId::new(),
            operator: self.operator.id,
            name: String::new(),
            preset: None,
            profile: wish.profile.into(),
            depot: DepotId(uuid::Uuid::nil()),
            capacity: Grams(0),
            compartments: Vec::new(),
            shift: ALL_DAY,
            pause: None,
            costs: VehicleCosts::default(),
            skills: Vec::new(),
            active: true,
            created: self.now,
            updated: self.now,
            version: 1,
        };
        let terms = ChangeVehicle {
            name: Some(wish.name),
            profile: None,
            depot_id: Some(wish.depot_id),
            capacity_g: Some(wish.capacity_g),
            compartments: Some(wish.compartments),
            shift: Some(wish.shift),
            pause: wish.pause,
            costs: Some(wish.costs),
            skills: Some(wish.skills),
        };
        self.change(blank, terms)
    }

    /// The vehicle with the fields that are given.
    ///
    /// # Errors
    /// All faults of the change.
    pub fn change(&self, mut vehicle: Vehicle, change: ChangeVehicle) -> Result<Vehicle, Faults> {
        let mut faults = Faults::default();
        if let Some(name) = &change.name {
            vehicle.name = texts::text(&mut faults, "/name", name);
        }
        vehicle.profile = change.profile.map_or(vehicle.profile, Into::into);
        if let Some(id) = &change.depot_id {
            vehicle.depot = self.depot(&mut faults, id).unwrap_or(vehicle.depot);
        }
        vehicle.capacity = change.capacity_g.map_or(vehicle.capacity, Grams);
        if let Some(sent) = &change.compartments {
            vehicle.compartments = self.compartments(&mut faults, sent);
        }
        if let Some(sent) = &change.shift {
            vehicle.shift = days::hours(&mut faults, "/shift", sent).unwrap_or(ALL_DAY);
        }
        if let Some(sent) = &change.pause {
            vehicle.pause = pause(&mut faults, sent);
        }
        if let Some(pause) = vehicle.pause {
            pause_within_shift(&mut faults, &pause, &vehicle.shift);
        }
        if let Some(costs) = change.costs {
            vehicle.costs = VehicleCosts {
                fixed: Fen(costs.fixed_fen),
                per_hour: Fen(costs.per_hour_fen),
                per_km: Fen(costs.per_km_fen),
            };
        }
        if let Some(skills) = change.skills {
            check_skills(&mut faults, &skills);
            vehicle.skills = skills;
        }
        faults.or(vehicle)
    }

    fn depot(&self, faults: &mut Faults, text: &str) -> Option<DepotId> {
        let known = text.parse().ok().filter(|id| self.depots.contains(id));
        if known.is_none() {
            let remedy = "Use the id of a depot of GET /v1/depots that is in use.";
            faults.body(FaultCode::UnknownDepot, "/depot_id", format!("`{text}` is no depot"), remedy);
        }
        known
    }

    fn compartments(&self, faults: &mut Faults, sent: &[WireCompartment]) -> Vec<Compartment> {
        if sent.is_empty() {
            faults.body(FaultCode::Empty, "/compartments", "There is no compartment", "Add at least one.");
        }
        for (k, part) in sent.iter().enumerate() {
            let pointer = format!("/compartments/{k}/streams");
            catalogue::check_streams(faults, &self.catalogue, &pointer, &part.streams);
            for stream in &part.streams {
                self.check_company(faults, &pointer, stream, &part.streams);
                if sent[..k].iter().any(|before| before.streams.contains(stream)) {
                    let message = format!("`{stream}` already has a compartment");
                    let remedy = "Give each stream one compartment.";
                    faults.body(FaultCode::DuplicateItem, pointer.clone(), message, remedy);
                }
            }
        }
        let compartment = |part: &WireCompartment| Compartment {
            streams: part.streams.clone(),
            capacity_g: Grams(part.capacity_g),
            capacity_l: Litres(part.capacity_l),
        };
        sent.iter().map(compartment).collect()
    }

    /// Each pair that may not mix is told once.
    fn check_company(&self, faults: &mut Faults, pointer: &str, stream: &str, streams: &[String]) {
        for other in catalogue::may_not_mix_with(&self.catalogue, stream) {
            if stream < other && streams.iter().any(|beside| beside == other) {
                let message = format!("`{stream}` and `{other}` may not share a compartment");
                faults.body(FaultCode::Contradiction, pointer, message, "Put them into different compartments.");
            }
        }
    }
}

const ALL_DAY: DailyHours = DailyHours { start: Seconds(0), end: Seconds(86_400) };

fn pause(faults: &mut Faults, sent: &WirePause) -> Option<Pause> {
    let begins = days::hours(faults, "/pause/begins", &sent.begins)?;
    Some(Pause { begins, duration: Seconds(sent.duration_s) })
}

fn pause_within_shift(faults: &mut Faults, pause: &Pause, shift: &DailyHours) {
    if pause.begins.start < shift.start || pause.begins.end + pause.duration > shift.end {
        let message = "The pause may reach beyond the shift";
        let remedy = "Let it begin after the shift begins, and end before the shift ends even if it begins last.";
        faults.body(FaultCode::Contradiction, "/pause", message, remedy);
    }
}

fn check_skills(faults: &mut Faults, skills: &[String]) {
    for (k, skill) in skills.iter().enumerate() {
        let pointer = format!("/skills/{k}");
        if skill.is_empty() || !skill.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            let message = format!("`{skill}` is no skill");
            let remedy = "Use small letters and underscores, such as two_persons.";
            faults.body(FaultCode::UnknownValue, pointer.clone(), message, remedy);
        }
        if skills[..k].contains(skill) {
            faults.body(FaultCode::DuplicateItem, pointer, format!("`{skill}` is named twice"), "Name it once.");
        }
    }
}
