"""A search hit as the page shows it: what was found, and in which session and after which prompt. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.memory_page.memory_entry import EntryView
from dashboard.render import html_builder
from dashboard.render.html_builder import Html
from dashboard.render.safe_text import one_line
from memory.search.search_hits import SearchHit
from memory.search.snippets import SnippetPart

MAX_SESSION_CHARS, MAX_PROMPT_CHARS = 80, 120


@dataclass(frozen=True, slots=True)
class HitView:
    hit: SearchHit

    @property
    def entry_view(self) -> EntryView:
        return EntryView(self.hit.entry)

    @property
    def title(self) -> Html:
        return _mark(self.hit.title_parts) if self.hit.entry.title else html_builder.render_text(self.entry_view.title)

    @property
    def snippet(self) -> Html:
        return _mark(self.hit.snippet_parts)

    @property
    def session_title(self) -> str:
        return one_line(self.hit.session_title, MAX_SESSION_CHARS) or "Session"

    @property
    def prompt(self) -> str:
        """The first line of the prompt; empty if the title of the hit says it already."""
        return "" if self.hit.prompt == self.hit.entry.title else one_line(self.hit.prompt, MAX_PROMPT_CHARS)


def _mark(parts: Sequence[SnippetPart]) -> Html:
    return html_builder.join_html(
        html_builder.highlight_text(one.text) if one.is_match else html_builder.render_text(one.text) for one in parts
    )
