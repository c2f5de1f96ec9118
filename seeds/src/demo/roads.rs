//! Draws the plan as OpenStreetMap: streets, roundabout, drives into compounds, village lanes, park paths, turn bans.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::plan::{At, Block, Gate, Land, Plan, Plot, Rect, Use};
use super::streets::{Axis, ROUNDABOUT, ROUNDABOUT_RADIUS, Street, no_left_turn, streets};
use crate::osm_pbf::{Member, MemberKind, OsmFile, OsmNode, OsmRelation, OsmWay};

/// Points on the roundabout's circle.
const CIRCLE_POINTS: i32 = 12;
/// Metres that a village lane runs in from the street, of 100 of its plot's depth.
const LANE_OF_100: i32 = 70;
/// Of 100 of its plot's depth, how far the drive of a compound runs in.
const DRIVE_OF_100: i32 = 45;
/// Metres from a park's edge to the posts on its paths.
const POST_SETBACK: i32 = 6;

/// The roads of the plan.
pub(super) fn draw(plan: &Plan, names: &Names) -> OsmFile {
    let streets = streets(plan, names);
    let mut drawing = Drawing::new(plan);
    drawing.mark_meetings(&streets);
    let main_ways = drawing.streets(&streets);
    drawing.roundabout();
    drawing.no_left_turns(&main_ways);
    plan.plots.iter().for_each(|plot| drawing.ways_into(plot));
    plan.blocks.iter().filter(|block| block.land == Land::Park).for_each(|block| drawing.park(block));
    drawing.river();
    drawing.file
}

/// The way from the street into a village plot, along which its houses stand.
pub(super) fn village_lane(plot: &Plot, gate: &Gate) -> i32 {
    depth(plot.rect, gate.inward) * LANE_OF_100 / 100
}

/// Metres of a plot in a direction.
fn depth(rect: Rect, (dx, _): (i32, i32)) -> i32 {
    if dx == 0 { rect.height() } else { rect.width() }
}

/// Way of each stretch of main road.
type MainWays = BTreeMap<(Axis, usize, usize), i64>;

struct Drawing<'a> {
    plan: &'a Plan,
    file: OsmFile,
    nodes: BTreeMap<At, i64>,
    /// Points where streets meet something, by x and by y: every street through such a point gets a node there.
    on_x: BTreeMap<i32, BTreeSet<i32>>,
    on_y: BTreeMap<i32, BTreeSet<i32>>,
}

