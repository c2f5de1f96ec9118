#!/usr/bin/env python3
"""Lower bounds of public routing instances against their best known costs, as Markdown tables.

    tests/bench/bounds.py [solomon] [gh200] [cvrp] [reload] [--seconds S] [--only NAME ...] [--clients N] [--results FILE] [--known]

Each instance is searched and bounded once by the example `bound`, one thread and seed 1, S CPU seconds in all of which the search has
a tenth; S is the set's own unless given. Every result is a line of FILE (default tests/bench/results/bounds.jsonl): a run that was
cut off goes on where it stopped; `--known` runs nothing and prints what is there. A bound above a proved optimum is said so, and
then the script fails.
"""

import argparse
import json
import sys
from pathlib import Path

from records import RESULTS, ROOT, Records, builds

BOUND = ROOT / "target/debug/examples/bound"
DATA = ROOT.parent / "shared/data/benchmarks"
# Set: folder, format, ending, CPU seconds.
SETS = {
    "solomon": ("vrptw-solomon", "solomon", ".txt", 60),
    "gh200": ("vrptw-gh200", "solomon", ".txt", 120),
    "cvrp": ("cvrp-x", "vrplib", ".vrp", 120),
    "reload": ("mtvrptw-reload", "vrplib", ".vrp", 60),
}
SEARCH_SHARE = 0.1


def share(bound, cost):
    return f"{100 * bound / cost:.2f} %" if bound is not None and cost else ""


def row(instance, result, entry):
    """One line of the table; whether the bound has met the cost of a plan that exists; whether it stands above an optimum."""
    bound, cost, best = result.get("lower_bound"), result["cost"], entry["cost"]
    wrong = bool(entry.get("optimal")) and bound is not None and bound > best + 1e-6
    proved = bound is not None and cost is not None and result.get("feasible", True) and bound >= cost - 1e-6
    per_route = f"{entry['n'] / entry['routes']:.1f}" if entry.get("routes") else ""
    cells = [
        instance,
        f"{best:g}" + ("" if entry.get("optimal") else " (open)"),
        per_route,
        result.get("cause") or result.get("note") or "none" if bound is None else f"{bound:g}",
        share(bound, best) + (" ABOVE THE OPTIMUM" if wrong else ""),
        "" if cost is None else f"{cost:g}",
        "yes" if proved else "",
        "yes" if result.get("root_solved") else "",
        f"{result.get('proof_seconds', 0):.1f}",
        result.get("bound_kind") or "",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)
    return proved, wrong


def run(name, args, records):
    """Prints the table of one set; gives the number of bounds above an optimum."""
    folder, file_format, suffix, seconds = SETS[name]
    seconds = args.seconds or seconds
    if not (DATA / folder).is_dir():
        print(f"skipped: {folder} does not lie beside the checkout")
        return 0
    best = json.loads((DATA / folder / "bks.json").read_text())
    names = [n for n in best if (not args.only or n in args.only) and not (args.clients and best[n]["n"] > args.clients)]
    print(f"\n## {folder}, {seconds:g} CPU s, one thread\n")
    print("| instance | optimum or best known | stops a route | bound | of it | plan | proved | root solved | proof s | bound kind |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    above, shares, n_proved, asked, results = 0, [], 0, 0, []
    # Small ones first, so that a run that is cut off has most of the table.
    for instance in sorted(names, key=lambda n: (best[n]["n"], n)):
        path, key = DATA / folder / (instance + suffix), (name, instance, float(seconds))
        if not path.exists():
            print(f"skipped: {path.name}")
            continue
        if args.known and key not in records.known:
            continue
        times = [f"{seconds * (1 - SEARCH_SHARE):g}", f"{seconds * SEARCH_SHARE:g}"]
        result = records.get(key, lambda raw: [BOUND, path, file_format, *times, f"out={raw}"])  # noqa: B023
        proved, wrong = row(instance, result, best[instance])
        asked += 1
        results.append(result)
        n_proved += proved
        above += wrong
        shares.append((result.get("lower_bound") or 0) / best[instance]["cost"])
    if shares:
        print(f"\n{asked} of {len(names)} run: mean {100 * sum(shares) / asked:.2f} %, least {100 * min(shares):.2f} %", end="; ")
        at_least = ", ".join(f"{sum(part >= aim for part in shares)} at {100 * aim:g} %" for aim in (0.985, 0.98, 0.97, 0.93))
        print(f"{at_least} or more; {n_proved} proved; {above} above a proved optimum. {builds(results)}")
    return above


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; all unless given")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--only", nargs="*", help="names of instances")
    parser.add_argument("--clients", type=int, help="instances of so many clients at most")
    parser.add_argument("--results", type=Path, default=RESULTS / "bounds.jsonl")
    parser.add_argument("--known", action="store_true", help="print what is there, run nothing")
    args = parser.parse_args()
    if unknown := set(args.sets) - set(SETS):
        parser.error(f"unknown set: {', '.join(sorted(unknown))}")
    records = Records(args.results)
    sys.exit(1 if sum([run(name, args, records) for name in args.sets or SETS]) else 0)


if __name__ == "__main__":
    main()
