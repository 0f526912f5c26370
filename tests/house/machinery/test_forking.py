"""A forked command behaves like a command that Python starts."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests import forking
from tests.forking import ROOT
from tests.server import wait_for

pytestmark = pytest.mark.sweep

ECHO = "import os, sys; print(sys.argv, sys.stdin.read(), os.environ.get('FOG'), os.getcwd()); sys.exit(7)"
SETTINGS = "from memfog import settings; print(settings.DATA_DIR, settings.PORT)"


Python = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    data = str(tmp_path_factory.mktemp("data"))
    return {"PATH": os.environ["PATH"], "MEMFOG_DATA": data, "FOG": "thick", "MODEL_URL": "off"}


@pytest.fixture(scope="module")
def python(environment: dict[str, str]) -> Python:
    """Runs Python itself with these arguments, once for all tests, as the reference."""

    @cache
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=ROOT, env=environment, input="given", capture_output=True, text=True)

    return run


@pytest.mark.parametrize(
    "words",
    [
        ["-c", ECHO, "one", "two words"],
        ["-c", "1/0"],
        ["-c", "import sys; at = sys.stdin.buffer; print(at.name, at.seekable(), at.read())"],
        ["-c", "import sys; sys.exit('Why it ended.')"],
        ["-m", "json.tool", "--nonsense"],
        ["-m", "platform", "terse"],
        ["manage.py", "nonsense"],
        ["manage.py", "backup_now", "--json"],
        ["manage.py", "backup_list", "--max-age", "soon"],
    ],
    ids=["echo", "error", "stdin", "exit", "usage", "module", "unknown", "refused", "argument"],
)
@pytest.mark.parametrize("settled", [False, True], ids=["libraries", "settled"])
def test_it_ends_and_says_as_python_does(
    environment: dict[str, str], python: Python, words: list[str], settled: bool
) -> None:
    real = python(*words)
    server = forking.settled(environment) if settled else forking.libraries()
    forked = server.run(words, environment, given=b"given")
    assert (forked.returncode, forked.stdout) == (real.returncode, real.stdout)
    assert forked.stderr.splitlines()[-1:] == real.stderr.splitlines()[-1:]


def test_its_settings_are_of_its_own_environment(tmp_path: Path) -> None:
    places = [{"MEMFOG_DATA": str(tmp_path / name), "PORT": port} for name, port in (("a", "8101"), ("b", "8102"))]
    said = [forking.libraries().run(["-c", SETTINGS], place).stdout for place in places]
    assert said == [forking.settled(place).run(["-c", SETTINGS], place).stdout for place in places]
    assert said == [f"{place['MEMFOG_DATA']} {place['PORT']}\n" for place in places]


def test_it_is_ended_by_a_signal(tmp_path: Path) -> None:
    code = "from pathlib import Path; from time import sleep; Path('up').write_text(''); sleep(99)"
    words = ["-c", f"import os; os.chdir({str(tmp_path)!r}); {code}"]
    for ended_by in (signal.SIGTERM, signal.SIGKILL):
        process = forking.libraries().start(words, os.environ)
        wait_for((tmp_path / "up").exists, what="the process")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        process.send_signal(ended_by)
        process.communicate(30)
        assert process.returncode == -ended_by
        (tmp_path / "up").unlink()


def test_more_environments_than_are_kept_have_their_servers_ended(tmp_path: Path) -> None:
    for number in range(forking.KEPT + 2):
        place = {"MEMFOG_DATA": str(tmp_path), "PORT": str(8200 + number)}
        assert forking.settled(place).run(["-c", SETTINGS], place).stdout == f"{tmp_path} {8200 + number}\n"
    assert len(forking._settled) == forking.KEPT


def test_no_process_is_measured_that_no_one_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(forking.COVERAGE, "{}")
    server = forking.libraries.__wrapped__()
    try:
        environment = Path(f"/proc/{server._process.pid}/environ").read_bytes()
    finally:
        server.close()
    assert b"PATH=" in environment
    assert forking.COVERAGE.encode() not in environment
