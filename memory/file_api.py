"""`/api/files`: the files that sessions changed, and the history of one. See docs/contract.md, section 4."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import documented
from accounts.credentials.authentication import get_caller
from accounts.request_serializers import StrictCharField
from memory.file_history import change_history, change_lines, file_lists
from memory.file_history.change_history import HistoryQuery, TracedChange
from memory.file_history.file_lists import ChangedFile
from memory.file_history.project_costs import ProjectCost, load_project_cost
from memory.rules.changes.edited_lines import HASH_CHARS
from memory.serializers import blank_texts, format_timestamp
from memory.values import page_cursor
from memory.values.page_filter import PageFilter

MAX_HASHES, MAX_PROMPT_CHARS = 300, 2_000
_HEX_DIGITS = frozenset("0123456789abcdef")
_POSITION = (int, int, int)


def _project_field() -> StrictCharField:
    return StrictCharField(
        default="", allow_blank=True, max_length=4_096, help_text="The full name of a folder or a repository."
    )


class FilesParameters(serializers.Serializer[Any]):
    q = StrictCharField(default="", allow_blank=True, max_length=500, help_text="A part of the path.")
    project = _project_field()
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50, help_text="Files on one page.")
    cursor = StrictCharField(default=None, help_text="The `next_cursor` of the previous page.")


class HistoryParameters(serializers.Serializer[Any]):
    path = StrictCharField(max_length=500, trim_whitespace=False, help_text="The path within the project.")
    project = _project_field()
    in_repository = serializers.ChoiceField(
        ("0", "1"), default="0", help_text="`1`: sessions may have been started in a folder of the repository."
    )
    until = StrictCharField(default="", allow_blank=True, help_text="Microseconds since 1970: only changes before.")
    hashes = StrictCharField(
        default="", allow_blank=True, help_text=f"Only changes that added a line with one of these {MAX_HASHES} hashes."
    )
    lines = serializers.ChoiceField(("0", "1"), default="0", help_text="`1`: with the lines of each change.")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=30, help_text="Changes on one page.")
    cursor = StrictCharField(default=None, help_text="The `next_cursor` of the previous page.")

    def validate_until(self, value: str) -> int | None:
        if value and not (value.isascii() and value.isdigit() and len(value) < 19):
            raise serializers.ValidationError("Send a number.")
        return int(value) if value else None

    def validate_hashes(self, value: str) -> frozenset[str]:
        hashes = value.split(",") if value else []
        if len(hashes) > MAX_HASHES or not all(map(_is_hash, hashes)):
            raise serializers.ValidationError(f"Send up to {MAX_HASHES} hashes, separated by commas.")
        return frozenset(hashes)


class ChangedFileSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="Relative to the project, else absolute.")
    project = serializers.CharField(help_text="The folder where the session was started.")
    repo = serializers.CharField(help_text="The git remote; empty if unknown.")
    kind = serializers.CharField(help_text="The latest change, as in the history of the file.")
    changed_at = serializers.DateTimeField()
    changes = serializers.IntegerField(help_text=f"Of the latest {file_lists.MAX_COUNTED}, as the next five.")
    sessions = serializers.IntegerField()
    added = serializers.IntegerField(help_text="Added lines.")
    removed = serializers.IntegerField(help_text="Removed lines.")
    cost_usd = serializers.FloatField(
        allow_null=True, help_text="The shares of these changes in their turns; null without a price."
    )
    turns_cost_usd = serializers.FloatField(allow_null=True, help_text="The whole cost of these turns.")


class ProjectCostSerializer(serializers.Serializer[Any]):
    cost_usd = serializers.FloatField(
        allow_null=True, help_text="Of all answers in the sessions of the project; null without a price."
    )
    changes_cost_usd = serializers.FloatField(
        allow_null=True,
        help_text="Of the turns that changed files: the shares of all changes add up to it; null for too many turns.",
    )
    other_cost_usd = serializers.FloatField(allow_null=True, help_text="Of all other turns: the rest.")
    unpriced_answers = serializers.IntegerField(help_text="Answers without a price, which are in none of these.")


class FilesSerializer(serializers.Serializer[Any]):
    files = ChangedFileSerializer(many=True)
    project_cost = ProjectCostSerializer(
        allow_null=True, help_text="What `project` cost; null without it, and on later pages."
    )
    next_cursor = serializers.CharField(allow_null=True, help_text="Null on the last page.")


class FileChangeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The number of the event that reported the change.")
    ts = serializers.DateTimeField()
    kind = serializers.CharField(
        help_text="`create`, `edit`, `move` or `delete`; `add` and `remove` if only a commit names it."
    )
    path = serializers.CharField()
    old_path = serializers.CharField(help_text="The path before a move; else empty.")
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    session_id = serializers.CharField()
    session_title = serializers.CharField()
    machine = serializers.CharField()
    project = serializers.CharField()
    repo = serializers.CharField()
    prompt_id = serializers.IntegerField(allow_null=True, help_text="Null if no prompt is known.")
    prompt = serializers.CharField(help_text="The words of the prompt, up to 2,000 characters.")
    preamble = serializers.CharField(help_text="The first line that Claude wrote before; empty if not captured.")
    turn_cost_usd = serializers.FloatField(allow_null=True, help_text="Of the whole turn; null without a price.")
    cost_usd = serializers.FloatField(allow_null=True, help_text="The share of this change in the cost of the turn.")
    hunks = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="With `lines=1`: the lines after the change, each after `+` (added) or a space.",
    )


class FileHistorySerializer(serializers.Serializer[Any]):
    changes = FileChangeSerializer(many=True)
    earlier_paths = serializers.ListField(child=serializers.CharField(), help_text="Before the file was moved.")
    next_cursor = serializers.CharField(allow_null=True, help_text="Null on the last page.")


class FilesView(APIView):
    """Lists the files that the caller's sessions changed, the latest change first."""

    http_method_names = ["get", "options"]

    @documented(query=FilesParameters, responses={200: FilesSerializer})
    def get(self, request: Request) -> Response:
        user_id, values = get_caller(request).user_id, _parse(request, FilesParameters)
        page_filter, before = PageFilter(project=values["project"]), page_cursor.decode(values["cursor"], _POSITION)
        found = file_lists.list_files(user_id, page_filter, limit=values["limit"], before=before, words=values["q"])
        has_cost = bool(page_filter.project) and before is None
        return Response(
            {
                "files": [_serialize_file(file) for file in found.files],
                "project_cost": _serialize_project_cost(load_project_cost(user_id, page_filter)) if has_cost else None,
                "next_cursor": page_cursor.encode(*found.next_position) if found.next_position else None,
            }
        )


