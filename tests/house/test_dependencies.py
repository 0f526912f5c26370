"""The locks name all installed packages with their files, and everything that the inputs need."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
INPUTS = ("requirements.txt", "requirements-dev.txt")
LOCKS = ("requirements.lock", "requirements-dev.lock")
_ENTRY = re.compile(r"^(?P<what>[^\s#][^\\\n]*?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def asked(name: str) -> list[Requirement]:
    lines = [line.partition("  #")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


def locked(name: str) -> dict[str, tuple[Requirement, int]]:
    """Returns name → the locked requirement, and the number of files of its release."""
    found = [(Requirement(entry["what"]), entry["hashes"].count("--hash=")) for entry in entries(name)]
    return {canonicalize_name(what.name): (what, files) for what, files in found}


def entries(name: str) -> list[re.Match[str]]:
    return list(_ENTRY.finditer((ROOT / name).read_text()))


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_is_one_exact_version(name: str) -> None:
    assert [str(one) for one in asked(name) if not re.fullmatch(r"==[\w.]+", str(one.specifier))] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_nothing_but_exact_versions_with_their_digests(name: str) -> None:
    text = (ROOT / name).read_text()
    assert re.sub(r"^ *#.*$", "", _ENTRY.sub("", text), flags=re.MULTILINE).strip() == ""
    assert [str(one) for one, _ in locked(name).values() if not re.fullmatch(r"==[\w.]+", str(one.specifier))] == []
    assert len(entries(name)) == len(locked(name))


@pytest.mark.parametrize("name", [*LOCKS, *INPUTS, "script/setup", "script/lock"])
def test_no_file_names_an_address_to_install_from(name: str) -> None:
    assert re.findall(r"https?://|--(?:extra-)?index|--find-links|--trusted", (ROOT / name).read_text()) == []


@pytest.mark.parametrize(("lock", "inputs"), [(LOCKS[0], INPUTS[:1]), (LOCKS[1], INPUTS)])
def test_a_lock_names_what_its_inputs_ask_for(lock: str, inputs: tuple[str, ...]) -> None:
    has = {name: str(one.specifier) for name, (one, _) in locked(lock).items()}
    wants = {canonicalize_name(one.name): str(one.specifier) for name in inputs for one in asked(name)}
    assert {name: has.get(name) for name in wants} == wants


def test_both_locks_name_the_same_files() -> None:
    both = {entry["what"]: entry["hashes"] for entry in entries(LOCKS[1])}
    assert {entry["what"]: both.get(entry["what"]) for entry in entries(LOCKS[0])} == {
        entry["what"]: entry["hashes"] for entry in entries(LOCKS[0])
    }


@pytest.mark.parametrize(("lock", "inputs"), [(LOCKS[0], INPUTS[:1]), (LOCKS[1], INPUTS)])
def test_a_lock_is_the_whole_closure_of_its_inputs(lock: str, inputs: tuple[str, ...]) -> None:
    has = locked(lock)
    needed = {canonicalize_name(one.name) for one in closure(asked(name) for name in inputs)}
    assert needed - set(has) == set()
    # Other entries are only for other systems and versions of Python.
    assert [str(has[name][0]) for name in set(has) - needed if holds_here(has[name][0].marker)] == []


def closure(inputs: Iterable[list[Requirement]]) -> list[Requirement]:
    """Returns the inputs and everything that they need on this machine, as the installed packages declare it."""
    todo, found = [one for some in inputs for one in some if applies(one)], dict[str, Requirement]()
    while todo:
        one = todo.pop()
        if str(one) not in found:
            found[str(one)] = one
            todo += needs(one)
    return list(found.values())


def needs(one: Requirement) -> list[Requirement]:
    extras = sorted(one.extras) or [""]
    every = [Requirement(line) for line in distribution(one.name).requires or ()]
    return [need for need in every if any(applies(need, extra) for extra in extras)]


def applies(one: Requirement, extra: str = "") -> bool:
    return one.marker is None or one.marker.evaluate({"extra": extra})


def holds_here(marker: Marker | None) -> bool:
    return marker is None or marker.evaluate()


def test_what_is_installed_is_what_is_locked() -> None:
    wants = {name: one for name, (one, _) in locked(LOCKS[1]).items() if holds_here(one.marker)}
    assert {name: version(name) for name in wants} == {name: str(one.specifier)[2:] for name, one in wants.items()}


def version(name: str) -> str | None:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None


def test_files_for_every_system_are_locked() -> None:
    few = []
    for name, (one, files) in locked(LOCKS[1]).items():
        tags = distribution(name).read_text("WHEEL") if holds_here(one.marker) else None
        # A compiled package has at least one file each for Linux, macOS and Windows.
        if tags and "Root-Is-Purelib: false" in tags and files < 3:
            few.append(name)
    assert few == []


def test_whoever_installs_asks_for_digests() -> None:
    telling = ("script/setup", "docs/deploy.md")
    lines = [line for name in telling for line in (ROOT / name).read_text().splitlines() if "pip install" in line]
    assert len(lines) == len(telling)
    assert [line for line in lines if not re.search(r"--require-hashes -r \S*lock\b", line)] == []
