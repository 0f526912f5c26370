"""What starts Memfog when its owner signs in to their machine: a user unit of systemd, or an agent of launchd."""

import plistlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from memfog import settings

# `sh` in front: systemd takes no variable escapes in the path of a program, and does in its arguments.
START_COMMAND = ("/bin/sh", str(settings.BASE_DIR / "script" / "run"), "--quiet")
UNIT_NAME = "memfog.service"
AGENT_LABEL = "com.memfog.server"


@dataclass(frozen=True, slots=True)
class AutostartEntry:
    """A file, and the commands that make it count, or count no more."""

    file: Path
    text: str
    enable_commands: tuple[tuple[str, ...], ...]
    disable_commands: tuple[tuple[str, ...], ...]


def build_entry(uid: int) -> AutostartEntry:
    """For this kind of machine."""
    return _build_launchd_entry(uid) if sys.platform == "darwin" else _build_systemd_entry()


def _build_systemd_entry() -> AutostartEntry:
    manager = ("systemctl", "--user")
    return AutostartEntry(
        platformdirs.user_config_path("systemd") / "user" / UNIT_NAME,
        format_unit(START_COMMAND, settings.START_ENVIRONMENT),
        enable_commands=((*manager, "daemon-reload"), (*manager, "enable", "--now", UNIT_NAME)),
        disable_commands=((*manager, "disable", "--now", UNIT_NAME),),
    )


def _build_launchd_entry(uid: int) -> AutostartEntry:
    file = Path.home() / "Library" / "LaunchAgents" / f"{AGENT_LABEL}.plist"
    return AutostartEntry(
        file,
        format_plist(START_COMMAND, settings.START_ENVIRONMENT, settings.DATA_DIR / "server.log"),
        enable_commands=(("launchctl", "bootstrap", f"gui/{uid}", str(file)),),
        disable_commands=(("launchctl", "bootout", f"gui/{uid}/{AGENT_LABEL}"),),
    )


def format_unit(command: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """A unit of systemd; what it says of `command` and `environment` is what they are, whatever stands in them."""
    environment_lines = "".join(f"Environment={_quote(f'{name}={value}')}\n" for name, value in environment.items())
    program, *arguments = command
    return f"""\
[Unit]
Description=Memfog: what Claude Code did, kept on this machine
Documentation={settings.PUBLIC_URL}/docs

[Service]
Type=exec
ExecStart={program} {" ".join(_quote(word, dollar="$$") for word in arguments)}
{environment_lines}Restart=on-failure
RestartSec=10

[Install]
WantedBy=default.target
"""


def format_plist(command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> str:
    """An agent of launchd. It has no journal, hence the file."""
    agent = {
        "Label": AGENT_LABEL,
        "ProgramArguments": list(command),
        "EnvironmentVariables": dict(environment),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "StandardErrorPath": str(log),
    }
    return plistlib.dumps(agent, sort_keys=False).decode()


# systemd unquotes C's escapes, then puts its specifiers in, then the environment (in a command's words only).
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "%": "%%"}


def _quote(word: str, *, dollar: str = "$") -> str:
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in word).replace("$", dollar) + '"'
