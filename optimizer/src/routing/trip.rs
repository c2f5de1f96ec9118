//! Earliest departures inside a trip whose jobs change. A trip (from the start, or from the unload before it) is left when
//! all its jobs are released, so a new job can hold up what comes before it.

use super::model::{FAR, Model, Node};
use super::route::Route;
use super::schedule::{Early, Term};

/// The state after `visits` have come in at `gap` of the route. Without releases that is a look at the row `gap`; with them the
/// part of the trip before the gap is run again where the new jobs hold it up, or no longer belong to it.
///
/// What unloads take longer for the load of the new jobs is left out: the earliest state is never too late.
#[inline]
pub(crate) fn early_after(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> Early {
    let kind = &model.kinds[route.kind];
    let (mut early, mut place) = (route.early[gap], route.place_after(model, gap));
    if !model.has_releases() {
        for &node in visits {
            early = early.visit(model, kind, place, node, Term::NONE);
            place = model.place(node);
        }
        return early;
    }
    let opener = (0..gap).rev().find(|&row| !model.is_job(route.visits[row])).map_or(0, |row| row + 1);
    let tail = &route.visits[gap..];
    let ready = last_release(model, [&route.visits[opener..gap], visits, tail]);
    let known = route.terms.get(opener).copied().unwrap_or(Term::NONE);
    if ready != known.ready {
        let term = Term { ready, ..known };
        early = match opener.checked_sub(1) {
            None => Early::at_start(kind, term),
            Some(before) => {
                let from = route.place_after(model, before);
                route.early[before].visit(model, kind, from, route.visits[before], term)
            }
        };
        place = route.place_after(model, opener);
        for &node in &route.visits[opener..gap] {
            early = early.visit(model, kind, place, node, Term::NONE);
            place = model.place(node);
        }
    }
    for (k, &node) in visits.iter().enumerate() {
        let ready = if model.is_job(node) { -FAR } else { last_release(model, [&visits[k + 1..], tail, &[]]) };
        early = early.visit(model, kind, place, node, Term { more: 0, ready });
        place = model.place(node);
    }
    early
}

/// Of the jobs before the first unload.
fn last_release(model: &Model<'_>, pieces: [&[Node]; 3]) -> i64 {
    let nodes = pieces.into_iter().flatten().copied().take_while(|&node| model.is_job(node));
    nodes.map(|job| model.release(job as usize)).max().unwrap_or(-FAR)
}
