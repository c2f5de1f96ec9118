#!/usr/bin/env python3
"""Lower bounds of public routing instances against their best known costs, as Markdown tables.

    tests/bench/bounds.py [solomon] [gh200] [cvrp] [--seconds S] [--only NAME ...] [--results FILE]

Each instance is solved once with `huilu solve --bound --threads 1 --seed 1`, S seconds in all (60 unless given). Results are kept in a
file of JSON lines, one for each instance and S: a run that was cut off goes on where it stopped, and a run without anything left to
do prints the tables. A bound above a proved optimum is said so, and then the script fails.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/debug/huilu"
DATA = ROOT.parent / "shared/data/benchmarks"
SETS = {
    "solomon": ("vrptw-solomon", "solomon", ".txt"),
    "gh200": ("vrptw-gh200", "solomon", ".txt"),
    "cvrp": ("cvrp-x", "vrplib", ".vrp"),
}
CLIENTS_MAX = {"cvrp": 210}


def solve(path, file_format, seconds):
    """One run of the binary; what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        words = [BINARY, "solve", path, "--format", file_format, "--bound", "--threads", "1"]
        subprocess.run([*words, "--seconds", str(seconds), "--out", out], check=True, capture_output=True)
        result = json.loads(out.read_text())
    kept = ["cost", "lower_bound", "bound_kind", "gap", "wall_seconds"]
    return {key: result.get(key) for key in kept}


def known(results):
    if not results.exists():
        return {}
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    return {(line["set"], line["instance"], line["seconds"]): line for line in lines}


def share(bound, cost):
    return f"{100 * bound / cost:.2f} %" if bound is not None and cost else ""


def run(name, args, done):
    """Prints the table of one set; gives the number of bounds above an optimum."""
    folder, file_format, suffix = SETS[name]
    if not (DATA / folder).is_dir():
        print(f"skipped: {folder} does not lie beside the checkout")
        return 0
    best = json.loads((DATA / folder / "bks.json").read_text())
    most = CLIENTS_MAX.get(name, 10**9)
    names = sorted(n for n, entry in best.items() if (entry.get("n") or 0) <= most and (not args.only or n in args.only))
    print(f"\n## {folder}, {args.seconds:g} s, one thread\n")
    print("| instance | optimum or best known | bound | of it | plan | gap | proved | seconds | bound kind |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    above, shares, n_proved = 0, [], 0
    for instance in names:
        path = DATA / folder / (instance + suffix)
        if not path.exists():
            print(f"skipped: {path.name}")
            continue
        key = (name, instance, args.seconds)
        if key not in done:
            done[key] = {"set": name, "instance": instance, "seconds": args.seconds, **solve(path, file_format, args.seconds)}
            with args.results.open("a") as out:
                out.write(json.dumps(done[key]) + "\n")
        line, entry = done[key], best[instance]
        bound = line["lower_bound"]
        mark = "" if entry.get("optimal") else " (open)"
        wrong = entry.get("optimal") and bound is not None and bound > entry["cost"] + 1e-6
        above += bool(wrong)
        if bound is not None:
            shares.append(bound / entry["cost"])
        # The bound has met the cost of a plan that exists.
        proved = bound is not None and bound >= line["cost"] - 1e-6
        n_proved += proved
        gap = "" if line["gap"] is None else f"{100 * line['gap']:.2f} %"
        cells = [instance, f"{entry['cost']:g}{mark}", "none" if bound is None else f"{bound:g}"]
        cells += [share(bound, entry["cost"]) + (" ABOVE THE OPTIMUM" if wrong else ""), f"{line['cost']:g}", gap]
        print("| " + " | ".join([*cells, "yes" if proved else "", f"{line['wall_seconds']:.1f}", line["bound_kind"] or ""]) + " |", flush=True)
    if shares:
        mean = 100 * sum(shares) / len(shares)
        print(f"\n{len(shares)} of {len(names)} bounded, mean {mean:.2f} %, least {100 * min(shares):.2f} %", end="; ")
        print(f"{sum(share >= 0.985 for share in shares)} at 98.5 % or more, {n_proved} proved; {above} above the optimum")
    return above


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; all unless given")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", nargs="*", help="names of instances")
    parser.add_argument("--results", type=Path, default=ROOT / "target/bounds.jsonl")
    args = parser.parse_args()
    if unknown := set(args.sets) - set(SETS):
        parser.error(f"unknown set: {', '.join(sorted(unknown))}")
    done = known(args.results)
    sys.exit(1 if sum(run(name, args, done) for name in args.sets or SETS) else 0)


if __name__ == "__main__":
    main()
