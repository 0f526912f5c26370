"""`/api/commits`: the commits and pull requests of sessions, and one commit. See docs/contract.md, section 4."""

from collections import defaultdict
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import documented
from accounts.credentials.authentication import get_caller
from accounts.request_serializers import StrictCharField
from memory.file_history import commit_history
from memory.file_history.change_history import TracedChange
from memory.file_history.commit_costs import CommitCost, sum_costs
from memory.file_history.commit_history import CommitHistory, CommitQuery, TracedAct
from memory.serializers import blank_texts, format_timestamp
from memory.values import page_cursor
from memory.values.page_filter import PageFilter

MAX_PROMPT_CHARS = 2_000
_POSITION = (int, int, int)


class CommitsParameters(serializers.Serializer[Any]):
    project = StrictCharField(
        default="", allow_blank=True, max_length=4_096, help_text="The full name of a folder or a repository."
    )
    session = StrictCharField(default="", allow_blank=True, max_length=128, help_text="The id of a session.")
    branch = StrictCharField(default="", allow_blank=True, max_length=250, help_text="The full name of a branch.")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50, help_text="Commits on one page.")
    cursor = StrictCharField(default=None, help_text="The `next_cursor` of the previous page.")


class CommitCostSerializer(serializers.Serializer[Any]):
    cost_usd = serializers.FloatField(
        allow_null=True, help_text="The shares of its changes in their turns; null without a price."
    )
    turns_cost_usd = serializers.FloatField(allow_null=True, help_text="The whole cost of these turns.")


class GitActSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The number of the event that reported it.")
    ts = serializers.DateTimeField()
    kind = serializers.CharField(
        help_text="`commit`, `amend`, `merge`, `cherry-pick`, `revert`, `rebase`, `apply` (`git am`), `push` or "
        "`request`: a pull request."
    )
    hash = serializers.CharField(help_text="As long as the output showed it; empty for a pull request.")
    branch = serializers.CharField(help_text="Empty if unknown.")
    subject = serializers.CharField(help_text="The first line of the message; empty if the output did not show it.")
    url = serializers.CharField(help_text="The address of a pull request, or the remote of a push.")
    session_id = serializers.CharField()
    session_title = serializers.CharField()
    machine = serializers.CharField()
    project = serializers.CharField()
    repo = serializers.CharField()


class ListedCommitSerializer(GitActSerializer, CommitCostSerializer):
    files = serializers.IntegerField(help_text="Changed files that the commit holds.")


class CommitsSerializer(CommitCostSerializer):
    commits = ListedCommitSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Null on the last page.")


class CommitFileSerializer(CommitCostSerializer):
    path = serializers.CharField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class CommitPromptSerializer(CommitCostSerializer):
    prompt_id = serializers.IntegerField(allow_null=True, help_text="Null if no prompt is known.")
    prompt = serializers.CharField(help_text="The words of the prompt, up to 2,000 characters.")
    session_id = serializers.CharField()


class CommitSerializer(CommitCostSerializer):
    hash = serializers.CharField(help_text="As long as any output showed it.")
    subject = serializers.CharField()
    replaced_by = serializers.CharField(help_text="The commit that took its place when it was amended; else empty.")
    acts = GitActSerializer(many=True, help_text="What sessions did with it, newest first.")
    requests = serializers.ListField(
        child=serializers.CharField(), help_text="The addresses of pull requests of its branch, by the same sessions."
    )
    files = CommitFileSerializer(many=True)
    prompts = CommitPromptSerializer(many=True)


class CommitsView(APIView):
    """Lists the commits and pull requests that the caller's sessions made, newest first."""

    http_method_names = ["get", "options"]

    @documented(query=CommitsParameters, responses={200: CommitsSerializer})
    def get(self, request: Request) -> Response:
        serializer = CommitsParameters(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        query = CommitQuery(
            PageFilter(project=values["project"]),
            values["limit"],
            page_cursor.decode(values["cursor"], _POSITION),
            session_id=values["session"],
            branch=values["branch"],
        )
        found = commit_history.list_commits(get_caller(request).user_id, query)
        next_cursor = page_cursor.encode(*found.next_position) if found.next_position else None
        return Response(
            {
                "commits": [_serialize_listed(act) for act in found.acts],
                **_serialize_cost(found.total),
                "next_cursor": next_cursor,
            }
        )


class CommitView(APIView):
    """Shows a commit by its hash or at least seven digits of it: sessions, files, prompts, and what they cost."""

    http_method_names = ["get", "options"]

    @documented(responses={200: CommitSerializer})
    def get(self, request: Request, commit_hash: str) -> Response:
        commit = commit_history.find_commit(get_caller(request).user_id, commit_hash)
        if commit is None:
            raise NotFound("No session is known to have this commit.")
        return Response(_serialize_commit(commit))


def _serialize_commit(commit: CommitHistory) -> dict[str, Any]:
    files: dict[str, list[TracedChange]] = defaultdict(list)
    prompts: dict[tuple[str, int | None], list[TracedChange]] = defaultdict(list)
    for change in commit.changes:
        files[change.row.path].append(change)
        prompts[change.row.session_id, change.row.prompt_seq].append(change)
    return {
        "hash": commit.hash,
        **blank_texts({"subject": commit.subject}),
        "replaced_by": commit.replaced_by,
        **_serialize_cost(commit.cost),
        "acts": [_serialize_act(act) for act in commit.acts],
        "requests": [request.url for request in commit.requests],
        "files": [_serialize_file(path, changes) for path, changes in files.items()],
        "prompts": [_serialize_prompt(changes) for changes in prompts.values()],
    }


def _serialize_listed(act: TracedAct) -> dict[str, Any]:
    return _serialize_act(act) | {"files": act.cost.files} | _serialize_cost(act.cost)


def _serialize_act(act: TracedAct) -> dict[str, Any]:
    row, session = act.row, act.session
    names = ("kind", "hash", "branch", "url", "session_id", "project", "repo")
    return {
        "id": row.seq,
        "ts": format_timestamp(row.at_us),
        **{name: getattr(row, name) for name in names},
        **blank_texts({"subject": row.subject}),
        "session_title": session.title if session else "",
        "machine": session.row.machine if session else "",
    }


def _serialize_file(path: str, changes: list[TracedChange]) -> dict[str, Any]:
    added, removed = (sum(getattr(change.row, name) for change in changes) for name in ("added", "removed"))
    return {"path": path, "added": added, "removed": removed} | _serialize_cost(_sum(changes))


def _serialize_prompt(changes: list[TracedChange]) -> dict[str, Any]:
    first = changes[0]
    return {
        "prompt_id": first.row.prompt_seq,
        **blank_texts({"prompt": first.prompt_text[:MAX_PROMPT_CHARS]}),
        "session_id": first.row.session_id,
        **_serialize_cost(_sum(changes)),
    }


def _sum(changes: list[TracedChange]) -> CommitCost:
    return sum_costs([(change.row, change.turn_cost) for change in changes])


def _serialize_cost(cost: CommitCost) -> dict[str, float | None]:
    values = {"cost_usd": cost.share_microdollars, "turns_cost_usd": cost.turns_microdollars}
    return {name: value / 1_000_000 if cost.is_known else None for name, value in values.items()}
