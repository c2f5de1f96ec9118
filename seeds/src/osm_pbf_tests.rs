//! What is written is read back by an independent reader.

use osmpbf::{Element, ElementReader, RelMemberType};
use proptest::prelude::*;

use super::*;

fn tags(list: &[(&str, &str)]) -> Tags {
    list.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn read(bytes: &[u8]) -> OsmFile {
    let own = |it: &mut dyn Iterator<Item = (&str, &str)>| it.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let mut file = OsmFile::default();
    let take = |element: Element<'_>| match element {
        Element::DenseNode(node) => {
            let tags = own(&mut node.tags());
            file.nodes.push(OsmNode { id: node.id(), lat: node.lat(), lon: node.lon(), tags });
        }
        Element::Node(_) => panic!("only dense nodes are written"),
        Element::Way(way) => {
            let tags = own(&mut way.tags());
            file.ways.push(OsmWay { id: way.id(), nodes: way.refs().collect(), tags });
        }
        Element::Relation(relation) => {
            let member = |m: osmpbf::RelMember<'_>| Member {
                kind: match m.member_type {
                    RelMemberType::Node => MemberKind::Node,
                    RelMemberType::Way => MemberKind::Way,
                    RelMemberType::Relation => MemberKind::Relation,
                },
                id: m.member_id,
                role: m.role().unwrap().to_owned(),
            };
            let tags = own(&mut relation.tags());
            file.relations.push(OsmRelation {
                id: relation.id(),
                members: relation.members().map(member).collect(),
                tags,
            });
        }
    };
    ElementReader::new(bytes).for_each(take).unwrap();
    file
}

fn small() -> OsmFile {
    let node = |id, lat, lon, list: &[(&str, &str)]| OsmNode { id, lat, lon, tags: tags(list) };
    OsmFile {
        nodes: vec![
            node(1, 28.6201234, 115.1004321, &[]),
            node(2, 28.6211234, 115.1014321, &[("barrier", "lift_gate"), ("name", "东门")]),
            node(40, -28.0, -115.0, &[]),
        ],
        ways: vec![OsmWay {
            id: 7,
            nodes: vec![1, 2, 40, 1],
            tags: tags(&[("highway", "primary"), ("name", "滨河路")]),
        }],
        relations: vec![OsmRelation {
            id: 3,
            members: vec![
                Member { kind: MemberKind::Way, id: 7, role: "from".to_owned() },
                Member { kind: MemberKind::Node, id: 2, role: "via".to_owned() },
            ],
            tags: tags(&[("type", "restriction"), ("restriction", "no_left_turn")]),
        }],
    }
}

#[test]
fn elements_come_back_as_they_were() {
    let file = small();
    let mut back = read(&file.to_pbf().unwrap());
    for (node, given) in back.nodes.iter_mut().zip(&file.nodes) {
        assert!((node.lat - given.lat).abs() < 1e-9 && (node.lon - given.lon).abs() < 1e-9);
        (node.lat, node.lon) = (given.lat, given.lon);
    }
    assert_eq!(back, file);
}

#[test]
fn the_header_holds_the_box_and_the_features() {
    let bytes = small().to_pbf().unwrap();
    let mut blobs = osmpbf::BlobReader::new(bytes.as_slice());
    let header = blobs.next().unwrap().unwrap().to_headerblock().unwrap();
    let features: Vec<&str> = header.required_features().iter().map(String::as_str).collect();
    assert_eq!(features, ["OsmSchema-V0.6", "DenseNodes"]);
    let bounds = header.bbox().unwrap();
    assert!((bounds.left - -115.0).abs() < 1e-9 && (bounds.top - 28.6211234).abs() < 1e-9);
}

#[test]
fn more_elements_than_a_block_holds_are_kept() {
    let nodes = (1..=20_000).rev().map(|id| OsmNode { id, lat: id as f64 * 1e-4, lon: 100.0, tags: Vec::new() });
    let file = OsmFile { nodes: nodes.collect(), ..OsmFile::default() };
    let back = read(&file.to_pbf().unwrap());
    assert_eq!(back.nodes.len(), 20_000);
    assert!(back.nodes.windows(2).all(|pair| pair[0].id < pair[1].id), "sorted by id");
}

#[test]
fn a_node_that_is_nowhere_is_refused() {
    let mut file = small();
    file.nodes[0].lat = f64::NAN;
    assert!(matches!(file.to_pbf(), Err(PbfError::NotOnEarth { id: 1, .. })));
}

#[test]
fn osmium_reads_it_where_it_is_installed() {
    if std::process::Command::new("osmium").arg("--version").output().is_err() {
        println!("skipped: osmium is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.osm.pbf");
    std::fs::write(&path, small().to_pbf().unwrap()).unwrap();
    let info = std::process::Command::new("osmium").args(["fileinfo", "-e", "-j"]).arg(&path).output().unwrap();
    assert!(info.status.success(), "{}", String::from_utf8_lossy(&info.stderr));
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).unwrap();
    assert_eq!(info["data"]["count"]["nodes"], 3);
    assert_eq!(info["data"]["count"]["ways"], 1);
    assert_eq!(info["data"]["count"]["relations"], 1);
    assert_eq!(info["data"]["objects_ordered"], true);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_places_come_back(places in prop::collection::vec((-90.0..=90.0f64, -180.0..=180.0f64), 1..50)) {
        let nodes = places.iter().zip(1..).map(|(&(lat, lon), id)| OsmNode { id, lat, lon, tags: Vec::new() });
        let file = OsmFile { nodes: nodes.collect(), ..OsmFile::default() };
        let bytes = file.to_pbf().unwrap();
        prop_assert_eq!(&bytes, &file.to_pbf().unwrap());
        let back = read(&bytes);
        for (node, given) in back.nodes.iter().zip(&file.nodes) {
            prop_assert!((node.lat - given.lat).abs() <= 0.51e-7 && (node.lon - given.lon).abs() <= 0.51e-7);
        }
    }
}
