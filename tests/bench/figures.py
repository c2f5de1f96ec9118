#!/usr/bin/env python3
"""Prints the project's figures as Markdown tables; asserts nothing. `make bench` builds the binary and runs this.

    tests/bench/figures.py [cities] [switches] [benchmarks] [--seconds S]

cities      a day of the demo city, Macau and Chengdu: seed, start, plan for 60 s with two threads, start again
switches    the same days without H3 neighbour lists and without set partitioning: cost after S s, one thread, two seeds
benchmarks  public instances against their best known cost: S s, one thread, seed 1

Macau, Chengdu and the instances lie beside the checkout (../shared/data); what is absent is skipped and said so.
S is 30 unless given. Everything together takes about half an hour.
"""

import argparse
import json
import re
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/debug/huilu"
DATA = ROOT.parent / "shared/data"
PARTS = ["cities", "switches", "benchmarks"]
PLAN_SECONDS = 60
SWITCHES = {
    "both": [],
    "no cells": ["--no-cells"],
    "no set partitioning": ["--no-set-partitioning"],
    "neither": ["--no-cells", "--no-set-partitioning"],
}
INSTANCES = {
    ("cvrp-x", "vrplib", ".vrp"): [
        "X-n101-k25", "X-n110-k13", "X-n120-k6", "X-n134-k13", "X-n157-k13",
        "X-n195-k51", "X-n204-k19", "X-n251-k28", "X-n308-k13", "X-n1001-k43",
    ],
    ("vrptw-solomon", "solomon", ".txt"): ["C101", "R101", "RC101", "C201", "R208"],
    ("cflp-orlib", "cap", ".txt"): ["cap41", "cap71", "cap101", "cap131", "cap134"],
}  # fmt: skip


def huilu(*words):
    """Runs a command of the binary to its end and gives what it printed."""
    return subprocess.run([BINARY, *map(str, words)], check=True, capture_output=True, text=True).stdout


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def head(*cells):
    row(*cells)
    row(*["---"] * len(cells))


