#!/usr/bin/env python3
"""The problem classes of the literature: gaps to the best known costs, one thread, the same CPU seconds for every solver.

    tests/bench/classes.py [--classes trips cvrp ...] [--seconds 30] [--seeds 1 2 3 4 5] [--solvers huilu pyvrp hgs]
                           [--instances NAME ...] [--first N] [--results FILE] [--peer-python PYTHON] [--known]

Every result is a line of FILE (default tests/bench/results/classes.jsonl): a run that is there already is not repeated, so that a long
table goes on where it stopped; `--known` runs nothing and prints what is there. Ours run through the example `measure` on the CPU clock of its thread, and pass the
independent checker or count as not feasible; peers run through `peers.py` on the CPU clock of their process, at their own
word. Peers need a Python that has them. `--seconds 0` is the field's long clock: 2.4 s for each client.

A gap is (cost - best known) / best known in percent, its interval 95 % over instances, the mean of each instance's
seeds being one value. `against us` is the mean of (our gap - the peer's gap) over the pairs of instance and seed that
both solved, below 0 where we are better.
"""

import argparse
import json
import math
import sys
from pathlib import Path

from records import RESULTS, ROOT, Records, builds

MEASURE = ROOT / "target/debug/examples/measure"
PEERS = Path(__file__).with_name("peers.py")
BENCHMARKS = ROOT.parent / "shared/data/benchmarks"
ORTEC = "vrptw-ortec-asym/ORTEC-VRPTW-ASYM-"
# Class: format, instances without their endings.
CLASSES = {
    "trips": ("vrplib", [f"mtvrptw-reload/{name}" for name in (
        "C201R0.5", "C206R0.75", "R203R0.25", "R208R0.5", "RC201R0.75", "RC205R0.25",
        "C2_2_01R0.25", "C2_2_06R0.5", "R2_2_03R0.5", "R2_2_10R0.75", "RC2_2_05R0.25", "RC2_2_08R0.75")]),
    "waste": ("waste", [f"waste-kim/{stops}_stop" for stops in (102, 335, 804, 1351, 1599, 2100)]),
    "cvrp": ("vrplib", [f"cvrp-x/X-{name}" for name in (
        "n101-k25", "n143-k7", "n181-k23", "n219-k73", "n261-k13", "n298-k31",
        "n336-k84", "n411-k19", "n491-k59", "n586-k159", "n716-k35", "n856-k95")]),
    "vrptw": ("solomon", [
        "vrptw-solomon/C108", "vrptw-solomon/R110", "vrptw-solomon/RC105", "vrptw-gh200/C2_2_6", "vrptw-gh200/R2_2_5",
        "vrptw-gh200/RC2_2_3", "vrptw-gh400/C2_4_10", "vrptw-gh400/R2_4_1", "vrptw-gh400/RC1_4_8",
        "vrptw-gh1000/C1_10_3", "vrptw-gh1000/R1_10_10", "vrptw-gh1000/RC2_10_8"]),
    "roads": ("vrplib", [ORTEC + name for name in (
        "6a265c9a-d1-n201-k13", "1be7a513-d1-n240-k15", "57977bd6-d1-n281-k17", "87ed4acf-d1-n314-k19",
        "4154709c-d1-n375-k24", "619b0e55-d1-n504-k40")]),
    "depots": ("vrplib", [f"mdvrptw/{name}" for name in ("PR11A", "PR15B", "PR18A", "PR23B")]),
    "distance": ("cordeau", [f"mdvrp-cordeau/{name}" for name in ("p04", "p07", "p18", "pr04")]),
    "fleets": ("vrplib", [f"hfvrp/{name}" for name in ("X143-FSMF", "X261-HD", "X393-HVRP", "X641-FSMFD")]),
    "sites": ("vrplib", [f"sdvrptw/{name}" for name in ("PR05", "PR11A", "PR16", "PR20B")]),
    "prizes": ("vrplib", [f"pcvrptw/{name}" for name in ("C1_10_3", "C2_10_5", "R1_10_10", "RC2_10_8")]),
}  # fmt: skip
# Classes that each peer solves.
READS = {"pyvrp": {"trips", "cvrp", "vrptw", "roads", "depots", "fleets", "sites", "prizes"}, "hgs": {"cvrp"}}


def found(name):
    """The instance's file, or None."""
    for ending in (".vrp", ".txt", ".vrp.gz", ".txt.gz"):
        path = BENCHMARKS / (name + ending)
        if path.exists():
            return path
    return None


def best_known(name):
    folder, stem = name.split("/")
    return json.loads((BENCHMARKS / folder / "bks.json").read_text())[stem]["cost"]


def clients(name):
    folder, stem = name.split("/")
    return json.loads((BENCHMARKS / folder / "bks.json").read_text())[stem]["n"]


