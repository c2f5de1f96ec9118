//! Which buildings people live in, and how many households each holds.
//!
//! OpenStreetMap says of most buildings only that they are one. What is assumed here is listed in [`ASSUMED`].

use crate::records::BuildingKind;

pub(super) const ASSUMED: [&str; 3] = [
    "Buildings tagged only `building=yes` are read as residential, unless their names or sizes say otherwise.",
    "Storeys that are not mapped are taken as 3.5 m each, or as 6 of them (2 for houses).",
    "A household is taken to fill 90 m² of gross floor area.",
];

const STOREY_M: f64 = 3.5;
const STOREYS: f64 = 6.0;
const STOREYS_OF_HOUSE: f64 = 2.0;
const STOREYS_MAX: f64 = 60.0;
const HOUSEHOLD_M2: f64 = 90.0;
/// Smaller than this is a shed or a substation.
const HOME_M2_MIN: f64 = 40.0;
/// A larger footprint that is only "a building" is a hall or a casino.
const HOME_M2_MAX: f64 = 6_000.0;

/// Words in names that say what a building is when its tag does not.
const WORDS: [(BuildingKind, &[&str]); 5] = [
    (
        BuildingKind::Campus,
        &["學校", "学校", "中學", "中学", "小學", "小学", "大學", "大学", "幼稚園", "幼儿园", "學院", "学院"],
    ),
    (BuildingKind::Mall, &["商場", "商场", "購物", "购物", "百貨", "百货"]),
    (BuildingKind::Market, &["街市", "市場", "市场"]),
    (
        BuildingKind::Institution,
        &[
            "醫院",
            "医院",
            "教堂",
            "聖堂",
            "廟",
            "庙",
            "寺",
            "法院",
            "政府",
            "圖書館",
            "图书馆",
            "博物館",
            "博物馆",
            "警",
            "消防",
            "海關",
        ],
    ),
    (
        BuildingKind::Other,
        &[
            "酒店",
            "娛樂場",
            "停車",
            "停车",
            "工業",
            "工业",
            "炮台",
            "車站",
            "车站",
            "體育",
            "体育",
            "電站",
            "Hotel",
            "Casino",
            "倉",
        ],
    ),
];

/// What a building is by OpenStreetMap's `building` tag, or by its name and footprint (m²) where the tag only says
/// that it is one.
pub(super) fn kind_of(tag: &str, name: Option<&str>, area_m2: Option<f64>) -> BuildingKind {
    match tag {
        "apartments" | "residential" | "house" | "detached" | "semidetached_house" | "terrace" | "dormitory"
        | "bungalow" | "mixed" => BuildingKind::Residential,
        "mall" => BuildingKind::Mall,
        "school" | "university" | "college" | "kindergarten" => BuildingKind::Campus,
        "market" | "supermarket" => BuildingKind::Market,
        "hospital" | "public" | "civic" | "government" | "church" | "temple" | "mosque" => BuildingKind::Institution,
        "yes" | "building" => {
            let named = |words: &[&str]| name.is_some_and(|name| words.iter().any(|word| name.contains(word)));
            let home_sized = area_m2.is_none_or(|m2| (HOME_M2_MIN..=HOME_M2_MAX).contains(&m2));
            let by_name = WORDS.iter().find(|(_, words)| named(words)).map(|&(kind, _)| kind);
            by_name.unwrap_or(if home_sized { BuildingKind::Residential } else { BuildingKind::Other })
        }
        _ => BuildingKind::Other,
    }
}

/// Gross floor area in m².
pub(super) fn floor_m2(tag: &str, area_m2: f64, levels: Option<f64>, height_m: Option<f64>) -> f64 {
    let by_height = || height_m.map(|metres| (metres / STOREY_M).round());
    let usual = if matches!(tag, "house" | "detached" | "bungalow") { STOREYS_OF_HOUSE } else { STOREYS };
    area_m2 * levels.or_else(by_height).unwrap_or(usual).clamp(1.0, STOREYS_MAX)
}

/// Households that live on a gross floor area; at least one.
pub(super) fn households_on(floor_m2: f64) -> u32 {
    (floor_m2 / HOUSEHOLD_M2).round().clamp(1.0, 10_000.0) as u32
}

/// Shares a whole number by weights: each gets its rounded-down share, then the largest remainders one more each, the
/// earlier first among equals. The parts sum to `total`; all are zero where no weight is positive.
pub(super) fn apportion(total: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| f64::from(total) * weight / sum).collect();
    let mut parts: Vec<u32> = exact.iter().map(|share| share.floor() as u32).collect();
    let rest = total.saturating_sub(parts.iter().sum());
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| (exact[b] - exact[b].floor()).total_cmp(&(exact[a] - exact[a].floor())));
    order.iter().cycle().take(rest as usize).for_each(|&k| parts[k] += 1);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_come_from_tags_names_and_sizes() {
        use BuildingKind::*;
        for (tag, name, m2, kind) in [
            ("apartments", None, None, Residential),
            ("yes", None, Some(300.0), Residential),
            ("yes", Some("廣福安花園"), Some(900.0), Residential),
            ("yes", Some("聖若瑟大學"), Some(900.0), Campus),
            ("yes", Some("紅街市"), Some(900.0), Market),
            ("yes", Some("大炮台 Fortaleza do Monte"), Some(900.0), Other),
            ("yes", None, Some(12.0), Other),
            ("yes", None, Some(40_000.0), Other),
            ("industrial", None, Some(300.0), Other),
            ("yWa Kok", None, Some(300.0), Other),
        ] {
            assert_eq!(kind_of(tag, name, m2), kind, "{tag} {name:?} {m2:?}");
        }
    }

    #[test]
    fn floors_come_from_levels_then_height_then_the_usual() {
        assert_eq!(floor_m2("yes", 100.0, Some(10.0), Some(70.0)), 1_000.0);
        assert_eq!(floor_m2("yes", 100.0, None, Some(70.0)), 2_000.0);
        assert_eq!(floor_m2("yes", 100.0, None, None), 600.0);
        assert_eq!(floor_m2("house", 100.0, None, None), 200.0);
        assert_eq!(floor_m2("yes", 100.0, Some(9_999.0), None), 6_000.0);
        assert_eq!(households_on(900.0), 10);
        assert_eq!(households_on(1.0), 1);
    }

    #[test]
    fn largest_remainders_get_the_rest() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(7, &[5.0, 0.0, 1.0]), [6, 0, 1]);
        assert_eq!(apportion(7, &[0.0, 0.0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(total in 0u32..100_000, weights in proptest::collection::vec(0.1..5_000.0f64, 1..200)) {
            let parts = apportion(total, &weights);
            prop_assert_eq!(parts.iter().sum::<u32>(), total);
            let sum: f64 = weights.iter().sum();
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!((f64::from(*part) - f64::from(total) * weight / sum).abs() <= 1.0);
            }
        }
    }
}
