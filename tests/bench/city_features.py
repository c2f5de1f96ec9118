#!/usr/bin/env python3
"""Adds to a city's day what days of a real city have together and exported days have not.

    tests/bench/city_features.py DAY.json OUT.json [--seed N] [--without FEATURE ...] [--only FEATURE ...] [--hard [HOURS KG]]

DAY.json is an instance as `huilu export plan` writes it (`tests/bench/figures.py` makes some). Each feature draws from numbers of its own
(N and its name), so one left out changes no other. Shares and prices, and why; [Sn] are the sources of the domain sheet, the others are
assumptions that only have to be of the right order:

zones       the third of all jobs nearest the middle of the city lies in a zone. Every other truck, the diesel ones, may never stop there
            (as in Shenzhen's inner zones [S37]), other trucks and vans not from 7:30 to 9:00 and 17:30 to 19:00; electric tricycles always
            may. So what only trucks take has a few that may fetch it
soft        half of the windows longer than an hour have a promised first half: a later start costs 10 yuan an hour, so that a
            quarter of an hour costs less than a detour of ten minutes (responses of half an hour are advertised [S74], slots sold are two hours)
queues      a third of the outlets, those that take most streams first: 10 minutes of waiting from 11:00 to 12:00 and 15 from 16:30 to 18:00,
            before meals and at the end of shifts
weighing    unloading takes a minute longer for each 100 kg at all outlets: the load is carried over a scale
overtime    the last hour of every shift costs half as much again (labour law: 150 % of the hourly pay)
battery     electric tricycles drive 60 km at most [S29]
preferred   a fifth of the jobs has two regular collectors; any other costs 2 yuan, about a twentieth of what leaving the job out costs
balance     an hour off the median day costs 5 yuan and a kilogram 0.02: well below the price of an hour, so that days are not made longer
            to be alike. With --hard instead the longest and the shortest day lie 2 hours apart at most, the heaviest and the lightest 300 kg
compactness 0.2 yuan for each kilometre of a job off the middle of its route
split       one job in 300 is a shop's cardboard, 1.2 to 2 times what the largest vehicle holds, at 60 kg a cubic metre [S6]; any
            number of vehicles share it. It takes longer and its price is larger by the room that it needs
homes       electric tricycles belong to their drivers: they start at a resident's place and the route is over after the last visit, so
            they carry home what is not unloaded. A quarter of the vans starts at a home too and ends at the depot
"""

import argparse
import json
import random
from pathlib import Path

HOUR = 3600
APART = (2, 300)
ZONE = "inner"
CARDBOARD_G_PER_L = 0.06


def of_profile(day, *profiles):
    return [vehicle for vehicle in day["vehicles"] if vehicle["profile"] in profiles]


