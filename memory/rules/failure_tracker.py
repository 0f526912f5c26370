"""Commands that failed and what was changed since, until one passes: from a failure to what fixed it. Pure."""

from dataclasses import dataclass, field

MAX_COMMANDS, MAX_FILES = 16, 12


@dataclass(slots=True)
class FailureTracker:
    """By the essence of the command: the number of the event of its last failure, why, and the files edited since.

    Lists and dicts are those of JSON, as in `memory.rules.tool_calls`.
    """

    by_command: dict[str, list[int | str | list[str]]] = field(default_factory=dict)
    unreported: list[str] = field(default_factory=list)

    def record_failure(self, command: str, seq: int, reason: str) -> None:
        edited_files = self._edited_files(self.by_command.pop(command, None))
        self.by_command[command] = [seq, reason, edited_files]
        self.unreported = [*(name for name in self.unreported if name != command), command][-MAX_COMMANDS:]
        while len(self.by_command) > MAX_COMMANDS:
            del self.by_command[next(iter(self.by_command))]

    def record_edit(self, path: str) -> None:
        for entry in self.by_command.values():
            files = self._edited_files(entry)
            if path not in files and len(files) < MAX_FILES:
                entry[2] = [*files, path]

    def record_success(self, command: str) -> "Fix | None":
        entry = self.by_command.pop(command, None)
        return Fix(int(str(entry[0])), str(entry[1]), tuple(self._edited_files(entry))) if entry else None

    def pop_unreported(self) -> list[str]:
        """What failed since this was asked last, and fails still; a line each."""
        still_failing, self.unreported = [name for name in self.unreported if name in self.by_command], []
        return [f"Still failing: `{name}`: {self.by_command[name][1]}" for name in still_failing]

    @staticmethod
    def _edited_files(entry: list[int | str | list[str]] | None) -> list[str]:
        return entry[2] if entry and isinstance(entry[2], list) else []


@dataclass(frozen=True, slots=True)
class Fix:
    """The failure that is over, why it was, and the files that were edited in between."""

    failure_seq: int
    reason: str
    files: tuple[str, ...]
