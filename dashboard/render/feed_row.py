"""A row of the feed, and the kinds of rows that a user can choose. Pure."""

from dataclasses import dataclass

PROMPT, TOOL, FAILURE, WAITING, ANSWER, USAGE, OTHER = (
    *("prompts", "tools", "failures", "waiting", "answers"),
    *("usage", "other"),
)
KIND_LABELS = {PROMPT: "Prompts", TOOL: "Tools", FAILURE: "Failures", WAITING: "Waiting", ANSWER: "Answers"}
TONES_BY_KIND = {FAILURE: "bad", WAITING: "wait"}
KINDS_BY_HOOK = {
    "prompt_submit": PROMPT,
    "pre_tool_use": TOOL,
    "post_tool_use": TOOL,
    "post_tool_failure": TOOL,
    "permission_denied": TOOL,
    "stop": ANSWER,
    "stop_failure": ANSWER,
    "usage": USAGE,
}


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A row of the feed. Every string is a single bounded line without hidden characters, not yet escaped.

    Rows with the same `merge_key` belong to one tool call. The later row replaces the earlier one, except that an
    `open` row (its result is not known yet) never replaces another. `merge_key` is safe in HTML.
    """

    icon: str
    verb: str
    target: str
    outcome: str
    tone: str
    project: str
    session: str
    agent: str
    merge_key: str = ""
    kind: str = OTHER  # one of KIND_LABELS, or `USAGE` or `OTHER`
    # Consecutive rows with this key say the same; empty for a row that does not fold.
    run_key: str = ""
    hue: int = 0  # the color of the project

    @property
    def is_open(self) -> bool:
        return self.tone == "open"

    def is_of_kind(self, kind: str) -> bool:
        """Whether the row belongs to a feed of this kind. Usage has no kind: it is part of the total of its turn."""
        tone = TONES_BY_KIND.get(kind)
        return self.kind != USAGE and (not kind or (self.tone == tone if tone else self.kind == kind))