class FileHistoryView(APIView):
    """Lists the changes of a file, newest first, each with the prompt that it came from and what its turn cost.

    The history continues with the earlier paths of the file, as far as commands moved it.
    """

    http_method_names = ["get", "options"]

    @documented(query=HistoryParameters, responses={200: FileHistorySerializer})
    def get(self, request: Request) -> Response:
        user_id, values = get_caller(request).user_id, _parse(request, HistoryParameters)
        query = HistoryQuery(
            values["path"],
            PageFilter(project=values["project"], until_us=values["until"] or None),
            values["limit"],
            page_cursor.decode(values["cursor"], _POSITION),
            values["hashes"] or frozenset(),
            is_in_repository=values["in_repository"] == "1",
        )
        history = change_history.load_history(user_id, query)
        rows = [change.row for change in history.changes] if values["lines"] == "1" else []
        hunks = change_lines.load_hunks(user_id, rows)
        return Response(
            {
                "changes": [_serialize_change(change, hunks) for change in history.changes],
                "earlier_paths": history.earlier_paths,
                "next_cursor": page_cursor.encode(*history.next_position) if history.next_position else None,
            }
        )


def _parse(request: Request, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    serializer = serializer_class(data=request.query_params)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _is_hash(text: str) -> bool:
    return len(text) == HASH_CHARS and set(text) <= _HEX_DIGITS


def _serialize_file(file: ChangedFile) -> dict[str, Any]:
    names = ("path", "project", "repo", "kind", "changes", "sessions", "added", "removed")
    costs = {"cost_usd": file.cost.share_microdollars, "turns_cost_usd": file.cost.turns_microdollars}
    return {
        **{name: getattr(file, name) for name in names},
        "changed_at": format_timestamp(file.at_us),
        **{name: _to_dollars(cost if file.cost.is_known else None) for name, cost in costs.items()},
    }


def _serialize_project_cost(cost: ProjectCost) -> dict[str, Any]:
    costs = {
        "cost_usd": cost.cost_microdollars,
        "changes_cost_usd": cost.changes_microdollars,
        "other_cost_usd": cost.other_microdollars,
    }
    return {
        **{name: _to_dollars(value if cost.is_known else None) for name, value in costs.items()},
        "unpriced_answers": cost.unpriced_answers,
    }


def _serialize_change(change: TracedChange, hunks: dict[int, list[list[str]]]) -> dict[str, Any]:
    row, session = change.row, change.session
    names = ("kind", "path", "old_path", "added", "removed", "session_id", "project", "repo")
    texts = {"preamble": row.preamble, "prompt": change.prompt_text[:MAX_PROMPT_CHARS]}
    return {
        "id": row.seq,
        "ts": format_timestamp(row.at_us),
        **{name: getattr(row, name) for name in names},
        "session_title": session.title if session else "",
        "machine": session.row.machine if session else "",
        "prompt_id": change.prompt.seq if change.prompt else None,
        **blank_texts(texts),
        "turn_cost_usd": _to_dollars(change.turn_microdollars),
        "cost_usd": _to_dollars(change.share_microdollars),
        "hunks": hunks.get(row.seq, []),
    }


def _to_dollars(microdollars: int | None) -> float | None:
    return None if microdollars is None else microdollars / 1_000_000
