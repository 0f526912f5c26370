"""`manage.py autostart`: starts Memfog when its owner signs in to the machine."""

import plistlib
import subprocess
from pathlib import Path

import pytest

from memfog.local import autostart_unit
from tests.desktop.laptop import Laptop
from tests.server import ROOT

# A path with every character that needs escaping.
ODD = "/home/me/my \"quoted\" 'folder' $HOME %h 100% \\back ✓/script/run"
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$HOME/asked"
case $* in *"$REFUSED"*) echo "Failed to connect to bus" >&2; exit 1;; esac
"""


def words(line: str) -> list[str]:
    """Splits a line of a systemd unit into arguments, by the rules of systemd.service(5) and systemd.syntax(7)."""
    read: list[str] = []
    word, quoted, letters = "", False, iter(line)
    for letter in letters:
        if letter == "\\":
            word += {"n": "\n"}.get(escaped := next(letters), escaped)
        elif letter == '"':
            quoted = not quoted
        elif letter == " " and not quoted:
            read, word = [*read, word], ""
        else:
            word += letter
    return [one.replace("%%", "%") for one in (*read, word)]


def test_the_unit_says_what_was_meant() -> None:
    unit = autostart_unit.format_unit(("/bin/sh", ODD, "--quiet"), {"MEMFOG_DATA": f"{ODD}\nnext", "PORT": "8001"})
    lines = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and "PORT" not in line)
    start = [word.replace("$$", "$") for word in words(lines["ExecStart"])]
    assert start == ["/bin/sh", ODD, "--quiet"]
    assert words(lines["Environment"]) == [f"MEMFOG_DATA={ODD}\nnext"]
    assert 'Environment="PORT=8001"' in unit


@pytest.mark.systemd
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    for number, command in enumerate([autostart_unit.START_COMMAND, ("/bin/sh", ODD, "--quiet")]):
        file = tmp_path / str(number) / autostart_unit.UNIT_NAME
        file.parent.mkdir()
        file.write_text(autostart_unit.format_unit(command, {"MEMFOG_DATA": ODD, "PORT": "8001"}))
        looked = subprocess.run(
            ["systemd-analyze", "--user", "verify", str(file)],
            env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert [line for line in looked.stderr.splitlines() if autostart_unit.UNIT_NAME in line] == []
        assert looked.returncode == 0, looked.stderr


def test_the_agent_says_what_was_meant(tmp_path: Path) -> None:
    text = autostart_unit.format_plist(("/bin/sh", ODD, "--quiet"), {"MEMFOG_DATA": ODD}, tmp_path / "server.log")
    agent = plistlib.loads(text.encode())
    assert agent["ProgramArguments"] == ["/bin/sh", ODD, "--quiet"]
    assert agent["EnvironmentVariables"] == {"MEMFOG_DATA": ODD}
    assert agent["RunAtLoad"] is True


def test_a_mac_gets_an_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    entry = autostart_unit.build_entry(501)
    assert entry.file.name == "com.memfog.server.plist"
    assert entry.enable_commands == (("launchctl", "bootstrap", "gui/501", str(entry.file)),)
    assert plistlib.loads(entry.text.encode())["ProgramArguments"] == list(autostart_unit.START_COMMAND)


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A local server whose `systemctl` records its arguments."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "systemctl").write_text(SYSTEMCTL)
    (programs / "systemctl").chmod(0o755)
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "XDG_CONFIG_HOME": str(tmp_path / "my config"),
        "REFUSED": "nothing",
    }
    return Laptop(tmp_path, **environment)


def test_it_prints_and_changes_nothing(laptop: Laptop) -> None:
    printed = laptop.manage("autostart")
    assert f'ExecStart=/bin/sh "{ROOT}/script/run" "--quiet"' in printed
    assert f'Environment="MEMFOG_DATA={laptop.data}"' in printed
    assert f'Environment="PORT={laptop.environment["PORT"]}"' in printed
    assert list(laptop.home.iterdir()) == []


def test_it_is_put_in_and_taken_out_again(laptop: Laptop, tmp_path: Path) -> None:
    file = tmp_path / "my config" / "systemd" / "user" / "memfog.service"
    assert str(file) in laptop.manage("autostart", "--install")
    assert file.read_text() == laptop.manage("autostart")
    asked = (laptop.home / "asked").read_text().splitlines()
    assert asked == ["--user daemon-reload", "--user enable --now memfog.service"]
    laptop.manage("autostart", "--install")
    assert str(file) in laptop.manage("autostart", "--remove")
    assert not file.exists()
    assert "Nothing was installed" in laptop.manage("autostart", "--remove")
    assert (laptop.home / "asked").read_text().splitlines().count("--user disable --now memfog.service") == 2


def test_what_systemd_refuses_is_told(laptop: Laptop) -> None:
    laptop.environment["REFUSED"] = "daemon-reload"
    refused = laptop.run("manage.py", "autostart", "--install")
    assert refused.returncode == 1
    assert "systemctl --user daemon-reload: Failed to connect to bus" in refused.stderr
    laptop.environment["PATH"] = str(laptop.home)
    refused = laptop.run("manage.py", "autostart", "--install")
    assert refused.returncode == 1
    assert "systemctl was not found on this machine" in refused.stderr


def test_a_server_for_others_is_run_in_another_way(tmp_path: Path) -> None:
    keys = {"SECRET_KEY": "s" * 50, "TOKEN_KEY": "t" * 50}
    refused = Laptop(tmp_path, PUBLIC_URL="https://memfog.example", **keys).run("manage.py", "autostart")
    assert refused.returncode == 1
    assert "docs/deploy.md" in refused.stderr
