//! What the work of a class may cost by the hour, and what its vehicles gain at that price.
//!
//! A vehicle that is out from `a` to `b` costs its fixed cost and the hours between, and has so many seconds for work, less a break where it owes one (it
//! leaves before the break's window closes and comes back after). At a price `w` of a second it gains `w seconds - cost` where that is positive; between
//! the corners of the shift and the end of the break's window both are linear, so those are enough.

use super::class::Class;
use crate::proof::prices::{Fixed, Scale};
use crate::resources::model::{Kind, Model};

/// Cost of a day beside what its trip is charged for, and its seconds of work.
fn days(kind: &Kind, charged: i64) -> Vec<(i64, i64)> {
    let day = |from: i64, to: i64, rest: i64| {
        let length = (to - from).max(0);
        ((kind.fixed - charged).saturating_add(kind.per_second.saturating_mul(length)), (length - rest).max(0))
    };
    match kind.pause.filter(|pause| kind.opens < pause.closes && pause.closes < kind.closes) {
        Some(pause) => vec![
            day(kind.opens, kind.closes, pause.duration),
            day(kind.opens, pause.closes, 0),
            day(pause.closes, kind.closes, 0),
        ],
        None => vec![day(kind.opens, kind.closes, 0)],
    }
}

/// The highest price of a second at which no vehicle of the class gains.
pub(super) fn free(model: &Model<'_>, class: &Class, scale: Scale) -> Fixed {
    let days = class.kinds.iter().flat_map(|&k| days(&model.kinds[k], class.fixed)).filter(|(_, seconds)| *seconds > 0);
    days.map(|(cost, seconds)| scale.fixed(cost) / seconds).min().unwrap_or(0)
}

/// What all vehicles of the class gain at this price at most, and the seconds with which they do.
pub(super) fn gained(model: &Model<'_>, class: &Class, scale: Scale, second: Fixed) -> (i128, i64) {
    let (mut gained, mut work) = (0, 0_i64);
    for kind in class.kinds.iter().map(|&k| &model.kinds[k]) {
        let gain = |(cost, seconds): (i64, i64)| {
            (i128::from(second) * i128::from(seconds) - (i128::from(cost) << scale.shift), seconds)
        };
        let n = kind.members.len();
        if let Some((gain, seconds)) = days(kind, class.fixed).into_iter().map(gain).max().filter(|(gain, _)| *gain > 0)
        {
            gained += gain * n as i128;
            work = work.saturating_add(seconds.saturating_mul(n as i64));
        }
    }
    (gained, work)
}

/// Seconds of work of all its vehicles.
pub(super) fn supply(model: &Model<'_>, class: &Class) -> i64 {
    let most = |kind: &Kind| days(kind, class.fixed).into_iter().map(|(_, seconds)| seconds).max().unwrap_or(0);
    class.kinds.iter().map(|&k| &model.kinds[k]).map(|kind| most(kind).saturating_mul(kind.members.len() as i64)).sum()
}
