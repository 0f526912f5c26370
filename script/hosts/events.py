"""`script/host-versions events`: finds the first Claude Code version with each hook event.

Each program contains the list of its events, so a bisection over the versions on npm finds the first version. Then the
first version with the event and the last without it run with an entry for the event beside a user's hook, which shows
whether that hook still runs. Writes client/lib/hosts/host-events.json.
"""

import json
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from script.hosts.installs import install, list_versions, program_path
from script.hosts.probe import probe_settings

TABLE_PATH = Path(__file__).resolve().parents[2] / "client" / "lib" / "hosts" / "host-events.json"
EVENT_LIST_PATTERN = re.compile(rb'"PreToolUse","PostToolUse"(?:,"[A-Za-z]+")*\]')
UNKNOWN_EVENT = "MadeUpForThisTest"
PROGRAM_NAMES = {"cli.js", "claude", "claude.exe"}
HANDLER = {"type": "command", "command": "true"}
TRIED_VERSIONS: set[str] = set()


@cache
def list_events(version: str) -> frozenset[str]:
    """Returns the hook events of a version: the longest list in its program."""
    TRIED_VERSIONS.add(version)
    with install(version) as folder:
        files = [
            one for one in folder.rglob("*") if one.name in PROGRAM_NAMES and one.is_file() and not one.is_symlink()
        ]
        lists = [found for file in files for found in EVENT_LIST_PATTERN.findall(file.read_bytes())]
    return frozenset(json.loads(b"[" + max(lists, key=len)))


def knows_event(event: str, version: str) -> bool:
    return event in list_events(version)


@cache
def accepts_event(version: str, event: str) -> bool:
    """Whether the user's hook still runs beside an entry for this event."""
    with install(version) as folder:
        return probe_settings(program_path(folder), {"hooks": {event: [{"hooks": [HANDLER]}]}}).own_hook_ran


def find_first(versions: list[str], predicate: Callable[[str], bool]) -> int:
    """Returns the index of the first version for which `predicate` is true; it must be true for all later versions."""
    low, high = 0, len(versions) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if predicate(versions[middle]) else (middle + 1, high)
    return low


def main() -> None:
    versions = list_versions()
    first_skipping = find_first(versions, lambda version: accepts_event(version, UNKNOWN_EVENT))
    first_index = {
        event: find_first(versions, partial(knows_event, event)) for event in sorted(list_events(versions[-1]))
    }
    for event, index in first_index.items():
        assert accepts_event(versions[index], event), f"{versions[index]} refuses {event}, which it names"
        previous = index - 1
        assert previous < 0 or accepts_event(versions[previous], event) == (previous >= first_skipping), (
            f"{versions[previous]} and {event}"
        )
        sys.stdout.write(f"{event}: {versions[index]}\n")
    table = {
        "skipsUnknown": versions[first_skipping],
        "events": {
            event: versions[index] for event, index in sorted(first_index.items(), key=lambda pair: (pair[1], pair[0]))
        },
        "tried": [version for version in versions if version in TRIED_VERSIONS],
    }
    TABLE_PATH.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
