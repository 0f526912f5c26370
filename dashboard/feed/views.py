"""`/`, `/events/…` and the client package: the landing page, the feed, one event, and the client's download."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Token
from dashboard.account_pages.machine_views import build_token_rows
from dashboard.base import filter_query
from dashboard.base.current_user import get_user_id
from dashboard.demo import demo_data
from dashboard.demo.demo_events import is_demo_id
from dashboard.feed import landing_sample, live_board
from dashboard.render import json_view
from dashboard.session import feed_rows
from events.isolation.row_security import acting_for_user
from events.store import log
from events.store.log import Record
from events.wire import cursor
from events.wire.hook_event import HookEvent
from memory.projection import projector, reader_projection
from memory.sessions import event_feed
from memory.values import page_cursor
from memory.values.page_filter import NO_FILTER

PAGE_SIZE = 50
_SEQ_LIMIT = 2**63


@never_cache
@require_safe
def home_view(request: HttpRequest) -> HttpResponse:
    """Shows the feed, newest first, or the landing page to a visitor who is not signed in.

    `?project=`, `?machine=` and `?time=` filter, `?before=` leads to older pages. The feed starts with the first steps
    if no machine of the user has sent events.
    """
    if not request.user.is_authenticated:
        return render(request, "feed/landing.html", {"sample": landing_sample.build_sample_rows()})
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    # Read the head first: events between the two queries are delivered twice and deduplicated, instead of lost.
    head = log.load_head(user_id)
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    context, records = _load_feed(user_id, filters, request.GET.get("before", ""))
    context["cursor"] = cursor.encode(head)
    is_early = context["live"] and not context["is_filtered"] and all(is_demo_id(record.id) for record in records)
    shows_first_steps = is_early and (not records or demo_data.has_only_demo(user_id))
    return render(request, "feed/page.html", context | _load_first_steps(user_id) if shows_first_steps else context)


@acting_for_user
def _load_feed(
    user_id: UUID, filters: filter_query.FilterQuery, before: str
) -> tuple[dict[str, object], Sequence[Record]]:
    """Loads the template context of the feed, and the records of its rows."""
    is_filtered = filters.page_filter != NO_FILTER
    records, is_older_page, older = (_load_filtered if is_filtered else _load_all)(user_id, filters, before)
    context = {
        "rows": feed_rows.render_newest_first(reversed(records)),
        "older": None if older is None else filters.to_query_string(before=older),
        "live": not is_older_page,
        "board": None if is_older_page else live_board.load_projected_board(user_id, filters.session_filter),
        "is_filtered": is_filtered,
        "endless": True,
        **filter_query.load_form_context(user_id, filters),
    }
    return context, records


FeedPage = tuple[Sequence[Record], bool, str | None]


def _load_all(user_id: UUID, filters: filter_query.FilterQuery, before: str) -> FeedPage:
    """Loads a page of all events in log order: records, whether `before` was given, and the next page's position."""
    seq = _parse_seq(before)
    records = log.load_before(user_id, seq, limit=PAGE_SIZE + 1)
    return records[:PAGE_SIZE], seq is not None, str(records[PAGE_SIZE - 1].seq) if len(records) > PAGE_SIZE else None


def _load_filtered(user_id: UUID, filters: filter_query.FilterQuery, before: str) -> FeedPage:
    """Loads a page of the events within the page filter, by time. Returns the same as `_load_all`."""
    position = filter_query.parse_position(before, (int, int))
    records, older = event_feed.load_feed_page(user_id, filters.page_filter, limit=PAGE_SIZE, before=position)
    return records, position is not None, None if older is None else page_cursor.encode(*older)


def _load_first_steps(user_id: UUID) -> dict[str, object]:
    """Loads the context for a user whose machines have sent no events yet; a demo does not count."""
    oldest = Token.objects.for_user(user_id).order_by("created_at", "id")[:1]
    return {"shows_first_steps": True, "token": next(iter(build_token_rows(oldest)), None)}


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
        request, "sessions/_live_board.html", {"board": live_board.load_live_board(get_user_id(request), page_filter)}
    )
