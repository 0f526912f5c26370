"""From events of one session to its derived rows. Pure: what was known and what is new in, what is known now out."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from events.wire.hook_event import Happening, in_order, line, whole
from events.wire.json_values import text
from memory.rules import token_usage
from memory.rules.half_hour_counts import Before, Tallies
from memory.rules.observations import Observation, observe
from memory.rules.session_fold import SHORT, Story
from memory.rules.token_usage import Spent
from memory.rules.tool_calls import OPEN
from memory.rules.turn_summary import Summary
from memory.values.host_markup import is_by_person

LONGEST_PROMPT = 16_384  # characters; the log has the rest


@dataclass(frozen=True, slots=True)
class Prompt:
    """The columns of `memory.models.Prompt` without its owner."""

    seq: int
    session_id: str
    at_us: int
    number: int
    by_person: bool
    text: str
    project: str = ""
    repo: str = ""


@dataclass(slots=True)
class Derivation:
    """What is derived of one session. `spent` is by message; prompts and what follows are what is new."""

    story: Story
    spent: dict[str, Spent] = field(default_factory=dict)
    prompts: list[Prompt] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)
    torn: bool = False
    # Tools that are not observed.
    skipped: frozenset[str] = frozenset()

    def take(self, happenings: Iterable[Happening]) -> None:
        """Takes these events in. One that comes too late leaves it torn, to be made anew from all of its events."""
        for happening in in_order(happenings):
            self.story.seen(happening)
            self.tallies.came(happening)
            if happening.hook == "usage":
                told = token_usage.read(happening)
                for before, after in token_usage.add(self.story, self.spent, [told] if told else []):
                    self.tallies.spent(before, after)
            elif self.torn or self.story.is_late(happening):
                self.torn = True
            else:
                self._tell(happening)

    def _tell(self, happening: Happening) -> None:
        uses, carry = self.story.carry.uses, self.story.carry
        before, begun_by = Before.of(self.story, happening), uses.begun(happening)
        self.story.tell(happening)
        self.tallies.told(before, happening, self.story)
        carry.turn.tasked(happening)
        if happening.hook == "prompt_submit":
            self._prompted(happening)
        elif happening.hook == "stop":
            self._keep(carry.turn.close(happening, carry.failing))
        elif is_compaction(happening):
            self._keep(carry.turn.compact(happening))
        elif not before.is_over and self._is_told(happening):
            self._observe(happening, begun_by)

    def _prompted(self, happening: Happening) -> None:
        prompt = self._prompt(happening)
        self.prompts.append(prompt)
        if prompt.by_person:
            self.story.carry.turn.asked(prompt.text)

    def _is_told(self, happening: Happening) -> bool:
        """Subagents report to the tool that began them, but for those that go on by themselves."""
        background = self.story.carry.background
        if happening.hook == "subagent_stop":
            return line(happening.agent, SHORT) in background
        launched = text(happening.data, "tool_response", "agentId")
        if launched and text(happening.data, "tool_response", "status") == "async_launched":
            self.story.carry.background = [*background, line(launched, SHORT)][-OPEN:]
        return text(happening.data, "tool_name") not in self.skipped

    def _observe(self, happening: Happening, begun_by: int | None) -> None:
        seen = observe(happening, self.story.carry.failing, (self.story.project,))
        if seen:
            self.story.carry.turn.observed(seen)
            self.observations.append(replace(seen, begun=begun_by, project=self.story.project, repo=self.story.repo))

    def _keep(self, summary: Summary | None) -> None:
        if summary:
            self.summaries.append(replace(summary, project=self.story.project, repo=self.story.repo))

    def _prompt(self, happening: Happening) -> Prompt:
        prompt = text(happening.data, "prompt") or text(happening.data, "text")
        said, by_person = whole(prompt, LONGEST_PROMPT), is_by_person(prompt)
        number = self.story.prompts if by_person else 0
        where = self.story.project, self.story.repo
        return Prompt(happening.seq, happening.session_id, happening.at_us, number, by_person, said, *where)


def is_compaction(happening: Happening) -> bool:
    """Compaction runs as a subagent without a type; a hook of its own tells the same."""
    if happening.hook == "subagent_stop":
        return "agent_type" in happening.data and not happening.data["agent_type"]
    return happening.hook == "post_compact"


def begun(happenings: Iterable[Happening], *, skipped: frozenset[str] = frozenset()) -> Derivation:
    """The derivation of a session of which nothing is known yet, with nothing taken in."""
    return Derivation(Story.begun(in_order(happenings)[0]), skipped=skipped)
