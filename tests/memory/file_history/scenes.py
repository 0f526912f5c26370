"""What is done to a repository with several sessions, one scene for each kind of work."""

from collections.abc import Callable
from pathlib import Path

from tests.memory.file_history.repository import Repository, indent_and_quote, wrap

FILES = ("shop/order.py", "shop/basket.py")


def work(repository: Repository, sessions: int = 0) -> None:
    """Sessions that create files and change them, with a commit after each turn, and a person in between."""
    for number in range(sessions or repository.sessions):
        repository.start_session()
        for turn, name in enumerate(FILES):
            repository.ask(f"Session {number} turn {turn}: work on {name}")
            change(repository, name)
            repository.commit()
        add_by_person(repository, FILES[number % 2])
        repository.commit("By hand")


def change(repository: Repository, name: str) -> None:
    if name not in repository.files:
        return repository.create(name, [line for _ in range(4) for line in repository.make_function()])
    lines = repository.files[name]
    for _ in range(3):
        start = repository.random.randrange(len(lines) - 4)
        repository.edit(name, start, start + repository.random.randrange(3), repository.make_function(3))
        lines = repository.files[name]
    return None


def add_by_person(repository: Repository, name: str) -> None:
    """A person adds a function, changes a line, and writes lines that others have, too."""
    texts = [line.text for line in repository.files[name]]
    at = repository.random.randrange(len(texts))
    texts[at] = f"{texts[at]}  # by hand {repository.random.randrange(1000)}"
    made = [line.replace("compute", "by_hand") for line in repository.make_function(4)]
    repository.write_by_person(name, [*texts[:at], *made, *texts[at:]])


def plain(repository: Repository) -> None:
    work(repository)


def not_committed(repository: Repository) -> None:
    work(repository)
    repository.start_session()
    repository.ask("Not committed yet")
    change(repository, FILES[0])


def moved(repository: Repository) -> None:
    work(repository, 2)
    repository.ask("Rename the file")
    repository.rename("shop/order.py", "store/orders.py")
    repository.commit("Rename")
    repository.ask("Change it after the move")
    change(repository, "store/orders.py")
    repository.commit()


def reformatted(repository: Repository) -> None:
    work(repository)
    for name in FILES:
        repository.reformat(name, indent_and_quote)
    repository.commit("Format")


def wrapped(repository: Repository) -> None:
    work(repository)
    for name in FILES:
        repository.reformat(name, wrap)
    repository.commit("Wrap")


def reverted(repository: Repository) -> None:
    work(repository, 2)
    repository.start_session()
    repository.ask("A change that is taken back")
    known = [*repository.files[FILES[0]]]
    change(repository, FILES[0])
    repository.commit("Taken back")
    repository.git("revert", "--no-edit", "HEAD")
    repository.restore(FILES[0], known)


def squashed(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "topic")
    work(repository)
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--squash", "topic")
    repository.commit("All in one")


def rebased(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "topic")
    work(repository)
    repository.git("checkout", "-q", "main")
    repository.write_by_person("README.md", ["# Shop", "A better shop."])
    repository.commit()
    repository.git("rebase", "-q", "main", "topic")


def cherry_picked(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "topic")
    work(repository)
    commits = repository.git("rev-list", "--reverse", "main..topic").split()
    repository.git("checkout", "-q", "main")
    for commit in commits:
        repository.git("cherry-pick", commit)


def redacted(repository: Repository) -> None:
    """Secrets stand in the file, and not in what the server has."""
    work(repository, 1)
    repository.ask("Add the key of the API")
    secret = "sk-" + "ant-api03-" + "Zk3v9QpT7LmX2bNc8RfWsDgHjYuKaE5x" * 2
    repository.edit(FILES[0], 0, 0, [f'API_KEY = "{secret}"', "API_URL = 'https://api.example.com/v1'"])
    for told in repository.events[-1:]:
        data = told["kind"]["data"]["data"]
        hunk = data["tool_response"]["structuredPatch"][0]
        hunk["lines"] = [line.replace(secret, "[redacted:anthropic-key]") for line in hunk["lines"]]
        data["tool_input"]["new_string"] = data["tool_input"]["new_string"].replace(secret, "[redacted:anthropic-key]")
    repository.commit()


SCENES: dict[str, Callable[[Repository], None]] = {
    scene.__name__: scene
    for scene in (
        *(plain, not_committed, moved, reformatted, wrapped, reverted, squashed, rebased, cherry_picked, redacted),
    )
}


def play(name: str, folder: Path, seed: int = 0, *, sessions: int = 3) -> Repository:
    repository = Repository(folder / f"{name}-{seed}", seed, sessions=sessions)
    SCENES[name](repository)
    return repository
