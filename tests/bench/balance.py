#!/usr/bin/env python3
"""What a price on unlike days, or on sprawling routes, does to a city's day: spread, cost, jobs served.

    tests/bench/balance.py DAY.json [--seconds S] [--seeds 1 2]

DAY.json is an instance as `huilu export plan` writes it (`tests/bench/figures.py` makes some). Every row is the same day, seeds
and CPU seconds under another price or limit; the costs are yuan without fairness and compactness, which are what the
operator pays for the change. Needs the example `measure` (`cargo build -p huilu-optimizer --example measure`).
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

MEASURE = Path(__file__).resolve().parents[2] / "target/debug/examples/measure"
ROWS = {
    "nothing": {},
    "5 yuan/h": {"balance": [{"hours": {"cost_per_h": 500}}]},
    "20 yuan/h": {"balance": [{"hours": {"cost_per_h": 2_000}}]},
    "35 yuan/h, the price of an hour": {"balance": [{"hours": {"cost_per_h": 3_500}}]},
    "at most 3 h apart": {"balance": [{"hours": {"max_spread_s": 10_800}}]},
    "0.2 yuan/kg": {"balance": [{"weight": {"cost_per_kg": 20}}]},
    "0.05 yuan/km off the middle": {"compactness": {"cost_per_km": 5}},
    "0.2 yuan/km off the middle": {"compactness": {"cost_per_km": 20}},
}


def figures(day, plan):
    grams = {job["id"]: sum(load["grams"] for load in job["loads"]) for job in day["jobs"]}
    hours = [route["duration_s"] / 3600 for route in plan["routes"]]
    kilograms = [
        sum(grams[step["job"]] for step in route["steps"] if step["type"] == "job") / 1000 for route in plan["routes"]
    ]
    spread = lambda values: max(values) - min(values) if values else 0.0  # noqa: E731
    off = lambda values: sum(abs(v - statistics.median(values)) for v in values) if values else 0.0  # noqa: E731
    parts = plan["cost_parts"]
    cost = (plan["cost"] - parts["fairness"] - parts["compactness"]) / plan["cost_scale"] / 100
    served = len(day["jobs"]) - len(plan["unassigned"])
    metres = sum(route["distance_m"] for route in plan["routes"]) / 1000
    return [cost, served, len(hours), metres, spread(hours), off(hours), spread(kilograms), off(kilograms)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("day", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    day = json.loads(arguments.day.read_text())
    print("| price or limit | yuan | served | vehicles | km | hours apart | hours off the median | kg apart | kg off the median |")
    print("|---" * 9 + "|")
    with tempfile.TemporaryDirectory() as temporary:
        for label, change in ROWS.items():
            instance, out = Path(temporary) / "day.json", Path(temporary) / "plan.json"
            instance.write_text(json.dumps({**day, **change}))
            rows = []
            for seed in arguments.seeds:
                words = ["nice", MEASURE, instance, "huilu", arguments.seconds, seed, f"plan={out}"]
                line = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
                if line.split()[5] != "0":
                    raise SystemExit(f"the checker refuses the plan: {line}")
                rows.append(figures(day, json.loads(out.read_text())))
            mean = [sum(column) / len(column) for column in zip(*rows)]
            digits = [0, 1, 1, 0, 2, 1, 0, 0]
            print("| " + " | ".join([label] + [f"{value:.{d}f}" for value, d in zip(mean, digits)]) + " |", flush=True)


if __name__ == "__main__":
    main()
