//! Plans kept at hand for questions about slots: matrices take seconds to compute, an answer milliseconds.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use huilu_model::{Instance, ReasonCode, UNREACHABLE, Wgs84};
use huilu_optimizer::slots::{Asked, Desk, DeskFault, Quote, Ways};
use huilu_roads::Profile;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::app::{export, planning, problem};
use crate::db::plans;
use crate::domain::PlanId;
use crate::domain::operator::Operator;
use crate::domain::plan::Plan;
use crate::travel::{Spots, TableAsk, TravelError, TravelProvider};

/// A day of 2,000 bookings has some 30 MB of matrices for each kind of vehicle.
const KEPT: usize = 2;

/// Questions about one plan take turns; its first builds the desk.
type Kept = Arc<Turn<Option<Set>>>;

/// The plans asked about last, the latest at the end.
#[derive(Debug, Default)]
pub(crate) struct Desks(Mutex<Vec<(PlanId, Kept)>>);

/// A desk, and where ways to places that it does not know come from.
#[derive(Debug)]
struct Set {
    desk: Desk,
    /// By profile of the desk's instance.
    sources: Vec<Source>,
    /// The plan's places.
    points: Vec<Wgs84>,
}

#[derive(Debug)]
enum Source {
    Own(Arc<Spots>),
    Service(Profile, Arc<dyn TravelProvider>),
}

impl Desks {
    /// The plan's place, emptied of the plan that was asked about longest ago where there are too many.
    async fn turn(&self, id: PlanId) -> OwnedMutexGuard<Option<Set>> {
        let turn = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = kept.iter().position(|(known, _)| *known == id).map(|at| kept.remove(at));
            let one = known.unwrap_or_else(|| (id, Arc::default()));
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push(one.clone());
            one.1
        };
        turn.lock_owned().await
    }
}

/// A quote for each slot, with the cost units in one fen. The place is measured on the roads that the plan was made with.
///
/// # Errors
/// Those of [`export::plan`]; a conflict `PLAN_DOES_NOT_FIT` where the roads have changed so that its routes cannot be driven.
pub(super) async fn ask(
    services: &Services,
    operator: &Operator,
    plan: &Plan,
    at: Wgs84,
    mut asked: Asked,
) -> AppResult<(Vec<Quote>, i64)> {
    let mut turn = services.desks.turn(plan.id).await;
    let set = match turn.take() {
        Some(set) => set,
        None => set_up(services, operator, plan).await?,
    };
    // Whatever goes wrong from here on, the next question builds the desk anew.
    asked.place = set.points.iter().position(|&known| problem::same_place(known, at));
    if asked.place.is_none() {
        asked.ways = ways(&set, at).await?;
    }
    let cut_off = asked.place.is_none() && is_cut_off(&asked.ways);
    let working = tokio::task::spawn_blocking(move || {
        let Set { desk, sources, points } = set;
        let (desk, quotes) = desk.ask(&asked)?;
        let scale = desk.instance().cost_scale;
        *turn = Some(Set { desk, sources, points });
        Ok((quotes, scale))
    });
    let (mut quotes, scale) = working.await.map_err(AppError::internal)?.map_err(|fault: DeskFault| refused(&fault))?;
    if cut_off {
        quotes.iter_mut().for_each(|quote| quote.reasons = vec![ReasonCode::Unreachable]);
    }
    Ok((quotes, scale))
}

async fn set_up(services: &Services, operator: &Operator, plan: &Plan) -> AppResult<Set> {
    let (problem, found) = export::plan(services, operator, plan.id).await?;
    let (_, sources) = planning::sources(services, plan).await?;
    let prices = plans::duals(services.db.read(), plan.id).await?;
    let position = |place: &huilu_model::problem::PlaceSpec| {
        place.position.ok_or_else(|| AppError::from(TravelError::NoPosition(place.id.clone())))
    };
    let points: Vec<Wgs84> = problem.places.iter().map(position).collect::<AppResult<_>>()?;
    let building = tokio::task::spawn_blocking(move || {
        let instance = Instance::try_from(&problem).map_err(AppError::internal)?;
        Desk::new(instance, found, prices.as_deref()).map_err(|fault| refused(&fault))
    });
    let desk = building.await.map_err(AppError::internal)??;
    let mut of_profiles = Vec::with_capacity(desk.instance().travel.len());
    for travel in &desk.instance().travel {
        let name = travel.profile();
        let profile = Profile::from_str(name).map_err(|_| TravelError::UnknownProfile(name.to_owned()))?;
        of_profiles.push(match sources.own_of(profile).await? {
            Some(roads) => Source::Own(Arc::new(roads.spots(profile, &points))),
            None => Source::Service(profile, sources.of(profile).await?),
        });
    }
    Ok(Set { desk, sources: of_profiles, points })
}

/// From the place to all others and back, for each profile of the fleet.
async fn ways(set: &Set, at: Wgs84) -> AppResult<Vec<Ways>> {
    let asked = set.points.len();
    let points: Arc<[Wgs84]> = set.points.iter().copied().chain([at]).collect();
    let others: Vec<usize> = (0..asked).collect();
    let mut all = Vec::with_capacity(set.sources.len());
    for source in &set.sources {
        all.push(match source {
            Source::Own(spots) => {
                let spots = Arc::clone(spots);
                let measuring = tokio::task::spawn_blocking(move || spots.ways(at));
                let (to, from) = measuring.await.map_err(AppError::internal)?;
                Ways {
                    seconds_to: to.seconds,
                    metres_to: to.metres,
                    seconds_from: from.seconds,
                    metres_from: from.metres,
                }
            }
            Source::Service(profile, provider) => {
                let ask = |sources: &[usize], targets: &[usize]| TableAsk {
                    sources: sources.to_vec(),
                    targets: targets.to_vec(),
                    ..TableAsk::square(*profile, Arc::clone(&points))
                };
                let to = provider.table(&ask(&[asked], &others)).await?;
                let from = provider.table(&ask(&others, &[asked])).await?;
                Ways {
                    seconds_to: to.seconds,
                    metres_to: to.metres,
                    seconds_from: from.seconds,
                    metres_from: from.metres,
                }
            }
        });
    }
    Ok(all)
}

/// No way leads to the place, or none back, whatever the vehicle.
fn is_cut_off(ways: &[Ways]) -> bool {
    let none = |list: &[u32]| list.iter().all(|&way| way == UNREACHABLE);
    ways.iter().all(|ways| none(&ways.seconds_to) || none(&ways.seconds_from))
}

fn refused(fault: &DeskFault) -> AppError {
    match fault {
        DeskFault::Misfit(misfit) => AppError::conflict("PLAN_DOES_NOT_FIT", misfit.to_string()),
        DeskFault::Faults(faults) => AppError::internal(faults),
    }
}
