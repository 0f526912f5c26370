"""JavaScript has the same maximum width as Python. Biome wraps code, but not strings, patterns and comments."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("client", "static/js", "script", "tests")
SUFFIXES = {".js", ".cjs", ".mjs"}


def _sources() -> list[Path]:
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES)
    return [path for path in paths if "node_modules" not in path.parts]


def test_no_line_is_longer_than_the_formatter_allows() -> None:
    width = json.loads((ROOT / "biome.json").read_text())["formatter"]["lineWidth"]
    sources = _sources()
    assert len(sources) > 200
    assert [
        f"{path.relative_to(ROOT)}:{number}: {len(line)} characters"
        for path in sources
        for number, line in enumerate(path.read_text().split("\n"), 1)
        if len(line) > width
    ] == []
