//! What makes a sound outlet.

use std::sync::Arc;

use huilu_api_spec::common::StreamAmount as WireAmount;
use huilu_api_spec::outlet::{ChangeOutlet, CreateOutlet};
use huilu_model::{Grams, Litres, Seconds};

use crate::app::error::AppResult;
use crate::app::fault::{FaultCode, Faults};
use crate::app::services::{Actor, Services};
use crate::app::{catalogue, days, places, texts};
use crate::domain::amount::{Fen, Names, StreamAmount};
use crate::domain::catalogue::Catalogue;
use crate::domain::operator::Operator;
use crate::domain::outlet::{DailyHours, Outlet, OutletStatus};
use crate::domain::place::SERVICE_RESOLUTION;
use crate::domain::{Instant, OutletId};

/// What an outlet is measured against.
#[derive(Clone, Debug)]
pub struct Rules {
    operator: Arc<Operator>,
    catalogue: Catalogue,
    now: Instant,
}

/// The rules of the caller's operator at this moment.
///
/// # Errors
/// Where the database does not answer.
pub async fn rules(services: &Services, actor: &Actor) -> AppResult<Rules> {
    let catalogue = catalogue::load(services, actor).await?;
    Ok(Rules { operator: Arc::clone(&actor.operator), catalogue, now: services.clock.now() })
}

impl Rules {
    /// A new outlet.
    ///
    /// # Errors
    /// All faults of the wish.
    pub fn create(&self, wish: CreateOutlet) -> Result<Outlet, Faults> {
        let mut faults = Faults::default();
        let place = places::of_body(&mut faults, &self.operator, "/place", &wish.place);
        let place = place.unwrap_or_else(|| places::stand_in(&self.operator));
        let Some(cell) = place.cell(SERVICE_RESOLUTION) else { return Err(faults) };
        let blank = Outlet {
            id: OutletId::new(),
            operator: self.operator.id,
            names: Names::default(),
            kind: wish.kind.into(),
            host: None,
            status: OutletStatus::Open,
            place,
            cell,
            area: None,
            streams: Vec::new(),
            capacity: Vec::new(),
            accepts_collectors: false,
            hours: Vec::new(),
            unload: Seconds(0),
            gate_fee: Fen(0),
            opening_cost: Fen(0),
            created: self.now,
            updated: self.now,
            version: 1,
        };
        let terms = ChangeOutlet {
            name: Some(wish.name),
            kind: None,
            place: None,
            streams: Some(wish.streams),
            accepts_collectors: Some(wish.accepts_collectors),
            hours: Some(wish.hours),
            unload_s: Some(wish.unload_s),
            gate_fee_fen: Some(wish.gate_fee_fen),
            capacity: Some(wish.capacity),
        };
        match self.change(blank, terms) {
            Ok(outlet) => faults.or(outlet),
            Err(more) => {
                faults.extend(more);
                Err(faults)
            }
        }
    }

    /// The outlet with the fields that are given.
    ///
    /// # Errors
    /// All faults of the change.
    pub fn change(&self, mut outlet: Outlet, change: ChangeOutlet) -> Result<Outlet, Faults> {
        let mut faults = Faults::default();
        if let Some(name) = &change.name {
            outlet.names = texts::names(&mut faults, "/name", name);
        }
        outlet.kind = change.kind.map_or(outlet.kind, Into::into);
        if let Some(sent) = &change.place
            && let Some((place, cell)) = places::located(&mut faults, &self.operator, "/place", sent)
        {
            (outlet.place, outlet.cell) = (place, cell);
        }
        if let Some(streams) = change.streams {
            catalogue::check_streams(&mut faults, &self.catalogue, "/streams", &streams);
            outlet.streams = streams;
        }
        outlet.accepts_collectors = change.accepts_collectors.unwrap_or(outlet.accepts_collectors);
        if let Some(sent) = &change.hours {
            outlet.hours = hours(&mut faults, sent);
        }
        outlet.unload = change.unload_s.map_or(outlet.unload, Seconds);
        outlet.gate_fee = change.gate_fee_fen.map_or(outlet.gate_fee, Fen);
        let at = if change.capacity.is_some() { "/capacity" } else { "/streams" };
        if let Some(sent) = &change.capacity {
            outlet.capacity = capacity(&mut faults, sent);
        }
        for amount in outlet.capacity.iter().filter(|amount| !outlet.streams.contains(&amount.stream)) {
            let message = format!("There is a capacity for `{}`, which the outlet does not take", amount.stream);
            faults.body(FaultCode::Contradiction, at, message, "Name the stream in both lists or in none.");
        }
        faults.or(outlet)
    }
}

fn hours(faults: &mut Faults, sent: &[huilu_api_spec::common::DailyHours]) -> Vec<DailyHours> {
    let read = |(k, hours)| days::hours(faults, &format!("/hours/{k}"), hours);
    let mut all: Vec<DailyHours> = sent.iter().enumerate().filter_map(read).collect();
    all.sort_by_key(|hours| hours.start);
    if all.windows(2).any(|pair| pair[1].start < pair[0].end) {
        faults.body(FaultCode::Contradiction, "/hours", "Opening hours overlap", "Join them into one entry.");
    }
    all
}

fn capacity(faults: &mut Faults, sent: &[WireAmount]) -> Vec<StreamAmount> {
    for (k, amount) in sent.iter().enumerate() {
        if sent[..k].iter().any(|before| before.stream == amount.stream) {
            let message = format!("`{}` is listed twice", amount.stream);
            faults.body(FaultCode::DuplicateItem, format!("/capacity/{k}/stream"), message, "List it once.");
        }
    }
    let amount = |sent: &WireAmount| StreamAmount {
        stream: sent.stream.clone(),
        grams: Grams(sent.mass_g),
        litres: Litres(sent.volume_l),
    };
    sent.iter().map(amount).collect()
}
