"""Commands that failed and what was changed since, until one passes: from a failure to what fixed it. Pure."""

from dataclasses import dataclass, field

MOST, FILES = 16, 12


@dataclass(slots=True)
class Failing:
    """By the essence of the command: the number of the event of its last failure, why, and the files edited since.

    Lists and dicts are those of JSON, as in `memory.rules.tool_calls`.
    """

    by_command: dict[str, list[int | str | list[str]]] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)

    def failed(self, command: str, seq: int, why: str) -> None:
        edited = self._edited(self.by_command.pop(command, None))
        self.by_command[command] = [seq, why, edited]
        self.fresh = [*(name for name in self.fresh if name != command), command][-MOST:]
        while len(self.by_command) > MOST:
            del self.by_command[next(iter(self.by_command))]

    def edited(self, path: str) -> None:
        for entry in self.by_command.values():
            files = self._edited(entry)
            if path not in files and len(files) < FILES:
                entry[2] = [*files, path]

    def passed(self, command: str) -> "Fix | None":
        entry = self.by_command.pop(command, None)
        return Fix(int(str(entry[0])), str(entry[1]), tuple(self._edited(entry))) if entry else None

    def told(self) -> list[str]:
        """What failed since this was asked last, and fails still; a line each."""
        still, self.fresh = [name for name in self.fresh if name in self.by_command], []
        return [f"Still failing: `{name}`: {self.by_command[name][1]}" for name in still]

    @staticmethod
    def _edited(entry: list[int | str | list[str]] | None) -> list[str]:
        return entry[2] if entry and isinstance(entry[2], list) else []


@dataclass(frozen=True, slots=True)
class Fix:
    """The failure that is over, why it was, and the files that were edited in between."""

    failure: int
    why: str
    files: tuple[str, ...]
