#!/usr/bin/env python3
"""One run of another solver on the CPU clock of its own process, so that a busy machine does not falsify a comparison.

    tests/bench/peers.py pyvrp|hgs FILE CLASS CPU_SECONDS SEED OUT

PyVRP reads VRPLIB files through its own package and stops on `time.process_time`; HGS-CVRP runs through `hygese`, whose
time limit is the C `clock()`, which is CPU time. The budget begins when the instance has been read. OUT becomes one JSON
object; its cost is what the solver claims, in the units of ../shared/data/benchmarks.
"""

import gzip
import importlib.metadata
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import vrplib

# Class: how PyVRP's reader rounds, and what its costs are divided by.
UNITS = {"cvrp": ("round", 1), "trips": ("dimacs", 10), "roads": ("none", 1), "depots": ("exact", 1000),
         "fleets": ("exact", 100_000), "sites": ("exact", 1000), "prizes": ("dimacs", 10), "vrptw": ("dimacs", 10)}  # fmt: skip
# More than all arcs of a plan together.
FORBIDDEN = 1_000_000_000


class CpuSeconds:
    """PyVRP's stopping criterion: so many CPU seconds of this process from now on."""

    def __init__(self, seconds):
        self.end = time.process_time() + seconds

    def __call__(self, best_cost):
        return time.process_time() > self.end


def solomon(file):
    """PyVRP's data of a file in Solomon's format, which its own reader does not know, in tenths."""
    import pyvrp

    raw = vrplib.read_instance(file, instance_format="solomon")
    tenths = lambda values: (10 * values).astype(np.int64)  # noqa: E731
    windows, service, arcs = tenths(raw["time_window"]), tenths(raw["service_time"]), tenths(raw["edge_weight"])
    early, late = windows[0]
    clients = [
        pyvrp.Client(k, delivery=[demand], service_duration=service[k], tw_early=windows[k][0], tw_late=windows[k][1])
        for k, demand in enumerate(raw["demand"]) if k
    ]  # fmt: skip
    return pyvrp.ProblemData(
        [pyvrp.Location(x, y) for x, y in raw["node_coord"]],
        clients,
        [pyvrp.Depot(0)],
        [pyvrp.VehicleType(raw["vehicles"], [raw["capacity"]], tw_early=early, tw_late=late)],
        [arcs],
        [arcs],
    )


def pyvrp(file, label, seconds, seed):
    import pyvrp

    rounding, scale = UNITS[label]
    if label == "vrptw":
        data = solomon(file)
    elif label == "cvrp":
        # The reader's rounding goes half to even; the set's goes half up.
        data = pyvrp.read(file, round_func=lambda values: np.floor(np.asarray(values) + 0.5).astype(np.int64))
    else:
        data = pyvrp.read(file, round_func=rounding)
    if label == "sites":
        # The reader forbids an arc with 2^44, and the search then never returns from its first descent (0.14.1).
        arcs = [np.minimum(matrix, FORBIDDEN) for matrix in data.distance_matrices()]
        data = data.replace(distance_matrices=arcs, duration_matrices=arcs)
    result = pyvrp.solve(data, stop=CpuSeconds(seconds), seed=seed, display=False)
    feasible = result.is_feasible()
    return {"cost": result.cost() / scale if feasible else None, "feasible": feasible, "iterations": result.num_iterations}


def hgs(file, label, seconds, seed):
    import hygese

    if label != "cvrp":
        raise SystemExit("HGS-CVRP solves class cvrp alone")
    raw = vrplib.read_instance(file)
    points = raw["node_coord"].astype(float)
    data = {"x_coordinates": points[:, 0], "y_coordinates": points[:, 1], "demands": raw["demand"],
            "vehicle_capacity": raw["capacity"], "depot": 0}  # fmt: skip
    # Its second limit, iterations without improvement, is put out of reach.
    parameters = hygese.AlgorithmParameters(timeLimit=seconds, nbIter=2_000_000_000, seed=seed)
    result = hygese.Solver(parameters=parameters, verbose=False).solve_cvrp(data, rounding=True)
    return {"cost": result.cost, "feasible": True}


def main():
    solver, file, label, seconds, seed, out = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if file.endswith(".gz"):
            plain = Path(folder) / Path(file).stem
            plain.write_bytes(gzip.decompress(Path(file).read_bytes()))
            file = str(plain)
        # A run that does not stop by itself is ended by the kernel.
        resource.setrlimit(resource.RLIMIT_CPU, (int(4 * float(seconds)) + 60,) * 2)
        package, run = {"pyvrp": ("pyvrp", pyvrp), "hgs": ("hygese", hgs)}[solver]
        started = time.process_time()
        result = run(file, label, float(seconds), int(seed))
    spent = time.process_time() - started
    Path(out).write_text(
        json.dumps({"solver": solver, "version": importlib.metadata.version(package), "cpu_seconds": spent} | result)
    )


if __name__ == "__main__":
    main()
