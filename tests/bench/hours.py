#!/usr/bin/env python3
"""What the hours and the cost of a plan are made of, and when its jobs may be served.

    tests/bench/hours.py DAY.json PLAN.json

DAY.json is an instance as `huilu export plan` writes it, PLAN.json a plan of it (`measure DAY.json huilu 25 1 plan=PLAN.json`).
"""

import argparse
import collections
import json
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("day", type=Path)
    parser.add_argument("plan", type=Path)
    arguments = parser.parse_args()
    day, plan = (json.loads(path.read_text()) for path in (arguments.day, arguments.plan))
    service = {job["id"]: job["service_s"] for job in day["jobs"]}
    seconds = collections.Counter()
    for route in plan["routes"]:
        for step, following in zip(route["steps"], route["steps"][1:]):
            seconds["driving"] += following["arrival_s"] - step["departure_s"]
        for step in route["steps"]:
            stay = step["departure_s"] - step["start_s"]
            seconds["waiting"] += step["start_s"] - step["arrival_s"]
            if step["type"] == "job":
                # A part of a splittable job is its name with a number; a setup is what it stays longer than it serves.
                own = min(stay, service.get(step["job"].split("#")[0], 0))
                seconds["service"] += own
                seconds["setup"] += stay - own
            else:
                seconds[step["type"]] += stay
        seconds["all"] += route["duration_s"]
    print(f"{len(plan['routes'])} vehicles; hours: " + ", ".join(f"{name} {value / 3600:.1f}" for name, value in seconds.most_common() if value))
    parts = {name: value / plan["cost_scale"] for name, value in plan["cost_parts"].items() if value}
    print(f"cost {plan['cost'] / plan['cost_scale']:,.0f}: " + ", ".join(f"{name} {value:,.0f}" for name, value in parts.items()))
    windows = collections.Counter((window["start"] / 3600, window["end"] / 3600) for job in day["jobs"] for window in job["time_windows"])
    print("windows: " + ", ".join(f"{start:g}-{end:g} {100 * n / len(day['jobs']):.0f} %" for (start, end), n in windows.most_common(5)))


if __name__ == "__main__":
    main()
