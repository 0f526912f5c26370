"""The names and colors of a user's projects and machines, as far as they depend on the user's other projects and
machines.

A project has its color by the order of first use. Two projects of one name are shown with their parent folder. A
machine has the name that its owner gave it. Views read the names here; middleware sets the source for each request.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import blake2b

from dashboard.render.short_labels import parent_name, project_name
from events.wire.folder_names import folder_key

HUE_COUNT = 12
# Consecutive projects get very different colors: 5 and 12 have no common divisor, so that each color is used.
HUE_STEP = 5


@dataclass(frozen=True, slots=True)
class ShownNames:
    """`numbers` are places in the order of first use, by the key of a project. `repos` has the repository of a folder.

    `shared` are the names that several projects have, `machines` those that their owner gave. Not `is_complete` if the
    user has more projects than these.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    repos: Mapping[str, str] = field(default_factory=dict)
    shared: Collection[str] = frozenset()
    machines: Mapping[str, str] = field(default_factory=dict)
    is_complete: bool = True

    def find_key(self, repo: str, folder: str) -> str:
        """Returns the key of a project: equal for its repository, its folders and their spellings."""
        key = folder_key(repo or folder)
        return self.repos.get(key, key)

    def knows(self, repo: str, folder: str) -> bool:
        """Whether to read the names again would tell nothing new of a project."""
        return not (repo or folder) or not self.is_complete or self.find_key(repo, folder) in self.numbers


def build_names(
    projects: Iterable[tuple[str, str]], machines: Mapping[str, str], *, is_complete: bool = True
) -> ShownNames:
    """Builds the names from (folder, repository) of each project, in the order of their first use."""
    keys = [(folder_key(folder), folder_key(repo)) for folder, repo in projects]
    repos = _find_repos(keys)
    numbers: dict[str, int] = {}
    for folder, repo in keys:
        key = repo or folder
        numbers.setdefault(repos.get(key, key), len(numbers))
    names = Counter(project_name("", key) for key in numbers)
    shared = frozenset(name for name, count in names.items() if count > 1)
    return ShownNames(numbers, repos, shared, machines, is_complete)


def _find_repos(keys: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Finds the folders that belong to one repository; a folder above several belongs to none of them."""
    found: dict[str, set[str]] = {}
    for folder, repo in keys:
        if repo and folder and folder != repo:
            found.setdefault(folder, set()).add(repo)
    return {folder: next(iter(repos)) for folder, repos in found.items() if len(repos) == 1}


class _Source:
    """Loads the names of a request when the first of them is asked for."""

    def __init__(self, load: Callable[[], ShownNames]) -> None:
        self.load, self.names = load, None

    names: ShownNames | None

    def get(self) -> ShownNames:
        if self.names is None:
            self.names = self.load()
        return self.names


_source: ContextVar[_Source | None] = ContextVar("shown_names", default=None)


@contextmanager
def use_names(load: Callable[[], ShownNames]) -> Iterator[None]:
    """Makes these the current names within a `with` block; `load` is called once, if at all."""
    reset_token = _source.set(_Source(load))
    try:
        yield
    finally:
        _source.reset(reset_token)


def current_names() -> ShownNames:
    """Returns the names of this request; none where no user is known, as on public pages."""
    source = _source.get()
    return source.get() if source else ShownNames()


def project_hue(repo: str, folder: str) -> int:
    """Returns the color of a project, one of `HUE_COUNT`: the same on all pages of its user."""
    names = current_names()
    key = names.find_key(repo, folder)
    number = names.numbers.get(key)
    if number is None:  # a page without a user, such as an example, or one of very many projects
        return blake2b(project_name("", key).encode("utf-8", "replace"), digest_size=2).digest()[0] % HUE_COUNT
    return number * HUE_STEP % HUE_COUNT


def project_label(repo: str, folder: str) -> str:
    """Returns the name of a project, with the folder before if another project has the same name."""
    name = project_name(repo, folder)
    if name not in current_names().shared:
        return name
    parent = parent_name(repo, folder)
    return f"{parent}/{name}" if parent else name


def machine_label(machine: str) -> str:
    """Returns the name that the owner gave a machine, else its own."""
    return current_names().machines.get(machine, machine)
