"""What a new session of a project should know. Worktrees and clones of one repository share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.isolation import for_its_user
from memory import facts, projector
from memory.documents import key
from memory.models import Document, Observation, Prompt, Session, Summary
from memory.observe import tokens
from memory.rendering import ASKED, Context, Entry, Known, Last, render

BUDGET, MOST = 2_000, 10_000  # tokens
LATEST = 400  # documents of the project that are looked at
PATIENCE = 0.3  # seconds for the log: the session waits
PARTS = ("request", "learned", "completed", "next_steps", "notes", "closing")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the session begins: its folder, the root that it was started in, its repository; empty if unknown."""

    project: str = ""
    root: str = ""
    repo: str = ""

    @property
    def folders(self) -> set[str]:
        return {name for name in (self.project, self.root) if name}


def context(user_id: UUID, place: Place, *, budget: int = BUDGET) -> Context:
    """What is known of the place, within so many tokens."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return render(_known(user_id, place), budget=budget)


def places(user_id: UUID, *, limit: int) -> list[Place]:
    """Where the user's latest sessions were started, the latest first, each folder once."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return _places(user_id)[:limit]


@for_its_user
def _places(user_id: UUID) -> list[Place]:
    found: dict[str, str] = {}
    for folder, repo in Session.objects.of(user_id).newest_first().values_list("project", "repo")[:LATEST]:
        found.setdefault(folder, repo)
    return [Place(folder, folder, repo) for folder, repo in found.items() if folder]


@for_its_user
def _known(user_id: UUID, place: Place) -> Known:
    near = latest(user_id, place)
    said = [
        row
        for row in Prompt.objects.of(user_id).filter(seq__in=near.get("prompt", ()), by_person=True)
        if _is_here(row, place) and not row.text.lstrip().startswith("<")
    ]
    summaries = [
        row for row in Summary.objects.of(user_id).filter(seq__in=near.get("summary", ())) if _is_here(row, place)
    ]
    others = [seq for type_, seqs in near.items() if type_ not in ("prompt", "summary") for seq in seqs]
    # Without the text, which is most of a row and not shown here.
    seen = Observation.objects.of(user_id).filter(seq__in=others).defer("text", "files_read")
    acts = [row for row in seen if _is_here(row, place)]
    for rows in (said, summaries, acts):
        rows.sort(key=lambda row: (-row.at_us, -row.seq))
    return Known(
        asked=[Entry(row.seq, row.at_us, "prompt", row.text, tokens(row.text)) for row in said[:ASKED]],
        acts=[Entry(row.seq, row.at_us, row.type, _title(row), row.tokens) for row in acts if not row.agent],
        summaries=[Entry(row.seq, row.at_us, "summary", _gist(row), row.tokens) for row in summaries],
        last=_last(summaries),
        facts=facts.facts(acts, said),
    )


@for_its_user
def latest(user_id: UUID, place: Place) -> dict[str, list[int]]:
    """The numbers of the latest documents of this place, by type."""
    found: dict[int, tuple[int, str]] = {}
    rows = Document.objects.of(user_id).order_by("-at_us", "-seq").values_list("seq", "at_us", "type")
    parts = [rows.filter(project_key=key(name)) for name in place.folders]
    if place.repo:
        parts.append(rows.filter(repo_key=key(place.repo)))
    for part in parts:
        found |= {seq: (at_us, type_) for seq, at_us, type_ in part[:LATEST]}
    by_type: dict[str, list[int]] = {}
    for seq in sorted(found, key=lambda seq: (-found[seq][0], -seq))[:LATEST]:
        by_type.setdefault(found[seq][1], []).append(seq)
    return by_type


def _is_here(row: Prompt | Observation | Summary, place: Place) -> bool:
    """Keys are digests: two names may share one."""
    return row.project in place.folders or bool(row.repo and row.repo == place.repo)


def _title(row: Observation) -> str:
    return f"{row.title} ({row.outcome})" if row.outcome and row.type == "failure" else row.title


def _gist(row: Summary) -> str:
    return row.closing or row.completed or row.notes or row.request


def _last(summaries: Sequence[Summary]) -> Last | None:
    if not summaries:
        return None
    row = summaries[0]
    parts = [(name.replace("_", " ").capitalize(), getattr(row, name)) for name in PARTS]
    return Last(row.seq, row.at_us, [(name, text) for name, text in parts if text])
