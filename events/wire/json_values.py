"""Reads values of unknown shape. Pure, and never raises: what is not as expected is as if it were not there."""

from collections.abc import Mapping

Data = Mapping[str, object]


def get_mapping(data: object, *path: str) -> Data:
    """The object at a path; an empty one where there is none."""
    found = _get_path(data, path)
    return found if isinstance(found, dict) else {}


def get_text(data: object, *path: str) -> str:
    # As `_get_path`, and nothing else is asked as often.
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def get_list(data: object, *path: str) -> list[object]:
    found = _get_path(data, path)
    return found if isinstance(found, list) else []


def get_number(data: object, *path: str) -> float | None:
    """A finite number that is not a boolean, which Python would count as one."""
    found = _get_path(data, path)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found if -1e15 < found < 1e15 else None


def get_flag(data: object, *path: str) -> bool:
    return _get_path(data, path) is True


def _get_path(data: object, path: tuple[str, ...]) -> object:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data
