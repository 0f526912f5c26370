"""Reads what a tool call is about, in one line: its command, its file, its question. Pure."""

from events.wire.hook_event import summary_line
from events.wire.json_values import Data, get_list, get_text
from memory.rules.tool_catalog import get_tool

MAX_TARGET_CHARS = 240


def describe_target(name: str, tool_input: Data) -> str:
    """Describes the target of a call of this tool; empty if its input names none."""
    tool = get_tool(name)
    if tool.family == "question":
        return next(filter(None, (squeeze_text(get_text(one, "question")) for one in list_questions(tool_input))), "")
    texts = (get_text(tool_input, member) for member in tool.target or tool_input)
    return next(filter(None, map(squeeze_text, texts)), "")


def list_questions(tool_input: Data) -> list[object]:
    return get_list(tool_input, "questions")


def squeeze_text(text: str, limit: int = MAX_TARGET_CHARS) -> str:
    """Returns all lines of a text as one, at most `limit` characters."""
    return summary_line(" ".join(text[: 4 * limit].split()), limit)
