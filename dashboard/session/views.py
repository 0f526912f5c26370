"""`/sessions/<id>`: the timeline, conversation, changed files, raw events and map of a session."""

from collections.abc import Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.base.current_user import get_user_id
from dashboard.session import (
    feed_rows,
    prompt_rail,
    session_conversation,
    session_data,
    session_find,
)
from dashboard.session.call_starts import CallStarts
from dashboard.session.file_tab import changed_files, file_tree
from dashboard.session.file_tab.changed_files import ChangedFile
from dashboard.session.git_act_views import build_session_acts
from dashboard.session.overview.cost_bar import build_cost_context
from dashboard.session.overview.session_map import build_map
from dashboard.session.session_summary import SessionView, build_session_view
from events.store import log
from events.wire import cursor
from events.wire.hook_event import HookEvent
from memory.file_history import commit_history, session_edits
from memory.sessions import session_events, session_queries, turn_totals
from memory.sessions.session_events import SessionPosition
from memory.sessions.turn_totals import TurnTotals

TABS = [
    ("session", "Timeline"),
    ("session-conversation", "Conversation"),
    ("session-files", "Files"),
    ("session-raw", "Raw"),
]
EXPORTS = {"jsonl": "JSON lines", "markdown": "Markdown", "html": "HTML"}
# Events that the views of a whole session read; the export has all events of a longer session.
MAX_EVENTS = 6_000
RAW_PAGE_SIZE = 50  # raw events on one page
CONVERSATION_PAGE_SIZE = 80  # lines of a conversation on one page
MAX_HITS = 60  # steps that a search within a session shows


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def timeline_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Shows a page of the session's timeline: from a position (`?from=`), at an event (`?at=`) or the last (`?at=end`).

    A script gets only the turns of that page.
    """
    base_context = _base_context(request, session_id)
    session_page = session_data.load_page(get_user_id(request), session_id, _parse_start(request, session_id))
    totals, sums = base_context["totals"], base_context["turn_sums"]
    context = base_context | {
        "turns": session_data.build_timeline(session_page, totals, sums, is_over=base_context["session"].is_over),
        "rail": prompt_rail.build_rail(sums, session_data.find_shown_prompt(session_page, totals)),
        "start": session_data.format_position(session_page.start),
        "earlier": session_data.format_position(session_page.previous_start),
        "later": session_data.format_position(session_page.next_start),
        "asked_seq": next(session_data.parse_seqs(request.GET.get("at", ""), limit=1), None),
    }
    is_fragment = request.headers.get("X-Requested-With") == "fetch"
    template_name = "sessions/timeline/_turns.html" if is_fragment else "sessions/timeline/timeline.html"
    return render(request, template_name, context)


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def conversation_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Shows the conversation without tool calls. `?from=` is the number of lines to skip.

    A script gets only the lines after the position `?after=`.
    """
    if request.headers.get("X-Requested-With") == "fetch":
        return _render_new_lines(request, session_id)
    base_context = _base_context(request, session_id)
    reach = session_events.ScanExtent()
    events = session_events.iter_matching_events(
        get_user_id(request), session_id, session_conversation.may_be_message, max_events=MAX_EVENTS, extent=reach
    )
    start = next(session_data.parse_seqs(request.GET.get("from", ""), limit=1), 0)
    lines = session_conversation.build_conversation(events, start=start, limit=CONVERSATION_PAGE_SIZE + 1)
    context = base_context | {
        "lines": lines[:CONVERSATION_PAGE_SIZE],
        "later": start + CONVERSATION_PAGE_SIZE if len(lines) > CONVERSATION_PAGE_SIZE else None,
    }
    context["omitted_seq"] = None if context["later"] else reach.first_skipped_seq
    return render(request, "sessions/conversation.html", context)


