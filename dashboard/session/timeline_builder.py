"""The state of reading a session's events: which uses of tools wait for their end, and who is at work. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.render.timeline_steps import Agent, Block, Compaction, Happened, Note, State, Turn, Use
from events.wire.json_values import Data, flag, mapping, number, text

AGENTS = ("Agent", "Task")  # the tool's name today, and what it was before
DEEPEST = 6  # agents within agents; those further down stand beside
ENDS = {"post_tool_use": State.DONE, "post_tool_failure": State.FAILED, "permission_denied": State.DENIED}
# By which fields of its input a use is the same again.
THINGS = ("file_path", "notebook_path", "command", "pattern", "url", "query")


@dataclass(slots=True)
class Reader:
    """Takes events in the order in which they happened. `started_by` names the use that started an agent."""

    turns: list[Turn]
    started_by: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)  # uses that an earlier stretch shows
    uses: dict[str, Use] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    compaction: Compaction | None = None

    def note(self, event: Happened, *, said: str = "") -> None:
        self._blocks_of(event).append(Note(event, said))

    def _blocks_of(self, event: Happened) -> list[Block]:
        """Where the blocks of this event's agent stand; those of none in the turn."""
        return self.agent(event).blocks if event.agent else self.turns[-1].blocks

    # Uses of tools.

    def use(self, event: Happened) -> None:
        """Either half of a use; the first that comes says where it stands."""
        key = use_id(event)
        if key in self.told:
            return
        use = self.uses.get(key) if key else None
        if use is None:
            use = self._begin(key or f"#{event.seq}", event)
        tell(use, event)

    def _begin(self, key: str, event: Happened) -> Use:
        use = _use(event)
        self._blocks_of(event).append(use)
        self.uses[key] = use
        return use

    def ask(self, event: Happened) -> None:
        """A permission dialog names no use: it is about the last one that waits with the same input."""
        name, given = text(event.data, "tool_name"), mapping(event.data, "tool_input")
        waiting = (use for use in reversed(self.uses.values()) if use.state == State.RUNNING and use.name == name)
        use = next((use for use in waiting if use.given == given), None)
        if use is None:
            self.note(event)
        else:
            use.asked = event.at
            use.seqs.append(event.seq)

    def complete(self, event: Happened) -> None:
        """Takes from an event of a later stretch what it says about what began in this one."""
        if use_id(event) in self.uses and event.hook in ENDS:
            tell(self.uses[use_id(event)], event)
        elif event.agent in self.agents and event.hook == "subagent_stop":
            self.end_agent(event)

    def give_up(self, agent: str) -> None:
        """The conversation went on without their results: they were interrupted or refused, and no hook tells."""
        for use in self.uses.values():
            if use.state == State.RUNNING and use.agent == agent:
                use.state = State.LOST

    # Subagents.

    def agent(self, event: Happened) -> Agent:
        """The agent of this event; a new one stands at the use that started it, else in the turn."""
        found = self.agents.get(event.agent)
        if found is None:
            use = self._starting(event)
            depth = self.agents[use.agent].depth + 1 if use and use.agent else 1
            found = self.agents[event.agent] = Agent(event.agent, event.seq, event.at, depth=depth)
            if use is None or use.child or depth > DEEPEST:
                found.depth = 1
                self.turns[-1].blocks.append(found)
            else:
                use.child = found
        found.type = found.type or text(event.data, "agent_type")
        return found

    def _starting(self, event: Happened) -> Use | None:
        """The use that started this agent: as its result says, else the first that could have."""
        if event.agent in self.started_by:
            return self.uses.get(self.started_by[event.agent])
        taken = set(self.started_by.values())
        free = (
            use
            for key, use in self.uses.items()
            if use.name in AGENTS and use.state == State.RUNNING and not use.child and key not in taken
        )
        type_ = text(event.data, "agent_type")
        return next((use for use in free if text(use.given, "subagent_type") in ("", type_)), None)

    def end_agent(self, event: Happened) -> None:
        agent = self.agent(event)
        agent.ended, agent.said = event.at, text(event.data, "last_assistant_message")
        self.give_up(agent.id)


def done(event: Happened) -> Use:
    """The use that this event ends, from what it says alone."""
    use = _use(event)
    tell(use, event)
    return use


def _use(event: Happened) -> Use:
    data = event.data
    given = mapping(data, "tool_input")
    return Use([event.seq], event.at, text(data, "tool_name"), given, event.folders, event.agent)


def use_id(event: Happened) -> str:
    return text(event.data, "tool_use_id")


def started_by(events: Iterable[Happened]) -> dict[str, str]:
    """Which use of a tool started which agent, as its result says."""
    of_agents = (event for event in events if text(event.data, "tool_name") in AGENTS)
    named = ((text(event.data, "tool_response", "agentId"), use_id(event)) for event in of_agents)
    return {agent: use for agent, use in named if agent and use}


def tell(use: Use, event: Happened) -> None:
    """What this event says about the use. A late beginning does not undo an end."""
    if event.seq not in use.seqs:
        use.seqs.append(event.seq)
    state = ENDS.get(event.hook)
    if state is None or use.state in (State.DONE, State.FAILED, State.INTERRUPTED):
        return
    data = event.data
    use.state = State.INTERRUPTED if flag(data, "is_interrupt") else state
    use.response, use.ended = data.get("tool_response"), event.at
    use.error = text(data, "error") or text(data, "reason")
    use.duration_ms = number(data, "duration_ms")
    use.given = use.given or mapping(data, "tool_input")


def link_mended(uses: Iterable[Use]) -> None:
    """Of each failure: the next success of the same tool on the same thing."""
    mended: dict[tuple[str, str], int] = {}
    for use in sorted(uses, key=lambda use: use.at, reverse=True):
        same = use.name, _thing(use.given)
        if use.failed:
            use.fixed_by = mended.get(same)
        elif use.state == State.DONE:
            mended[same] = use.seq


def _thing(given: Data) -> str:
    return next(filter(None, (text(given, name) for name in THINGS)), "")
