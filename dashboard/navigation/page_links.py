"""The pages that the side navigation and the command palette lead to, in their order."""

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page. `name` is that of its route; a page without an icon is in the palette only.

    `short` is the label on a narrow screen. A page that filters keeps the filter of the page before it.
    """

    name: str
    label: str
    icon: str = ""
    short: str = ""
    keeps_filter: bool = False


PAGE_LINKS = (
    PageLink("home", "Live", "live", keeps_filter=True),
    PageLink("sessions", "Sessions", "session", keeps_filter=True),
    PageLink("search", "Search", "search", keeps_filter=True),
    PageLink("files", "Files", "folder", keeps_filter=True),
    PageLink("commits", "Commits"),
    PageLink("insights", "Insights", "insights", keeps_filter=True),
    PageLink("memory", "Memory", "memory"),
    PageLink("machines", "Machines & tokens", "machine", short="Machines"),
    PageLink("settings", "Settings", "settings"),
    PageLink("docs", "Docs"),
)


def build_navigation_context(_request: HttpRequest) -> dict[str, object]:
    """Gives every template the links of the side navigation."""
    return {"page_links": [link for link in PAGE_LINKS if link.icon]}
