#!/usr/bin/env python3
"""Puts 50 new bookings into a running day and prints a Markdown table; asserts nothing. One thread throughout.

    tests/bench/insertion.py INSTANCE.json ... [--freeze 43200] [--new 50] [--seed 1] [--within 2] [--full 30]

INSTANCE.json is a day as `huilu export plan` writes it (tests/bench/figures.py leaves some). The day is planned for `--full` seconds. At
second `--freeze` of it the new bookings arrive: copies of some of its own that are open at least an hour longer, at the same places.
Then four plans are made of the day with them: `inserted` (a warm start, the part before the freeze kept, one iteration), `within` (the
same with `--within` seconds in all, loading included), `full` (the same with `--full` seconds) and `free` (`--full` seconds from nothing,
as if nothing had been driven yet). The independent checker looks at each, frozen part included.
"""

import argparse
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path

BINARY = Path(__file__).resolve().parents[2] / "target/debug/huilu"


def solve(file, out, *flags):
    """Seconds from start to end of the program, and its result."""
    started = time.monotonic()
    words = [BINARY, "solve", file, "--format", "huilu", "--threads", 1, "--seed", 1, "--out", out, *flags]
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - started
    return took, json.loads(out.read_text())


def late(day, freeze):
    """Bookings that can still be served an hour after the freeze."""
    return [job for job in day["jobs"] if max(window["end"] for window in job["time_windows"]) >= freeze + 3600]


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def measure(name, day, arguments, folder):
    base, running = folder / "base.json", folder / "running.json"
    base.write_text(json.dumps(day))
    _, before = solve(base, folder / "before.json", "--seconds", arguments.full)
    frozen = sum(step["start_s"] < arguments.freeze for r in before["plan"]["routes"] for step in r["steps"] if step["type"] == "job")
    dice = random.Random(arguments.seed)
    chosen = dice.sample(late(day, arguments.freeze), arguments.new)
    day["jobs"] += [{**job, "id": f"new-{k}"} for k, job in enumerate(chosen)]
    base.write_text(json.dumps(day))
    running.write_text(json.dumps({**day, "warm_start": before["plan"], "freeze_before": arguments.freeze}))
    for what, file, flags in [
        ("inserted", running, ["--seconds", arguments.full, "--iterations", 1, "--no-set-partitioning"]),
        ("within", running, ["--seconds", arguments.within]),
        ("full", running, ["--seconds", arguments.full]),
        ("free", base, ["--seconds", arguments.full]),
    ]:
        out = folder / f"{what}.json"
        took, result = solve(file, out, *flags)
        checked = subprocess.run([str(BINARY), "check", str(file), str(out)], capture_output=True, text=True)
        left_out = sum(job.startswith("new-") for job in result["unassigned"])
        verdict = "accepted" if checked.returncode == 0 else checked.stderr.strip()
        row(name, len(day["jobs"]), frozen, what, f"{took:.2f}", f"{result['cost'] / 100:.2f}", len(result["unassigned"]), left_out, verdict)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instances", nargs="+", type=Path)
    parser.add_argument("--freeze", type=int, default=43_200)
    parser.add_argument("--new", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", type=float, default=2)
    parser.add_argument("--full", type=float, default=30)
    arguments = parser.parse_args()
    row("day", "bookings", "frozen", "plan", "seconds", "yuan", "left out", "new left out", "checker")
    row(*["---"] * 9)
    for instance in arguments.instances:
        with tempfile.TemporaryDirectory() as temporary:
            measure(instance.stem, json.loads(instance.read_text()), arguments, Path(temporary))


if __name__ == "__main__":
    main()
