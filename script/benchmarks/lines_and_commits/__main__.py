"""`python -m script.benchmarks.lines_and_commits traced|commits [--smoke] [SIZE ...]`: runs one of both."""

import importlib
import sys
from pathlib import Path

from script.benchmarks.shared.scratch_database import PREPARATIONS
from script.benchmarks.shared.sizes import choose_size

DATABASES = {"traced": "sqlite", "commits": "either"}

name, words = sys.argv[1], [word for word in sys.argv[2:] if word != "--smoke"]
PREPARATIONS[DATABASES[name]]()
module = importlib.import_module(f"script.benchmarks.lines_and_commits.{name}")
numbers = [int(word) if word.isdigit() else Path(word) for word in words]
module.main(choose_size(module, numbers, smoke="--smoke" in sys.argv))
