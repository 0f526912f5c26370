"""A process keeps no folder names of a megabyte, which payloads may have."""

import tracemalloc

from events.wire.folder_names import folder_key
from memory.rules.changes.repository_folders import relate_folder


def test_long_names_are_not_kept() -> None:
    tracemalloc.start()
    try:
        for number in range(30):
            name = f"/work/{number}/" + "x" * 1_000_000
            assert folder_key(name) == name
            assert relate_folder(f"{name}/y", name) == "y"
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 5_000_000
