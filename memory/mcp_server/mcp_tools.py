"""The tools of `/mcp`: what each takes, what it costs, and the text it answers with. All of them only read.

From the cheap to the dear: `recent` and `search` give lines, `timeline` those around one, `get_observations` the text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from memory.mcp_server import mcp_text
from memory.search import query_parser, search_hits, surrounding_events
from memory.values import page_cursor

NO_NUL = r"^[^\x00]*$"  # a database takes none
KINDS = f"{', '.join(f'`{name}`' for name in query_parser.TYPES[:-1])} or `{query_parser.TYPES[-1]}`"


def _is_time(value: str) -> str:
    if value and query_parser.instant(value) is None:
        raise ValueError("this is no RFC 3339 time, and no date")
    return value


Time = Annotated[str, Field(max_length=64), AfterValidator(_is_time)]
Id = Annotated[int, Field(ge=1, lt=10**18)]
Project = Annotated[
    str, Field(max_length=4_096, pattern=NO_NUL, description="A folder or repository, or its last part; empty: all.")
]
Type = Annotated[str, Field(max_length=64, pattern=NO_NUL, description=f"Only these: {KINDS}.")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Search(Asked):
    query: str = Field(
        max_length=1_000,
        pattern=NO_NUL,
        description="Words, identifiers or paths, and filters: `project:` `tool:` `file:` `type:` `failed:` `before:` "
        "`after:`.",
    )
    project: Project = ""
    type: Type = ""
    since: Time = Field("", description="RFC 3339, or a date.")
    until: Time = Field("", description="RFC 3339, or a date; not included.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="From the answer before, to go on.")


class Recent(Asked):
    project: Project = ""
    type: Type = ""
    limit: int = Field(20, ge=1, le=100)


class Timeline(Asked):
    id: Id | None = Field(None, description="An entry to look around.")
    time: Time = Field("", description="Instead of an id: RFC 3339, or a date.")
    before: int = Field(10, ge=0, le=50, description="Entries before it.")
    after: int = Field(10, ge=0, le=50, description="Entries after it.")

    @model_validator(mode="after")
    def _is_one_place(self) -> "Timeline":
        if (self.id is None) == (not self.time):
            raise ValueError("give an id or a time, and not both")
        return self


class GetObservations(Asked):
    ids: list[Id] = Field(min_length=1, max_length=100, description="Ids of entries.")


@dataclass(frozen=True, slots=True)
class Tool:
    title: str
    description: str
    takes: type[Asked]
    answer: Callable[[UUID, Any], str]


def _search(user_id: UUID, asked: Search) -> str:
    filters = {"project": asked.project, "type": asked.type, "after": asked.since, "before": asked.until}
    wanted = query_parser.read(asked.query, **{name: value for name, value in filters.items() if value})
    after = page_cursor.decode(asked.cursor, (int, int))
    found = search_hits.search(user_id, wanted, limit=asked.limit, after=after)
    return mcp_text.hits(found.hits, page_cursor.encode(*found.after) if found.after else None)


def _recent(user_id: UUID, asked: Recent) -> str:
    given = {name: value for name, value in (("project", asked.project), ("type", asked.type)) if value}
    found = search_hits.search(user_id, query_parser.read("", **given), limit=asked.limit)
    return mcp_text.index(hit.item for hit in found.hits)


def _timeline(user_id: UUID, asked: Timeline) -> str:
    if asked.id is not None:
        return mcp_text.index(surrounding_events.entry(user_id, asked.id, before=asked.before, after=asked.after))
    at_us = query_parser.instant(asked.time) or 0
    return mcp_text.index(surrounding_events.time(user_id, at_us, before=asked.before, after=asked.after))


def _get_observations(user_id: UUID, asked: GetObservations) -> str:
    return mcp_text.whole(search_hits.chosen(user_id, asked.ids))


TOOLS = {
    "search": Tool(
        "Search what was done",
        "Finds what was asked, done and summed up in earlier sessions, the best first: one line each, with its id and "
        "the piece that fits. Costs about 80 tokens a hit, 1,600 for the 20 that are the default. The full text of "
        "chosen ones: get_observations.",
        Search,
        _search,
    ),
    "timeline": Tool(
        "What happened around it",
        "What happened in a session around an entry or a time, in order: one line each. Costs about 40 tokens an "
        "entry, 850 with the default of 10 before and 10 after.",
        Timeline,
        _timeline,
    ),
    "get_observations": Tool(
        "The full text of entries",
        "The full text of entries by their ids, several in one call. Costs what the lines of the other tools say for "
        f"each, plus about 80 tokens; from 50 to 1,200 is usual, {mcp_text.MOST:,} the most for one call. "
        "Ask for those alone that you need.",
        GetObservations,
        _get_observations,
    ),
    "recent": Tool(
        "The latest",
        "What was asked, done and summed up last, in a project or everywhere, the newest first: one line each. A place "
        "to start. Costs about 40 tokens an entry, 800 for the 20 that are the default.",
        Recent,
        _recent,
    ),
}