@contextmanager
def served(data):
    """The server on a data folder: its address, the planner's token and how long it took until it listened."""
    started = time.monotonic()
    process = subprocess.Popen(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", data],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    token = base = None
    for line in process.stdout:
        token = token or re.match(r"token planner: (\S+)", line)
        base = re.match(r"listening on (http:\S+?)/? ", line)
        if base:
            break
    try:
        yield base[1], token[1], time.monotonic() - started
    finally:
        process.terminate()
        process.wait()


def ask(base, token, path, body=None):
    request = urllib.request.Request(
        base + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": "figures"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def planned(name, folder):
    """Seeds a city, plans tomorrow, and leaves its instance beside the data. Nothing where its files are absent."""
    flags = [] if name == "demo" else ["--files", DATA / "real"]
    if name != "demo" and not (DATA / "real").is_dir():
        return None
    started = time.monotonic()
    huilu("seed", "--city", name, "--seed", 1, *flags, "--data-dir", folder)
    seeded = time.monotonic() - started
    with served(folder) as (base, token, _):
        today = ask(base, token, "/v1/session")["today"]
        day = str(date.fromisoformat(today) + timedelta(days=1))
        plan = ask(base, token, "/v1/plans", {"service_date": day, "seconds": PLAN_SECONDS, "threads": 2, "seed": 1})
        started = time.monotonic()
        while plan["run"]["state"] in ("QUEUED", "RUNNING"):
            time.sleep(0.2)
            plan = ask(base, token, f"/v1/plans/{plan['id']}")
        took = time.monotonic() - started
    with served(folder) as (_, _, again):
        pass
    huilu("export", "plan", plan["id"], "--data-dir", folder, "--out", folder / "day")
    huilu("check", folder / "day/instance.json", folder / "day/plan.json")
    return plan, seeded, took, again


def cities(folders):
    print(f"\n### A day in three cities ({PLAN_SECONDS} s of search, two threads, seed 1; every plan accepted by the checker)\n")
    head("city", "bookings", "served", "left out", "vehicles", "km", "hours", "kg", "unloads", "yuan",
         "seed s", "plan s", "start s")  # fmt: skip
    for name, folder in folders.items():
        done = planned(name, folder)
        if done is None:
            print(f"skipped: {name} needs ../shared/data/real")
            continue
        plan, seeded, took, again = done
        if plan["run"]["state"] != "SUCCEEDED":
            row(name, plan["run"]["state"], plan["run"]["error"])
            continue
        s = plan["summary"]
        # Reasons explain a proof; without one the verdict is what is known.
        proven = lambda left: left["verdict"] == "PROVEN_INFEASIBLE" and left["reasons"]  # noqa: E731
        reasons = Counter(left["reasons"][0]["code"] if proven(left) else left["verdict"] for left in plan["unassigned"])
        share = 100 * s["served"] / s["bookings"]
        row(
            name, s["bookings"], f"{s['served']} ({share:.1f} %)",
            ", ".join(f"{count} {code}" for code, count in reasons.most_common()) or "none",
            s["vehicles_used"], round(s["distance_m"] / 1e3), round(s["duration_s"] / 3600), round(s["mass_g"] / 1e3),
            s["unloads"], f"{s['cost_fen'] / 100:.2f}", f"{seeded:.1f}", f"{took:.1f}", f"{again:.2f}",
        )  # fmt: skip


def switches(folders, seconds):
    print(f"\n### H3 neighbour lists and set partitioning, on and off ({seconds:g} s, one thread; cost in yuan, iterations)\n")
    head("city", "seed", *SWITCHES)
    for name, folder in folders.items():
        instance = folder / "day/instance.json"
        if not instance.exists():
            continue
        for seed in (1, 2):
            cells = []
            for flags in SWITCHES.values():
                out = folder / "out.json"
                huilu("solve", instance, "--format", "huilu", "--seconds", seconds, "--seed", seed, "--threads", 1,
                      *flags, "--out", out)  # fmt: skip
                result = json.loads(out.read_text())
                cells.append(f"{result['cost'] / 100:.0f} ({result['trace'][-1]['iteration']})")
            row(name, seed, *cells)


def benchmarks(seconds):
    print(f"\n### Public instances ({seconds:g} s, one thread, seed 1)\n")
    head("instance", "best known", "cost", "gap %", "proven gap %", "s")
    for (folder, kind, ending), names in INSTANCES.items():
        best = DATA / "benchmarks" / folder / "bks.json"
        if not best.exists():
            print(f"skipped: {folder} needs ../shared/data/benchmarks/{folder}")
            continue
        known = json.loads(best.read_text())
        gaps = []
        with tempfile.TemporaryDirectory() as temporary:
            for name in names:
                out = Path(temporary) / "out.json"
                command = "site" if kind == "cap" else "solve"
                huilu(command, best.parent / (name + ending), "--format", kind, "--seconds", seconds, "--seed", 1,
                      "--threads", 1, "--out", out)  # fmt: skip
                result = json.loads(out.read_text())
                gaps.append(100 * (result["cost"] / known[name]["cost"] - 1))
                proven = "none" if result["gap"] is None else f"{100 * result['gap']:.4f}"
                row(name, known[name]["cost"], round(result["cost"], 3), f"{gaps[-1]:.2f}", proven, f"{result['wall_seconds']:.1f}")
        row(f"mean of {folder}", "", "", f"{sum(gaps) / len(gaps):.2f}", "", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", default=PARTS, help=" ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    parts = arguments.parts
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {' '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="huilu-figures-") as temporary:
        folders = {name: Path(temporary) / name for name in ("demo", "macau", "chengdu")}
        if "cities" in parts or "switches" in parts:
            cities(folders)
        if "switches" in parts:
            switches({name: folders[name] for name in ("macau", "chengdu")}, arguments.seconds)
    if "benchmarks" in parts:
        benchmarks(arguments.seconds)


if __name__ == "__main__":
    main()
