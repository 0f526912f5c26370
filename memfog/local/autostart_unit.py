"""Builds the file that starts Memfog when its owner signs in to the machine: a systemd user unit or a launchd agent."""

import plistlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from memfog import settings

# The program is `sh`: systemd expands escapes in the arguments of a program, but not in its path.
START_COMMAND = ("/bin/sh", str(settings.BASE_DIR / "script" / "run"), "--quiet")
UNIT_NAME = "memfog.service"
AGENT_LABEL = "com.memfog.server"


@dataclass(frozen=True, slots=True)
class AutostartEntry:
    """The file that starts Memfog, and the commands that enable and disable it."""

    file: Path
    text: str
    enable_commands: tuple[tuple[str, ...], ...]
    disable_commands: tuple[tuple[str, ...], ...]


def build_entry(uid: int) -> AutostartEntry:
    """Builds the entry for the system of this machine: launchd on macOS, otherwise systemd."""
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
    """Formats a systemd unit; quotes `command` and `environment` so that every character keeps its value."""
    environment_lines = "".join(f"Environment={_quote(f'{name}={value}')}\n" for name, value in environment.items())
    program, *arguments = command
    return f"""\
[Unit]
Description=Memfog: records Claude Code sessions on this machine
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
    """Formats a launchd agent. launchd has no journal, so errors go to the file `log`."""
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


# systemd unquotes C escapes, then expands its specifiers, then environment variables (only in the words of a command).
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "%": "%%"}


def _quote(word: str, *, dollar: str = "$") -> str:
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in word).replace("$", dollar) + '"'
