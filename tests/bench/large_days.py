#!/usr/bin/env python3
"""Makes a large day of a city's day: the city side by side with itself, its ways estimated.

    tests/bench/large_days.py DAY.json N_JOBS OUT.json

DAY.json is an instance as `huilu export plan` writes it (`tests/bench/figures.py` makes some). The city is laid out as tiles of a
square with all its vehicles and outlets in each, until there are N_JOBS jobs. Ways become great circles times a factor, seconds
likewise: the medians of the day's own matrices. No number is drawn, so the same day gives the same instance. Locks, freezing and an
earlier plan belong to the one day and are left behind; groups of balance stand for each tile by itself.
"""

import argparse
import base64
import json
import math
import statistics
from pathlib import Path

RADIUS_M = 6_371_008.8
UNREACHABLE = 2**32 - 1
OF_ONE_DAY = {"locks", "warm_start", "freeze_before", "max_changed"}


def distance_m(a, b):
    lat1, lat2 = math.radians(a["lat"]), math.radians(b["lat"])
    dlon = math.radians(b["lon"] - a["lon"])
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(dlon / 2) ** 2
    return 2 * RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def estimated(matrix, places):
    """Metres and seconds for each metre of the great circle, from pairs all over the matrix."""
    n = len(places)
    metres, seconds = [], []
    table = {name: memoryview(base64.b64decode(matrix[name])).cast("I") for name in ("metres", "seconds")}
    for k in range(0, n * n, max(1, n * n // 20_011)):
        length = distance_m(places[k // n]["position"], places[k % n]["position"])
        if length > 300 and UNREACHABLE not in (table["metres"][k], table["seconds"][k]):
            metres.append(table["metres"][k] / length)
            seconds.append(table["seconds"][k] / length)
    return {
        "profile": matrix["profile"], "shape": "great_circle",
        "metres_per_unit": round(statistics.median(metres), 4), "seconds_per_unit": round(statistics.median(seconds), 4),
    }  # fmt: skip


def enlarged(day, n_jobs):
    places, jobs = day["places"], day["jobs"]
    lats = [place["position"]["lat"] for place in places]
    lons = [place["position"]["lon"] for place in places]
    copies = math.ceil(n_jobs / len(jobs))
    side = math.ceil(math.sqrt(copies))
    kept = {key: value for key, value in day.items() if key not in OF_ONE_DAY}
    large = {**kept, "name": f"{day['name']}-{n_jobs}", "matrices": [], "places": [], "jobs": [], "vehicles": [], "outlets": [], "balance": []}
    large["metrics"] = [estimated(matrix, places) for matrix in day["matrices"]]
    for copy in range(copies):
        north, east = (copy // side) * (max(lats) - min(lats)), (copy % side) * (max(lons) - min(lons))
        tag = f"@{copy}"
        for place in places:
            position = {"lat": place["position"]["lat"] + north, "lon": place["position"]["lon"] + east}
            large["places"].append({**place, "id": place["id"] + tag, "position": position})
        # The last tile takes every so many of its jobs, and its vehicles by the same share.
        taken = min(len(jobs), n_jobs - len(large["jobs"]))
        some = lambda items, share: [items[k * len(items) // share] for k in range(share)]  # noqa: E731
        vehicles = some(day["vehicles"], math.ceil(len(day["vehicles"]) * taken / len(jobs)))
        here = {vehicle["id"] for vehicle in vehicles}
        tagged = lambda ids: [one + tag for one in ids if one in here]  # noqa: B023, E731
        for vehicle in vehicles:
            ends = {key: vehicle[key] + tag for key in ("start", "end") if vehicle.get(key)}
            large["vehicles"].append({**vehicle, "id": vehicle["id"] + tag, **ends})
        for job in some(jobs, taken):
            preferred = tagged(job.get("preferred_vehicles", []))
            dearer = job.get("other_vehicle_cost", 0) if preferred else 0
            own = {"id": job["id"] + tag, "place": job["place"] + tag}
            large["jobs"].append({**job, **own, "preferred_vehicles": preferred, "other_vehicle_cost": dearer})
        for group in day.get("balance", []):
            members = tagged(here if group.get("vehicles") is None else group["vehicles"])
            large["balance"].append({**group, "vehicles": sorted(members)})
        for outlet in day["outlets"]:
            large["outlets"].append({**outlet, "id": outlet["id"] + tag, "place": outlet["place"] + tag})
    return large


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("day", type=Path)
    parser.add_argument("n_jobs", type=int)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    arguments.out.write_text(json.dumps(enlarged(json.loads(arguments.day.read_text()), arguments.n_jobs)))


if __name__ == "__main__":
    main()
