"""The tools of `/mcp`: arguments, descriptions with their cost, and answers. All tools only read.

From cheap to expensive: `recent` and `search` return lines, `timeline` the lines around an entry, `get_observations`
full texts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from memory.file_history import change_history, commit_history
from memory.file_history.change_history import HistoryQuery
from memory.mcp_server import commit_text, history_text, mcp_text
from memory.search import query_parser, search_hits, surrounding_events
from memory.values import page_cursor
from memory.values.page_filter import PageFilter

NO_NUL = r"^[^\x00]*$"  # PostgreSQL rejects a NUL in a text
ENTRY_TYPES_TEXT = (
    f"{', '.join(f'`{name}`' for name in query_parser.ENTRY_TYPES[:-1])} or `{query_parser.ENTRY_TYPES[-1]}`"
)


def _validate_time(value: str) -> str:
    if value and query_parser.parse_time(value) is None:
        raise ValueError("send an RFC 3339 time or a date")
    return value


Time = Annotated[str, Field(max_length=64), AfterValidator(_validate_time)]
Id = Annotated[int, Field(ge=1, lt=10**18)]
Project = Annotated[
    str,
    Field(
        max_length=4_096,
        pattern=NO_NUL,
        description="A folder or repository, or the last part of its name; empty means all.",
    ),
]
Type = Annotated[
    str, Field(max_length=64, pattern=NO_NUL, description=f"Only entries of this type: {ENTRY_TYPES_TEXT}.")
]


class ToolArguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Search(ToolArguments):
    query: str = Field(
        max_length=1_000,
        pattern=NO_NUL,
        description="Words, identifiers or paths, and filters: `project:` `tool:` `file:` `type:` `failed:` `before:` "
        "`after:`.",
    )
    project: Project = ""
    type: Type = ""
    since: Time = Field("", description="RFC 3339 time or date.")
    until: Time = Field("", description="RFC 3339 time or date; exclusive.")
    sort: Literal["relevance", "newest", "oldest"] = "relevance"
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(
        None, max_length=200, description="The cursor of the previous answer, for the next page."
    )


class Recent(ToolArguments):
    project: Project = ""
    type: Type = ""
    limit: int = Field(20, ge=1, le=100)


class Timeline(ToolArguments):
    id: Id | None = Field(None, description="The id of the entry in the middle.")
    time: Time = Field("", description="An RFC 3339 time or a date, instead of an id.")
    before: int = Field(10, ge=0, le=50, description="Number of entries before.")
    after: int = Field(10, ge=0, le=50, description="Number of entries after.")

    @model_validator(mode="after")
    def _check_one_anchor(self) -> "Timeline":
        if (self.id is None) == (not self.time):
            raise ValueError("send either an id or a time")
        return self


class GetObservations(ToolArguments):
    ids: list[Id] = Field(min_length=1, max_length=100, description="Ids of entries.")


class FileHistory(ToolArguments):
    path: str = Field(
        min_length=1, max_length=500, pattern=NO_NUL, description="The path of the file within its project."
    )
    project: str = Field(
        "", max_length=4_096, pattern=NO_NUL, description="The full name of a folder or a repository; empty means all."
    )
    limit: int = Field(10, ge=1, le=50)
    cursor: str | None = Field(
        None, max_length=200, description="The cursor of the previous answer, for the next page."
    )


class Commit(ToolArguments):
    hash: str = Field(
        min_length=commit_history.MIN_HASH_CHARS,
        max_length=commit_history.MAX_HASH_CHARS,
        pattern=r"^[0-9a-f]*$",
        description="The hash of the commit, or at least seven digits of it.",
    )


@dataclass(frozen=True, slots=True)
class McpTool:
    title: str
    description: str
    arguments_class: type[ToolArguments]
    run: Callable[[UUID, Any], str]


def _run_search(user_id: UUID, arguments: Search) -> str:
    filters = {
        "project": arguments.project,
        "type": arguments.type,
        "after": arguments.since,
        "before": arguments.until,
    }
    search_query = query_parser.parse_query(
        arguments.query, order=arguments.sort, **{name: value for name, value in filters.items() if value}
    )
    after = page_cursor.decode(arguments.cursor, (int, int))
    page = search_hits.search_entries(user_id, search_query, limit=arguments.limit, after=after)
    return mcp_text.format_hits(page, page_cursor.encode(*page.next_position) if page.next_position else None)


def _run_recent(user_id: UUID, arguments: Recent) -> str:
    filters = {name: value for name, value in (("project", arguments.project), ("type", arguments.type)) if value}
    page = search_hits.search_entries(user_id, query_parser.parse_query("", **filters), limit=arguments.limit)
    return mcp_text.format_index(hit.entry for hit in page.hits)


def _run_timeline(user_id: UUID, arguments: Timeline) -> str:
    if arguments.id is not None:
        return mcp_text.format_index(
            surrounding_events.for_entry(user_id, arguments.id, before=arguments.before, after=arguments.after)
        )
    at_us = query_parser.parse_time(arguments.time) or 0
    return mcp_text.format_index(
        surrounding_events.for_time(user_id, at_us, before=arguments.before, after=arguments.after)
    )


def _run_get_observations(user_id: UUID, arguments: GetObservations) -> str:
    return mcp_text.format_entries(search_hits.load_entries(user_id, arguments.ids))


def _run_file_history(user_id: UUID, arguments: FileHistory) -> str:
    before = page_cursor.decode(arguments.cursor, (int, int, int))
    page_filter = PageFilter(project=arguments.project)
    query = HistoryQuery(arguments.path, page_filter, arguments.limit, before, is_in_repository=True)
    history = change_history.load_history(user_id, query)
    next_cursor = page_cursor.encode(*history.next_position) if history.next_position else None
    return history_text.format_history(history, next_cursor)


def _run_commit(user_id: UUID, arguments: Commit) -> str:
    return commit_text.format_commit(commit_history.find_commit(user_id, arguments.hash))


TOOLS = {
    "search": McpTool(
        "Search memory",
        "Searches prompts, observations and summaries of earlier sessions, best first: one line each, with its id, "
        "a snippet, its session and its prompt. Words find their other forms and synonyms. Costs about 120 tokens a "
        "hit, 2,400 for the default of 20. For full texts call get_observations.",
        Search,
        _run_search,
    ),
    "timeline": McpTool(
        "Entries around an entry or a time",
        "Lists the entries of a session around an entry or a time, in order: one line each. Costs about 40 tokens an "
        "entry, 850 with the default of 10 before and 10 after.",
        Timeline,
        _run_timeline,
    ),
    "get_observations": McpTool(
        "Full text of entries",
        "Returns the full text of entries by their ids, several in one call. Costs per entry the tokens in its line of "
        f"the other tools plus about 80; 50 to 1,200 is usual, {mcp_text.MAX_ANSWER_TOKENS:,} the maximum of one call. "
        "Request only the entries that you need.",
        GetObservations,
        _run_get_observations,
    ),
    "recent": McpTool(
        "Latest entries",
        "Lists the latest prompts, observations and summaries, in a project or everywhere, newest first: one line "
        "each. Call it first. Costs about 40 tokens an entry, 800 for the default of 20.",
        Recent,
        _run_recent,
    ),
    "file_history": McpTool(
        "History of a file",
        "Lists the changes of a file, newest first: when, what, the prompt that each came from, and what it cost. Call "
        "it to learn why a file is as it is. Costs about 80 tokens a change, 800 for the default of 10.",
        FileHistory,
        _run_file_history,
    ),
    "commit": McpTool(
        "What is behind a commit",
        "Returns the sessions, prompts and files behind a commit that a session made, its pull requests, and what it "
        "cost. Costs about 60 tokens, and 40 for each prompt and file.",
        Commit,
        _run_commit,
    ),
}
