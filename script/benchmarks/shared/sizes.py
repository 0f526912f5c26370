"""Chooses the size of a benchmark: full or smoke, with optional numbers from the command line."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol


class Benchmark(Protocol):
    """The module of a benchmark. Its sizes share a dataclass, whose fields the command line sets in order."""

    FULL: Any
    SMOKE: Any

    def main(self, size: Any) -> None: ...


def choose_size(benchmark: Benchmark, numbers: Sequence[int | Path], *, smoke: bool) -> Any:
    """Returns the size. Raises ValueError for more values than the size has fields, and for a wrong value."""
    size = benchmark.SMOKE if smoke else benchmark.FULL
    names = [field.name for field in dataclasses.fields(size)]
    if len(numbers) > len(names):
        raise ValueError(f"takes at most {len(names)} numbers: {', '.join(names)}")
    for name, value in zip(names, numbers, strict=False):
        takes_path = isinstance(getattr(size, name), Path)
        if takes_path != isinstance(value, Path):
            raise ValueError(f"takes a {'path' if takes_path else 'number'} as {name}")
    if any(isinstance(number, int) and number < 1 for number in numbers):
        raise ValueError("a number must be at least 1")
    return dataclasses.replace(size, **dict(zip(names, numbers, strict=False)))
