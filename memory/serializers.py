"""Response serializers of the memory API: classes for the API reference, and functions that build the responses."""

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from events.wire.timestamps import format_rfc3339
from memory.context.hint_index import Hint
from memory.context.quoting import blank_hidden
from memory.search.query_parser import ENTRY_TYPES
from memory.search.search_hits import MemoryEntry
from memory.search.search_hits import SearchHit as SearchHit
from memory.sessions.session_queries import SessionInfo
from memory.values import session_states

ENTRY_TYPES_HELP = f"`{'`, `'.join(ENTRY_TYPES[:-1])}` or `{ENTRY_TYPES[-1]}`."
# The range of Python's `datetime`; a captured time may be outside.
MIN_DATETIME_US, MAX_DATETIME_US = -62_135_596_800_000_000, 253_402_300_799_999_999


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The id that Claude Code gives the session.")
    title = serializers.CharField(help_text="The title that the user chose, else the first prompt.")
    starred = serializers.BooleanField()
    project = serializers.CharField(help_text="The folder where the session was started.")
    repo = serializers.CharField(
        help_text="The git remote; empty if unknown. The same applies to the next four members."
    )
    branch = serializers.CharField()
    machine = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]  # what DRF has by that name is an attribute of fields
        help_text="`startup`, `resume`, `clear` or `fork`."
    )
    model = serializers.CharField()
    state = serializers.ChoiceField(
        session_states.ALL,
        help_text="`stale`: no event for so long that the last state is unreliable. `idle`: nothing happened "
        "since the session started.",
    )
    reason = serializers.CharField(
        help_text="Why the session waits (`turn_done`, `needs_input`, `needs_permission`, `interrupted`), "
        "works on after its turn (`background`), failed or ended (`process_gone`: without a word)."
    )
    message = serializers.CharField(help_text="The first line of the message for this state.")
    state_since = serializers.DateTimeField()
    automated = serializers.BooleanField(help_text="Whether a program runs the session, and no person took part in it.")
    started_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    tool = serializers.CharField(help_text="The running tool; empty if none.")
    tool_since = serializers.DateTimeField(allow_null=True)
    last_prompt = serializers.CharField(
        help_text="The first line of the last prompt; empty if the user had it forgotten."
    )
    prompts = serializers.IntegerField(help_text="Number of prompts by a person.")
    tools = serializers.IntegerField(help_text="Number of tool calls, including those of subagents.")
    failures = serializers.IntegerField()
    subagents = serializers.IntegerField()
    compactions = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cache_creation_input_tokens = serializers.IntegerField()
    cache_read_input_tokens = serializers.IntegerField()
    cost_usd = serializers.FloatField(
        allow_null=True, help_text="Estimated from list prices, without answers that have none; null if all have none."
    )
    unpriced_answers = serializers.IntegerField(help_text="Number of answers of models without a price.")


class SessionsSerializer(serializers.Serializer[Any]):
    sessions = SessionSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Null on the last page.")


class HitSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The id for the full text, at `/api/observations`.")
    ts = serializers.DateTimeField()
    type = serializers.CharField(help_text=ENTRY_TYPES_HELP)
    title = serializers.CharField()
    snippet = serializers.CharField(help_text="A piece of the text, with `**` around each matching word.")
    session_id = serializers.CharField()
    session_title = serializers.CharField(help_text="Empty if the session has none.")
    prompt_id = serializers.IntegerField(
        allow_null=True, help_text="The id of the prompt that the session then worked on; that of a prompt is its own."
    )
    prompt = serializers.CharField(help_text="The first line of that prompt; empty without one.")
    project = serializers.CharField()
    tokens = serializers.IntegerField(help_text="Estimated tokens of the full text.")


class HitsSerializer(serializers.Serializer[Any]):
    hits = HitSerializer(many=True)
    total = serializers.IntegerField(help_text="Number of hits on all pages.")
    total_is_exact = serializers.BooleanField(help_text="False if there are more entries than a search reads.")
    next_cursor = serializers.CharField(allow_null=True, help_text="Null on the last page.")


class ObservationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    ts = serializers.DateTimeField()
    type = serializers.CharField(help_text=ENTRY_TYPES_HELP)
    title = serializers.CharField()
    text = serializers.CharField()
    outcome = serializers.CharField()
    session_id = serializers.CharField()
    project = serializers.CharField()
    tokens = serializers.IntegerField()
    trust = serializers.CharField(help_text="Source of the text: `person`, `assistant`, `tool` or `web`.")
    files_read = serializers.ListField(child=serializers.CharField())
    files_modified = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.IntegerField(), help_text="Numbers of the events of this entry.")


class ObservationsSerializer(serializers.Serializer[Any]):
    observations = ObservationSerializer(many=True)


class PartSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    tokens = serializers.IntegerField(help_text="Tokens that the entry uses in the context.")


class ContextSerializer(serializers.Serializer[Any]):
    markdown = serializers.CharField(help_text="Empty if there is no memory of the project.")
    tokens = serializers.IntegerField(help_text="Estimated tokens of the context.")
    items = PartSerializer(many=True, help_text="The entries in the context.")


class HintSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The id of the entry.")
    session_id = serializers.CharField(help_text="The session of the entry: that session need not be given the line.")
    line = serializers.CharField(help_text="The line, as in a context.")
    keys = serializers.ListField(
        child=serializers.CharField(), help_text="Words that stand together in a prompt; one of these is enough."
    )
    words = serializers.ListField(child=serializers.CharField(), help_text="Words of which a prompt must have several.")
    tokens = serializers.IntegerField(help_text="Estimated tokens of the line.")


class HintsSerializer(serializers.Serializer[Any]):
    header = serializers.CharField(help_text="The text before the lines.")
    hints = HintSerializer(many=True, help_text="The most useful lines first.")


UNCHANGED_COLUMNS = (
    *("project", "repo", "branch", "machine", "source", "model", "reason", "message", "prompts"),
    *("tools", "failures", "subagents", "compactions", "input_tokens", "output_tokens"),
    *("cache_creation_input_tokens", "cache_read_input_tokens", "unpriced_answers", "automated"),
)


def serialize_session(info: SessionInfo) -> dict[str, Any]:
    row = info.row
    return {
        "id": row.session_id,
        "title": info.title,
        "starred": info.starred,
        "last_prompt": info.last_prompt,
        **{name: getattr(row, name) for name in UNCHANGED_COLUMNS},
        "state": info.state,
        "state_since": format_timestamp(row.state_us),
        "started_at": format_timestamp(row.started_us),
        "last_seen_at": format_timestamp(row.last_us),
        "ended_at": format_timestamp(row.ended_us),
        "tool": row.current_tool,
        "tool_since": format_timestamp(row.current_tool_since_us),
        "cost_usd": None if row.unpriced_answers and not row.cost_microdollars else row.cost_microdollars / 1_000_000,
    }


def serialize_hit(search_hit: SearchHit) -> dict[str, Any]:
    members = serialize_observation(search_hit.entry)
    source = blank_texts({"session_title": search_hit.session_title, "prompt": search_hit.prompt})
    return {
        **{name: members[name] for name in HIT_MEMBERS},
        **source,
        "prompt_id": search_hit.prompt_id,
        "snippet": blank_hidden(search_hit.snippet),
    }


HIT_MEMBERS = ("id", "ts", "type", "title", "session_id", "project", "tokens")


def serialize_observation(entry: MemoryEntry) -> dict[str, Any]:
    columns = asdict(entry)
    del columns["start_seq"]  # only pages use it
    members = blank_texts(columns)
    return {"ts": format_timestamp(members.pop("at_us")), **members}


def blank_texts(members: dict[str, Any]) -> dict[str, Any]:
    """Replaces the hidden characters of all members."""
    return {name: _blank_hidden(value) for name, value in members.items()}


def _blank_hidden(value: Any) -> Any:
    """Replaces the hidden characters of a member with spaces, because models read these responses too."""
    if isinstance(value, str):
        return blank_hidden(value, in_lines=True)
    return [_blank_hidden(one) for one in value] if isinstance(value, tuple) else value


def serialize_hint(hint: Hint) -> dict[str, Any]:
    return asdict(hint)


def format_timestamp(at_us: int | None) -> str | None:
    """Formats a time in microseconds as RFC 3339, clamped to the range of `datetime`."""
    return None if at_us is None else format_rfc3339(max(MIN_DATETIME_US, min(at_us, MAX_DATETIME_US)))
