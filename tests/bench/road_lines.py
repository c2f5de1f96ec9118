"""Our route lines, node by node, against an own reading of the OpenStreetMap file: may a van drive there at all?

Shares no code with the program. `osmium` turns the file into text; each line is laid back on the file's nodes, and every
step and turn of it is judged by the tags.
"""

import subprocess
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict

# From the most general to the most specific; the last one that is tagged decides.
KEYS = ["access", "vehicle", "motor_vehicle", "motorcar", "goods"]
CLOSED = {"no", "agricultural", "forestry", "use_sidepath", "military", "emergency", "restricted", "psv", "bus"}
ENDS_ONLY = {"private", "destination", "delivery", "customers", "residents", "permit"}
ROADS = {
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
    "road", "track", "motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link",
}  # fmt: skip
# What cannot be left on open roads within so many nodes lies behind a private road.
ISLAND_NODES = 1_000
# Lawful, but seldom what a driver does.
TURNS_BACK = "turns back on the way"
POSTS = {"bollard", "block", "chain", "jersey_barrier", "cycle_barrier", "motorcycle_barrier", "stile", "turnstile"}


def tags(element):
    return {tag.get("k"): tag.get("v") for tag in element.iter("tag")}


def access(found):
    """The deciding value of the access tags, or nothing."""
    return next((found[key] for key in reversed(KEYS) if key in found), None)


def one_way(found):
    """1 along the drawing, -1 against it, 0 both."""
    value = found.get("oneway")
    if value in ("yes", "true", "1"):
        return 1
    if value in ("-1", "reverse"):
        return -1
    implied = found["highway"] == "motorway" or found.get("junction") in ("roundabout", "circular")
    return 1 if implied and value is None else 0


