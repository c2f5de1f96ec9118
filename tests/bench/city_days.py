#!/usr/bin/env python3
"""What the search makes of days with all that real days have together: one row for each day and seed, and the means.

    tests/bench/city_days.py DAY.json ... [--seconds S] [--seeds 1 2] [--plain] [--hard [HOURS KG]] [--without FEATURE ...] [--each] [--keep FOLDER]

DAY.json is an instance as `huilu export plan` writes it (`tests/bench/figures.py` makes some); `tests/bench/city_features.py` adds the features
and says what they are. --plain prints the day as it is too, --without a row for each feature left out, --each for all of them: what a
feature costs in iterations is the difference. S are CPU seconds of one thread. Every plan is recomputed by the checker (`huilu-check`, which
`measure` calls); one that it refuses ends the run. Costs are yuan with everything that the plan pays, jobs left out as well. Needs the example
`measure` (`cargo build -p huilu-optimizer --example measure`), or another build of it by --measure.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from city_features import FEATURES, hard, limits, with_features

MEASURE = Path(__file__).resolve().parents[2] / "target/debug/examples/measure"
COLUMNS = {
    "yuan": 0, "jobs": 0, "served": 1, "left out": 1, "vehicles": 1, "km": 0, "hours": 1, "unloads": 1, "late": 1, "lateness yuan": 0,
    "overtime yuan": 0, "hours apart": 2, "kg apart": 0, "iterations": 0,
}  # fmt: skip


def late_starts(day, plan):
    """Starts after the soft end of the window that they lie in."""
    windows = {job["id"]: job["time_windows"] for job in day["jobs"]}
    late = 0
    for route in plan["routes"]:
        for step in route["steps"]:
            # A part of a splittable job is its name with a number.
            own = windows.get(step["job"].split("#")[0], []) if step["type"] == "job" else []
            within = [window for window in own if window["start"] <= step["start_s"] <= window["end"]]
            late += bool(within) and all(w["soft_end"] is not None and step["start_s"] > w["soft_end"] for w in within)
    return late


def figures(day, plan, iterations):
    yuan = lambda part: part / plan["cost_scale"] / 100  # noqa: E731
    apart = lambda values: max(values) - min(values) if values else 0.0  # noqa: E731
    steps = [route["steps"] for route in plan["routes"]]
    count = lambda kind: sum(step["type"] == kind for route in steps for step in route)  # noqa: E731
    hours = [route["duration_s"] / 3600 for route in plan["routes"]]
    served, left_out, parts = count("job"), len(plan["unassigned"]), plan["cost_parts"]
    return [
        yuan(plan["cost"]), served + left_out, served, left_out, len(steps), sum(route["distance_m"] for route in plan["routes"]) / 1000,
        sum(hours), count("unload"), late_starts(day, plan), yuan(parts["lateness"]), yuan(parts["overtime"]), apart(hours),
        apart(list(kilograms(plan))), iterations,
    ]  # fmt: skip


def kilograms(plan):
    """Picked up by each route. What a step has on board more than the step before is what it took."""
    for route in plan["routes"]:
        taken, before = 0, 0
        for step in route["steps"]:
            aboard = sum(load["grams"] for load in step["load"])
            taken += max(0, aboard - before)
            before = aboard
        yield taken / 1000


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("days", type=Path, nargs="+")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--plain", action="store_true", help="the day as it is as well")
    hard(parser)
    parser.add_argument("--without", nargs="+", default=[], choices=FEATURES, metavar="FEATURE")
    parser.add_argument("--each", action="store_true", help="leave each feature out once")
    parser.add_argument("--measure", type=Path, default=MEASURE)
    parser.add_argument("--keep", type=Path, help="folder for instances and plans")
    arguments = parser.parse_args()
    apart = limits(parser, arguments)
    rows = {"plain": []} if arguments.plain else {}
    rows["all"] = list(FEATURES)
    for left_out in FEATURES if arguments.each else arguments.without:
        rows[f"without {left_out}"] = [name for name in FEATURES if name != left_out]
    row("day", "features", "seed", *COLUMNS)
    row(*["---"] * (len(COLUMNS) + 3))
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for path in arguments.days:
            for label, names in rows.items():
                day = with_features(json.loads(path.read_text()), 1, names, apart)
                stem = f"{path.stem}-{label.replace(' ', '-')}"
                instance = folder / f"{stem}.json"
                instance.write_text(json.dumps(day))
                found = [one(arguments, day, instance, folder / f"{stem}-{seed}-plan.json", seed) for seed in arguments.seeds]
                for seed, values in zip(arguments.seeds, found):
                    row(path.stem, label, seed, *texts(values))
                if len(found) > 1:
                    row(path.stem, label, "mean", *texts([sum(column) / len(column) for column in zip(*found)]))


def one(arguments, day, instance, out, seed):
    words = [arguments.measure, instance, "huilu", arguments.seconds, seed, f"plan={out}"]
    line = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout.split()
    if line[5] != "0":
        raise SystemExit(f"the checker refuses the plan: {line}")
    return figures(day, json.loads(out.read_text()), int(line[4]))


def texts(values):
    return [f"{value:.{digits}f}" for value, digits in zip(values, COLUMNS.values())]


if __name__ == "__main__":
    main()