impl<'a> Drawing<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self { plan, file: OsmFile::default(), nodes: BTreeMap::new(), on_x: BTreeMap::new(), on_y: BTreeMap::new() }
    }

    fn mark(&mut self, at: At) {
        self.on_x.entry(at.x).or_default().insert(at.y);
        self.on_y.entry(at.y).or_default().insert(at.x);
    }

    fn mark_meetings(&mut self, streets: &[Street]) {
        for street in streets {
            self.mark(street.point(street.from));
            self.mark(street.point(street.to));
        }
        let plan = self.plan;
        for block in &plan.blocks {
            for &x in &block.inner_x {
                block.inner_y.iter().for_each(|&y| self.mark(At { x, y }));
            }
            if block.land == Land::Park {
                park_entries(block).into_iter().for_each(|at| self.mark(at));
            }
        }
        plan.plots.iter().flat_map(|plot| &plot.gates).for_each(|gate| self.mark(gate.street));
    }

    /// The node at a point, the same for all ways through it.
    fn node(&mut self, at: At) -> i64 {
        let next = self.file.nodes.len() as i64 + 1;
        let id = *self.nodes.entry(at).or_insert(next);
        if id == next {
            let place = self.plan.place(at);
            self.file.nodes.push(OsmNode { id, lat: place.lat, lon: place.lon, tags: Vec::new() });
        }
        id
    }

    fn tag_node(&mut self, at: At, key: &str, value: &str) {
        let id = self.node(at);
        // Ids count the nodes from 1.
        self.file.nodes[id as usize - 1].tags.push((key.to_owned(), value.to_owned()));
    }

    fn way(&mut self, points: &[At], tags: &[(&str, &str)]) -> i64 {
        let nodes = points.iter().map(|&at| self.node(at)).collect();
        let id = self.file.ways.len() as i64 + 1;
        let tags = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        self.file.ways.push(OsmWay { id, nodes, tags });
        id
    }

    fn streets(&mut self, streets: &[Street]) -> MainWays {
        let mut main_ways = MainWays::new();
        for street in streets {
            let marks = match street.axis {
                Axis::North => self.on_x.get(&street.at),
                Axis::East => self.on_y.get(&street.at),
            };
            let stops = marks.into_iter().flat_map(|marks| marks.range(street.from..=street.to));
            let mut points: Vec<At> = stops.map(|&along| street.point(along)).collect();
            if street.reversed {
                points.reverse();
            }
            let tags: Vec<(&str, &str)> = street.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let way = self.way(&points, &tags);
            if let Some((line, stretch)) = street.main {
                main_ways.insert((street.axis, line, stretch), way);
            }
        }
        main_ways
    }

    /// Drawn against the clock, as traffic that keeps right goes round.
    fn roundabout(&mut self) {
        let middle = At { x: self.plan.xs[ROUNDABOUT.0], y: self.plan.ys[ROUNDABOUT.1] };
        let radius = f64::from(ROUNDABOUT_RADIUS);
        let on_circle = |k: i32| {
            let angle = std::f64::consts::TAU * f64::from(k) / f64::from(CIRCLE_POINTS);
            let (dx, dy) = ((radius * angle.cos()).round() as i32, (radius * angle.sin()).round() as i32);
            At { x: middle.x + dx, y: middle.y + dy }
        };
        let points: Vec<At> = (0..=CIRCLE_POINTS).map(on_circle).collect();
        self.way(&points, &[("highway", "primary"), ("junction", "roundabout"), ("name", "中心转盘")]);
    }

    fn no_left_turns(&mut self, main_ways: &MainWays) {
        for x in 1..self.plan.xs.len() {
            for y in 1..self.plan.ys.len() {
                let ways = (main_ways.get(&(Axis::North, x, y - 1)), main_ways.get(&(Axis::East, y, x - 1)));
                let (true, (Some(&from), Some(&to))) = (no_left_turn(x, y), ways) else { continue };
                let via = self.node(At { x: self.plan.xs[x], y: self.plan.ys[y] });
                let member = |kind, id, role: &str| Member { kind, id, role: role.to_owned() };
                let id = self.file.relations.len() as i64 + 1;
                self.file.relations.push(OsmRelation {
                    id,
                    members: vec![
                        member(MemberKind::Way, from, "from"),
                        member(MemberKind::Node, via, "via"),
                        member(MemberKind::Way, to, "to"),
                    ],
                    tags: [("type", "restriction"), ("restriction", "no_left_turn")]
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .to_vec(),
                });
            }
        }
    }

    /// Drives through the gates of a plot, or the lane of a village.
    fn ways_into(&mut self, plot: &Plot) {
        if plot.used == Use::Shophouses {
            return;
        }
        for (k, gate) in plot.gates.iter().enumerate() {
            if plot.used == Use::Houses {
                let end = gate.street.moved(gate.inward, village_lane(plot, gate), 0);
                self.way(&[gate.street, end], &[("highway", "living_street"), ("hgv", "no")]);
                continue;
            }
            let mut tags = vec![("highway", "service"), ("service", "driveway")];
            if plot.used.is_compound() {
                self.tag_node(gate.bar, "barrier", "lift_gate");
                tags.push(("access", if plot.open { "destination" } else { "private" }));
                if plot.open {
                    tags.push(("hgv", "no"));
                }
            }
            let far = depth(plot.rect, gate.inward) * DRIVE_OF_100 / 100;
            if k > 0 {
                // A side gate has no more than a short drive.
                self.way(&[gate.street, gate.bar, gate.street.moved(gate.inward, far / 2, 0)], &tags);
                continue;
            }
            let end = gate.street.moved(gate.inward, far, 0);
            self.way(&[gate.street, gate.bar, end], &tags);
            let aside = far / 2;
            self.way(&[end.moved(gate.inward, 0, -aside), end, end.moved(gate.inward, 0, aside)], &tags);
        }
    }

    /// Paths from the four sides to the middle, kept from vehicles by posts.
    fn park(&mut self, block: &Block) {
        let middle = block.rect.middle();
        for (entry, inward) in park_entries(block).into_iter().zip([(1, 0), (-1, 0), (0, 1), (0, -1)]) {
            let post = entry.moved(inward, POST_SETBACK, 0);
            self.tag_node(post, "barrier", "bollard");
            self.way(&[entry, post, middle], &[("highway", "footway")]);
        }
    }

    /// For people who look at the map; no road.
    fn river(&mut self) {
        let points: Vec<At> = self.plan.xs.iter().map(|&x| At { x, y: 0 }).collect();
        self.way(&points, &[("waterway", "river"), ("name", "回水河"), ("name:en", "Huishui River")]);
    }
}

/// West, east, south, north.
fn park_entries(block: &Block) -> [At; 4] {
    let (rect, middle) = (block.rect, block.rect.middle());
    [
        At { x: rect.west, y: middle.y },
        At { x: rect.east, y: middle.y },
        At { x: middle.x, y: rect.south },
        At { x: middle.x, y: rect.north },
    ]
}
