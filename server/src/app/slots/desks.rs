//! Plans kept at hand for questions about slots: matrices take seconds to compute, an answer milliseconds.
//!
//! Residents ask, so nothing here grows with how many do: plans are set up one at a time by one thread, in turn with explanations; a
//! plan's questions wait for one another; what is kept has a limit, and so has the plan that is set up at all.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use huilu_model::{Instance, Problem, ReasonCode, UNREACHABLE, Wgs84};
use huilu_optimizer::slots::{Asked, Desk, DeskFault, Quote, Ways};
use huilu_roads::Profile;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::app::{export, planning, problem};
use crate::db::plans;
use crate::domain::PlanId;
use crate::domain::plan::Plan;
use crate::travel::{Spots, TableAsk, TravelError, TravelProvider};

/// Matrices of all plans at hand: 16 days of 2,000 places and one profile, some 32 MB each.
const KEPT_BYTES_MAX: usize = 512 << 20;
/// Matrices of one plan: some 5,600 places with one profile, 4,000 with two. While it is set up they are held twice.
const PLAN_BYTES_MAX: usize = 256 << 20;
/// Requests in need of an answer have the other cores meanwhile.
const THREADS: usize = 1;

/// The plans asked about last, the latest at the end.
#[derive(Debug, Default)]
pub(crate) struct Desks(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    plan: PlanId,
    /// Nothing before the plan is set up.
    bytes: usize,
    /// Questions about one plan take turns; its first builds the desk. Shared while somebody asks or waits.
    set: Arc<Turn<Option<Set>>>,
}

impl Kept {
    fn idle(&self) -> bool {
        Arc::strong_count(&self.set) == 1
    }
}

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
    /// The plan's turn; there is one set for each plan, whoever asks.
    async fn turn(&self, plan: PlanId) -> OwnedMutexGuard<Option<Set>> {
        let turn = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Plans that could not be set up.
            kept.retain(|one| one.bytes > 0 || !one.idle() || one.plan == plan);
            let known = kept.iter().position(|one| one.plan == plan).map(|at| kept.remove(at));
            let one = known.unwrap_or_else(|| Kept { plan, bytes: 0, set: Arc::default() });
            let set = Arc::clone(&one.set);
            kept.push(one);
            set
        };
        turn.lock_owned().await
    }

    /// Counts the plan's bytes, which are about to be taken, and gives up plans that nobody asks about at the moment, those asked about
    /// longest ago first, until all fit or none is left.
    fn make_room(&self, plan: PlanId, bytes: usize) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: usize = bytes + kept.iter().filter(|one| one.plan != plan).map(|one| one.bytes).sum::<usize>();
        kept.retain(|one| {
            let stays = all <= KEPT_BYTES_MAX || one.plan == plan || !one.idle();
            all -= if stays { 0 } else { one.bytes };
            stays
        });
        kept.iter_mut().filter(|one| one.plan == plan).for_each(|one| one.bytes = bytes);
    }
}

/// Bytes of the matrices: seconds and metres of each pair of places, and of the one that is asked about, for each profile.
fn size(problem: &Problem) -> AppResult<usize> {
    let profiles: HashSet<&str> = problem.vehicles.iter().map(|vehicle| vehicle.profile.as_str()).collect();
    let side = problem.places.len() + 1;
    let bytes = profiles.len() * side * side * 2 * size_of::<u32>();
    if bytes > PLAN_BYTES_MAX {
        let detail = format!(
            "Distances between the plan's {} places take {} MB; prices are told of plans up to {} MB.",
            problem.places.len(),
            bytes >> 20,
            PLAN_BYTES_MAX >> 20
        );
        return Err(AppError::conflict("PLAN_TOO_LARGE", detail));
    }
    Ok(bytes)
}

