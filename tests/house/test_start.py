"""The start of Memfog on a new machine, and settings with which it refuses to start."""

import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from tests import forking
from tests.environment import free_port
from tests.server import ROOT, Server, wait_for

KEY_FILES = {"mailbox_key", "push_key", "secret_key", "token_key"}
BARE = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return forking.libraries().run(["manage.py", *arguments], {**BARE, **environment})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_directory_is_private_and_its_keys_are_made_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for _ in range(2):
        # This command opens the database. The test of `script/run` below migrates one, which takes longer.
        assert manage("showmigrations", MEMFOG_DATA=str(data)).returncode == 0
        keys = {name: (data / name).read_text() for name in KEY_FILES}
        assert all(len(key) > 40 for key in keys.values())
        assert len(set(keys.values())) == len(KEY_FILES)
    assert (mode(data), {mode(data / name) for name in keys}) == (0o700, {0o600})
    assert {path.name for path in data.iterdir()} == {"memfog.sqlite3", *KEY_FILES}


def test_the_data_directory_stands_under_the_data_home_by_default(tmp_path: Path) -> None:
    assert manage("check", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path / "share")).returncode == 0
    assert mode(tmp_path / "share" / "memfog") == 0o700


@pytest.mark.parametrize("missing", ["SECRET_KEY", "TOKEN_KEY"])
@pytest.mark.parametrize("where", [{"HOST": "0.0.0.0"}, {"PUBLIC_URL": "https://app.example.com"}])  # noqa: S104
def test_a_server_that_others_can_reach_needs_its_keys(tmp_path: Path, missing: str, where: dict[str, str]) -> None:
    given = {"SECRET_KEY": "s" * 50, "TOKEN_KEY": "t" * 50}
    del given[missing]
    refused = manage("check", MEMFOG_DATA=str(tmp_path), **given, **where)
    assert refused.returncode != 0
    assert f"Set {missing}" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_script_run_serves_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    port = free_port()
    environment = {**BARE, "HOME": str(tmp_path), "MEMFOG_DATA": str(tmp_path / "data"), "PORT": str(port)}
    running = subprocess.Popen(
        [ROOT / "script" / "run"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    def is_up() -> bool:
        assert running.poll() is None
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", verify=False).status_code == 200
        except httpx.TransportError:
            return False

    wait_for(is_up, what="script/run")
    told = tmp_path / "data" / "server.json"
    assert json.loads(told.read_text())["url"] == f"http://127.0.0.1:{port}"
    os.killpg(running.pid, signal.SIGINT)  # to the whole group, as a terminal does
    printed, complained = running.communicate(timeout=240)
    assert (
        f"Sign in with this link (works once, for ten minutes): http://127.0.0.1:{port}/sign-in/link?token=" in printed
    )
    assert f"Others sign up at http://127.0.0.1:{port}/sign-up" in printed
    assert f"http://127.0.0.1:{port}/dev/mail" in printed
    assert "Traceback" not in complained
    assert running.returncode == 0
    assert not told.exists()


@pytest.mark.slow
def test_a_killed_worker_is_followed_by_another(server: Server) -> None:
    pair = Server(free_port(), WEB_CONCURRENCY="2").start()
    try:
        parent = pair.processes[0].pid
        before = workers(parent)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        wait_for(lambda: len(set(workers(parent)) - set(before)) == 1, what="another worker")
        wait_for(pair.is_up, what="the server")
    finally:
        pair.stop()


def workers(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_the_example_of_settings_works_as_it_is(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    checked = manage("check", **(example | {"MEMFOG_DATA": str(tmp_path)}))
    assert checked.returncode == 0, checked.stderr


def test_every_task_of_the_schedule_is_known_to_a_server_without_a_broker(tmp_path: Path) -> None:
    code = "import memfog.asgi; from memfog.server import scheduler; print(len(scheduler.load_schedule()))"
    environment = {**BARE, "MEMFOG_DATA": str(tmp_path)}
    ran = forking.libraries().run(["-c", code], environment)
    assert int(ran.stdout) >= 5, ran.stderr
