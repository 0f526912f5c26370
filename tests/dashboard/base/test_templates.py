"""No template contains anything that the content security policy would block."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
MAX_LINE_CHARS = 140
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.html")) if "mail" not in path.parts]
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "another host": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
    "a javascript: link": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+off|mark_safe"),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_nothing_inline(path: Path) -> None:
    text = path.read_text()
    assert not [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


def test_lines_of_templates_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > MAX_LINE_CHARS
    ]
    assert long == []


def test_static_files_load_nothing_from_other_hosts() -> None:
    for path in sorted((ROOT / "static").rglob("*")):
        if path.suffix in {".css", ".js", ".svg"}:
            text = path.read_text().replace("http://www.w3.org/2000/svg", "")
            assert "//" not in re.sub(r"(^|\s)//.*", "", text, flags=re.MULTILINE), path


def test_no_file_of_the_browser_is_large() -> None:
    # Icons of an installed app are no part of a page.
    found = (path for path in (ROOT / "static").rglob("*") if path.is_file() and path.suffix != ".png")
    files = {path.name: path.read_bytes() for path in found}
    assert [name for name, content in files.items() if len(content) > 12_000] == []
    # The files of all pages together, compressed as they are sent.
    assert sum(len(gzip.compress(content)) for content in files.values()) < 78_000
