"""Results of long measurements, one JSON line each, so that a table goes on where it stopped and can be printed without a run.

The results of record lie in `tests/bench/results`, each with the commit of the tree when it was made: build the program first, and begin a new
file where results of an earlier build should not stand beside new ones. `builds` says which commits a table speaks of.
"""

import json
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().parent / "results"


def commit():
    """The commit of the working tree, `+` behind it where the tree differs."""
    git = lambda *words: subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True).stdout.strip()  # noqa: E731
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "optimizer", "Cargo.lock")
    return git("rev-parse", "--short=9", "HEAD") + ("+" if changed else "")


class Records:
    """Results by their key, a tuple of words and numbers; kept in a file as soon as they are there."""

    def __init__(self, file):
        self.file = file
        lines = file.read_text().splitlines() if file.exists() else []
        self.known = {tuple(line["key"]): line for line in map(json.loads, lines)}
        self.commit = commit()

    def get(self, key, words):
        """The result of `key`, run unless it is known: `words(raw)` is a program and its arguments, which writes JSON to `raw`.

        Where it leaves nothing the result is `note`, what it said last. A program that is absent has no result."""
        if key not in self.known:
            with tempfile.TemporaryDirectory() as folder:
                raw = Path(folder) / "result.json"
                # Low priority: a measurement on CPU seconds can wait for others.
                done = subprocess.run(["nice", "-n", "15", *map(str, words(raw))], capture_output=True, text=True)
                # Absent, or ended by a signal: that says nothing of the instance.
                if done.returncode in (126, 127) or done.returncode < 0:
                    raise SystemExit(f"{words(raw)[0]} ended with {done.returncode}: {done.stderr.strip()}")
                note = (done.stderr or done.stdout).strip()[-300:]
                result = json.loads(raw.read_text()) if raw.exists() else {"feasible": False, "cost": None, "note": note}
            self.known[key] = {"key": list(key), "commit": self.commit, **result}
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a") as out:
                out.write(json.dumps(self.known[key]) + "\n")
        return self.known[key]


def builds(results):
    """The commits of these results, as a line below their table."""
    return "Builds: " + ", ".join(sorted({result["commit"] for result in results})) + "."
