"""Reads values from data of unknown form. Pure, and never raises: an unexpected value counts as missing."""

from collections.abc import Mapping

Data = Mapping[str, object]


def get_mapping(data: object, *path: str) -> Data:
    """Returns the object at a path, or an empty object."""
    found = _get_path(data, path)
    return found if isinstance(found, dict) else {}


def get_text(data: object, *path: str) -> str:
    # The loop of `_get_path` inline, because this is the most frequent call.
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def get_list(data: object, *path: str) -> list[object]:
    found = _get_path(data, path)
    return found if isinstance(found, list) else []


def get_number(data: object, *path: str) -> float | None:
    """Returns the number between -1e15 and 1e15 at a path, or None. A boolean is not a number here."""
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
