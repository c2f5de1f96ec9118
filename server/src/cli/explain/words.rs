//! What `huilu explain` says, in both languages.

use huilu_model::{Cost, Instance, ReasonCode, Seconds, Verdict};
use huilu_optimizer::explain::{
    BrokenRule, Change, CheapestPlace, Evidence, Explanation, Explanations, Field, Lack, Relaxation, ServingBound,
    Shortage, Unit, VehicleReason, WhatIf,
};

use super::Language;

/// Vehicles named in one line.
const NAMED_MAX: usize = 5;

#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'w> {
    pub(super) language: Language,
    /// Costs are fen.
    pub(super) money: bool,
    pub(super) instance: &'w Instance,
}

impl Words<'_> {
    fn pick<'t>(&self, chinese: &'t str, english: &'t str) -> &'t str {
        match self.language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    pub(super) fn explanations(&self, all: &Explanations, bound: &dyn Fn(&str) -> Option<ServingBound>) -> Vec<String> {
        if all.jobs.is_empty() && !all.cut_short {
            return vec![self.pick("没有未安排的任务。", "No job is left out.").to_owned()];
        }
        let mut lines = Vec::new();
        for left in &all.jobs {
            self.job(left, bound(&left.job), &mut lines);
        }
        if all.cut_short {
            lines.push(self.pick("已中断，内容不全。", "Interrupted: there is more to say.").to_owned());
        }
        if !all.shortages.is_empty() {
            lines.push(self.pick("缺口：", "Where the fleet is short:").to_owned());
            lines.extend(all.shortages.iter().map(|shortage| format!("  {}", self.shortage(shortage))));
        }
        lines
    }

    fn job(&self, left: &Explanation, bound: Option<ServingBound>, lines: &mut Vec<String>) {
        lines.push(format!("{}: {}", left.job, self.verdict(left, bound)));
        for reason in &left.reasons {
            lines.push(format!("  {}", self.reason(reason)));
        }
        if let Some(place) = &left.cheapest {
            lines.push(format!("  {}", self.place(place, left)));
        }
        for relaxation in &left.relax {
            lines.push(format!("  {}", self.relaxation(relaxation)));
        }
    }

    fn verdict(&self, left: &Explanation, bound: Option<ServingBound>) -> String {
        match (left.verdict, left.evidence, bound) {
            (Verdict::ProvenInfeasible, ..) => self
                .pick(
                    "任何车辆都无法服务（已证明：逐一试过每种车辆和每种卸货顺序）",
                    "no vehicle can serve it (proven: every kind of vehicle and every order of unloads was tried)",
                )
                .to_owned(),
            (Verdict::NotWorthIt, Evidence::Bound, Some(bound)) => match self.language {
                Language::Chinese => format!(
                    "不值得服务（已证明：服务它的任何计划至少花费 {}，至少比不服务多 {}）",
                    self.cost(bound.lower_bound),
                    self.cost(bound.adds)
                ),
                Language::English => format!(
                    "not worth its penalty (proven: every plan that serves it costs at least {}, at least {} more than without it)",
                    self.cost(bound.lower_bound),
                    self.cost(bound.adds)
                ),
            },
            (Verdict::NotWorthIt, ..) => self
                .pick(
                    "不值得服务（按现有路线上最便宜的位置计算，未证明）",
                    "not worth its penalty (by the cheapest place on the routes as they are; not proven)",
                )
                .to_owned(),
            (Verdict::SearchLimit, ..) => self
                .pick("搜索没有找到位置（未证明）", "the search found no place for it (nothing is proven)")
                .to_owned(),
        }
    }

    fn reason(&self, reason: &VehicleReason) -> String {
        let codes: Vec<&str> = reason.codes.iter().map(|&code| self.code(code)).collect();
        let (all, any) = (self.pick(" 且 ", " and "), self.pick(" 或 ", " or "));
        let codes = codes.join(if reason.together { all } else { any });
        let proven = if reason.proven { self.pick("（已证明）", " (proven)") } else { "" };
        if reason.vehicles.is_empty() {
            return format!("{codes}{proven}");
        }
        let mut vehicles = reason.vehicles.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        if let Some(more @ 1..) = reason.vehicles.len().checked_sub(NAMED_MAX) {
            vehicles += &match self.language {
                Language::Chinese => format!(" 等另外 {more} 辆"),
                Language::English => format!(" and {more} more"),
            };
        }
        format!("{vehicles}: {codes}{proven}")
    }

    pub(super) fn code(&self, code: ReasonCode) -> &'static str {
        let chinese = self.language == Language::Chinese;
        let pick = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
        match code {
            ReasonCode::Capacity => pick("装不下", "its load does not fit"),
            ReasonCode::TimeWindow => pick("时间窗赶不上", "its time window or an outlet's hours cannot be met"),
            ReasonCode::Skill => pick("缺少所需技能", "a skill is missing"),
            ReasonCode::ShiftEnd => pick("超出班次", "the shift is too short"),
            ReasonCode::MaxDistance => pick("超出最大里程", "it is beyond the range"),
            ReasonCode::Unreachable => pick("没有道路可达", "no road leads there and back"),
            ReasonCode::Break => pick("与休息时间冲突", "the break stands against it"),
            ReasonCode::Lock => pick("被锁定的安排阻挡", "a lock stands against it"),
            ReasonCode::IncompatibleLoad => pick("物料不能混装", "its streams may not mix"),
            ReasonCode::Area => {
                pick("其所在区域禁止该车通行", "a ban keeps the vehicle out of its zone at these hours")
            }
            ReasonCode::NoVehicle => pick("没有可用车辆", "there is no vehicle"),
            ReasonCode::OutletFull => pick("没有站点能收下", "no outlet can take it"),
        }
    }

    fn place(&self, place: &CheapestPlace, left: &Explanation) -> String {
        let cost = self.cost(place.cost);
        match (self.language, left.penalty) {
            (Language::Chinese, Some(penalty)) => {
                format!(
                    "最便宜的位置：{} 第 {} 站之后，多花 {cost}；不服务的代价 {}",
                    place.vehicle,
                    place.position,
                    self.cost(penalty)
                )
            }
            (Language::Chinese, None) => {
                format!("最便宜的位置：{} 第 {} 站之后，多花 {cost}", place.vehicle, place.position)
            }
            (Language::English, Some(penalty)) => format!(
                "cheapest place: {} after {} stops, {cost} more; leaving it out costs {}",
                place.vehicle,
                place.position,
                self.cost(penalty)
            ),
            (Language::English, None) => {
                format!("cheapest place: {} after {} stops, {cost} more", place.vehicle, place.position)
            }
        }
    }

    fn relaxation(&self, relaxation: &Relaxation) -> String {
        let changes: Vec<String> = relaxation.changes.iter().map(|change| self.change(change)).collect();
        let changes = changes.join(self.pick("，并且", " and "));
        let (cost, delta) = (self.cost(relaxation.cost), self.cost(relaxation.delta));
        match self.language {
            Language::Chinese => {
                format!("若 {changes}，则由 {} 服务：路线多花 {cost}，计划总成本变化 {delta}", relaxation.vehicle)
            }
            Language::English => {
                format!("with {changes}, {} serves it: routes cost {cost} more, the plan {delta}", relaxation.vehicle)
            }
        }
    }

    fn change(&self, change: &Change) -> String {
        let Change { id, field, from, to, adds, .. } = change;
        if let Field::Ban(_) = field {
            let zones = adds.join(", ");
            return match self.language {
                Language::Chinese => format!("允许 {id} 驶入 {zones}"),
                Language::English => format!("{id} allowed into {zones}"),
            };
        }
        if !adds.is_empty() {
            return format!("{id} {field} + {}", adds.join(", "));
        }
        match (field, self.language) {
            (Field::Mix(..), Language::Chinese) => format!("允许 {id} 混装"),
            (Field::Mix(..), Language::English) => format!("{id} allowed to mix"),
            (Field::Vehicles, Language::Chinese) => format!("多一辆与 {id} 相同的车（{from} → {to}）"),
            (Field::Vehicles, Language::English) => format!("one more vehicle like {id} ({from} -> {to})"),
            _ => {
                let arrow = self.pick("→", "->");
                format!("{id} {field} {} {arrow} {}", self.value(*field, *from), self.value(*field, *to))
            }
        }
    }

    fn value(&self, field: Field, value: i64) -> String {
        let length = matches!(field, Field::MaxDuration | Field::BreakDuration);
        match field.unit() {
            Unit::Seconds if !length => clock(Seconds(value)),
            Unit::Seconds => format!("{value} s"),
            Unit::Metres => format!("{value} m"),
            Unit::Grams => format!("{value} g"),
            Unit::Litres => format!("{value} l"),
            Unit::Count | Unit::Set => value.to_string(),
        }
    }

    fn shortage(&self, short: &Shortage) -> String {
        let area = short.cell.as_deref().unwrap_or(self.pick("全区", "everywhere"));
        let (from, to, jobs) = (clock(short.from_s), clock(short.to_s), short.jobs);
        match (self.language, short.lack) {
            (Language::Chinese, Lack::Vehicles) => {
                format!("{area} {from}–{to}：缺 {} 个班次，{jobs} 个任务", short.vehicles)
            }
            (Language::Chinese, Lack::Fitness) => {
                format!("{area} {from}–{to}：{jobs} 个任务，有空闲时间，缺的是合适的车（装载、技能或距离）")
            }
            (Language::English, Lack::Vehicles) => {
                format!("{area} {from}-{to}: {} shifts short, {jobs} jobs", short.vehicles)
            }
            (Language::English, Lack::Fitness) => {
                format!(
                    "{area} {from}-{to}: {jobs} jobs; there is idle time, but no fitting vehicle (load, skills or distance)"
                )
            }
        }
    }

    pub(super) fn what_if(&self, answer: &WhatIf) -> Vec<String> {
        let mut lines = Vec::new();
        match (&answer.after, &answer.difference) {
            (Some(after), Some(difference)) => {
                let (before, after) = (self.cost(answer.before.total()), self.cost(after.total()));
                let more = self.cost(difference.total());
                lines.push(match self.language {
                    Language::Chinese => format!("可行。总成本 {before} → {after}，变化 {more}："),
                    Language::English => format!("possible. Cost {before} -> {after}, a difference of {more}:"),
                });
                let changed = difference.items().into_iter().filter(|(_, cost)| cost.0 != 0);
                lines.extend(changed.map(|(name, cost)| format!("  {}: {}", self.part(name), self.cost(cost))));
            }
            _ => {
                lines.push(self.pick("不可行：", "not possible:").to_owned());
                lines.extend(answer.broken.iter().map(|rule| format!("  {}", self.broken(rule))));
            }
        }
        for route in &answer.routes {
            let before = route.before;
            let Some(after) = route.after else { continue };
            let arrow = self.pick("→", "->");
            lines.push(format!(
                "  {}: {} {arrow} {} {}, {} {arrow} {} m, {} {arrow} {} s",
                route.vehicle,
                before.stops,
                after.stops,
                self.pick("站", "stops"),
                before.distance_m.0,
                after.distance_m.0,
                before.duration_s.0,
                after.duration_s.0
            ));
        }
        lines
    }

    fn broken(&self, rule: &BrokenRule) -> String {
        let mut line = rule.code.clone();
        if let Some(vehicle) = &rule.vehicle {
            line += &format!(" {} {vehicle}", self.pick("车辆", "vehicle"));
        }
        if let Some(step) = rule.step {
            line += &format!(" {} {step}", self.pick("步骤", "step"));
        }
        if let Some(subject) = &rule.subject {
            line += &format!(" `{subject}`");
        }
        // The checker's own words: they are stable, and English.
        if self.language == Language::English {
            line += &format!(": {}", rule.meaning);
        }
        if let Some(value) = &rule.would_be {
            line += &format!("{} {value}", self.pick("；将是", "; it would be"));
        }
        if let Some(limit) = &rule.limit {
            line += &format!("{} {limit}", self.pick("；允许", "; allowed"));
        }
        line
    }

    fn part(&self, name: &str) -> &'static str {
        let chinese = self.language == Language::Chinese;
        let pick = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
        match name {
            "fixed" => pick("出车固定费", "fixed"),
            "driving" => pick("行驶工时", "driving"),
            "service" => pick("服务工时", "service"),
            "unloading" => pick("卸货工时", "unloading"),
            "waiting" => pick("等待工时", "waiting"),
            "breaks" => pick("休息工时", "breaks"),
            "distance" => pick("里程", "distance"),
            "gate_fees" => pick("站点费用", "gate fees"),
            "penalties" => pick("未服务的代价", "penalties"),
            "fairness" => pick("工作量均衡", "fairness"),
            "compactness" => pick("路线紧凑", "compactness"),
            "lateness" => pick("迟到", "lateness"),
            "overtime" => pick("加班", "overtime"),
            "preference" => pick("非首选车辆", "other than preferred vehicles"),
            _ => pick("其他", "other"),
        }
    }

    fn cost(&self, cost: Cost) -> String {
        let value = cost.0 as f64 / self.instance.cost_scale.max(1) as f64;
        match (self.money, self.language) {
            (true, Language::Chinese) => format!("{:.2} 元", value / 100.0),
            (true, Language::English) => format!("CNY {:.2}", value / 100.0),
            (false, _) => format!("{value}"),
        }
    }
}

