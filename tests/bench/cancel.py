#!/usr/bin/env python3
"""How long `huilu solve` takes to end once it is told to, as a Markdown table; asserts nothing.

    tests/bench/cancel.py INSTANCE.json|FILE.vrp ... [--after 1 3 6 10 ...] [--seconds 20] [--threads 1] [--enlarge 10000 30000] [--search-only]

INSTANCE.json is a day as `huilu export plan` writes it; with `--enlarge` the first of them is laid out beside itself as well, until it has so
many jobs (`large_days.py`). For Macau, days of 10,000 and 30,000, and 30,000 stops of the literature:

    tests/bench/cancel.py macau.json ../shared/data/benchmarks/cvrp-xxl/Flanders2.vrp --enlarge 10000 30000 --after 0.05 0.3 1 2 5 --search-only

With `--in-process` the search is told to end inside of one process (the example `measure`), after so many seconds of search: reading the file
and writing the plan do not count, the cost is left out. One thread, whatever `--threads` says.

Each run is told to end (SIGTERM, as a service would; Ctrl-C does the same) so many
seconds after its start: early moments fall into reading and the first plan, later ones into the search and its set partitioning, and with
`--bound`, which begins at 0.4 of `--seconds`, into the proof. `plan` says whether a plan was written. Milliseconds until the process was
gone.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

from large_days import enlarged

BUILT = Path(__file__).resolve().parents[2] / "target/debug"
BINARY, MEASURE = BUILT / "huilu", BUILT / "examples/measure"


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def form(file):
    return "vrplib" if file.suffix == ".vrp" else "huilu"


def told_in_process(file, after, seconds):
    """Milliseconds until the search was over; they are what `measure` says of it."""
    words = [MEASURE, file, form(file), seconds, 1, f"cancel={after}"]
    run = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    late = int(run.stderr.removeprefix("late by ").removesuffix(" ms\n"))
    return ("ended" if late < 0 else late), "-"


def told_to_end(file, after, arguments, flags):
    """Milliseconds until it was gone, and the plan's cost; `ended` where it was faster than that."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        words = [arguments.binary, "solve", file, "--format", form(file), "--threads", arguments.threads, "--seconds", arguments.seconds, "--out", out]
        process = subprocess.Popen([str(word) for word in [*words, *flags]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after)
        if process.poll() is not None:
            return "ended", "-"
        told = time.monotonic()
        process.terminate()
        process.wait()
        took = 1e3 * (time.monotonic() - told)
        return f"{took:.0f}", f"{json.loads(out.read_text())['cost'] / 100:.0f}" if out.exists() else "none"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instances", nargs="+", type=Path)
    parser.add_argument("--after", type=float, nargs="+", default=[0.5, 1, 2, 4, 6, 9, 12])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--enlarge", type=int, nargs="+", default=[])
    parser.add_argument("--search-only", action="store_true")
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--binary", type=Path, default=BINARY)
    arguments = parser.parse_args()
    row("day", "what", "told after s", "gone after ms", "plan in yuan")
    row(*["---"] * 5)
    kinds = [("search", [])] if arguments.search_only or arguments.in_process else [("search", []), ("with proof", ["--bound"])]
    with tempfile.TemporaryDirectory() as folder:
        instances = list(arguments.instances)
        for n_jobs in arguments.enlarge:
            instances.append(Path(folder) / f"{arguments.instances[0].stem}-{n_jobs}.json")
            instances[-1].write_text(json.dumps(enlarged(json.loads(arguments.instances[0].read_text()), n_jobs)))
        for instance in instances:
            for what, flags in kinds:
                for after in arguments.after:
                    if arguments.in_process:
                        row(instance.stem, what, after, *told_in_process(instance, after, arguments.seconds))
                    else:
                        row(instance.stem, what, after, *told_to_end(instance, after, arguments, flags))


if __name__ == "__main__":
    main()
