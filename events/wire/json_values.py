"""Reads values of unknown shape. Pure, and never raises: what is not as expected is as if it were not there."""

from collections.abc import Mapping

Data = Mapping[str, object]


def mapping(data: object, *path: str) -> Data:
    """The object at a path; an empty one where there is none."""
    found = _at(data, path)
    return found if isinstance(found, dict) else {}


def text(data: object, *path: str) -> str:
    # As `_at`, and nothing else is asked as often.
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def items(data: object, *path: str) -> list[object]:
    found = _at(data, path)
    return found if isinstance(found, list) else []


def number(data: object, *path: str) -> float | None:
    """A finite number that is not a boolean, which Python would count as one."""
    found = _at(data, path)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found if -1e15 < found < 1e15 else None


def flag(data: object, *path: str) -> bool:
    return _at(data, path) is True


def _at(data: object, path: tuple[str, ...]) -> object:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data