/// Hours, minutes and, where there are any, seconds of the plan's clock.
fn clock(at: Seconds) -> String {
    let sign = if at.0 < 0 { "-" } else { "" };
    let (hours, minutes, seconds) = (at.0.abs() / 3_600, at.0.abs() / 60 % 60, at.0.abs() % 60);
    match seconds {
        0 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use huilu_model::Problem;
    use huilu_optimizer::explain::{ExplainParams, Move, explain, what_if};
    use huilu_optimizer::limits::{Limits, NoClock};
    use huilu_optimizer::routing;

    use super::*;

    #[test]
    fn clocks_read_as_clocks() {
        assert_eq!([0, 64_800, 64_861, -60].map(|at| clock(Seconds(at))), ["00:00", "18:00", "18:01:01", "-00:01"]);
    }

    /// A door that is open until eight, and a van that sets out at eight and needs ten minutes; another door that has time.
    fn morning() -> Instance {
        let text = r#"{"name": "morning", "streams": ["paper"],
            "places": [{"id": "depot"}, {"id": "door"}],
            "matrices": [{"profile": "van", "size": 2, "seconds": [0, 600, 600, 0], "metres": [0, 3000, 3000, 0]}],
            "jobs": [
                {"id": "early", "place": "door", "loads": [], "time_windows": [{"start": 25200, "end": 28800}], "penalty": 9000},
                {"id": "later", "place": "door", "loads": [], "time_windows": [{"start": 25200, "end": 64800}], "penalty": 9000}],
            "vehicles": [{"id": "van", "profile": "van", "start": "depot", "end": "depot", "capacity_g": 1, "compartments": [],
                "shift": {"start": 28800, "end": 64800}, "costs": {"fixed": 100, "per_hour": 3600, "per_km": 100}}]}"#;
        let problem: Problem = serde_json::from_str(text).expect("well-formed");
        Instance::try_from(&problem).expect("valid")
    }

    #[test]
    fn both_languages_say_the_reason_the_relaxation_and_the_price_of_a_change() {
        let instance = morning();
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(50), cancel: &cancel };
        let plan = routing::solve(&instance, &routing::Params::default(), 1, &limits, &mut |_| {}).plan;
        let explained = explain(&instance, &plan, &ExplainParams::default(), &limits).expect("the plan fits");
        let change = [Move::LeaveOut { job: "later".to_owned() }];
        let answer = what_if(&instance, &plan, &change).expect("can be looked at");
        let refused = [Move::Assign { job: "early".to_owned(), vehicle: "van".to_owned(), position: None }];
        let refused = what_if(&instance, &plan, &refused).expect("can be looked at");
        for (language, said) in [
            (
                Language::Chinese,
                ["时间窗赶不上", "time_windows[0].end 08:00 → 08:10", "出车固定费: -1.00 元", "不可行"],
            ),
            (
                Language::English,
                [
                    "cannot be met or the shift is too short (proven)",
                    "time_windows[0].end 08:00 -> 08:10",
                    "fixed: CNY -1.00",
                    "OUTSIDE_WINDOW vehicle van",
                ],
            ),
        ] {
            let words = Words { language, money: true, instance: &instance };
            let mut lines = words.explanations(&explained, &|_| None);
            lines.extend(words.what_if(&answer));
            lines.extend(words.what_if(&refused));
            let text = lines.join("\n");
            for part in said {
                assert!(text.contains(part), "`{part}` is not in\n{text}");
            }
        }
    }
}