/// A quote for each slot, with the cost units in one fen. The place is measured on the roads that the plan was made with.
///
/// # Errors
/// Those of [`export::plan`]; conflicts `PLAN_DOES_NOT_FIT` where the roads have changed so that its routes cannot be driven, and
/// `PLAN_TOO_LARGE` where its matrices are more than a question may take.
pub(super) async fn ask(services: &Services, plan: &Plan, at: Wgs84, mut asked: Asked) -> AppResult<(Vec<Quote>, i64)> {
    let mut turn = services.desks.turn(plan.id).await;
    if turn.is_none() {
        turn = set_up(services, plan, turn).await?;
    }
    let set = turn.as_ref().ok_or_else(|| AppError::internal("the plan was not set up"))?;
    asked.place = set.points.iter().position(|&known| problem::same_place(known, at));
    if asked.place.is_none() {
        asked.ways = ways(set, at).await?;
    }
    let cut_off = asked.place.is_none() && is_cut_off(&asked.ways);
    // Should the work below fail, the next question builds the desk anew.
    let set = turn.take().ok_or_else(|| AppError::internal("the plan was not set up"))?;
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

/// Fills the plan's turn when the process's turn has come. Who hangs up does not stop it, so that two are never under way.
async fn set_up(
    services: &Services,
    plan: &Plan,
    mut turn: OwnedMutexGuard<Option<Set>>,
) -> AppResult<OwnedMutexGuard<Option<Set>>> {
    let (services, plan) = (services.clone(), plan.clone());
    let working = tokio::spawn(async move {
        let _heavy = Arc::clone(&services.heavy).acquire_owned().await.map_err(AppError::internal)?;
        *turn = Some(build(&services, &plan).await?);
        Ok(turn)
    });
    working.await.map_err(AppError::internal)?
}

async fn build(services: &Services, plan: &Plan) -> AppResult<Set> {
    let (problem, sources) = planning::sources(services, plan).await?;
    services.desks.make_room(plan.id, size(&problem)?);
    let (problem, found) = export::measured(services, plan, problem, &sources, THREADS).await?;
    let prices = plans::duals(services.db.read(), plan.id).await?;
    let position = |place: &huilu_model::problem::PlaceSpec| {
        place.position.ok_or_else(|| AppError::from(TravelError::NoPosition(place.id.clone())))
    };
    let points: Vec<Wgs84> = problem.places.iter().map(position).collect::<AppResult<_>>()?;
    let building = tokio::task::spawn_blocking(move || {
        let instance = Instance::try_from(&problem).map_err(AppError::internal)?;
        drop(problem);
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

#[cfg(test)]
mod tests {
    use huilu_model::problem::{PlaceSpec, VehicleSpec};

    use super::*;

    fn known(desks: &Desks) -> Vec<PlanId> {
        desks.0.lock().unwrap().iter().map(|one| one.plan).collect()
    }

    #[tokio::test]
    async fn plans_stay_while_there_is_room_and_while_they_are_asked_about() {
        let desks = Desks::default();
        let [a, b, c, d] = std::array::from_fn(|_| PlanId::new());
        for plan in [a, b, c] {
            let _turn = desks.turn(plan).await;
            desks.make_room(plan, KEPT_BYTES_MAX / 3);
        }
        drop(desks.turn(a).await);
        assert_eq!(known(&desks), [b, c, a], "three days asked about in turn all stay");
        let busy = desks.turn(b).await;
        drop(desks.turn(d).await);
        let turn = desks.turn(d).await;
        desks.make_room(d, KEPT_BYTES_MAX / 3);
        assert_eq!(known(&desks), [a, b, d], "the one longest ago, but for the one in use");
        drop((busy, turn));
        let turn = desks.turn(d).await;
        desks.make_room(d, KEPT_BYTES_MAX / 3);
        assert_eq!(known(&desks), [a, b, d], "its own bytes count once");
        desks.make_room(d, KEPT_BYTES_MAX);
        assert_eq!(known(&desks), [d]);
        drop(turn);
    }

    #[tokio::test]
    async fn a_plan_that_could_not_be_set_up_leaves_nothing() {
        let desks = Desks::default();
        let [failed, other] = std::array::from_fn(|_| PlanId::new());
        let turn = desks.turn(failed).await;
        drop(desks.turn(other).await);
        assert_eq!(known(&desks), [failed, other], "somebody waits for it");
        drop(turn);
        drop(desks.turn(other).await);
        assert_eq!(known(&desks), [other]);
    }

    #[test]
    fn a_plan_of_too_many_places_is_refused() {
        let day = |places: usize, profiles: &[&str]| Problem {
            places: vec![PlaceSpec::default(); places],
            vehicles: profiles
                .iter()
                .map(|&name| VehicleSpec { profile: name.to_owned(), ..VehicleSpec::default() })
                .collect(),
            ..Problem::default()
        };
        assert_eq!(size(&day(1_999, &["van", "van"])).unwrap(), 32_000_000);
        assert!(size(&day(5_000, &["van"])).is_ok());
        for much in [day(6_000, &["van"]), day(5_000, &["van", "cargo_bike"])] {
            assert!(matches!(size(&much), Err(AppError::Conflict { code: "PLAN_TOO_LARGE", .. })));
        }
    }
}
