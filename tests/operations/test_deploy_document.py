"""docs/deploy.md can be followed: its blocks have places, its units are units. `script/deploy-check` follows it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from events import limits
from script.deploy_check import unit_file
from script.deploy_check.document import Step, list_steps
from tests.house.test_house import ROOT

STEPS = list_steps(ROOT / "docs/deploy.md", "One machine")
FILES = {step.path: step.text for step in STEPS if step.path}
UNITS = sorted(path for path in FILES if path.endswith(".service"))


def test_it_has_units_settings_of_proxies_and_commands() -> None:
    assert {Path(path).name for path in FILES} >= {"memfog-web.service", "memfog-worker.service", "Caddyfile", "memfog"}
    assert len([step for step in STEPS if not step.path]) >= 10


def test_a_block_is_a_file_at_the_last_path_before_it_or_commands(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(
        "# T\n\n## One\n\n### A\n\n`/etc/x`, not `y`:\n\n```ini\n[A]\n```\n\n```sh\nls\n```\n\n## Two\n"
    )
    assert list_steps(document, "One") == [Step("A", "[A]\n", "/etc/x"), Step("A", "ls\n")]
    document.write_text("## Z\n\n## One\n\n### A\n\n1. Run:\n\n   ```sh\n   ls \\\n     -l\n   ```\n")
    assert list_steps(document, "One") == [Step("A", "ls \\\n  -l\n")]
    document.write_text("# T\n\n## One\n\n### A\n\n```ini\n[A]\n```\n")
    with pytest.raises(ValueError, match=r"no path before the block that begins with '\[A\]'"):
        list_steps(document, "One")


@pytest.mark.systemd
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        # The programs of a unit must exist; here they lie elsewhere.
        text = FILES[path].replace("/opt/memfog/.venv/bin/python", shutil.which("true") or "")
        (tmp_path / Path(path).name).write_text(text)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.glob("memfog-*.service")))],
        capture_output=True,
        text=True,
    )
    ours = [line for line in verified.stderr.splitlines() if "memfog" in line]
    assert (verified.returncode, ours) == (0, [])


def test_the_proxies_take_bodies_as_large_as_memfogs_own_limit() -> None:
    mebibytes = limits.MAX_REQUEST_BYTES >> 20
    assert f"client_max_body_size {mebibytes}m;" in FILES["/etc/nginx/sites-available/memfog"]
    assert f"max_size {mebibytes}MiB" in FILES["/etc/caddy/Caddyfile"]


def test_a_unit_is_read_with_its_drop_ins_and_its_instance(tmp_path: Path) -> None:
    folder = tmp_path / "etc/systemd/system"
    (folder / "fog@.service.d").mkdir(parents=True)
    (folder / "fog@.service").write_text(
        "[Unit]\nUser=no\n\n[Service]\n# no\nExecStart=-/bin/fog --name '%i$$' \\\n  %I\nUser=fog\n[Install]\nUser=no\n"
    )
    (folder / "fog@.service.d/more.conf").write_text("[Service]\nLimitNOFILE=9\nNoNewPrivileges=yes\n")
    unit = unit_file.load_unit(tmp_path, "fog@15-main")
    assert unit.commands("ExecStart") == [(["/bin/fog", "--name", "15-main$", "15/main"], True)]
    assert (unit.get("User"), unit.get("LimitNOFILE"), unit.get("Group", "none")) == ("fog", "9", "none")
    assert unit.is_on("NoNewPrivileges")
    (folder / "fog.socket").write_text("[Socket]\nListenStream=127.0.0.1:80\n[Service]\nListenStream=none\n")
    assert unit_file.load_unit(tmp_path, "fog.socket").get("ListenStream") == "127.0.0.1:80"
    with pytest.raises(FileNotFoundError, match="there is no unit fog"):
        unit_file.load_unit(tmp_path, "fog")
