"""`script/host-versions events`: which version of Claude Code was the first to know each hook event.

Each version's program carries a list of the events it knows. Bisecting over the versions on npm finds where each came;
then the first version that has it and the last that has not are run with an entry for it beside a hook of the user's
own, which tells what becomes of that hook. Writes client/lib/host-events.json.
"""

import json
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from script.hosts.installs import installed, program, published
from script.hosts.probe import see

DATA = Path(__file__).resolve().parents[2] / "client" / "lib" / "host-events.json"
LIST = re.compile(rb'"PreToolUse","PostToolUse"(?:,"[A-Za-z]+")*\]')
UNKNOWN = "MadeUpForThisTest"
PROGRAMS = {"cli.js", "claude", "claude.exe"}
HANDLER = {"type": "command", "command": "true"}
TRIED: set[str] = set()


@cache
def events_of(version: str) -> frozenset[str]:
    """The hook events in the longest list that a version's program carries."""
    TRIED.add(version)
    with installed(version) as folder:
        files = [one for one in folder.rglob("*") if one.name in PROGRAMS and one.is_file() and not one.is_symlink()]
        lists = [found for file in files for found in LIST.findall(file.read_bytes())]
    return frozenset(json.loads(b"[" + max(lists, key=len)))


def names(event: str, version: str) -> bool:
    return event in events_of(version)


@cache
def takes(version: str, event: str) -> bool:
    """Whether the user's own hook still runs beside an entry for this event."""
    with installed(version) as folder:
        return see(program(folder), {"hooks": {event: [{"hooks": [HANDLER]}]}}).own_ran


def first(versions: list[str], holds: Callable[[str], bool]) -> int:
    """The index of the first version from which on `holds` is true; it must be true of the last one."""
    low, high = 0, len(versions) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(versions[middle]) else (middle + 1, high)
    return low


def main() -> None:
    versions = published()
    skips = first(versions, lambda version: takes(version, UNKNOWN))
    came = {event: first(versions, partial(names, event)) for event in sorted(events_of(versions[-1]))}
    for event, index in came.items():
        assert takes(versions[index], event), f"{versions[index]} refuses {event}, which it names"
        before = index - 1
        assert before < 0 or takes(versions[before], event) == (before >= skips), f"{versions[before]} and {event}"
        sys.stdout.write(f"{event}: {versions[index]}\n")
    table = {
        "skipsUnknown": versions[skips],
        "events": {
            event: versions[index] for event, index in sorted(came.items(), key=lambda pair: (pair[1], pair[0]))
        },
        "tried": [version for version in versions if version in TRIED],
    }
    DATA.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