class Streets:
    """Ways, nodes and turn restrictions of a file."""

    def __init__(self, file):
        self.node, self.node_tags, self.way = {}, {}, {}
        self.forbidden = defaultdict(list)  # by the way that a turn leaves: (rule, via, ways it must or must not enter)
        self.read(file)
        self.steps = defaultdict(list)  # by (node, node): (way, 1 along or -1 against)
        self.at = defaultdict(list)  # by node: (way, direction, next node)
        self.near = defaultdict(set)  # by millionths of a degree: nodes
        for way, (nodes, _) in self.way.items():
            for a, b in zip(nodes, nodes[1:]):
                self.steps[a, b].append((way, 1))
                self.steps[b, a].append((way, -1))
                self.at[a].append((way, 1, b))
                self.at[b].append((way, -1, a))
        for node in {node for nodes, _ in self.way.values() for node in nodes if node in self.node}:
            north, east = (round(degrees * 1e6) for degrees in self.node[node])
            for cell in ((north + k, east + j) for k in (-1, 0, 1) for j in (-1, 0, 1)):
                self.near[cell].add(node)

    def read(self, file):
        text = subprocess.Popen(["osmium", "cat", "-f", "osm", file], stdout=subprocess.PIPE)
        for _, element in ET.iterparse(text.stdout):
            if element.tag == "node":
                self.node[element.get("id")] = (float(element.get("lat")), float(element.get("lon")))
                if found := tags(element):
                    self.node_tags[element.get("id")] = found
            elif element.tag == "way":
                if "highway" in (found := tags(element)):
                    self.way[element.get("id")] = ([node.get("ref") for node in element.iter("nd")], found)
            elif element.tag == "relation":
                self.read_restriction(tags(element), element)
            else:
                continue
            element.clear()
        text.wait()

    def read_restriction(self, found, element):
        rule = found.get("restriction", "")
        excepted = {"motorcar", "motor_vehicle", "goods"} & set(found.get("except", "").split(";"))
        if found.get("type") != "restriction" or not rule or excepted:
            return
        ends = defaultdict(list)
        for member in element.iter("member"):
            ends[member.get("role")].append((member.get("type"), member.get("ref")))
        for _, way in ends["from"]:
            self.forbidden[way].append((rule, ends["via"], {way for _, way in ends["to"]}))

    def nodes_of(self, line):
        """The nodes that a line runs along between its ends; nothing where it leaves the ways of the file."""
        cells = [tuple(round(degrees * 1e6) for degrees in place) for place in line[1:-1]]
        chains = {node: [node] for node in self.near[cells[0]]} if cells else {}
        for cell in cells[1:]:
            longer = {}
            for node in self.near[cell]:
                before = next((last for last in chains if last == node or (last, node) in self.steps), None)
                if before is not None:
                    longer[node] = chains[before] + ([node] if before != node else [])
            chains = longer
        return next(iter(chains.values()), None)

    def faults(self, nodes):
        """What is wrong with driving along nodes: (fault, node) each."""
        found, ways, ends_only = [], [], []
        for a, b in zip(nodes, nodes[1:]):
            legal = [way for way, along in self.steps[a, b] if one_way(self.way[way][1]) in (0, along)]
            if not legal:
                found.append(("against a one-way", a))
            ways.append(legal[0] if legal else self.steps[a, b][0][0])
            told = self.way[ways[-1]][1]
            if access(told) in CLOSED:
                found.append(("closed way", a))
            if told["highway"] not in ROADS and access(told) is None:
                found.append(("no road for motor vehicles", a))
            ends_only.append(access(told) in ENDS_ONLY)
        for k, node in enumerate(nodes[1:-1]):
            post = self.node_tags.get(node, {})
            if post.get("barrier") in POSTS and access(post) in CLOSED | {None}:
                found.append(("through a post", node))
            if nodes[k] == nodes[k + 2]:
                found.append((TURNS_BACK, node))
            found += [("forbidden turn", node)] * self.is_forbidden(nodes, ways, k)
        for k, only in enumerate(ends_only):
            if only and not all(ends_only[: k + 1]) and not all(ends_only[k:]) and not self.lies_behind(nodes, k):
                found.append(("through a private road", nodes[k]))
        return found

    def lies_behind(self, nodes, k):
        """Whether the k-th step had to be taken: nothing else leads out from the start, or in to the end."""
        return self.is_island(nodes[k], 1) or self.is_island(nodes[k + 1], -1)

    def is_island(self, start, direction):
        """Whether open roads lead from a node (1) or to it (-1) nowhere far, however one turns."""
        seen, todo = {start}, [start]
        while todo:
            node = todo.pop()
            for way, along, other in self.at[node]:
                told = self.way[way][1]
                open_to_all = told["highway"] in ROADS and access(told) not in CLOSED | ENDS_ONLY
                if open_to_all and one_way(told) in (0, along * direction) and other not in seen:
                    seen.add(other)
                    todo.append(other)
            if len(seen) > ISLAND_NODES:
                return False
        return True

    def is_forbidden(self, nodes, ways, k):
        """Whether a restriction forbids what follows the k-th step."""
        for rule, via, to in self.forbidden[ways[k]]:
            if via == [("node", nodes[k + 1])]:
                # A way that runs on through the node is not left and entered again.
                onward = ways[k + 1] == ways[k] and nodes[k + 2] != nodes[k]
                if rule.startswith("no_") and ways[k + 1] in to and not onward:
                    return True
                if rule.startswith("only_") and ways[k + 1] not in to:
                    return True
            elif via and via[0][0] == "way" and ways[k + 1] == via[0][1] and rule.startswith("no_"):
                after = k + 1
                while after < len(ways) and ("way", ways[after]) in via:
                    after += 1
                if after < len(ways) and ways[after] in to:
                    return True
        return False


def judge(streets, journeys):
    """How many lines lie on the file's nodes, what is wrong with them by kind, and an example of each kind."""
    laid, kinds, examples = 0, Counter(), {}
    for journey in journeys:
        nodes = streets.nodes_of(journey.line)
        if nodes is None:
            continue
        laid += 1
        for kind, node in set(streets.faults(nodes)):
            kinds[kind] += 1
            examples.setdefault(kind, streets.node[node])
    return laid, kinds, examples
