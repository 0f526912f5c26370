"""`script/bench NAME [--smoke] [SIZE ...]`: runs a benchmark, and always ends the processes that it started."""

import argparse
import atexit
import importlib
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn, cast
from uuid import uuid4

from script.benchmarks.shared.catalog import BENCHMARKS, find_module, list_missing
from script.benchmarks.shared.scratch_database import PREPARATIONS
from script.benchmarks.shared.sizes import Benchmark, choose_size
from tests import reaper


def main(arguments: list[str]) -> None:
    parser = make_parser()
    options = parser.parse_args(arguments)
    bench = BENCHMARKS[options.name]
    if missing := list_missing(bench, lambda name: shutil.which(name) is not None, os.environ):
        sys.exit("\n".join((f"{options.name} needs missing programs or variables:", *missing)))
    kill_children_at_exit()
    PREPARATIONS[bench.database]()
    module = cast("Benchmark", importlib.import_module(find_module(options.name)))
    try:
        size = choose_size(module, options.numbers, smoke=options.smoke)
    except ValueError as error:
        parser.error(f"{options.name}: {error}")
    module.main(size)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measures one thing, and prints a table.")
    parser.add_argument("name", choices=sorted(BENCHMARKS), metavar="NAME", help=", ".join(sorted(BENCHMARKS)))
    help_text = "numbers, or a folder, instead of the default size"
    parser.add_argument("numbers", nargs="*", type=parse_word, metavar="SIZE", help=help_text)
    parser.add_argument("--smoke", action="store_true", help="run for seconds, only to check that the benchmark works")
    return parser


def parse_word(word: str) -> int | Path:
    """Reads a number, or a path that exists. Raises ArgumentTypeError."""
    try:
        return Path(word) if not word.isdigit() and Path(word).exists() else int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid int value: {word!r}") from None


def kill_children_at_exit() -> None:
    """Marks the child processes with a run name, so that they are killed when this process ends, also by SIGTERM.

    Inside another run this name is appended to that run's name.
    """
    run = f"bench-{uuid4().hex}"
    os.environ[reaper.VARIABLE] = "/".join(filter(None, (os.environ.get(reaper.VARIABLE), run)))
    atexit.register(reaper.watch(run).communicate)
    signal.signal(signal.SIGTERM, _exit_on_signal)


def _exit_on_signal(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    main(sys.argv[1:])
