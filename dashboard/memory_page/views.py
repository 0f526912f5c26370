"""`/memory`: the context that a new session in one of the user's projects gets, and forms that change it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.api_base.problem import Problem
from dashboard.base.current_user import get_user_id
from dashboard.memory_page.context_views import UseView, explain_line, group_left_out
from dashboard.memory_page.memory_entry import EntryView, NoteView
from dashboard.render import html_builder
from dashboard.render.safe_text import one_line
from dashboard.render.shown_names import project_hue, project_label
from events.wire.folder_names import folder_key
from memory.context import context_builder, context_use
from memory.llm import llm_settings
from memory.preferences import preference_changes, preference_queries
from memory.search import search_hits
from memory.values.location import Location

PROJECTS_LIMIT = 24  # projects in the menu: those of the latest sessions
BUDGET_CHOICES = (0, 500, 1_000, preference_queries.DEFAULT_BUDGET_TOKENS, 5_000, preference_queries.MAX_BUDGET_TOKENS)
FORGOTTEN_LIMIT = 100  # forgotten entries on the page


@never_cache
@login_required
@require_safe
def memory_view(request: HttpRequest) -> HttpResponse:
    """Shows the context of `?project=`, a folder; by default the project of the latest session."""
    user_id = get_user_id(request)
    locations = context_builder.list_locations(user_id, limit=PROJECTS_LIMIT)
    location = _choose_location(request.GET.get("project", ""), locations)
    context: dict[str, object] = {"locations": [_build_location_link(one, location) for one in locations]}
    if location is not None:
        context |= _load_location_context(user_id, location)
    config = llm_settings.load_llm_config(user_id)
    context |= {
        "excluded_tools": sorted(preference_queries.load_excluded_tools(user_id)),
        "max_text_chars": preference_changes.MAX_NOTE_CHARS,
        "llm_enabled": config and config.enabled,
    }
    return render(request, "memory/page.html", context)


def _load_location_context(user_id: UUID, location: Location) -> dict[str, object]:
    """Loads the context of a new session at this location, with the user's notes and annotations."""
    link, location = _build_location_link(location, location), context_builder.resolve_location(user_id, location)
    budget, report = (
        preference_queries.load_context_budget(user_id, location),
        context_builder.build_report(user_id, location),
    )
    built, note_tokens = report.context, dict(report.context.notes)
    return {
        "location": link,
        "markdown": html_builder.render_text(built.markdown),
        "tokens": built.tokens,
        "explained": [explain_line(line) for line in report.lines],
        "left_out": group_left_out(report.left_out),
        "left_out_count": sum(one.count for one in report.left_out),
        "uses": [UseView(use) for use in context_use.load_context_uses(user_id, location)],
        "budget": budget,
        "budgets": sorted({*BUDGET_CHOICES, budget}),
        "notes": [
            NoteView(note, note_tokens.get(note.id)) for note in preference_queries.list_notes(user_id, location)
        ],
        **_load_entries(user_id, location, dict(built.items)),
    }


def _load_entries(user_id: UUID, location: Location, entry_tokens: dict[int, int]) -> dict[str, object]:
    annotations = preference_queries.load_annotations_for_location(user_id, location)
    # The page also lists annotated entries that exceed the budget.
    left_out = [seq for seq, annotation in annotations.items() if not annotation.forgotten and seq not in entry_tokens]
    forgotten = [seq for seq, annotation in annotations.items() if annotation.forgotten]
    return {
        "entries": [
            EntryView(entry, token_count=entry_tokens.get(entry.id, 0), annotation=annotations.get(entry.id))
            for entry in search_hits.load_projected_entries(user_id, [*entry_tokens, *left_out])
        ],
        "forgotten": [
            EntryView(entry) for entry in search_hits.load_original_entries(user_id, forgotten[:FORGOTTEN_LIMIT])
        ],
    }


def _choose_location(project: str, locations: list[Location]) -> Location | None:
    project = project.replace("\0", "")[:4_096]
    if not project:
        return next(iter(locations), None)
    return _find_location(project, locations) or Location(project, project)


def _find_location(project: str, locations: list[Location]) -> Location | None:
    key = folder_key(project)
    return next((one for one in locations if folder_key(one.project) == key), None)


def _build_location_link(location: Location, current_location: Location | None) -> dict[str, object]:
    return {
        "name": one_line(project_label(location.repo, location.project), 60),
        "folder": one_line(location.project, 200),
        "hue": project_hue(location.repo, location.project),
        "query": urlencode({"project": location.project}),
        "is_current": location == current_location,
    }


@never_cache
@login_required
@require_POST
def annotate_entry(request: HttpRequest, seq: str) -> HttpResponse:
    """Annotates an entry. POST `pinned`, `forgotten` (each 0 or 1) and `words`, the replacement text."""
    flags = {name: {"1": True, "0": False}.get(request.POST.get(name, "")) for name in ("pinned", "forgotten")}
    entry_seq = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 19 else 0
    return _run_and_redirect(
        request,
        lambda: preference_changes.annotate_entry(
            get_user_id(request), entry_seq, replacement_text=request.POST.get("words"), **flags
        ),
    )


@never_cache
@login_required
@require_POST
def add_note(request: HttpRequest) -> HttpResponse:
    """Adds a note to the project."""
    return _run_at_location(
        request,
        lambda location: preference_changes.add_note(get_user_id(request), location, request.POST.get("text", "")),
    )


@never_cache
@login_required
@require_POST
def edit_note(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """Changes the text of a note; an empty text deletes the note."""
    return _run_and_redirect(
        request, lambda: preference_changes.edit_note(get_user_id(request), note_id, request.POST.get("text", ""))
    )


@never_cache
@login_required
@require_POST
def set_budget(request: HttpRequest) -> HttpResponse:
    """Sets the context budget of the project, in tokens."""
    text = request.POST.get("tokens", "")
    tokens = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    return _run_at_location(
        request, lambda location: preference_changes.set_context_budget(get_user_id(request), location, tokens)
    )


@never_cache
@login_required
@require_POST
def set_excluded_tools(request: HttpRequest) -> HttpResponse:
    """Sets the tools that memory excludes. POST `tools`, one per line."""

    def exclude_tools(location: Location) -> None:
        if preference_changes.set_excluded_tools(
            get_user_id(request), request.POST.get("tools", "")[:20_000].splitlines()
        ):
            messages.success(
                request, "Saved. Memory is being rebuilt without these tools; this may take several minutes."
            )

    return _run_at_location(request, exclude_tools)


def _run_at_location(request: HttpRequest, action: Callable[[Location], None]) -> HttpResponse:
    """Runs an action for a project of the user; raises Http404 if no session of the user started there."""
    locations = context_builder.list_locations(get_user_id(request), limit=context_builder.LATEST_ROWS_LIMIT)
    project = request.GET.get("project", "")
    location = _find_location(project, locations)
    if location is None:
        raise Http404

    def run_action() -> Location:
        action(location)
        return location

    return _run_and_redirect(request, run_action)


def _run_and_redirect(request: HttpRequest, action: Callable[[], Location | None]) -> HttpResponse:
    """Runs an action and redirects to the project, which shows the message of a Problem; 404 if it returns None."""
    project = request.GET.get("project", "").replace("\0", "")[:4_096]
    try:
        if action() is None:
            raise Http404
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect(reverse("memory") + (f"?{urlencode({'project': project})}" if project else ""))
