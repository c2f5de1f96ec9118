"""Speeds that drivers' phones measured in Shanghai, hour by hour, beside the speeds of the van profile.

There is no road network of Shanghai here, so tracks cannot be compared road by road. Compared are *stages*: what a driver
covers while STAGE_M metres of road go by, lights and jams included, and journeys of about that length which the van
profile makes between random places of inner Chengdu, departing at half past the hour. Shanghai's
tracks hold more expressways than that network, so the van is judged by the stages on streets; all stages are shown.
"""

import csv
import gzip
import json
import random
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass

from figures import head, row
from road_engines import apart_m

STAGE_M = 2_000
# A fix that the phone itself calls worse is no position; half a kilometre is what these phones say without satellites.
ACCURACY_M = 50
# Between two fixes: longer silence ends a stage, and nobody drives faster.
SILENCE_S, FASTEST_MPS = 60, 45
# Who stays within so many metres for so long is parked, not held up; the stage ends before it.
PARKED_M, PARKED_S = 30, 180
# Streets allow 60 km/h at most: a stage with more than a tenth of its way above this was on an expressway.
EXPRESSWAY_KMH, EXPRESSWAY_SHARE = 65, 0.1
# Hours with fewer stages or tracks say more about one driver than about the hour; they are shown, not judged.
STAGES_MIN, TRACKS_MIN = 10, 5
OFF_MAX = 4 / 3
UTC_PLUS_8_S = 8 * 3_600
N_PLACES = 200
CHENGDU = (30.6528, 104.0421, 30.7279, 104.1296)


@dataclass
class Fix:
    at_s: float
    place: tuple


@dataclass
class Stage:
    track: str
    hour: int
    kmh: float
    expressway: bool


def read(path):
    """Fixes of each track in order of time, without those that are no position."""
    tracks = defaultdict(list)
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            if float(row["accuracy_m"] or "inf") <= ACCURACY_M:
                fix = Fix(int(row["time_ms"]) / 1_000, (float(row["lat"]), float(row["lon"])))
                tracks[row["track_id"]].append(fix)
    for fixes in tracks.values():
        fixes.sort(key=lambda fix: fix.at_s)
    return tracks


def parked(fixes):
    """Of each fix whether it belongs to a stay."""
    stays, first = [False] * len(fixes), 0
    while first < len(fixes):
        last = first
        while last + 1 < len(fixes) and apart_m(fixes[last + 1].place, fixes[first].place) <= PARKED_M:
            last += 1
        if fixes[last].at_s - fixes[first].at_s >= PARKED_S:
            stays[first : last + 1] = [True] * (last + 1 - first)
            first = last
        first += 1
    return stays


def stages(tracks):
    """Stages in the order of their tracks; what is left of a track at its end or before a stay is too short to count."""
    found = []
    for name, fixes in tracks.items():
        stays = parked(fixes)
        metres = seconds = fast_m = 0.0
        for k in range(1, len(fixes)):
            step_s = fixes[k].at_s - fixes[k - 1].at_s
            step_m = apart_m(fixes[k - 1].place, fixes[k].place)
            if step_s > SILENCE_S or step_m > FASTEST_MPS * max(step_s, 1) or stays[k] or stays[k - 1]:
                metres = seconds = fast_m = 0.0
                continue
            metres, seconds = metres + step_m, seconds + step_s
            if step_s > 0 and 3.6 * step_m / step_s > EXPRESSWAY_KMH:
                fast_m += step_m
            if metres >= STAGE_M:
                middle = fixes[k].at_s - seconds / 2 + UTC_PLUS_8_S
                expressway = fast_m > EXPRESSWAY_SHARE * metres
                found.append(Stage(name, int(middle % 86_400 // 3_600), 3.6 * metres / seconds, expressway))
                metres = seconds = fast_m = 0.0
    return found


def journeys(city, points, **when):
    """km/h of the van's journeys that are about as long as a stage."""
    status, body = city.table(points, "van", **when)
    if status != 200:
        sys.exit(f"/v1/travel/matrix answers {status}: {body[:300]}")
    answer = json.loads(body)
    return [
        3.6 * metres / seconds
        for seconds_row, metres_row in zip(answer["seconds"], answer["metres"])
        for seconds, metres in zip(seconds_row, metres_row)
        if seconds and 0.75 * STAGE_M <= metres <= 1.25 * STAGE_M
    ]


def compare(path, city, seed):
    """Prints the table; whether no judged hour is off by more than a third."""
    rng = random.Random(seed)
    south, west, north, east = CHENGDU
    points = [(rng.uniform(south, north), rng.uniform(west, east)) for _ in range(N_PLACES)]
    driven = stages(read(path))
    streets = [stage for stage in driven if not stage.expressway]
    head("hour", "stages on streets", "tracks", "km/h", "all stages", "km/h", "van in Chengdu, km/h", "van / streets", "van / all",
         "judged")  # fmt: skip
    ratios = {}
    for hour in [*range(24), None]:
        every = [stage.kmh for stage in driven if hour in (None, stage.hour)]
        here = [stage for stage in streets if hour in (None, stage.hour)]
        if not here:
            continue
        when = {} if hour is None else {"depart": f"{hour:02d}:30"}
        van = statistics.median(journeys(city, points, **when))
        street, all_roads = statistics.median(stage.kmh for stage in here), statistics.median(every)
        tracks = len({stage.track for stage in here})
        judged = len(here) >= STAGES_MIN and tracks >= TRACKS_MIN
        if judged:
            ratios[hour] = van / street
        row("day" if hour is None else hour, len(here), tracks, f"{street:.1f}", len(every), f"{all_roads:.1f}", f"{van:.1f}",
            f"{van / street:.2f}", f"{van / all_roads:.2f}", "yes" if judged else "too few to judge")  # fmt: skip
    day = ratios.pop(None)
    missed = [f"{hour} h ({ratio:.2f})" for hour, ratio in ratios.items() if off(ratio) > OFF_MAX]
    print(f"\n{'passed' if off(day) <= OFF_MAX else 'FAILED'}: the day is off by a factor of {off(day):.2f}, allowed is {OFF_MAX:.2f}; "
          f"{len(ratios) - len(missed)} of {len(ratios)} judged hours are within it, outside: {', '.join(missed) or 'none'}")  # fmt: skip
    # The check must be able to fail.
    blind = [share for share in (0.6, 1.6) if off(day * share) <= OFF_MAX]
    print(f"controls: the default speeds times 0.6 and times 1.6 {'PASS: this check says nothing' if blind else 'fail, as they must'}")
    return off(day) <= OFF_MAX and not blind


def off(ratio):
    """The factor by which a ratio lies off one, either way."""
    return max(ratio, 1 / ratio)
