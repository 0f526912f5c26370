"""What starts Memfog when its owner signs in to their machine: a user unit of systemd, or an agent of launchd."""

import plistlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from memfog import settings

# `sh` in front: systemd takes no variable escapes in the path of a program, and does in its arguments.
START = ("/bin/sh", str(settings.BASE_DIR / "script" / "run"), "--quiet")
NAME = "memfog.service"
LABEL = "com.memfog.server"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, and the commands that make it count, or count no more."""

    file: Path
    text: str
    on: tuple[tuple[str, ...], ...]
    off: tuple[tuple[str, ...], ...]


def entry(uid: int) -> Entry:
    """For this kind of machine."""
    return _of_launchd(uid) if sys.platform == "darwin" else _of_systemd()


def _of_systemd() -> Entry:
    manager = ("systemctl", "--user")
    return Entry(
        platformdirs.user_config_path("systemd") / "user" / NAME,
        unit(START, settings.TOLD),
        on=((*manager, "daemon-reload"), (*manager, "enable", "--now", NAME)),
        off=((*manager, "disable", "--now", NAME),),
    )


def _of_launchd(uid: int) -> Entry:
    file = Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    return Entry(
        file,
        plist(START, settings.TOLD, settings.DATA_DIR / "server.log"),
        on=(("launchctl", "bootstrap", f"gui/{uid}", str(file)),),
        off=(("launchctl", "bootout", f"gui/{uid}/{LABEL}"),),
    )


def unit(command: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """A unit of systemd; what it says of `command` and `environment` is what they are, whatever stands in them."""
    told = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in environment.items())
    program, *words = command
    return f"""\
[Unit]
Description=Memfog: what Claude Code did, kept on this machine
Documentation={settings.PUBLIC_URL}/docs

[Service]
Type=exec
ExecStart={program} {" ".join(_quoted(word, dollar="$$") for word in words)}
{told}Restart=on-failure
RestartSec=10

[Install]
WantedBy=default.target
"""


def plist(command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> str:
    """An agent of launchd. It has no journal, hence the file."""
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "EnvironmentVariables": dict(environment),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "StandardErrorPath": str(log),
    }
    return plistlib.dumps(agent, sort_keys=False).decode()


# systemd unquotes C's escapes, then puts its specifiers in, then the environment (in a command's words only).
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "%": "%%"}


def _quoted(word: str, *, dollar: str = "$") -> str:
    return '"' + "".join(_ESCAPED.get(letter, letter) for letter in word).replace("$", dollar) + '"'
