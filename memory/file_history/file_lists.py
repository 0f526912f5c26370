"""Lists the files that sessions changed, the latest change first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from events.isolation.row_security import acting_for_user
from events.store import locations
from events.wire.folder_names import folder_key
from memory.file_history.commit_costs import NOTHING, CommitCost, sum_costs
from memory.file_history.turn_costs import NO_COST, TurnCost, load_turn_costs
from memory.models import FileChange, Session
from memory.models.traced import FileChangeQuerySet
from memory.projection import projector, reader_projection
from memory.sessions import project_names
from memory.values.page_filter import PageFilter

Position = tuple[int, int, int]  # (time in µs, number of the event, number of the change in it)
BATCH_SIZE, MAX_BATCHES = 300, 10  # changes that are read to find files
MAX_COUNTED = 100  # changes of a path that are counted
MAX_SUFFIX_CHARS = 12  # of a name that looks like that of a file
MAX_SEARCHED, MAX_FOUND_PATHS = 20_000, 100  # latest changes whose paths are searched, and paths that are found


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file with its latest change. Counts and costs are those of its latest `MAX_COUNTED` changes at most."""

    path: str
    project: str
    repo: str
    kind: str
    position: Position
    changes: int = 0
    sessions: int = 0
    added: int = 0
    removed: int = 0
    cost: CommitCost = NOTHING

    @property
    def at_us(self) -> int:
        return self.position[0]

    @property
    def key(self) -> tuple[str, str]:
        """Equal for a file in all clones and worktrees of a repository."""
        return folder_key(self.repo or self.project), self.path


@dataclass(frozen=True, slots=True)
class FileList:
    files: Sequence[ChangedFile]
    next_position: Position | None


def list_files(
    user_id: UUID, page_filter: PageFilter, *, limit: int, before: Position | None = None, words: str = ""
) -> FileList:
    """Lists up to `limit` files, of those whose path contains `words`; projects the log to its end first."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return list_projected_files(user_id, page_filter, limit=limit, before=before, words=words)


@acting_for_user
def list_projected_files(
    user_id: UUID, page_filter: PageFilter, *, limit: int, before: Position | None = None, words: str = ""
) -> FileList:
    """Lists the same files without projecting the log first."""
    rows = select_changes(user_id, page_filter)
    rows = rows.filter(path__in=_find_paths(user_id, words)) if words else rows
    files: dict[tuple[str, str], ChangedFile] = {}
    last, scanned, has_more = before, 0, False
    find_key = cache(folder_key)
    for path, project, repo, kind, at_us, seq, ordinal in _iter_changes(rows, before):
        position, key = (at_us, seq, ordinal), (find_key(repo or project), path)
        if key not in files:
            if has_more := len(files) == limit:
                break
            files[key] = ChangedFile(path, project, repo, kind, position)
        last, scanned = position, scanned + 1
    counted = _add_counts(user_id, list(files.values()), page_filter, before)
    return FileList(counted, last if has_more or scanned == BATCH_SIZE * MAX_BATCHES else None)


def looks_like_path(words: str) -> bool:
    """Whether a search may be for a file: one word with a separator, or a name with a suffix."""
    _, dot, suffix = words.rpartition(".")
    is_name = bool(dot) and 0 < len(suffix) <= MAX_SUFFIX_CHARS and suffix.isalnum()
    return len(words) > 2 and not any(map(str.isspace, words)) and ":" not in words and ("/" in words or is_name)


def select_changes(user_id: UUID, page_filter: PageFilter) -> FileChangeQuerySet:
    """Selects the changes of the filter's project, machine and time range."""
    selected: FileChangeQuerySet = narrow(FileChange.objects.for_user(user_id), user_id, page_filter)
    return selected


def narrow(rows: Any, user_id: UUID, page_filter: PageFilter) -> Any:
    """Narrows rows with a session, a project, a repository and a time to those of the filter."""
    if page_filter.machine:
        of_machine = Session.objects.for_user(user_id).filter(machine=page_filter.machine)
        rows = rows.filter(session_id__in=of_machine.values("session_id"))
    if page_filter.project:
        folders, repositories = find_names(user_id, page_filter)
        rows = rows.filter(Q(project__in=folders) | Q(repo__in=repositories))
    if page_filter.since_us is not None:
        rows = rows.filter(at_us__gte=page_filter.since_us)
    return rows if page_filter.until_us is None else rows.filter(at_us__lt=page_filter.until_us)


def find_names(user_id: UUID, page_filter: PageFilter) -> tuple[Sequence[str], Sequence[str]]:
    """Finds the names of the folders, and those of the repositories, of the filter's project."""
    names = project_names.resolve_filter(user_id, page_filter).project_names
    repo = locations.find_repo(user_id, names)
    return names, [*names, repo] if repo else names


