"""Measures recall@10 of search over the questions of `tests.memory.search.question_set`, on the prepared database.

As a program it prepares SQLite, and prints the figures as JSON.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping

from script.benchmarks.shared.scratch_database import prepare_sqlite

Recall = Mapping[str, Mapping[str, float]]  # set → question → recall@10


def measure_here() -> Recall:
    """Measures on the database of this process, with a user of its own."""
    module = importlib.import_module("script.benchmarks.recall.question_corpus")
    recall: Recall = module.measure()
    return recall


def measure_on_sqlite() -> Recall:
    """Measures in a process of its own, since a process has one database."""
    command = [sys.executable, "-W", "ignore", "-m", "script.benchmarks.recall.question_recall"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    recall: Recall = json.loads(printed.splitlines()[-1])
    return recall


if __name__ == "__main__":
    prepare_sqlite()
    print(json.dumps(measure_here()))  # noqa: T201