def words(solver, file, label, seconds, seed, raw, python):
    if solver == "huilu":
        return [MEASURE, file, CLASSES[label][0], seconds, seed, f"out={raw}"]
    return [python, PEERS, solver, file, label, seconds, seed, raw]


def interval(values):
    n = len(values)
    if n == 0:
        return "-"
    mean = sum(values) / n
    if n == 1:
        return f"{mean:+.2f}"
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return f"{mean:+.2f} ± {1.96 * spread:.2f}"


def collect(label, arguments, records):
    """Runs what is missing; gives {(solver, instance, seed): result}."""
    names = [name for name in CLASSES[label][1] if not arguments.instances or name.split("/")[1] in arguments.instances]
    results = {}
    for name in names[: arguments.first]:
        file = found(name)
        if file is None:
            print(f"skipped: {name} is absent")
            continue
        seconds = arguments.seconds or 2.4 * clients(name)
        for seed in arguments.seeds:
            for solver in arguments.solvers:
                key = (name, solver, float(seconds), seed)
                if (solver != "huilu" and label not in READS[solver]) or (arguments.known and key not in records.known):
                    continue
                result = records.get(key, lambda raw: words(solver, file, label, seconds, seed, raw, arguments.peer_python))  # noqa: B023
                results[solver, name, seed] = result
                if not arguments.known:
                    note = "" if result["feasible"] else f" NOT FEASIBLE {result.get('note') or result.get('violations')}"
                    print(f"  {solver} {name} seed {seed}: {result['cost']}{note}", file=sys.stderr, flush=True)
    return results


def gap(name, result):
    known = best_known(name)
    return None if not (known and result["feasible"]) else 100 * (result["cost"] - known) / known


def table(label, results, arguments):
    clock = f"{arguments.seconds:g}" if arguments.seconds else "2.4 per client"
    print(f"\n### {label}: CPU seconds {clock}, seeds {', '.join(map(str, arguments.seeds))}\n", flush=True)
    if label == "waste":
        print("| instance | seed | feasible | vehicles | miles | hours | unloads |\n|---|---|---|---|---|---|---|")
        for (_, name, seed), result in results.items():
            if result["cost"] is None:
                print(f"| {name} | {seed} | no: {result['note']} | | | | |")
                continue
            # Times of these files are kept in thousandths of a second.
            miles, hours = result["cost"] - result["fixed"], result["plan_seconds"] / 3.6e6
            figures = f"{result['vehicles']} | {miles:.1f} | {hours:.1f} | {result['unloads']}"
            print(f"| {name} | {seed} | {'yes' if result['feasible'] else 'NO'} | {figures} |")
        print(f"\n{builds(results.values())}" if results else "")
        return
    print("| solver | feasible | mean gap % | worst | against us |\n|---|---|---|---|---|")
    for solver in arguments.solvers:
        own = {key[1:]: result for key, result in results.items() if key[0] == solver}
        gaps = {key: gap(key[0], result) for key, result in own.items()}
        gaps = {key: value for key, value in gaps.items() if value is not None}
        if not own:
            continue
        means = [
            sum(of_name) / len(of_name)
            for of_name in ([value for key, value in gaps.items() if key[0] == name] for name in {key[0] for key in gaps})
        ]
        pairs = [
            gap(name, results["huilu", name, seed]) - value
            for (name, seed), value in gaps.items()
            if ("huilu", name, seed) in results and gap(name, results["huilu", name, seed]) is not None
        ]
        against = "" if solver == "huilu" else interval(pairs)
        worst = f"{max(gaps.values()):+.2f}" if gaps else "-"
        print(f"| {solver} | {len(gaps)} of {len(own)} | {interval(means)} | {worst} | {against} |", flush=True)
    own = [result for (solver, _, _), result in results.items() if solver == "huilu"]
    print(f"\n{builds(own)}" if own else "", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", nargs="+", choices=CLASSES, default=list(CLASSES))
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--solvers", nargs="+", choices=["huilu", *READS], default=["huilu"])
    parser.add_argument("--instances", nargs="+", help="only these, by their names without folder")
    parser.add_argument("--first", type=int, help="only so many instances of each class")
    parser.add_argument("--results", type=Path, default=RESULTS / "classes.jsonl")
    parser.add_argument("--known", action="store_true", help="print what is there, run nothing")
    parser.add_argument("--peer-python", default=sys.executable)
    arguments = parser.parse_args()
    if not BENCHMARKS.is_dir():
        print("skipped: ../shared/data/benchmarks is absent")
        return
    records = Records(arguments.results)
    for label in arguments.classes:
        table(label, collect(label, arguments, records), arguments)


if __name__ == "__main__":
    main()
