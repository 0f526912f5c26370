"""The failure tracker: connects a failed command to the edits that fixed it. Pure."""

from dataclasses import dataclass, field

MAX_COMMANDS, MAX_FILES = 16, 12


@dataclass(slots=True)
class FailureTracker:
    """Failed commands that have not passed since.

    `by_command` maps a normalized command to [event number of its last failure, reason, files edited since]. All fields
    are JSON lists and dicts, as in `memory.rules.tool_calls`.
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
        """Returns a line for each command that failed since the last call and still fails."""
        still_failing, self.unreported = [name for name in self.unreported if name in self.by_command], []
        return [f"Still failing: `{name}`: {self.by_command[name][1]}" for name in still_failing]

    @staticmethod
    def _edited_files(entry: list[int | str | list[str]] | None) -> list[str]:
        return entry[2] if entry and isinstance(entry[2], list) else []


@dataclass(frozen=True, slots=True)
class Fix:
    """A fixed failure: its event number, its reason, and the files edited before the command passed."""

    failure_seq: int
    reason: str
    files: tuple[str, ...]
