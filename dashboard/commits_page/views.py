"""`/commits`: the commits and pull requests of sessions, and what is behind one of them."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.base import filter_query
from dashboard.base.current_user import get_user_id
from dashboard.base.filter_query import FilterQuery
from dashboard.commits_page.commit_views import CommitView, build_act
from dashboard.render.safe_text import one_line
from dashboard.session.git_act_views import format_share, format_turns
from dashboard.session.views import get_session_or_404
from events.wire import patterns
from memory.file_history import commit_history
from memory.file_history.commit_history import CommitQuery
from memory.values import page_cursor

COMMITS_LIMIT = 50  # on one page


@never_cache
@login_required
@require_safe
def commits_view(request: HttpRequest) -> HttpResponse:
    """Lists commits and pull requests of a session (`?session=`) or a branch (`?branch=`). `?after=` is a position."""
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    after = filter_query.parse_position(request.GET.get("after"), (int, int, int))
    session_id = request.GET.get("session", "")
    session_id = session_id if patterns.SESSION_ID.fullmatch(session_id) else ""
    branch = request.GET.get("branch", "").replace("\0", "")[:250]
    query = CommitQuery(filters.page_filter, COMMITS_LIMIT, after, session_id, branch)
    context: dict[str, Any] = {"endless": True, **filter_query.load_form_context(user_id, filters, of_sessions=False)}
    if session_id:
        context["session"] = get_session_or_404(request, session_id)
    return render(request, "commits/page.html", context | _load_commits(user_id, filters, query))


def _load_commits(user_id: UUID, filters: FilterQuery, query: CommitQuery) -> dict[str, Any]:
    found = commit_history.list_commits(user_id, query)
    next_page = page_cursor.encode(*found.next_position) if found.next_position else ""
    wanted = {"session": query.session_id, "branch": query.branch}
    return {
        "commits": [build_act(act) for act in found.acts],
        "branch": one_line(query.branch, 100),
        "costs": {"share": format_share(found.total), "most": format_turns(found.total)},
        "first": filters.to_query_string(**wanted) if query.before else None,
        "next": filters.to_query_string(**wanted, after=next_page) if next_page else None,
    }


@never_cache
@login_required
@require_safe
def commit_view(request: HttpRequest, commit_hash: str) -> HttpResponse:
    """Shows a commit by its hash, or by at least seven digits of it. Of an unknown one it says how to find out."""
    commit_hash = commit_hash.lower()
    commit = commit_history.find_commit(get_user_id(request), commit_hash)
    if commit is None and commit_history.is_hash(commit_hash):
        return render(request, "commits/unknown.html", {"hash": commit_hash}, status=404)
    if commit is None:
        raise Http404
    return render(request, "commits/commit.html", {"commit": CommitView(commit)})
