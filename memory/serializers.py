"""What the routes of this room answer with: for the reference, and made here by hand."""

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from events.wire.timestamps import rfc3339
from memory.context.quoting import plain
from memory.search.query_parser import TYPES
from memory.search.search_hits import Hit as Found
from memory.search.search_hits import Item
from memory.sessions.session_queries import Seen
from memory.values import session_states

# What Python's own dates can hold; a captured time may lie outside.
KINDS = f"`{'`, `'.join(TYPES[:-1])}` or `{TYPES[-1]}`."
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999


class Session(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="As Claude Code names it.")
    title = serializers.CharField(help_text="What its user called it, else its first prompt.")
    starred = serializers.BooleanField()
    project = serializers.CharField(help_text="The folder it was started in.")
    repo = serializers.CharField(help_text="The git remote; empty if none is known. So are the next four.")
    branch = serializers.CharField()
    machine = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]  # what DRF has by that name is an attribute of fields
        help_text="`startup`, `resume`, `clear` or `fork`."
    )
    model = serializers.CharField()
    state = serializers.ChoiceField(session_states.ALL, help_text="`stale`: silent for too long to be believed.")
    reason = serializers.CharField(
        help_text="Why it waits (`turn_done`, `needs_input`, `needs_permission`, `interrupted`), failed or ended."
    )
    message = serializers.CharField(help_text="The first line of what was said about that.")
    state_since = serializers.DateTimeField()
    started_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    tool = serializers.CharField(help_text="The tool that is at work; empty if none.")
    tool_since = serializers.DateTimeField(allow_null=True)
    last_prompt = serializers.CharField(help_text="The first line of it.")
    prompts = serializers.IntegerField(help_text="Those that a person wrote.")
    tools = serializers.IntegerField(help_text="Uses of tools, those of subagents among them.")
    failures = serializers.IntegerField()
    subagents = serializers.IntegerField()
    compactions = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cache_creation_input_tokens = serializers.IntegerField()
    cache_read_input_tokens = serializers.IntegerField()
    cost_usd = serializers.FloatField(help_text="Estimated from list prices.")


class Sessions(serializers.Serializer[Any]):
    sessions = Session(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


class Hit(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Asks for the full text, at `/api/observations`.")
    ts = serializers.DateTimeField()
    type = serializers.CharField(help_text=KINDS)
    title = serializers.CharField()
    snippet = serializers.CharField(help_text="The piece of the text that fits, what fits between `**`.")
    session_id = serializers.CharField()
    project = serializers.CharField()
    tokens = serializers.IntegerField(help_text="About how many its full text costs a model.")


class Hits(serializers.Serializer[Any]):
    hits = Hit(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


class Observation(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    ts = serializers.DateTimeField()
    type = serializers.CharField(help_text=KINDS)
    title = serializers.CharField()
    text = serializers.CharField()
    outcome = serializers.CharField()
    session_id = serializers.CharField()
    project = serializers.CharField()
    tokens = serializers.IntegerField()
    trust = serializers.CharField(help_text="Whose words these are: `person`, `assistant`, `tool` or `web`.")
    files_read = serializers.ListField(child=serializers.CharField())
    files_modified = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.IntegerField(), help_text="The numbers of the events it is from.")


class Observations(serializers.Serializer[Any]):
    observations = Observation(many=True)


class Part(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    tokens = serializers.IntegerField(help_text="What it costs in the context.")


class Context(serializers.Serializer[Any]):
    markdown = serializers.CharField(help_text="Empty where nothing is known.")
    tokens = serializers.IntegerField(help_text="About how many it costs.")
    items = Part(many=True, help_text="What stands in it.")


SAME = (
    *("project", "repo", "branch", "machine", "source", "model", "reason", "message", "last_prompt", "prompts"),
    *("tools", "failures", "subagents", "compactions", "input_tokens", "output_tokens"),
    *("cache_creation_input_tokens", "cache_read_input_tokens"),
)


def session(seen: Seen) -> dict[str, Any]:
    row = seen.row
    return {
        "id": row.session_id,
        "title": seen.title,
        "starred": seen.starred,
        **{name: getattr(row, name) for name in SAME},
        "state": seen.state,
        "state_since": moment(row.state_us),
        "started_at": moment(row.started_us),
        "last_seen_at": moment(row.last_us),
        "ended_at": moment(row.ended_us),
        "tool": row.doing,
        "tool_since": moment(row.doing_us),
        "cost_usd": row.cost_microdollars / 1_000_000,
    }


def hit(found: Found) -> dict[str, Any]:
    shown = observation(found.item)
    return {name: shown[name] for name in HIT} | {"snippet": plain(found.snippet)}


HIT = ("id", "ts", "type", "title", "session_id", "project", "tokens")


def observation(item: Item) -> dict[str, Any]:
    told = asdict(item)
    del told["step"]  # a matter of pages
    shown = {name: _shown(value) for name, value in told.items()}
    return {"ts": moment(shown.pop("at_us")), **shown}


def _shown(value: Any) -> Any:
    """A member without what is hidden in it: models read these answers, too."""
    if isinstance(value, str):
        return plain(value, in_lines=True)
    return [_shown(one) for one in value] if isinstance(value, tuple) else value


def moment(at_us: int | None) -> str | None:
    """A time on the wire, at the edge if it lies outside of what a date can be."""
    return None if at_us is None else rfc3339(max(EARLIEST, min(at_us, LATEST)))
