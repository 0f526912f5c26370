"""Uses of tools and subagents within a session, counted once each although two events tell of one. Pure.

Either of the two may be lost, and an event may be captured twice: what ended lately is remembered by its id.
"""

from dataclasses import dataclass, field

from events.wire.hook_event import Happening, line
from events.wire.json_values import text

OPEN, DONE, NAME = 64, 64, 128


@dataclass(slots=True)
class Uses:
    """Lists and dicts are those of JSON: a session is put away between two readings."""

    tools: int = 0
    failures: int = 0
    subagents: int = 0
    # By id: the tool's name, since when, in which subagent, and the number of the event that said so.
    open: dict[str, list[str | int]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)

    def counts(self) -> tuple[int, int, int]:
        return self.tools, self.failures, self.subagents

    def latest(self) -> tuple[str, int | None]:
        """The tool that is at work in the session itself, if none there in a subagent, and since when."""
        at_work = [use for use in self.open.values() if not use[2]] or list(self.open.values())
        return (str(at_work[-1][0]), int(at_work[-1][1])) if at_work else ("", None)

    def begin(self, happening: Happening) -> None:
        use = _id(happening)
        if use and use not in self.open and use not in self.done:
            self.tools += 1
            self.open[use] = [tool_name(happening), happening.at_us, line(happening.agent, NAME), happening.seq]
            if len(self.open) > OPEN:
                self._close(next(iter(self.open)))

    def end(self, happening: Happening, *, failed: bool) -> None:
        use = _id(happening)
        if use in self.done:
            return
        self.failures += failed
        self.tools += use not in self.open
        if use:
            self._close(use)

    def begun(self, happening: Happening) -> int | None:
        """The number of the event that began this use; None where it was not told."""
        use = self.open.get(_id(happening))
        return int(use[3]) if use else None

    def since(self, happening: Happening) -> int | None:
        """Since when this use has been at work; None where its beginning was not told, or it is over."""
        use = self.open.get(_id(happening))
        return int(use[1]) if use else None

    def is_over(self, happening: Happening) -> bool:
        """Whether the end of this use was told before."""
        return _id(happening) in self.done

    def agent_begins(self, agent: str) -> None:
        if line(agent, NAME) not in self.agents:
            self.subagents += 1
            self.agents = [*self.agents, line(agent, NAME)][-OPEN:]

    def agent_ends(self, agent: str) -> None:
        """Also where its beginning was not told."""
        self.agent_begins(agent)
        for use in [use for use, (_, _, inside, _) in self.open.items() if inside == line(agent, NAME)]:
            self._close(use)

    def turn_ends(self) -> None:
        """What the session itself had begun is over; subagents may go on in the background."""
        for use in [use for use, (_, _, inside, _) in self.open.items() if not inside]:
            self._close(use)

    def all_end(self) -> None:
        for use in list(self.open):
            self._close(use)

    def _close(self, use: str) -> None:
        self.open.pop(use, None)
        self.done = [*self.done, use][-DONE:]


def _id(happening: Happening) -> str:
    return line(text(happening.data, "tool_use_id"), NAME)


def tool_name(happening: Happening) -> str:
    return line(text(happening.data, "tool_name"), NAME) or "tool"