def zones(day, dice):
    places = {place["id"]: place for place in day["places"]}
    where = [places[job["place"]]["position"] for job in day["jobs"]]
    middle = [sorted(point[axis] for point in where)[len(where) // 2] for axis in ("lat", "lon")]

    def off(place):
        lat, lon = place["position"]["lat"] - middle[0], place["position"]["lon"] - middle[1]
        # Good enough for an order of nearness within a city.
        return lat * lat + 0.8 * lon * lon

    limit = sorted(off(places[job["place"]]) for job in day["jobs"])[len(where) // 3]
    for place in day["places"]:
        if place["position"] and off(place) <= limit:
            place["zone"] = ZONE
    rush = [{"start": 27_000, "end": 32_400}, {"start": 63_000, "end": 68_400}]
    for vehicle in of_profile(day, "van", "truck"):
        vehicle["bans"] = [{"zone": ZONE, "hours": rush}]
    for vehicle in of_profile(day, "truck")[::2]:
        vehicle["bans"] = [{"zone": ZONE}]


def soft(day, dice):
    for job in day["jobs"]:
        for window in job["time_windows"]:
            if window["end"] - window["start"] > HOUR and dice.random() < 0.5:
                window.update(soft_end=(window["start"] + window["end"]) // 2, late_cost_per_h=1000)


def queues(day, dice):
    busy = sorted(range(len(day["outlets"])), key=lambda at: (-len(day["outlets"][at]["streams"]), at))
    for at in busy[: len(busy) // 3]:
        day["outlets"][at]["queues"] = [
            {"start": 11 * HOUR, "end": 12 * HOUR, "wait_s": 600},
            {"start": 16 * HOUR + 1800, "end": 18 * HOUR, "wait_s": 900},
        ]


def weighing(day, dice):
    for outlet in day["outlets"]:
        outlet["unload_per_100kg_s"] = 60


def overtime(day, dice):
    for vehicle in day["vehicles"]:
        vehicle["overtime_from"] = vehicle["shift"]["end"] - HOUR
        vehicle["costs"]["overtime_per_hour"] = vehicle["costs"]["per_hour"] // 2


def battery(day, dice):
    for vehicle in of_profile(day, "etrike"):
        vehicle["max_distance_m"] = 60_000


def preferred(day, dice):
    ids = [vehicle["id"] for vehicle in day["vehicles"]]
    for job in day["jobs"]:
        if dice.random() < 0.2:
            job.update(preferred_vehicles=dice.sample(ids, 2), other_vehicle_cost=200)


def balance(day, dice, apart=None):
    if apart:
        hours, kg = apart
        day["balance"] = [{"hours": {"max_spread_s": int(hours * 3600)}, "weight": {"max_spread_g": int(kg * 1000)}}]
    else:
        day["balance"] = [{"hours": {"cost_per_h": 500}, "weight": {"cost_per_kg": 2}}]


def compactness(day, dice):
    day["compactness"] = {"cost_per_km": 20}


def split(day, dice):
    paper = [c for v in day["vehicles"] for c in v["compartments"] if not c["streams"] or "paper" in c["streams"]]
    holds = max(compartment["capacity_l"] for compartment in paper)
    plain = [job for job in day["jobs"] if not job["skills"]]
    for job in dice.sample(plain, len(day["jobs"]) // 300):
        times = 1.2 + 0.8 * dice.random()
        litres = int(holds * times)
        job["loads"] = [{"stream": "paper", "grams": int(litres * CARDBOARD_G_PER_L * 1000), "litres": litres}]
        # A few minutes for each vehicle full; worth as many bookings as it takes the room of, a booking being some 200 litres.
        job.update(splittable=True, service_s=int(900 * times))
        if job["penalty"] is not None:
            job["penalty"] *= max(1, litres // 200)


def homes(day, dice):
    lived_in = [job["place"] for job in day["jobs"]]
    for vehicle in of_profile(day, "etrike"):
        vehicle.update(start=dice.choice(lived_in), end=None)
    for vehicle in of_profile(day, "van"):
        if dice.random() < 0.25:
            vehicle["start"] = dice.choice(lived_in)


# Homes after zones: who lives inside may start there all the same.
FEATURES = {
    feature.__name__: feature
    for feature in (zones, soft, queues, weighing, overtime, battery, preferred, balance, compactness, split, homes)
}


def hard(parser):
    parser.add_argument("--hard", type=float, nargs="*", metavar="HOURS KG",
                        help="limits on how far days may lie apart instead of prices: 2 hours and 300 kg unless given")  # fmt: skip


def limits(parser, arguments):
    """Hours and kilograms, or None where no limits are wanted."""
    if arguments.hard is not None and len(arguments.hard) not in (0, 2):
        parser.error("--hard takes hours and kilograms, or nothing")
    return None if arguments.hard is None else tuple(arguments.hard) or APART


def with_features(day, seed, names, apart=None):
    """Changes the day. Features come in the order of `FEATURES`; `apart` is what `limits` gives."""
    for name, feature in FEATURES.items():
        if name in names:
            extra = {"apart": apart} if name == "balance" else {}
            feature(day, random.Random(f"{seed} {name}"), **extra)
    return day


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("day", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", nargs="+", default=[], choices=FEATURES, metavar="FEATURE")
    parser.add_argument("--only", nargs="+", default=list(FEATURES), choices=FEATURES, metavar="FEATURE")
    hard(parser)
    arguments = parser.parse_args()
    names = [name for name in arguments.only if name not in arguments.without]
    day = with_features(json.loads(arguments.day.read_text()), arguments.seed, names, limits(parser, arguments))
    arguments.out.write_text(json.dumps(day))


if __name__ == "__main__":
    main()
