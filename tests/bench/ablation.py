#!/usr/bin/env python3
"""What each part of the routing search brings: the search without it, against the whole, paired over instances and seeds.

    tests/bench/ablation.py [--seconds 8] [--seeds 1 2] [--parts NAME ...] [--classes NAME ...] [--city FILE ...] [--results FILE] [--known]

On two instances of each class, none of them in the published tables (but waste, which has only six), and on the instances of a city's day given with
`--city` (from `huilu export plan`). CPU seconds of the search's own thread, through the example `measure`. Every run is a line
of FILE (default tests/bench/results/ablation.jsonl), so that a long table goes on where it stopped; `--known` runs nothing.

The part `nothing` leaves nothing out but draws other random numbers: what it shows is the noise that the other cells have as well.

A cell is the mean difference of the cost in percent of the whole search's cost, with its 95 % interval over the pairs:
above 0 where the part helps. Plans that leave mandatory jobs out, or that the checker finds fault with, make no pair; they
are counted beside the cell as `n lost`.
"""

import argparse
import re
from pathlib import Path

from classes import BENCHMARKS, MEASURE, found
from paired import SETS, interval
from records import RESULTS, Records

NOTHING = "nothing (another seed)"
# Part: what leaves it out.
PARTS = {
    "whole": [],
    NOTHING: [],
    "neighbour lists by H3 cells": ["use_h3_neighbours=false"],
    "set partitioning": ["use_set_partitioning=false"],
    "strings (else single visits)": ["string_max=1"],
    "strings that keep a part": ["split_chance=0"],
    "blinks": ["blink=0"],
    "orders of insertion (else shuffled)": ["insertion_orders=false"],
    "rejection before the last insertion": ["early_rejection=false"],
    "openings drawn": ["opening_draws=false"],
    "routes to other vehicles": ["refit_chance=0"],
    "whole routes for another kind of vehicle": ["regroup_chance=0"],
    "waves of jobs left out": ["wave_chance=0"],
    "falling prices of absence": ["absence_first=1"],
    "review of unloads": ["unload_review=0"],
    "jobs left out are tried again": ["absent_tried=0", "wave_chance=0"],
}  # fmt: skip
# Parts that cannot matter elsewhere.
ONLY = {
    "openings drawn": {"fleets", "depots", "sites", "prizes", "distance", "city"},
    "routes to other vehicles": {"fleets", "depots", "sites", "distance", "city"},
    "whole routes for another kind of vehicle": {"fleets", "depots", "sites", "distance"},
    "waves of jobs left out": {"prizes", "city"},
    "falling prices of absence": {"prizes"},
    "review of unloads": {"trips", "waste", "city"},
    "jobs left out are tried again": {"prizes", "depots", "sites", "city"},
}  # fmt: skip
CLASSES = {label: (("solomon" if label == "vrptw" else "cordeau" if label == "distance" else "vrplib"), names[:2])
           for label, names in SETS.items()}  # fmt: skip
CLASSES["waste"] = ("waste", ["waste-kim/102_stop", "waste-kim/335_stop"])


def result(part, file, kind, seed, arguments, records):
    # A city's day may lie anywhere.
    folder = "city" if kind == "huilu" else file.parent.name
    key = (folder, re.sub(r"\.(vrp|txt|json)(\.gz)?$", "", file.name), part.split(" (")[0], float(arguments.seconds), seed)
    if arguments.known and key not in records.known:
        return None
    drawn = seed + 100 if part == NOTHING else seed
    return records.get(key, lambda raw: [MEASURE, file, kind, arguments.seconds, drawn, f"out={raw}", *PARTS[part]])


def cell(part, files, kind, arguments, records):
    differences, lost = [], 0
    for file in files:
        for seed in arguments.seeds:
            whole, without = (result(p, file, kind, seed, arguments, records) for p in ("whole", part))
            if whole is None or without is None:
                continue
            if whole["feasible"] and without["feasible"]:
                differences.append(100 * (without["cost"] / whole["cost"] - 1))
            else:
                lost += 1
    return (interval(differences) if differences else "-") + (f" ({lost} lost)" if lost else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--parts", nargs="+", choices=list(PARTS)[1:], default=list(PARTS)[1:])
    parser.add_argument("--classes", nargs="+", choices=list(CLASSES), default=list(CLASSES))
    parser.add_argument("--city", type=Path, nargs="+", default=[])
    parser.add_argument("--results", type=Path, default=RESULTS / "ablation.jsonl")
    parser.add_argument("--known", action="store_true", help="print what is there, run nothing")
    arguments = parser.parse_args()
    records = Records(arguments.results)
    rows = {label: (CLASSES[label][0], [found(name) for name in CLASSES[label][1]]) for label in arguments.classes}
    if not BENCHMARKS.is_dir():
        print("skipped: ../shared/data/benchmarks is absent")
        rows = {}
    if arguments.city:
        rows["city"] = ("huilu", arguments.city)
    print(f"| class ({arguments.seconds:g} CPU s, seeds {' '.join(map(str, arguments.seeds))}) | "
          + " | ".join(f"without {part}" for part in arguments.parts) + " |")  # fmt: skip
    print("|---" * (len(arguments.parts) + 1) + "|", flush=True)
    for label, (kind, files) in rows.items():
        cells = [
            cell(part, [file for file in files if file], kind, arguments, records) if label in ONLY.get(part, {label}) else ""
            for part in arguments.parts
        ]
        print(f"| {label} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
