"""The same pairs of places asked of every engine, and where the answers differ, why."""

import csv
import gzip
import math
import random

from road_engines import REAL, apart_m

# Differences of more than this share are explained one by one.
LARGE = 0.05
# Via points along another engine's line, so many metres apart; at most so many in one question. A point may hit a place
# where one road crosses another: what the second spacing does not confirm was that.
VIA_M, VIA_MAX = (150, 210), 199
END, WAY, RULE = "another road at an end", "another way, open to us too", "another rule"
# Two engines that leave the same place by roads so differently far away took different roads.
OTHER_ROAD_M = 5


def places(city, n, seed):
    """Random buildings of Macau; in Sao Paulo random places in cells drawn by their inhabitants."""
    rng = random.Random(seed)
    if city == "macau":
        with gzip.open(REAL / "osm-macau/macau-buildings-osm.csv.gz", "rt", newline="") as file:
            rows = list(csv.DictReader(file))
        return [(float(row["lat"]), float(row["lon"])) for row in rng.sample(rows, n)]
    with open(REAL / "osm-saopaulo/spo_hexgrid.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    people = [float(row["population"]) for row in rows]
    # A cell of this size is some 170 m from its middle to its side.
    near = lambda: rng.uniform(-0.0015, 0.0015)  # noqa: E731
    return [(float(row["lat"]) + near(), float(row["lon"]) + near()) for row in rng.choices(rows, people, k=n)]


def quantile(values, share):
    """Nearest value below; `values` are sorted."""
    return values[int(share * (len(values) - 1))]


class Comparison:
    """Journeys of ours and of another engine for the same pairs; either is `None` where it finds no way."""

    def __init__(self, ours, theirs):
        self.n = len(ours)
        self.ours_reach = sum(journey is not None for journey in ours)
        self.theirs_reach = sum(journey is not None for journey in theirs)
        self.one_sided = [k for k in range(self.n) if (ours[k] is None) != (theirs[k] is None)]
        both = [(a, b) for a, b in zip(ours, theirs) if a and b and b.metres > 0 and b.seconds > 0]
        self.off = sorted(abs(a.metres / b.metres - 1) for a, b in both)
        self.within_2 = sum(off <= 0.02 for off in self.off) / len(self.off)
        self.length = sum(a.metres for a, _ in both) / sum(b.metres for _, b in both)
        self.slower = sorted(a.seconds / b.seconds for a, b in both)
        self.slower_off = sorted(abs(a.seconds / b.seconds - 1) for a, b in both)

    def cells(self):
        of = lambda values: " / ".join(f"{100 * quantile(values, share):.1f}" for share in (0.5, 0.9, 0.99))  # noqa: E731
        percent = lambda count: f"{100 * count / self.n:.2f}"  # noqa: E731
        return [
            self.n, f"{percent(self.ours_reach)} / {percent(self.theirs_reach)}",
            " / ".join(f"{100 * quantile(self.off, share):.2f}" for share in (0.5, 0.9, 0.99)),
            f"{100 * self.within_2:.1f}", f"{self.length:.3f}", of(self.slower_off), f"{quantile(self.slower, 0.5):.2f}",
        ]  # fmt: skip


def along(line, via_m):
    """Via points on a line, in the middle of pieces between nodes, where no crossing road is as near; and the metres of
    the line between them."""
    points, lengths, metres = [line[0]], [], 0.0
    for a, b in zip(line, line[1:]):
        step = apart_m(a, b)
        metres += step
        if metres >= via_m and step > 1:
            points.append(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))
            lengths.append(metres - step / 2)
            metres = step / 2
    return points + [line[-1]], lengths + [metres]


def by_our_rules(huilu, journey, profile, via_m):
    """How many metres more than another engine we need for its line: in all, and for its steps between the first and the
    last; and the step that costs us most."""
    via, lengths = along(journey.line, via_m)
    extra = []
    for first in range(0, len(via) - 1, VIA_MAX):
        for k, leg in enumerate(huilu.through(via[first : first + VIA_MAX + 1], profile)["legs"], first):
            extra.append(math.inf if leg is None else leg["metres"] - lengths[k])
    worst = max(range(len(extra)), key=lambda k: extra[k])
    return sum(extra), sum(extra[1:-1]), (via[worst], via[worst + 1])


def explain(huilu, ours, theirs, profile):
    """Sorts the large differences by their cause: counts by cause, and the pairs in which rules differ.

    A place at a corner lies equally near several roads; where only the first or the last step of the other line is
    closed to us, the engines took different roads there.
    """
    causes, rules = {END: 0, WAY: 0, RULE: 0}, []
    for k, (a, b) in enumerate(zip(ours, theirs)):
        if not a or not b or b.metres <= 0 or abs(a.metres / b.metres - 1) <= LARGE:
            continue
        if any(abs(x - y) > OTHER_ROAD_M for x, y in zip(a.off_m, b.off_m)):
            causes[END] += 1
            continue
        allowed_m = 0.02 * b.metres + 50
        for via_m in VIA_M:
            extra_m, inside_m, worst = by_our_rules(huilu, b, profile, via_m)
            if inside_m <= allowed_m:
                break
        if inside_m > allowed_m:
            causes[RULE] += 1
            rules.append((k, inside_m, worst))
        else:
            causes[END if extra_m > allowed_m else WAY] += 1
    return causes, rules
