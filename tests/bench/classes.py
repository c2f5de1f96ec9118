#!/usr/bin/env python3
"""The problem classes of the literature: gaps to the best known costs, one thread, the same seconds for every solver.

    tests/bench/classes.py [--classes trips cvrp ...] [--seconds 30] [--seeds 1 2 3 4 5] [--peers pyvrp hgs]
                           [--first N] [--out DIR] [--peer-python PYTHON]

Every result is a file in DIR (default target/bench/classes): a run that is there already is not repeated, so that a long
table goes on where it stopped. Our plans pass the independent checker (`huilu check`) or count as not feasible. Peers
run through ../shared/peers/run.py where it reads the class, else PyVRP through its own reader and at its own word, in
the units of ../shared/data/benchmarks. Peers need a Python that has them.

A gap is (cost - best known) / best known in percent, its interval 95 % over instances, the mean of each instance's
seeds being one value. `against us` is the mean of (our gap - the peer's gap) over the pairs of instance and seed that
both solved, below 0 where we are better.
"""

import argparse
import importlib.metadata
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/debug/huilu"
SHARED = ROOT.parent / "shared"
BENCHMARKS = SHARED / "data/benchmarks"
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
# What run.py reads; the others PyVRP's own reader may.
THROUGH_RUN = {"cvrp", "vrptw"}
PYVRP_READS = {"trips", "roads", "depots", "fleets", "sites", "prizes"}
# How PyVRP's reader rounds, and what its costs are divided by.
ROUND = {"trips": ("dimacs", 10), "roads": ("none", 1), "depots": ("exact", 1000), "fleets": ("exact", 100_000),
         "sites": ("exact", 1000), "prizes": ("dimacs", 10)}  # fmt: skip


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


def run(words, **environment):
    started = time.perf_counter()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env={**os.environ, **environment})
    return done, time.perf_counter() - started


def ours(file, kind, seconds, seed, out):
    words = [BINARY, "solve", file, "--format", kind, "--seconds", seconds, "--seed", seed, "--threads", 1, "--out", out]
    done, wall = run(words)
    if done.returncode:
        return {"cost": None, "feasible": False, "note": done.stderr.strip()[-300:]}
    result = json.loads(out.read_text())
    checked, _ = run([BINARY, "check", file, out])
    plan = result.pop("plan")
    keep = ("cost", "feasible", "seed", "trace", "routes", "unassigned")
    hours = sum(route["duration_s"] for route in plan["routes"]) / 3600
    unloads = sum(step["type"] == "unload" for route in plan["routes"] for step in route["steps"])
    fixed = plan["cost_parts"]["fixed"] / plan["cost_scale"]
    return {key: result[key] for key in keep} | {
        "feasible": result["feasible"] and checked.returncode == 0, "note": checked.stdout[:300], "wall_seconds": wall,
        "vehicles": len(plan["routes"]), "unloads": unloads, "plan_hours": hours, "fixed": fixed,
    }  # fmt: skip


def peer(name, label, file, kind, seconds, seed, out, python):
    if label in THROUGH_RUN:
        words = [python, SHARED / "peers/run.py", "--peer", name, "--instance", file, "--format", kind,
                 "--seconds", seconds, "--seed", seed, "--out", out]  # fmt: skip
    else:
        words = [python, __file__, "--pyvrp", file, label, seconds, seed, out]
    done, _ = run(words)
    if not out.exists():
        return {"cost": None, "feasible": False, "note": (done.stderr or done.stdout).strip()[-300:]}
    return json.loads(out.read_text())


def pyvrp(file, label, seconds, seed, out):
    """Runs PyVRP through its own reader; the cost is that of its routes, in the file's unit."""
    import pyvrp

    rounding, scale = ROUND[label]
    data = pyvrp.read(file, round_func=rounding)
    result = pyvrp.solve(data, stop=pyvrp.stop.MaxRuntime(float(seconds)), seed=int(seed), display=False)
    cost = result.cost() if result.is_feasible() else None
    found = {"peer": "pyvrp", "version": importlib.metadata.version("pyvrp"), "cost": cost and cost / scale, "feasible": cost is not None}
    Path(out).write_text(json.dumps(found))


