//! All legs from and to one place side by side. An insertion asks for many legs of one job: here they lie in one row of memory, both ways
//! beside each other, where a look into the tables would touch another line of it for each leg that ends at the job.

use huilu_model::UNREACHABLE;

use super::model::{ANYWHERE, FAR, Kind, Model};

/// Above so many places the rows would take more than 64 MB a profile; then legs come from the instance.
const PLACES_MAX: usize = 2_000;

/// Pairs of places between two looks at the time.
const LOOK_EVERY: usize = 1 << 14;

#[derive(Clone, Copy, Debug)]
struct OneWay {
    metres: u32,
    seconds: u32,
}

impl OneWay {
    #[inline]
    fn far(self) -> (i64, i64) {
        let far = |entry: u32| if entry == UNREACHABLE { FAR } else { i64::from(entry) };
        (far(self.metres), far(self.seconds))
    }
}

/// Between a place and another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BothWays {
    there: OneWay,
    back: OneWay,
}

impl BothWays {
    pub(crate) fn between(model: &Model<'_>, profile: usize, place: usize, other: usize) -> Self {
        let travel = &model.instance.travel[profile];
        let leg =
            |from: usize, to: usize| OneWay { metres: travel.metres(from, to), seconds: travel.seconds(from, to) };
        Self { there: leg(place, other), back: leg(other, place) }
    }

    /// Metres and seconds there, and back.
    #[inline]
    pub(crate) fn far(self) -> ((i64, i64), (i64, i64)) {
        (self.there.far(), self.back.far())
    }
}

/// Ways from places to others, one after the other.
#[derive(Debug)]
pub(crate) enum Ways {
    /// Not kept: they come from the instance.
    Absent,
    Both(Vec<BothWays>),
    /// As far there as back, in metres and in seconds: a quarter of the memory, and memory is what a search waits for.
    Alike(Vec<u32>),
}

impl Ways {
    /// Of one profile, between the pairs of places; absent where it was `over` before all of them were there.
    pub(crate) fn between(
        model: &Model<'_>,
        profile: usize,
        pairs: impl Iterator<Item = (usize, usize)>,
        over: &dyn Fn() -> bool,
    ) -> Self {
        let travel = &model.instance.travel[profile];
        let mut cut = false;
        let pairs = pairs.enumerate().take_while(|(k, _)| {
            cut |= k.is_multiple_of(LOOK_EVERY) && over();
            !cut
        });
        let pairs = pairs.map(|(_, pair)| pair);
        let ways = if travel.one_table().is_some() {
            Self::Alike(pairs.map(|(place, other)| travel.metres(place, other)).collect())
        } else {
            Self::Both(pairs.map(|(place, other)| BothWays::between(model, profile, place, other)).collect())
        };
        if cut { Self::Absent } else { ways }
    }

    /// Metres and seconds there, and back.
    #[inline]
    pub(crate) fn far(&self, at: usize) -> Option<((i64, i64), (i64, i64))> {
        match self {
            Self::Absent => None,
            Self::Both(ways) => Some(ways[at].far()),
            Self::Alike(ways) => Some((far_alike(ways[at]), far_alike(ways[at]))),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Row<'l> {
    Absent,
    Both(&'l [BothWays]),
    Alike(&'l [u32]),
}

/// Metres and seconds of an entry that is both.
#[inline]
fn far_alike(entry: u32) -> (i64, i64) {
    OneWay { metres: entry, seconds: entry }.far()
}

/// The legs of one profile, a row for each place; absent where the instance has no table, or too large a one. Where one table of the
/// instance says all, its rows serve.
#[derive(Debug)]
pub(crate) struct Legs {
    n_places: usize,
    rows: Vec<BothWays>,
}

impl Legs {
    /// Absent as well where it is `over` before they are all there.
    pub(crate) fn until(model: &Model<'_>, profile: usize, over: &dyn Fn() -> bool) -> Self {
        let n_places = model.instance.places.len();
        let travel = &model.instance.travel[profile];
        let mut rows = Vec::new();
        if n_places <= PLACES_MAX && travel.tables().is_some() && travel.one_table().is_none() {
            rows.reserve_exact(n_places * n_places);
            for place in 0..n_places {
                if (place * n_places) % LOOK_EVERY < n_places && over() {
                    rows = Vec::new();
                    break;
                }
                rows.extend((0..n_places).map(|other| BothWays::between(model, profile, place, other)));
            }
        }
        Self { n_places, rows }
    }

    #[inline]
    pub(crate) fn around<'l>(&'l self, model: &'l Model<'l>, kind: &'l Kind, place: usize) -> Hub<'l> {
        let range = place * self.n_places..(place + 1) * self.n_places;
        let row = match model.one_table(kind) {
            Some(table) => Row::Alike(&table[range]),
            None => self.rows.get(range).map_or(Row::Absent, Row::Both),
        };
        Hub { model, kind, place, row }
    }
}

/// One place and its legs, in metres and seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hub<'l> {
    model: &'l Model<'l>,
    kind: &'l Kind,
    pub(crate) place: usize,
    row: Row<'l>,
}

impl Hub<'_> {
    #[inline]
    pub(crate) fn to(&self, other: usize) -> (i64, i64) {
        if other == ANYWHERE {
            return (0, 0);
        }
        match self.row {
            Row::Both(row) => row[other].there.far(),
            Row::Alike(row) => far_alike(row[other]),
            Row::Absent => {
                let (model, kind) = (self.model, self.kind);
                (model.metres(kind, self.place, other), model.seconds(kind, self.place, other))
            }
        }
    }

    #[inline]
    pub(crate) fn from(&self, other: usize) -> (i64, i64) {
        match self.row {
            Row::Both(row) => row[other].back.far(),
            Row::Alike(row) => far_alike(row[other]),
            Row::Absent => {
                let (model, kind) = (self.model, self.kind);
                (model.metres(kind, other, self.place), model.seconds(kind, other, self.place))
            }
        }
    }
}
