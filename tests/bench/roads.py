#!/usr/bin/env python3
"""Measures Huilu's roads against OSRM, Valhalla, OSMnx and drivers' GPS; prints Markdown. `make bench-roads` runs all of it.

    tests/bench/roads.py [osmnx] [engines] [lines] [matrix] [import] [datums] [speeds] [--pairs N] [--repeats R] [--seed S]

osmnx    shortest lengths in Macau against a graph that others made of the same file (a test, with what it prints)
engines  the same N pairs asked of Huilu, OSRM and Valhalla in Macau and Sao Paulo: length, duration, reachability
lines    N / 2 of our routes in both cities, node by node against an own reading of the file; fails where one is unlawful
matrix   square tables of seconds and metres in Macau over HTTP, the same places in turn, R times; ours in process too
import   seconds from Macau's file to what each engine needs to answer
datums   conversions against vectors of others, and 100,000 places there and back (a test, with what it prints)
speeds   hour by hour, Shanghai drivers' speeds against the van profile's; fails where they differ by more than a third

Every server gets one core, the scripts the rest; nothing listens beyond the loopback address. The other engines are
downloaded once into target/road-engines. The cities lie beside the checkout (../shared/data); what is absent is skipped
and said so. About ten minutes.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import road_lines
import road_pairs
import road_tracks
from figures import head, row
from road_engines import CITIES, EXAMPLES, REAL, ROOT, Huilu, Osrm, Valhalla, fetch, on_one_core, write_points

PARTS = ["osmnx", "engines", "lines", "matrix", "import", "datums", "speeds"]
LARGEST_IN_PROCESS = 5_000
VALHALLA_MAX = 100
BUILDS = 3


def present(*paths):
    """Tells of the first file that is not there."""
    for path in paths:
        if not path.exists():
            print(f"skipped: needs ../shared/data/real/{path.relative_to(REAL)}")
            return False
    return True


def told_by_test(*words):
    """Runs one test and gives what it prints."""
    command = ["cargo", "test", "--locked", *words, "--", "--show-output"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_600)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    # What tests print stands between their headings and the list of their names.
    parts = re.split(r"^---- .* stdout ----$", done.stdout.split("\nsuccesses:\n")[1], flags=re.MULTILINE)[1:]
    return "\n\n".join(part.strip() for part in parts)


def osmnx(_):
    print("\n### Macau's shortest lengths against OSMnx\n")
    if present(REAL / "osm-macau/macau-drive-osmnx.graphml.gz"):
        print(told_by_test("--package", "huilu-roads", "--lib", "shortest_lengths_agree_with_osmnx"))


def datums(_):
    print("\n### Datums\n")
    if present(REAL / "datum-vectors/china-cities.json"):
        print(told_by_test("--package", "huilu-model", "--test", "datum_vectors"))


def engines(arguments):
    print(f"\n### {arguments.pairs} pairs of places asked of every engine (seed {arguments.seed})\n")
    head("city", "places", "profile", "engines", "pairs", "reachable %", "length differs by % (median / p90 / p99)",
         "within 2 %", "sum of lengths", "duration differs by % (median / p90 / p99)", "median duration")  # fmt: skip
    notes = []
    for city in ("macau", "saopaulo"):
        if not present(CITIES[city]):
            continue
        with ExitStack() as servers:
            ours, osrm, valhalla = (
                servers.enter_context(engine.serving())
                for engine in (Huilu(city, arguments.folder), Osrm(city), Valhalla(city))
            )
            buildings = road_pairs.places(city, 2 * arguments.pairs, arguments.seed)
            # On the road all engines start from the same point; which road a place belongs to no longer matters.
            on_roads = [osrm.nearest(place)[0] for place in buildings]
            for kind, points in (("places", buildings), ("on roads", on_roads)):
                pairs = list(zip(points[: arguments.pairs], points[arguments.pairs :]))
                for profile, others in (("van", (osrm, valhalla)), ("truck", (valhalla,))):
                    asked = {engine: [engine.route(a, b, profile) for a, b in pairs] for engine in (ours, *others)}
                    couples = [(ours, other) for other in others] + ([(valhalla, osrm)] if len(others) == 2 else [])
                    for one, other in couples:
                        result = road_pairs.Comparison(asked[one], asked[other])
                        row(city, kind, profile, f"{one.name} / {other.name}", *result.cells())
                        notes += [
                            f"- {city}, {profile}: only one of {one.name} and {other.name} finds a way {pairs[k]}"
                            for k in result.one_sided
                        ]
                        if one is ours and kind == "on roads":
                            notes += explained(ours, asked[one], asked[other], pairs, (city, profile, other.name))
    print()
    print("\n".join(notes))


def explained(ours, mine, theirs, pairs, names):
    causes, rules = road_pairs.explain(ours, mine, theirs, names[1])
    large = sum(causes.values())
    share = 100 * large / len(pairs)
    told = ", ".join(f"{count} {cause}" for cause, count in causes.items())
    notes = [f"- {' '.join(names)}: {large} pairs ({share:.1f} %) differ by more than {road_pairs.LARGE:.0%}: {told}."]
    show = lambda place: f"{place[0]:.5f},{place[1]:.5f}"  # noqa: E731
    for k, extra_m, worst in rules[:5]:
        notes.append(
            f"  - {show(pairs[k][0])} to {show(pairs[k][1])}: ours {mine[k].metres} m, theirs {theirs[k].metres:.0f} m; "
            f"their line takes us {extra_m:.0f} m more, most of it from {show(worst[0])} to {show(worst[1])}"
        )
    return notes


def lines(arguments):
    print(f"\n### The van's route lines against the file, node by node (seed {arguments.seed})\n")
    head("city", "routes", "laid on the file's nodes", "faults", "the same lines backwards: with faults")
    sound, notes = True, []
    for city in ("macau", "saopaulo"):
        if not present(CITIES[city]):
            continue
        streets = road_lines.Streets(CITIES[city])
        points = road_pairs.places(city, arguments.pairs, arguments.seed)
        with Huilu(city, arguments.folder).serving() as ours:
            journeys = [ours.route(a, b) for a, b in zip(points[::2], points[1::2])]
        journeys = [journey for journey in journeys if journey]
        laid, kinds, examples = road_lines.judge(streets, journeys)
        # The check can fail: hardly a line may be driven backwards.
        for journey in journeys:
            journey.line.reverse()
        backwards = [road_lines.judge(streets, [journey])[1] for journey in journeys]
        row(city, len(journeys), laid, "; ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none",
            sum(bool(kinds) for kinds in backwards))  # fmt: skip
        notes += [f"- {city}, {kind}: at {lat:.6f},{lon:.6f}" for kind, (lat, lon) in examples.items()]
        sound = sound and not set(kinds) - {road_lines.TURNS_BACK}
    print("\n" + "\n".join(notes))
    return sound


def timed_tables(engines_, points, repeats):
    """Seconds until the last byte of each engine's answer, in turn, and the answers of the last round."""
    seconds, answers = {engine: [] for engine in engines_}, {}
    for turn in range(repeats + 1):
        for engine in engines_:
            start = time.monotonic()
            status, body = engine.table(points)
            took = time.monotonic() - start
            if status != 200:
                sys.exit(f"{engine.name} answers {status}: {body[:300]}")
            # The first round warms up.
            if turn:
                seconds[engine].append(took)
            answers[engine] = body
    return seconds, answers