def _render_new_lines(request: HttpRequest, session_id: str) -> HttpResponse:
    after = session_data.parse_position(request.GET.get("after", "")) or (0, 0)
    session = get_session_or_404(request, session_id)
    totals = turn_totals.list_turns(get_user_id(request), session.source.row)
    events = session_data.iter_latest_events(get_user_id(request), session_id, after, totals)
    lines = session_conversation.build_conversation(events, limit=CONVERSATION_PAGE_SIZE)
    return render(request, "sessions/_conversation_lines.html", {"session": session, "lines": lines})


@never_cache
@login_required
@require_safe
def files_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Shows the changed files of the session. `?sort=`, `?view=` and `?diff=` say how (`file_tree.FilesQuery`)."""
    base_context, user_id = _base_context(request, session_id), get_user_id(request)
    edits = session_edits.list_edits(user_id, session_id, limit=changed_files.MAX_EDITS + 1)
    query = file_tree.parse_query(request.GET)
    found = changed_files.list_changed_files(edits[: changed_files.MAX_EDITS], query.sort)
    shown = found[: changed_files.MAX_FILES]
    omitted_seq = _load_changes(user_id, shown, base_context["totals"])
    context = base_context | {
        "files": shown,
        "tree": file_tree.build_tree(shown) if query.view == file_tree.TREE else None,
        "file_count": len(found),
        "added": sum(file.added for file in found),
        "removed": sum(file.removed for file in found),
        "files_query": query,
        "more": len(found[changed_files.MAX_FILES :]),
        "omitted_seq": omitted_seq or next((edit.seq for edit in edits[changed_files.MAX_EDITS :]), None),
    }
    return render(request, "sessions/file_tab/files.html", context)


def _load_changes(user_id: UUID, files: Sequence[ChangedFile], totals: Sequence[TurnTotals]) -> int | None:
    """Loads the changes that a page shows of these files; returns the number of the first event that was too much."""
    seqs = [edit.seq for file in files for edit in file.edits]
    loaded = log.load_bounded(user_id, seqs, max_chars=session_events.MAX_MATCHED_CHARS)
    events = {seq: session_data.parse_event(record) for seq, record in loaded.records.items()}
    starts, turns = session_edits.load_starts(user_id, seqs), {turn.seq: turn for turn in totals}
    for file in files:
        file.add_changes(events, starts, turns)
    return min(loaded.omitted_seqs, default=None)


@never_cache
@login_required
@require_safe
def raw_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Shows the events of the session in order, one row each."""
    base_context = _base_context(request, session_id)
    session_page = session_data.load_page(
        get_user_id(request), session_id, _parse_start(request, session_id), limit=RAW_PAGE_SIZE
    )
    context = base_context | {
        "rows": map(feed_rows.render_row, session_page.records),
        "earlier": session_data.format_position(session_page.previous_start),
        "later": session_data.format_position(session_page.next_start),
    }
    return render(request, "sessions/raw.html", context)


