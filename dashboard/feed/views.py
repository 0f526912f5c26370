"""`/`, `/events/…` and the client package: the landing page, the feed, one event, and the client's download."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import get_user_id
from dashboard.feed import feed_page, first_steps, landing_sample, live_board
from dashboard.feed.live_stream import parse_kind
from dashboard.render import json_view
from dashboard.render.feed_row import KIND_LABELS
from dashboard.session import feed_rows, session_data, step_views
from events.isolation.row_security import acting_for_user
from events.store import log
from events.store.log import Record
from events.wire import cursor
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text
from memory.projection import projector, reader_projection
from memory.values import page_cursor
from memory.values.page_filter import NO_FILTER

_SEQ_LIMIT = 2**63


@never_cache
@require_safe
def home_view(request: HttpRequest) -> HttpResponse:
    """Shows the feed, newest first, or the landing page to a visitor who is not signed in.

    `?project=`, `?machine=`, `?time=` and `?kind=` filter, `?before=` leads to older pages. The feed starts
    with the first steps until machines of the user have sent events.
    """
    if not request.user.is_authenticated:
        return render(request, "feed/landing.html", {"sample": landing_sample.build_sample_rows()})
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    # Read the head first: events between the two queries are delivered twice and deduplicated, instead of lost.
    head = log.load_head(user_id)
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    context = _load_feed(user_id, filters, request.GET)
    context["cursor"] = cursor.encode(head)
    shows_steps = context["live"] and not context["is_filtered"]
    steps = first_steps.load_first_steps(user_id) if shows_steps else None
    return render(request, "feed/page.html", context | {"steps": steps})


@acting_for_user
def _load_feed(user_id: UUID, filters: filter_query.FilterQuery, query: QueryDict) -> dict[str, object]:
    """Loads the template context of the feed."""
    kind = parse_kind(query)
    before = filter_query.parse_position(query.get("before", ""), (int, int))
    page = feed_page.load_page(user_id, filters.page_filter, kind, before)
    older = None if page.older is None else page_cursor.encode(*page.older)
    return {
        "items": page.items,
        "older": None if older is None else filters.to_query_string(before=older, kind=kind),
        "live": before is None,
        "board": None if before else live_board.load_projected_board(user_id, filters.session_filter),
        "is_filtered": bool(kind) or filters.page_filter != NO_FILTER,
        "kind": kind,
        "kinds": [
            (name, label, filters.to_query_string(kind=name)) for name, label in {"": "All", **KIND_LABELS}.items()
        ],
        "stream_query": filters.to_query_string(kind=kind),
        "endless": True,
        **filter_query.load_form_context(user_id, filters),
        **saved_filter_views.load_filter_bar(user_id, "home", QueryDict(filters.to_query_string(kind=kind))),
    }


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def event_view(request: HttpRequest, seq: str) -> HttpResponse:
    """Shows everything captured of one event: as a page, or for the feed's script as the HTML below its row."""
    record = _load_own_record(request, seq)
    is_fragment = request.headers.get("X-Requested-With") == "fetch"
    template = "feed/_event.html" if is_fragment else "feed/event.html"
    context = {
        "rendered_row": feed_rows.render_row(record),
        "record": record,
        "page": json_view.format_json(record.text),
    }
    event = HookEvent.skim(record.seq, record.text, record.received_us)
    return render(request, template, context | {"session_id": event.session_id})


@never_cache
@login_required
@require_safe
def event_card_view(request: HttpRequest, seq: str) -> HttpResponse:
    """Renders an event for the feed's script as the timeline shows it, with the ways to its session and to its JSON."""
    record = _load_own_record(request, seq)
    event = session_data.parse_event(record)
    reader_projection.catch_up(get_user_id(request), seconds=projector.READ_TIMEOUT_S)
    records = [*session_data.load_call_start(get_user_id(request), event), record]
    step = session_data.build_step(records)
    text = next(filter(None, (get_text(event.data, name) for name in ("prompt", "text", "message"))), "")
    context = {
        "parts": (step.parts if step else None) or step_views.render_prompt(text),
        "records": records,
        "session_id": event.session_id,
    }
    return render(request, "feed/_event_card.html", context)


@never_cache
@login_required
@require_safe
def raw_event_view(request: HttpRequest, seq: str) -> HttpResponse:
    """Downloads an event as it was sent. A browser never renders it: it is an attachment of plain text."""
    record = _load_own_record(request, seq)
    headers = {"Content-Disposition": f'attachment; filename="event-{record.seq}.json"'}
    return HttpResponse(record.text, content_type="text/plain; charset=utf-8", headers=headers)


def _load_own_record(request: HttpRequest, seq: str) -> Record:
    event_seq = _parse_seq(seq)
    record = None if event_seq is None else log.load_record(get_user_id(request), event_seq)
    if record is None:
        raise Http404
    return record


def _parse_seq(text: str) -> int | None:
    """Parses a number in the log; returns None for any other text."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else _SEQ_LIMIT
    return number if number < _SEQ_LIMIT else None


@never_cache
@login_required
@require_safe
def live_board_view(request: HttpRequest) -> HttpResponse:
    """Renders the current live board for the feed's script."""
    page_filter = filter_query.parse_request(request).session_filter
    return render(
        request, "feed/_live_board.html", {"board": live_board.load_live_board(get_user_id(request), page_filter)}
    )