def spread(seconds):
    return f"{statistics.median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f})"


def in_process(points, repeats, folder, profile="van"):
    write_points(folder / "table.csv", points)
    command = [EXAMPLES / "table", CITIES["macau"], profile, folder / "table.csv", repeats]
    process = on_one_core(*command, stdout=subprocess.PIPE, text=True)
    out, _ = process.communicate(timeout=600)
    return json.loads(out)


def matrix(arguments):
    print(f"\n### Square tables of seconds and metres, Macau, one core, random buildings (seed {arguments.seed})\n")
    if not present(CITIES["macau"]):
        return
    head("places", "engine", "seconds: median (least to most)", "repeats", "answer MB", "peak MiB", "unreachable")
    with ExitStack() as servers:
        ours, osrm, valhalla = (
            servers.enter_context(engine.serving())
            for engine in (Huilu("macau", arguments.folder), Osrm("macau"), Valhalla("macau"))
        )
        for n in (VALHALLA_MAX, 1_000, 2_000):
            points = road_pairs.places("macau", n, arguments.seed)
            asked = (ours, osrm, valhalla) if n <= VALHALLA_MAX else (ours, osrm)
            seconds, answers = timed_tables(asked, points, arguments.repeats)
            for engine in asked:
                row(n, f"{engine.name} over HTTP", spread(seconds[engine]), arguments.repeats,
                    f"{len(answers[engine]) / 1e6:.1f}", engine.server.peak_mib(), unreachable(engine, answers[engine]))  # fmt: skip
            told = in_process(points, arguments.repeats, arguments.folder)
            row(n, "Huilu in process", spread(told["seconds"]), arguments.repeats, "", told["peak_mib"], told["unreachable"])
    points = road_pairs.places("macau", LARGEST_IN_PROCESS, arguments.seed)
    told = in_process(points, 1, arguments.folder)
    row(LARGEST_IN_PROCESS, "Huilu in process", f"{told['seconds'][0]:.3f}", 1, "", told["peak_mib"], told["unreachable"])