# Bounded, because nothing but the time orders changes by an index that all of a path's parts could use.
_PATHS_SQL = f"""
SELECT DISTINCT path FROM (
    SELECT path FROM memory_filechange WHERE user_id = %s ORDER BY at_us DESC, seq DESC LIMIT {MAX_SEARCHED}
) AS latest"""


def _find_paths(user_id: UUID, words: str) -> list[str]:
    """Finds the paths of the latest changes that contain these characters: those that end with them first.

    Also finds the file of a whole path, which begins with folders that Memfog leaves out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PATHS_SQL, [user_id])
        paths = [path for (path,) in cursor.fetchall()]
    wanted = words.casefold()
    found = [path for path in paths if wanted in path.casefold() or wanted.endswith(f"/{path.casefold()}")]
    return sorted(found, key=lambda path: (not path.casefold().endswith(wanted), len(path), path))[:MAX_FOUND_PATHS]


def before_position(position: Position) -> Q:
    at_us, seq, ordinal = position
    return Q(at_us__lte=at_us) & (Q(at_us__lt=at_us) | Q(seq__lt=seq) | Q(seq=seq, ordinal__lt=ordinal))


_LISTED = ("path", "project", "repo", "kind", "at_us", "seq", "ordinal")
_Listed = tuple[str, str, str, str, int, int, int]


def _iter_changes(rows: FileChangeQuerySet, before: Position | None) -> Iterator[_Listed]:
    """Yields these columns of the newest changes, up to `MAX_BATCHES` of them."""
    for _ in range(MAX_BATCHES):
        selected = rows.filter(before_position(before)) if before else rows
        batch: list[_Listed] = list(selected.newest_first().values_list(*_LISTED)[:BATCH_SIZE])
        yield from batch
        if len(batch) < BATCH_SIZE:
            return
        before = batch[-1][-3:]


_COUNTS_SQL = f"""
SELECT %s, at_us, seq, ordinal, project, repo, session_id, added, removed, prompt_seq, path FROM (
    SELECT * FROM memory_filechange WHERE user_id = %s AND path = %s ORDER BY at_us DESC, seq DESC LIMIT {MAX_COUNTED}
) AS file"""


class _Counted(NamedTuple):
    """A change of a file that is counted; the fields are the columns of `_COUNTS_SQL`."""

    file_number: int
    at_us: int
    seq: int
    ordinal: int
    project: str
    repo: str
    session_id: str | bytes
    added: int
    removed: int
    prompt_seq: int | None
    path: str


def _add_counts(
    user_id: UUID, files: Sequence[ChangedFile], page_filter: PageFilter, before: Position | None
) -> list[ChangedFile]:
    """Adds counts and costs, and leaves out the files that a page before has listed by a later change."""
    by_file = _load_counted(user_id, files) if files else []
    listed_before = _find_listed(user_id, by_file, page_filter, before) if before else set()
    listed = [
        (file, changes)
        for at, (file, changes) in enumerate(zip(files, by_file, strict=True))
        if at not in listed_before
    ]
    costs = load_turn_costs(user_id, [change for _, changes in listed for change in changes])
    return [_count(file, changes, costs) for file, changes in listed]


def _find_listed(
    user_id: UUID, by_file: Sequence[Sequence[_Counted]], page_filter: PageFilter, before: Position
) -> set[int]:
    """Finds the files that a page before has listed, by a later change that the filter selects."""
    later = [one for one in chain.from_iterable(by_file) if one[1:4] >= before and page_filter.contains(one.at_us)]
    if later and page_filter.machine:
        rows = FileChange.objects.for_user(user_id).filter(seq__in={one.seq for one in later})
        of_machine = narrow(rows, user_id, PageFilter(machine=page_filter.machine))
        seqs = set(of_machine.values_list("seq", flat=True))
        later = [one for one in later if one.seq in seqs]
    return {one.file_number for one in later}


def _load_counted(user_id: UUID, files: Sequence[ChangedFile]) -> list[list[_Counted]]:
    """Loads the latest changes of each file."""
    parameters = [value for at, file in enumerate(files) for value in (at, user_id, file.path)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([_COUNTS_SQL] * len(files)), parameters)
        rows = [_Counted._make(row) for row in cursor.fetchall()]
    by_file: list[list[_Counted]] = [[] for _ in files]
    wanted, names = [file.key[0] for file in files], {row.repo or row.project for row in rows}
    keys = {name: folder_key(name) for name in names}
    for row in rows:
        if keys[row.repo or row.project] == wanted[row.file_number]:
            by_file[row.file_number].append(row)
    return by_file


def _count(file: ChangedFile, changes: list[_Counted], costs: Mapping[int, TurnCost]) -> ChangedFile:
    return replace(
        file,
        changes=len(changes),
        sessions=len({change.session_id for change in changes}),
        added=sum(change.added for change in changes),
        removed=sum(change.removed for change in changes),
        cost=sum_costs((change, costs.get(change.prompt_seq or 0, NO_COST)) for change in changes),
    )
