"""Runs detect-secrets: JSON cases `[{"text", "file"}]` on stdin, a list of found values for each on stdout."""

import json
import sys
import tempfile
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

# Entropy does not prove a secret, and an IP address is none.
NOT_ASKED = {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}


def found_in(cases: list[dict[str, str]]) -> list[list[str]]:
    """Values for each case, in order; each case is scanned as a file of its name."""
    names = sorted({one.__name__ for one in get_mapping_from_secret_type_to_class().values()} - NOT_ASKED)
    with (
        tempfile.TemporaryDirectory() as folder,
        transient_settings({"plugins_used": [{"name": name} for name in names]}),
    ):
        return [_values(Path(folder) / case["file"], case["text"]) for case in cases]


def _values(file: Path, text: str) -> list[str]:
    file.write_text(text)
    return [one.secret_value or "" for one in scan_file(str(file))]


if __name__ == "__main__":
    json.dump(found_in(json.load(sys.stdin)), sys.stdout)
