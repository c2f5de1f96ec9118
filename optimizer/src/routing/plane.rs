//! Jobs near a job where distances follow from points in the plane, found without comparing all pairs.

use huilu_model::{JobIdx, Shape, Travel};
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::model::{Model, Node};

/// With fewer jobs all pairs are compared: that is fast, and exact for any metric.
const JOBS_MIN: usize = 2_000;
/// The nearest in a straight line are asked for so many times over, for metrics that are not straight.
const SPARE: usize = 3;

#[derive(Debug)]
pub(crate) struct Plane {
    points: Vec<[f64; 2]>,
    tree: RTree<GeomWithData<[f64; 2], u32>>,
}

impl Plane {
    /// `None` where there are few jobs, or where the first profile's distances do not follow from a plane.
    pub(crate) fn new(model: &Model<'_>) -> Option<Self> {
        let Some(Travel::Metric(metric)) = model.instance.travel.first() else { return None };
        if model.n_jobs < JOBS_MIN || metric.shape() == Shape::GreatCircle {
            return None;
        }
        let point = |job: usize| {
            let (x, y) = metric.points()[model.place(job as Node)];
            [x, y]
        };
        let points: Vec<[f64; 2]> = (0..model.n_jobs).map(point).collect();
        let entries = points.iter().enumerate().map(|(job, &at)| GeomWithData::new(at, job as u32)).collect();
        Some(Self { points, tree: RTree::bulk_load(entries) })
    }

    /// Candidates for the `wanted` nearest jobs, by number.
    pub(crate) fn around(&self, job: JobIdx, wanted: usize) -> Vec<u32> {
        let near = self.tree.nearest_neighbor_iter(self.points[job]);
        let mut found: Vec<u32> = near.take(SPARE * wanted + 1).map(|entry| entry.data).collect();
        found.sort_unstable();
        found
    }
}