@never_cache
@login_required
@require_safe
def find_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Lists the steps of the whole session that `?q=` finds; `?failed=yes` keeps those that failed."""
    base_context = _base_context(request, session_id)
    query = session_find.parse_query(request.GET.get("q", ""), failed=request.GET.get("failed") == "yes")
    reach, starts = session_events.ScanExtent(), CallStarts()

    def may_match(event: HookEvent) -> bool:
        starts.note(event)
        return session_find.may_match(event, query)

    events = session_events.iter_matching_events(
        get_user_id(request), session_id, may_match, max_events=MAX_EVENTS, extent=reach
    )
    hits = list(islice(session_find.iter_hits(events, query, starts), MAX_HITS + 1)) if not query.is_empty else []
    context = {"find": query, "steps": hits[:MAX_HITS], "has_more": len(hits) > MAX_HITS}
    context["omitted_seq"] = None if context["has_more"] else reach.first_skipped_seq
    return render(request, "sessions/find.html", base_context | context)


@never_cache
@login_required
@require_safe
def failure_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Leads to the first failed step from a position on (`?from=`), or to the last one before it (`?before=`).

    204 if there is none.
    """
    get_session_or_404(request, session_id)
    start, end = (session_data.parse_position(request.GET.get(name, "")) for name in ("from", "before"))
    events = session_events.iter_events(
        get_user_id(request), session_id, max_events=MAX_EVENTS, extent=session_events.ScanExtent()
    )
    seq = session_find.find_failure(events, start=start, end=end)
    if seq is None:
        return HttpResponse(status=204)
    return redirect(f"{reverse('session', args=[session_id])}?at={seq}#e-{seq}")


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def map_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Shows the map of the session: as a page, or for a script only the map."""
    session = get_session_or_404(request, session_id)
    reach = session_events.ScanExtent()
    session_map = build_map(
        session_events.iter_events(get_user_id(request), session_id, max_events=MAX_EVENTS, extent=reach)
    )
    is_fragment = request.headers.get("X-Requested-With") == "fetch"
    template_name = "sessions/_map.html" if is_fragment else "sessions/map.html"
    svg = session_map.render_svg(reverse("session", args=[session.id]), has_script=is_fragment)
    return render(
        request,
        template_name,
        {"session": session, "map": session_map, "svg": svg, "omitted_seq": reach.first_skipped_seq},
    )


@never_cache
@login_required
@require_safe
def header_view(request: HttpRequest, session_id: str) -> HttpResponse:
    """Renders the current header of a session, and the totals of its latest turns, for the page's script.

    204 if the session no longer exists.
    """
    session = session_queries.find_session(get_user_id(request), session_id)
    if session is None:
        return HttpResponse(status=204)
    sums = prompt_rail.make_sums(turn_totals.list_turns(get_user_id(request), session.row))
    context = {
        "session": build_session_view(session),
        "rail": prompt_rail.build_latest(sums),
        **build_cost_context(sums, reverse("session", args=[session_id])),
    }
    return render(request, "sessions/header/_header_update.html", context)


def _base_context(request: HttpRequest, session_id: str) -> dict[str, Any]:
    """Loads the context that all views of a session share. Raises Http404 if the user has no such session."""
    # Read the head first: events between the queries are delivered twice and deduplicated, instead of lost.
    head = log.load_head(get_user_id(request))
    session = get_session_or_404(request, session_id)
    totals = turn_totals.list_turns(get_user_id(request), session.source.row)
    sums = prompt_rail.make_sums(totals)
    return {
        "session": session,
        "totals": totals,
        "turn_sums": sums,
        **build_cost_context(sums, reverse("session", args=[session_id])),
        "tabs": TABS,
        "exports": EXPORTS,
        "git": build_session_acts(commit_history.list_session_acts(get_user_id(request), session_id)),
        "cursor": cursor.encode(head),
    }


def get_session_or_404(request: HttpRequest, session_id: str) -> SessionView:
    """Loads a session of the user. Raises Http404 if there is none."""
    session = session_queries.find_session(get_user_id(request), session_id)
    if session is None:
        raise Http404
    return build_session_view(session)


def _parse_start(request: HttpRequest, session_id: str) -> SessionPosition | None:
    at = request.GET.get("at", "")
    if at == "end":
        return session_events.find_last_page_start(get_user_id(request), session_id, session_data.PAGE_SIZE)
    for seq in session_data.parse_seqs(at, limit=1):
        return session_data.find_step_position(get_user_id(request), session_id, seq)
    return session_data.parse_position(request.GET.get("from", ""))


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def step_view(request: HttpRequest, seq: str) -> HttpResponse:
    """Shows one step with its full body. `seq` is the number of its first event, `?and=` names its other events."""
    seqs = [*session_data.parse_seqs(seq, limit=1), *session_data.parse_seqs(request.GET.get("and", ""))]
    records = log.load_by_seqs(get_user_id(request), seqs)
    step = session_data.build_step(records)
    if step is None or records[0].seq != min(seqs, default=0):
        raise Http404
    is_fragment = request.headers.get("X-Requested-With") == "fetch"
    template_name = "sessions/timeline/_step_body.html" if is_fragment else "sessions/timeline/step.html"
    return render(request, template_name, {"step": step})
