//! How far the jobs of a route lie from their middle, the point with the least sum of metres east and north to them.
//!
//! That point is the median of each coordinate (Francis, McGinnis and White 1992, Facility Layout and Location, on rectilinear distances); distances to the middle of a
//! route as a measure of its compactness: Rossit, Vigo, Tohme and Frutos (2019), Computers & Operations Research 103, 13-34.

use huilu_model::Instance;

use super::model::{Model, Node};

/// Of latitude, on the mean sphere.
const METRES_PER_DEGREE: f64 = 111_195.0;

/// Metres east and north of each job, by job; empty where a job has no position.
pub(crate) fn grid(instance: &Instance) -> Vec<(i64, i64)> {
    let place = |job: &huilu_model::Job| instance.places[job.place].position;
    let cosine = instance.jobs.first().and_then(place).map_or(1.0, |at| at.lat.to_radians().cos());
    let point = |job| place(job).map(|at| (metres(cosine * at.lon), metres(at.lat)));
    instance.jobs.iter().map(point).collect::<Option<_>>().unwrap_or_default()
}

/// Of a coordinate. Sums of what no place on earth passes fit an `i64`, however many jobs there are.
fn metres(degrees: f64) -> i64 {
    (METRES_PER_DEGREE * degrees.clamp(-180.0, 180.0)).round() as i64
}

/// What the jobs among `visits` cost for lying apart.
pub(crate) fn cost(model: &Model<'_>, visits: &[Node]) -> i64 {
    if model.sprawl_price == 0 {
        return 0;
    }
    let jobs = visits.iter().filter(|&&node| model.is_job(node));
    let (mut east, mut north): (Vec<i64>, Vec<i64>) = jobs.map(|&job| model.grid[job as usize]).unzip();
    model.sprawl_price.saturating_mul(off_median(&mut east) + off_median(&mut north))
}

fn off_median(values: &mut [i64]) -> i64 {
    if values.is_empty() {
        return 0;
    }
    let (low, &mut median, high) = values.select_nth_unstable(values.len() / 2);
    high.iter().map(|value| value - median).sum::<i64>() + low.iter().map(|value| median - value).sum::<i64>()
}

/// About what one more job costs a route that has others: the way to the middle of some of them. Nothing for the first.
pub(crate) fn of_insertion(model: &Model<'_>, visits: &[Node], job: usize) -> i64 {
    if model.sprawl_price == 0 {
        return 0;
    }
    let n = visits.len();
    // Three visits stand for all: their middle is found at a glance.
    let samples = [n / 4, n / 2, 3 * n / 4].map(|at| visits.get(at).filter(|&&node| model.is_job(node)));
    let (mut east, mut north): (Vec<i64>, Vec<i64>) =
        samples.into_iter().flatten().map(|&other| model.grid[other as usize]).unzip();
    let (x, y) = model.grid[job];
    let off = |value: i64, others: &mut Vec<i64>| {
        others.sort_unstable();
        others.get(others.len() / 2).map_or(0, |middle| (value - middle).abs())
    };
    model.sprawl_price.saturating_mul(off(x, &mut east) + off(y, &mut north))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_coordinate_is_farther_away_than_half_around_the_earth() {
        assert_eq!((metres(1.0), metres(-180.0)), (111_195, -20_015_100));
        for degrees in [f64::MAX, f64::INFINITY, 9e18, 999.0] {
            assert_eq!((metres(degrees), metres(-degrees)), (20_015_100, -20_015_100));
        }
    }
}