def interval(values):
    n = len(values)
    if n == 0:
        return "-"
    mean = sum(values) / n
    if n == 1:
        return f"{mean:+.2f}"
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return f"{mean:+.2f} ± {1.96 * spread:.2f}"


def collect(label, arguments):
    """Runs what is missing; gives {(solver, instance, seed): result}."""
    kind, names = CLASSES[label]
    results = {}
    for name in names[: arguments.first]:
        file = found(name)
        if file is None:
            print(f"skipped: {name} is absent")
            continue
        for seed in arguments.seeds:
            for solver in ["huilu", *arguments.peers]:
                if solver != "huilu" and not (label in THROUGH_RUN or (solver == "pyvrp" and label in PYVRP_READS)):
                    continue
                stem = f"{name.replace('/', '.')}.{solver}.{arguments.seconds:g}s.{seed}"
                stored = arguments.out / f"{stem}.json"
                if not stored.exists():
                    raw = arguments.out / f"{stem}.raw"
                    if solver == "huilu":
                        result = ours(file, kind, arguments.seconds, seed, raw)
                    else:
                        python = arguments.peer_python
                        result = peer(solver, label, file, kind, arguments.seconds, seed, raw, python)
                    raw.unlink(missing_ok=True)
                    stored.write_text(json.dumps(result))
                results[solver, name, seed] = json.loads(stored.read_text())
                result = results[solver, name, seed]
                note = "" if result["feasible"] else f" NOT FEASIBLE {result.get('note', '')}"
                print(f"  {solver} {name} seed {seed}: {result['cost']}{note}", file=sys.stderr, flush=True)
    return results


def gap(name, result):
    known = best_known(name)
    return None if not (known and result["feasible"]) else 100 * (result["cost"] - known) / known


def table(label, results, arguments):
    print(f"\n### {label}: {arguments.seconds:g} s, seeds {', '.join(map(str, arguments.seeds))}\n", flush=True)
    if label == "waste":
        print("| instance | seed | feasible | vehicles | miles | hours | unloads |\n|---|---|---|---|---|---|---|")
        for (_, name, seed), result in results.items():
            if result["cost"] is None:
                print(f"| {name} | {seed} | no: {result['note']} | | | | |")
                continue
            # Times of these files are kept in thousandths of a second.
            miles, hours = result["cost"] - result["fixed"], result["plan_hours"] / 1000
            figures = f"{result['vehicles']} | {miles:.1f} | {hours:.1f} | {result['unloads']}"
            print(f"| {name} | {seed} | {'yes' if result['feasible'] else 'NO'} | {figures} |")
        return
    print("| solver | feasible | mean gap % | worst | against us |\n|---|---|---|---|---|")
    for solver in ["huilu", *arguments.peers]:
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
            if gap(name, results["huilu", name, seed]) is not None
        ]
        against = "" if solver == "huilu" else interval(pairs)
        worst = f"{max(gaps.values()):+.2f}" if gaps else "-"
        print(f"| {solver} | {len(gaps)} of {len(own)} | {interval(means)} | {worst} | {against} |", flush=True)


def main():
    if sys.argv[1:2] == ["--pyvrp"]:
        return pyvrp(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", nargs="+", choices=CLASSES, default=list(CLASSES))
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--peers", nargs="+", default=[])
    parser.add_argument("--first", type=int, help="only so many instances of each class")
    parser.add_argument("--out", type=Path, default=ROOT / "target/bench/classes")
    parser.add_argument("--peer-python", default=sys.executable)
    arguments = parser.parse_args()
    if not BENCHMARKS.is_dir():
        print("skipped: ../shared/data/benchmarks is absent")
        return None
    arguments.out.mkdir(parents=True, exist_ok=True)
    for label in arguments.classes:
        table(label, collect(label, arguments), arguments)
    return None


if __name__ == "__main__":
    main()
