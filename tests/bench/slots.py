#!/usr/bin/env python3
"""Slots priced by the plan against slots given first come first served, on the same simulated requests, as a Markdown table.

    tests/bench/slots.py [--requests N] [--vans V ...] [--seeds S ...] [--results FILE]

For each seed and fleet the example `slots_horizon` runs three policies over the same residents: first come; priced by the marginal cost on
the routes as they are; priced by that and the displacement which the plan's duals expect, less and less of it as the horizon ends.
Results are kept in a file of JSON lines: a run that was cut off goes on where it stopped, and one without anything left to do prints
the table. Small fleets are the point: where every slot is open and vans stand idle, prices can only save metres.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/debug/examples/slots_horizon"
POLICIES = ["first come", "priced", "priced, with displacement"]


def lines(results):
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


def run(args, seed, vans):
    words = ["nice", "-n", "10", BINARY, str(args.requests), str(seed), str(vans)]
    text = subprocess.run([*map(str, words)], check=True, capture_output=True, text=True).stdout
    with args.results.open("a") as out:
        for line in text.splitlines():
            out.write(json.dumps({"seed": seed, "fleet": vans, **json.loads(line)}) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--vans", type=int, nargs="+", default=[6, 12])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--results", type=Path, default=ROOT / "target/slots.jsonl")
    args = parser.parse_args()
    known = {(one["seed"], one["fleet"], one["requests"]) for one in lines(args.results)}
    for vans in args.vans:
        for seed in args.seeds:
            if (seed, vans, args.requests) not in known:
                run(args, seed, vans)
    found = [one for one in lines(args.results) if one["requests"] == args.requests and one["seed"] in args.seeds]
    print("| vans | policy | accepted | fen a kilogram | vans out | regret a booking, fen | promises broken | ms a question, most |")
    print("|---|---|---|---|---|---|---|---|")
    for vans in args.vans:
        for policy in POLICIES:
            rows = [one for one in found if one["fleet"] == vans and one["policy"] == policy]
            if not rows:
                continue
            mean = lambda key: statistics.mean(one[key] for one in rows)
            share = 100 * mean("accepted") / args.requests
            broken = sum(one["broken_promises"] for one in rows)
            most = max(one["ask_ms_most"] for one in rows)
            print(
                f"| {vans} | {policy} | {share:.1f} % | {mean('fen_per_kg'):.2f} | {mean('vans'):.1f} "
                f"| {mean('regret_fen'):.0f} | {broken} | {most:.1f} |"
            )


if __name__ == "__main__":
    main()
