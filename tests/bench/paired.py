#!/usr/bin/env python3
"""Compares settings of the routing search on the same instances, seeds and CPU seconds, one run at a time.

    tests/bench/paired.py --seconds 10 --seeds 1 2 --set cvrp --set vrptw [--instance FILE ...] VARIANT VARIANT ...

VARIANT is `label` or `label:name=value,name=value` (fields of `Params`), or `label@BINARY[:...]` for another build of
the example `measure`. The first is what the others are compared with: gap to the best known cost (or to the best cost
seen here, where none is known) in percent, and the mean paired difference with its 95 % interval. The sets leave out
the instances of the published tables, so that nothing is tuned on those. Needs ../shared/data/benchmarks.
"""

import argparse
import json
import math
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEASURE = ROOT / "target/debug/examples/measure"
BENCHMARKS = ROOT.parent / "shared/data/benchmarks"
SETS = {
    "cvrp": ["cvrp-x/X-n157-k13", "cvrp-x/X-n204-k19", "cvrp-x/X-n284-k15", "cvrp-x/X-n331-k15", "cvrp-x/X-n420-k130",
             "cvrp-x/X-n548-k50", "cvrp-x/X-n641-k35", "cvrp-x/X-n895-k37"],
    "vrptw": ["vrptw-solomon/RC208", "vrptw-gh200/R1_2_1", "vrptw-gh200/RC2_2_1", "vrptw-gh400/R1_4_3",
              "vrptw-gh400/RC2_4_5", "vrptw-gh1000/R2_10_3", "vrptw-gh1000/RC1_10_5", "vrptw-gh1000/C2_10_5"],
    "roads": [f"vrptw-ortec-asym/ORTEC-VRPTW-ASYM-{name}" for name in (
        "665fce39-d1-n303-k19", "a2f023f6-d1-n288-k25", "80974c9e-d1-n258-k20", "7cb44bcb-d1-n316-k19")],
    "depots": ["mdvrptw/PR13A", "mdvrptw/PR16B", "mdvrptw/PR20A"],
    "distance": ["mdvrp-cordeau/p12", "mdvrp-cordeau/p20", "mdvrp-cordeau/pr06"],
    "fleets": ["hfvrp/X134-FSMD", "hfvrp/X228-FSMFD", "hfvrp/X284-FSMFD", "hfvrp/X313-FSMD", "hfvrp/X376-HD", "hfvrp/X459-HD",
               "hfvrp/X513-HVRP", "hfvrp/X716-FSMFD"],
    "sites": ["sdvrptw/PR06", "sdvrptw/PR13A", "sdvrptw/PR18", "sdvrptw/PR23B"],
    "prizes": ["pcvrptw/C2_10_1", "pcvrptw/R1_10_5", "pcvrptw/R2_10_8", "pcvrptw/RC1_10_6"],
    "trips": ["mtvrptw-reload/C205R0.25", "mtvrptw-reload/RC203R0.5", "mtvrptw-reload/R2_2_06R0.25", "mtvrptw-reload/C2_2_08R0.5"],
}  # fmt: skip


def known(path):
    table = path.parent / "bks.json"
    return json.loads(table.read_text())[path.stem]["cost"] if table.exists() else None


def ending(name):
    return ".txt" if name.startswith(("vrptw", "mdvrp-cordeau")) else ".vrp"


def command(variant, path, seconds, seed):
    label, _, settings = variant.partition(":")
    _, _, binary = label.partition("@")
    kind = {".vrp": "vrplib", ".json": "huilu"}.get(path.suffix, "solomon")
    kind = {"mdvrp-cordeau": "cordeau", "vrptw-ortec-asym": "vrplib"}.get(path.parent.name, kind)
    # Low priority: a measurement on CPU seconds can wait for others.
    words = ["nice", "-n", "10", binary or MEASURE, path, kind, seconds, seed, *filter(None, settings.split(","))]
    return [str(word) for word in words]


def interval(differences):
    n = len(differences)
    mean = sum(differences) / n
    if n < 2:
        return f"{mean:+.3f}"
    spread = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1) / n)
    return f"{mean:+.3f} ± {1.96 * spread:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="+")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--set", choices=SETS, action="append", default=[])
    parser.add_argument("--instance", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    names = [name for chosen in arguments.set for name in SETS[chosen]]
    paths = [BENCHMARKS / (name + ending(name)) for name in names] + arguments.instance
    labels = [variant.split(":")[0].split("@")[0] for variant in arguments.variants]
    print("| instance | seed | " + " | ".join(labels) + " | iterations |")
    print("|---" * (len(labels) + 3) + "|")
    gaps = [[] for _ in labels]
    for path in paths:
        if not path.exists():
            print(f"skipped: {path} is not there")
            continue
        for seed in arguments.seeds:
            lines = [
                subprocess.run(command(variant, path, arguments.seconds, seed), check=True, capture_output=True, text=True)
                .stdout.split()
                for variant in arguments.variants
            ]
            costs = [float(line[2]) for line in lines]
            best = known(path) or min(costs)
            row = [100 * (cost / best - 1) for cost in costs]
            for own, gap in zip(gaps, row):
                own.append(gap)
            served = [f"{gap:.3f}" + (f" ({line[3]} left out)" if line[3] != "0" else "") for gap, line in zip(row, lines)]
            wrong = "" if all(line[5] == "0" for line in lines) else " VIOLATIONS"
            print(f"| {path.stem} | {seed} | " + " | ".join(served) + " | " + " ".join(line[4] for line in lines) + wrong + " |", flush=True)
    if gaps[0]:
        print("| mean | | " + " | ".join(f"{sum(own) / len(own):.3f}" for own in gaps) + " | |")
        differences = [interval([a - b for a, b in zip(own, gaps[0])]) for own in gaps]
        print("| against the first | | " + " | ".join(differences) + " | |")


if __name__ == "__main__":
    main()
