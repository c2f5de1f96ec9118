#!/usr/bin/env python3
"""What a descent still finds in a finished plan of CVRP: relocate, 2-opt, 2-opt* and SWAP* until none of them helps.

    tests/bench/descent.py [--seconds 10] [--seeds 1 2] [--instances X-n261-k13 ...]

Each plan comes from the example `measure` on the CPU clock of its process. SWAP* exchanges two visits of two routes, each put at its best
place there rather than at the other's: Vidal (2022), Computers & Operations Research 140, 105643. Needs ../shared/data/benchmarks.
"""

import argparse
import json
import math
import subprocess
import tempfile
from itertools import permutations
from pathlib import Path

from classes import BENCHMARKS, MEASURE

INSTANCES = ["X-n204-k19", "X-n284-k15", "X-n331-k15", "X-n548-k50", "X-n641-k35", "X-n895-k37"]


def read(path):
    """Distances rounded to the nearest, demands by place (0 is the depot), capacity."""
    points, demands, capacity, section = [], [], 0, ""
    for line in path.read_text().splitlines():
        words = line.split()
        if line.startswith("CAPACITY"):
            capacity = int(words[-1])
        elif line.strip().endswith("SECTION"):
            section = words[0]
        elif section == "NODE_COORD_SECTION":
            points.append((float(words[1]), float(words[2])))
        elif section == "DEMAND_SECTION":
            demands.append(int(words[1]))
    return [[math.floor(math.dist(one, two) + 0.5) for two in points] for one in points], demands, capacity


class Plan:
    def __init__(self, distances, demands, capacity, routes):
        self.d, self.demands, self.capacity, self.routes = distances, demands, capacity, routes

    def cost(self):
        return sum(self.d[a][b] for route in self.routes for a, b in zip([0, *route], [*route, 0]))

    def load(self, route):
        return sum(self.demands[visit] for visit in route)

    def without(self, route):
        """What each visit saves when it leaves."""
        tour, d = [0, *route, 0], self.d
        return [d[a][v] + d[v][b] - d[a][b] for a, v, b in zip(tour, tour[1:], tour[2:])]

    def best_place(self, visit, route):
        """The least rise and its index."""
        tour, d = [0, *route, 0], self.d
        return min((d[a][visit] + d[visit][b] - d[a][b], k) for k, (a, b) in enumerate(zip(tour, tour[1:])))

    def moves(self, i, j):
        """Better pairs of routes in place of two: (gain below 0, name, route, route)."""
        one, two = self.routes[i], self.routes[j]
        load_one, load_two = self.load(one), self.load(two)
        saved_one, saved_two = self.without(one), self.without(two)
        for x, visit in enumerate(one):
            if load_two + self.demands[visit] <= self.capacity:
                rise, k = self.best_place(visit, two)
                yield rise - saved_one[x], "relocate", one[:x] + one[x + 1 :], two[:k] + [visit] + two[k:]
        if i > j:
            return
        old = self.cost_of(one) + self.cost_of(two)
        for x, v in enumerate(one):
            for y, w in enumerate(two):
                change = self.demands[w] - self.demands[v]
                fits = load_one + change <= self.capacity and load_two - change <= self.capacity
                # With the triangle inequality no exchange gains more than both visits save.
                if fits and saved_one[x] + saved_two[y] > 0:
                    rest_one, rest_two = one[:x] + one[x + 1 :], two[:y] + two[y + 1 :]
                    (rise_one, k), (rise_two, m) = self.best_place(w, rest_one), self.best_place(v, rest_two)
                    new_one, new_two = rest_one[:k] + [w] + rest_one[k:], rest_two[:m] + [v] + rest_two[m:]
                    yield rise_one + rise_two - saved_one[x] - saved_two[y], "SWAP*", new_one, new_two
        for x in range(len(one) + 1):
            for y in range(len(two) + 1):
                tails = one[:x] + two[y:], two[:y] + one[x:]
                turned = one[:x] + two[:y][::-1], one[x:][::-1] + two[y:]
                for new in (tails, turned):
                    if all(self.load(route) <= self.capacity for route in new):
                        yield self.cost_of(new[0]) + self.cost_of(new[1]) - old, "2-opt*", *new

    def cost_of(self, route):
        return sum(self.d[a][b] for a, b in zip([0, *route], [*route, 0]))

    def turned(self, route):
        """The best 2-opt move: (gain below 0, route)."""
        tour, d = [0, *route, 0], self.d
        gains = ((d[tour[x]][tour[y]] + d[tour[x + 1]][tour[y + 1]] - d[tour[x]][tour[x + 1]] - d[tour[y]][tour[y + 1]], x, y)
                 for x in range(len(tour) - 2) for y in range(x + 1, len(tour) - 1))  # fmt: skip
        gain, x, y = min(gains, default=(0, 0, 0))
        return gain, route[:x] + route[x:y][::-1] + route[y:]

    def descend(self):
        """How often each move was taken."""
        taken, better = {"relocate": 0, "2-opt": 0, "2-opt*": 0, "SWAP*": 0}, True
        while better:
            better = False
            for i, j in permutations(range(len(self.routes)), 2):
                gain, name, *new = min(self.moves(i, j), default=(0, ""))
                if gain < 0:
                    self.routes[i], self.routes[j] = new
                    taken[name], better = taken[name] + 1, True
            for k, route in enumerate(self.routes):
                gain, new = self.turned(route)
                if gain < 0:
                    self.routes[k], taken["2-opt"], better = new, taken["2-opt"] + 1, True
        return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--instances", nargs="+", default=INSTANCES)
    arguments = parser.parse_args()
    print("| instance | seed | plan | after the descent | moves taken |\n|---|---|---|---|---|")
    for name in arguments.instances:
        path = BENCHMARKS / "cvrp-x" / f"{name}.vrp"
        if not path.exists():
            print(f"skipped: {path} is not there")
            continue
        for seed in arguments.seeds:
            with tempfile.NamedTemporaryFile(suffix=".json") as file:
                words = ["nice", "-n", "10", MEASURE, path, "vrplib", arguments.seconds, seed, f"plan={file.name}"]
                subprocess.run([str(word) for word in words], check=True, capture_output=True)
                found = json.load(open(file.name))
            routes = [[int(step["job"]) for step in route["steps"] if step["type"] == "job"] for route in found["routes"]]
            plan = Plan(*read(path), [route for route in routes if route])
            before = plan.cost()
            assert before == found["cost"] / found["cost_scale"], "the plan costs something else here"
            taken = plan.descend()
            moves = ", ".join(f"{count} {move}" for move, count in taken.items() if count) or "none"
            print(f"| {name} | {seed} | {before} | {plan.cost()} | {moves} |", flush=True)


if __name__ == "__main__":
    main()
