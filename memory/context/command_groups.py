"""Groups the commands of a project: what is run here, how often it worked, and what repeated attempts led to. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from memory.context.project_memory import Act
from memory.context.session_ranks import extract_command, weigh_age
from memory.rules import shell_commands

MAX_COMMAND_CHARS, MAX_SHORT_CHARS, MAX_REASON_CHARS = 64, 40, 60
MAX_GATHERED = 4  # plain commands in a line
# Second words after which the third word says what is run.
_RUNNERS = frozenset(("run", "-m", "exec", "compose", "tool", "--"))
# Programs that prepare something: they recur in all projects.
_UTILITIES = frozenset("mkdir rm cp mv chmod touch for while if ln tar unzip curl wget".split())  # noqa: SIM905
ROLE_WORTH = {"Tests": 6.0, "Build": 4.5, "Linter": 4.5, "Server": 3.5}


@dataclass(slots=True)
class CommandGroup:
    """Runs of a command. `shown` is its newest run that worked, else its newest; `ranks` are those of its sessions."""

    role: str
    shown: Act
    command: str
    ranks: set[int] = field(default_factory=set)
    worked: int = 0
    failed: int = 0
    newest_failed: bool = False
    failures_before: int = 0  # failures directly before the newest run that worked
    reason: str = ""
    fixed_files: str = ""
    other_command: str = ""

    def add(self, act: Act, command: str, rank: int) -> None:
        """Adds a run that is older than those before."""
        is_failure = act.type == "failure"
        if not self.worked and not self.failed:
            self.newest_failed = is_failure
        if is_failure:
            self.failed += 1
            self.failures_before += self.worked == 1
            self.reason = self.reason or act.outcome
        else:
            self.worked += 1
            if self.worked == 1:
                self.shown, self.command = act, command
                self.fixed_files = ", ".join(act.files_modified.splitlines()[:3]) if act.type == "fix" else ""
        self.ranks.add(rank)

    @property
    def title(self) -> str:
        quoted = f"`{self.command[:MAX_COMMAND_CHARS]}{'…' * (len(self.command) > MAX_COMMAND_CHARS)}`"
        runs, reason = self.worked + self.failed, f": {self.reason[:MAX_REASON_CHARS]}" if self.reason else ""
        if not self.worked:
            after = f"; then `{self.other_command}` worked" if self.other_command else ""
            return f"{quoted} failed {_times(self.failed)}{reason}{after}"
        if self.newest_failed:
            return f"{quoted} failed last{reason}; worked {_times(self.worked)} before"
        named = f"{self.role}: {quoted} worked" if self.role else f"Ran {quoted}"
        count = f" {self.worked} of {runs} times" if self.failed else f" {_times(self.worked)}" if runs > 1 else ""
        return named + count + self._describe_fix()

    def _describe_fix(self) -> str:
        fix = f"worked after editing {self.fixed_files}" if self.fixed_files else ""
        if self.failures_before > 1:
            return f"; failed {_times(self.failures_before)}, then {fix or 'worked'}"
        return f"; last {fix}" if fix else ""

    @property
    def short_title(self) -> str:
        """The first words of the command, to stand beside other commands."""
        runs = self.worked + self.failed
        return f"`{' '.join(find_key(self.command))[:MAX_SHORT_CHARS]}`{f' {_times(runs)}' if runs > 1 else ''}"

    @property
    def is_plain(self) -> bool:
        """Whether only the run itself is known, so that one line may name several such commands."""
        return bool(self.worked) and not self.role and not self.has_lesson

    @property
    def has_lesson(self) -> bool:
        """Whether a failure, or what fixed it, can be learned from these runs."""
        return self.newest_failed or bool(self.fixed_files) or self.failures_before > 1

    @property
    def worth(self) -> float:
        age = weigh_age(min(self.ranks))
        if not self.worked or self.newest_failed:
            return age * (2.2 if self.failed > 1 or self.worked else 0.8)
        is_utility = self.command.split(maxsplit=1)[0] in _UTILITIES
        plain = 0.75 + 0.15 * min(self.worked, 6) + 1.5 * bool(self.fixed_files or self.failures_before > 1)
        recurs = sum(weigh_age(rank) for rank in self.ranks) - age
        return age * ROLE_WORTH.get(self.role, plain) + recurs * (0.5 if is_utility else 1.0)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def group_commands(acts: Sequence[Act], ranks: Mapping[str, int]) -> list[CommandGroup]:
    """Groups the runs of commands by program and what it does; acts are newest first. Leaves out mere looks."""
    groups: dict[tuple[str, ...], CommandGroup] = {}
    for act in acts:
        if act.type not in ("command", "fix", "failure") or act.agent or act.session_id not in ranks:
            continue
        if command := shell_commands.find_main_part(extract_command(act.title)):
            role = shell_commands.find_role(command)
            key = (role, *find_key(command))
            groups.setdefault(key, CommandGroup(role, act, command)).add(act, command, ranks[act.session_id])
    failing = [group for group in groups.values() if not group.worked and group.failed > 1]
    for group in failing:
        group.other_command = _find_other_command(group, groups.values())
    return list(groups.values())


def gather_commands(groups: Iterable[CommandGroup]) -> list[list[CommandGroup]]:
    """Gathers plain commands, up to `MAX_GATHERED` in a line: those of one program, then those that are left alone."""
    ordered = sorted(groups, key=lambda group: -group.worth)
    lines = _gather([group for group in ordered if group.is_plain], lambda group: find_key(group.command)[0])
    alone = _gather([line[0] for line in lines if len(line) == 1], lambda group: "")
    return [*([group] for group in ordered if not group.is_plain), *(line for line in lines if len(line) > 1), *alone]


def _gather(ordered: Iterable[CommandGroup], name_line: Callable[[CommandGroup], str]) -> list[list[CommandGroup]]:
    """Puts commands with the same name of their line together; a full line is followed by another one."""
    lines: list[list[CommandGroup]] = []
    open_lines: dict[str, list[CommandGroup]] = {}
    for group in ordered:
        name = name_line(group)
        if len(open_lines.get(name, ())) in (0, MAX_GATHERED):
            open_lines[name] = []
            lines.append(open_lines[name])
        open_lines[name].append(group)
    return lines


def find_key(command: str) -> list[str]:
    """Returns the program and what it does: the runs of a command have these words in common."""
    words = shell_commands.list_words(command)[:3]
    return words[:3] if len(words) > 1 and words[1] in _RUNNERS else words[:2]


def _find_other_command(group: CommandGroup, groups: Iterable[CommandGroup]) -> str:
    """Finds a command of the same program and session that worked after the last failure."""
    program = group.command.split(maxsplit=1)[0]
    later = [
        one
        for one in groups
        if one.worked
        and one.shown.session_id == group.shown.session_id
        and one.shown.at_us > group.shown.at_us
        and one.command.startswith(f"{program} ")
    ]
    return min(later, key=lambda one: one.shown.at_us).command[:MAX_COMMAND_CHARS] if later else ""