def unreachable(engine, body):
    """Pairs of a table for which there are no seconds."""
    return sum(cell is None for line in engine.seconds_of(json.loads(body)) for cell in line)


def imports(arguments):
    print("\n### From Macau's file to answers, one core\n")
    if not present(CITIES["macau"]):
        return
    head("engine", "step", "seconds: median (least to most)")
    for make in (Osrm, Valhalla):
        steps = [make("macau").build() for _ in range(BUILDS)]
        for step in steps[0]:
            row(make.name, step, spread([seconds[step] for seconds in steps]))
    steps = [Huilu("macau", arguments.folder / f"import-{k}").build()["import"] for k in range(BUILDS)]
    row(Huilu.name, "`huilu import osm`: four profiles, into the database", spread(steps))
    told = [in_process_import() for _ in range(BUILDS)]
    for step in told[0]:
        row(f"{Huilu.name} in process", step, spread([seconds[step] for seconds in told]))


def in_process_import():
    """Seconds by step, as the example `figures` prints them."""
    command = [EXAMPLES / "figures", CITIES["macau"], 10, 1]
    out, _ = on_one_core(*command, stdout=subprocess.PIPE, text=True).communicate(timeout=600)
    steps = {"file to four graphs with hierarchies": re.search(r"^import ([\d.]+) s", out, re.MULTILINE)[1]}
    for profile, seconds in re.findall(r"^(\w+): prepared anew in ([\d.]+) s", out, re.MULTILINE):
        steps[f"of these: hierarchy for {profile}"] = seconds
    steps["reload of all four from disk, ready to answer"] = re.search(r"routers ready ([\d.]+) s", out)[1]
    return {step: float(seconds) for step, seconds in steps.items()}


def speeds(arguments):
    tracks = REAL / "shanghai-gps-tracks/tracks.csv.gz"
    print("\n### Shanghai drivers' speeds and the van profile's\n")
    if not present(tracks, CITIES["chengdu"]):
        return True
    with Huilu("chengdu", arguments.folder).serving() as chengdu:
        return road_tracks.compare(tracks, chengdu, arguments.seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", default=PARTS, help=" ".join(PARTS))
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {' '.join(sorted(unknown))}")
    run = {"osmnx": osmnx, "engines": engines, "lines": lines, "matrix": matrix, "import": imports, "datums": datums, "speeds": speeds}
    if {"engines", "matrix", "import"} & set(arguments.parts):
        fetch()
    with tempfile.TemporaryDirectory(prefix="huilu-roads-") as temporary:
        arguments.folder = Path(temporary)
            # Lines and speeds are judged; the other parts print figures.
        sound = [run[part](arguments) for part in PARTS if part in arguments.parts]
    sys.exit(1 if False in sound else 0)


if __name__ == "__main__":
    main()
