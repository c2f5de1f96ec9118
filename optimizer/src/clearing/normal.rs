//! The standard normal distribution.

/// Probability below `z`, within 1e-7: Abramowitz and Stegun (1964), *Handbook of Mathematical Functions*, 26.2.17.
pub(super) fn cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if z >= 0.0 { 1.0 - tail } else { tail }
}

/// The `z` with `cdf(z) = share`, by halving: it is asked seldom.
pub(super) fn quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if cdf(middle) < share { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_distribution_are_met() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.841_344_7), (1.644_853_6, 0.95), (-2.326_347_9, 0.01)] {
            assert!((cdf(z) - share).abs() < 2e-7, "{z}");
            assert!((quantile(share) - z).abs() < 1e-5, "{share}");
        }
    }
}
