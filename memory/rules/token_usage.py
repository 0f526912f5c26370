"""What messages of the model used, from `Usage` events. Pure. Their order does not matter: of each message the most
that was told counts, so that they may come late, twice, or grow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from events.wire.hook_event import Happening, line
from events.wire.json_values import number, text
from memory.rules.session_fold import SHORT, Story
from memory.values import model_prices

TOKENS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
MOST = 10**12
LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class Spent:
    """What one message used; the columns of `memory.models.Usage` without its owner."""

    session_id: str
    message_id: str
    at_us: int
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    @property
    def cost(self) -> int:
        return model_prices.microdollars(
            self.model,
            input_=self.input_tokens,
            output=self.output_tokens,
            cache_creation=self.cache_creation_input_tokens,
            cache_read=self.cache_read_input_tokens,
        )


def read(happening: Happening) -> Spent | None:
    message_id = line(text(happening.data, "message_id"), LONGEST_ID)
    if not message_id:
        return None
    counts = {name: _count(number(happening.data, name)) for name in TOKENS}
    model = line(text(happening.data, "model"), SHORT)
    return Spent(happening.session_id, message_id, happening.at_us, model, **counts)


def _count(told: float | None) -> int:
    return 0 if told is None else max(0, min(int(told), MOST))


def most(one: Spent, other: Spent) -> Spent:
    """The two as one: the larger of each count. Which comes first makes no difference."""
    counts = {name: max(getattr(one, name), getattr(other, name)) for name in TOKENS}
    return replace(one, at_us=max(one.at_us, other.at_us), model=max(one.model, other.model), **counts)


def add(story: Story, known: dict[str, Spent], told: Iterable[Spent]) -> list[tuple[Spent | None, Spent]]:
    """Adds to the story what is new in what was told, and to what is known of messages; how it was, and how it is."""
    changed: list[tuple[Spent | None, Spent]] = []
    for spent in told:
        before = known.get(spent.message_id)
        after = most(before, spent) if before else spent
        known[spent.message_id] = after
        for name in TOKENS:
            setattr(story, name, getattr(story, name) + getattr(after, name) - (getattr(before, name) if before else 0))
        story.cost_microdollars += after.cost - (before.cost if before else 0)
        story.names_model(after.model, after.at_us)
        changed.append((before, after))
    return changed
