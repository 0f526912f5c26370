"""What the latest sessions of a location used of the context and the first hints that they were given."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from events.isolation.row_security import acting_for_user
from events.store import log
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_number
from memory.context.command_groups import find_key
from memory.context.file_groups import find_path, shorten_path
from memory.context.project_memory import Act
from memory.context.session_ranks import extract_command
from memory.models import HalfHourCount, Observation, Session, SessionEvent
from memory.rules import half_hour_counts, shell_commands
from memory.values.location import Location

USES_LIMIT, SESSIONS_LIMIT = 3, 12  # sessions that are shown, and newest sessions among which they are looked for
FIRST_EVENTS, MAX_FIRST_CHARS = 40, 1_000_000  # of a session, in which its context is looked for
ACTS_LIMIT = 3_000
MAX_ID = 2**63 - 1
ACT_COLUMNS = ("seq", "session_id", "at_us", "type", "title", "outcome", "agent", "files_modified")


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A file or a command that a context named, and whether the session used it afterwards."""

    name: str
    is_command: bool
    is_used: bool


@dataclass(frozen=True, slots=True)
class ContextUse:
    """What one session was given: its size in tokens, what it named, and how many of its entries name nothing."""

    session_id: str
    at_us: int
    tokens: int
    named: Sequence[NamedThing]
    other_entries: int

    @property
    def used_count(self) -> int:
        return sum(one.is_used for one in self.named)


@acting_for_user
def load_context_uses(user_id: UUID, location: Location) -> list[ContextUse]:
    """Loads the uses of the latest contexts, newest first. `location` must be resolved."""
    rows = Session.objects.for_user(user_id).in_project(location.names).filter(automated=False).newest_first()
    latest = list(rows.only("user", "session_id", "started_us")[:SESSIONS_LIMIT])
    given = _find_given(user_id, [row.session_id for row in latest])
    found = (_load_use(user_id, row) for row in latest if row.session_id in given)
    uses: list[ContextUse] = []
    for use in filter(None, found):
        uses.append(use)
        if len(uses) == USES_LIMIT:
            break
    return uses


def _find_given(user_id: UUID, session_ids: Sequence[str]) -> set[str]:
    """Finds the sessions that were given a context, by their counts, which are read without their events."""
    rows = HalfHourCount.objects.for_user(user_id).filter(session_id__in=session_ids, kind=half_hour_counts.CONTEXT)
    return set(rows.values_list("session_id", flat=True))


def _load_use(user_id: UUID, session: Session) -> ContextUse | None:
    given = list(_iter_contexts(user_id, session.session_id))
    ids = list(dict.fromkeys(id_ for one in given for id_ in _read_ids(one)))
    if not ids:
        return None
    used = {_find_thing(act) for act in _load_acts(user_id, session_id=session.session_id)}
    things = dict.fromkeys(thing for act in _load_acts(user_id, seq__in=ids) if (thing := _find_thing(act)))
    named = [NamedThing(_show(thing), thing[0], thing in used) for thing in things]
    tokens = sum(max(0, int(get_number(one.data, "tokens") or 0)) for one in given)
    return ContextUse(session.session_id, session.started_us, tokens, named, max(0, len(ids) - len(named)))


def _iter_contexts(user_id: UUID, session_id: str) -> Iterator[HookEvent]:
    """Yields the events of the contexts among the first events of a session."""
    rows = SessionEvent.objects.for_user(user_id).filter(session_id=session_id).in_order()
    records = log.load_bounded(
        user_id, list(rows.values_list("seq", flat=True)[:FIRST_EVENTS]), max_chars=MAX_FIRST_CHARS
    ).records
    for record in records.values():
        hook_event = HookEvent.skim(record.seq, record.text, record.received_us)
        if hook_event.kind == "ContextInjected":
            yield hook_event


def _read_ids(given: HookEvent) -> list[int]:
    items = given.data.get("items")
    ids = [one.get("id") for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    return [id_ for id_ in ids if isinstance(id_, int) and not isinstance(id_, bool) and 0 < id_ <= MAX_ID][:500]


def _load_acts(user_id: UUID, **conditions: object) -> Iterable[Act]:
    rows = Observation.objects.for_user(user_id).filter(**conditions).order_by("-at_us", "-seq")
    return [Act(*values) for values in rows.values_list(*ACT_COLUMNS)[:ACTS_LIMIT]]


def _find_thing(act: Act) -> tuple[bool, tuple[str, ...]] | None:
    """Returns the subject of an act as (whether it is a command, its words or the file); None if it has neither."""
    if path := find_path(act):
        return False, (path,)
    command = shell_commands.find_main_part(extract_command(act.title)) if "`" in act.title else ""
    return (True, tuple(find_key(command))) if command and act.type in ("command", "fix", "failure") else None


def _show(thing: tuple[bool, tuple[str, ...]]) -> str:
    is_command, words = thing
    return " ".join(words) if is_command else shorten_path(words[0])
