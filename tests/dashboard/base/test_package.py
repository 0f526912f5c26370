import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import httpx
import pytest

from dashboard.base.client_package import get_tarball, pack_tarball
from tests.server import ROOT, Server

API = "https://fog.example"


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """A folder with files that belong to the package and files that do not."""
    for name in ("bin/run.js", "lib/deep/a.js", "test/a.test.js", "lib/node_modules/x/i.js", "README.md", ".npmrc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "bin/run.js").chmod(0o755)
    described = {"name": "x", "version": "1.0.0", "bin": {"x": "bin/run.js"}, "files": ["bin", "lib"]}
    (tmp_path / "package.json").write_text(json.dumps(described))
    return tmp_path


def entries(body: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return tar.getmembers()


def described(body: bytes) -> dict[str, object]:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        file = tar.extractfile("package/package.json")
        assert file
        return dict(json.load(file))


def test_it_holds_what_npm_would_ship(client: Path) -> None:
    packed = entries(pack_tarball(client, api=API))
    names = ["README.md", "bin/run.js", "lib/deep/a.js", "package.json"]
    assert [entry.name for entry in packed] == [f"package/{name}" for name in names]
    assert [entry.mode for entry in packed] == [0o644, 0o755, 0o644, 0o644]
    assert {(entry.uid, entry.gid, entry.uname, entry.mtime) for entry in packed} == {(0, 0, "", 499_162_500)}


def test_it_knows_its_server(client: Path) -> None:
    assert described(pack_tarball(client, api=API))["memfog"] == {"api": API}


def test_the_same_files_give_the_same_bytes(client: Path) -> None:
    before = pack_tarball(client, api=API)
    os.utime(client / "bin/run.js", (1, 1))
    assert pack_tarball(client, api=API) == before


def test_it_is_packed_again_when_a_file_is_newer(client: Path) -> None:
    before = get_tarball(client, api=API)
    assert get_tarball(client, api=API) is before
    (client / "lib/new.js").write_text("new")
    assert len(entries(get_tarball(client, api=API))) == len(entries(before)) + 1


def test_the_server_gives_its_client_to_anyone(http: httpx.Client, server: Server) -> None:
    answer = http.get("/memfog.tgz")
    assert answer.headers["content-type"] == "application/gzip"
    assert "public" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    assert described(answer.content)["memfog"] == {"api": server.url}


def test_the_server_says_which_client_it_serves(http: httpx.Client, server: Server, tmp_path: Path) -> None:
    answer = http.get("/memfog.json")
    body = http.get("/memfog.tgz").content
    told = answer.json()
    assert "public" in answer.headers["cache-control"]
    assert told["sha256"] == hashlib.sha256(body).hexdigest()
    assert (told["version"], told["size"]) == (described(body)["version"], len(body))
    assert told["url"] == f"{server.url}/memfog.tgz"
    assert told["build"] == installed(body, tmp_path).removeprefix(f"{told['version']}-")


def installed(body: bytes, folder: Path) -> str:
    """Installs the client of this package. Returns the name that it gives its folder."""
    subprocess.run(["tar", "-xzf", "-", "-C", str(folder)], input=body, check=True)
    require = (
        "const { install } = require(lib + '/install/install.js'); const { resolvePaths } = require(lib + '/paths.js');"
    )
    script = f"const lib = process.argv[1]; {require} install(resolvePaths())"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run(["node", "-e", script, str(folder / "package/lib")], env=environment, check=True)
    (name,) = (path.name for path in (folder / ".memfog/client").iterdir())
    return name


def test_npm_ships_the_same_files() -> None:
    told = subprocess.run(["npm", "pack", "--dry-run", "--json"], cwd=ROOT / "client", capture_output=True, check=True)
    listed = json.loads(told.stdout)
    package = next(iter(listed.values())) if isinstance(listed, dict) else listed[0]
    ours = {entry.name.removeprefix("package/") for entry in entries(pack_tarball(ROOT / "client", api=API))}
    assert ours == {file["path"] for file in package["files"]}


def test_npx_runs_what_was_downloaded(http: httpx.Client, tmp_path: Path) -> None:
    body = http.get("/memfog.tgz").content
    (tmp_path / "memfog.tgz").write_bytes(body)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "npm_config_update_notifier": "false"}
    ran = subprocess.run(
        ["npx", "--offline", "-y", "--package", "./memfog.tgz", "memfog", "--version"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip().endswith(str(described(body)["version"]))
