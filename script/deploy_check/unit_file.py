"""Reads unit files of systemd: the parts that say which command runs, as whom, where and with what."""

import re
import shlex
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

UNIT_FOLDERS = ("etc/systemd/system", "lib/systemd/system")


@dataclass(frozen=True)
class UnitFile:
    """The `[Service]` section of a unit and of its drop-ins (`[Socket]` of a socket): each name with its values."""

    name: str
    values: dict[str, list[str]]

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, [default])[-1]

    def is_on(self, name: str) -> bool:
        return self.get(name).lower() in ("yes", "true", "1", "on")

    def commands(self, name: str) -> list[tuple[list[str], bool]]:
        """Returns the commands under a name, each with whether it may fail (a `-` before it)."""
        return [(_split(value), value.startswith("-")) for value in self.values.get(name, [])]


def load_unit(root: Path, name: str) -> UnitFile:
    """Loads a unit by its name without `.service`, a socket by its whole name. Raises FileNotFoundError."""
    template = re.sub(r"@.+", "@", name)
    section, file = ("Socket", template) if name.endswith(".socket") else ("Service", f"{template}.service")
    paths = [path for folder in UNIT_FOLDERS if (path := root / folder / file).exists()]
    if not paths:
        raise FileNotFoundError(f"there is no unit {name}")
    values = defaultdict[str, list[str]](list)
    for path in (paths[0], *sorted((root / UNIT_FOLDERS[0] / f"{file}.d").glob("*.conf"))):
        for key, value in _read_section(path.read_text(), section):
            values[key].append(_expand(value, name))
    return UnitFile(name, dict(values))


def _split(command: str) -> list[str]:
    return [word.replace("$$", "$") for word in shlex.split(command.lstrip("-"))]


def _read_section(text: str, name: str) -> list[tuple[str, str]]:
    _, _, section = f"\n{text}".replace("\\\n", " ").partition(f"\n[{name}]\n")
    lines = re.split(r"^\[", section, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    pairs = [line.partition("=") for line in lines if "=" in line and line[0] not in "#;"]
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def _expand(value: str, name: str) -> str:
    instance = name.partition("@")[2]
    return value.replace("%i", instance).replace("%I", instance.replace("-", "/"))
