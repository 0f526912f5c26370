"""This server's own client, packed from the checkout as `npm pack` would, so that `npx -y BASE/memfog.tgz` works.

The same files give the same bytes. The package knows the server that it came from (`memfog.api`).
"""

import gzip
import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

# npm ships these whatever `files` says.
ALWAYS = ("package.json", "README*", "LICENSE*", "LICENCE*")
# And never these.
NEVER = frozenset({"node_modules", ".git", ".DS_Store", ".npmrc"})
# The date npm itself puts on every file (npm pack, `portable`): 26 October 1985.
MTIME = 499_162_500

# What the client installs of itself, in the order in which it counts its build (client/lib/install.js).
INSTALLED = ("bin", "hooks", "lib", "package.json")

_packed: dict[tuple[Path, str], tuple[int, bytes]] = {}


def tarball(client: Path, *, api: str) -> bytes:
    """The package of a client folder; packed anew when a file in it is newer than the last time."""
    newest = max((path.stat().st_mtime_ns for path in _shipped(client)), default=0)
    at, body = _packed.get((client, api), (-1, b""))
    if at != newest:
        body = pack(client, api=api)
        _packed[client, api] = newest, body
    return body


@dataclass(frozen=True, slots=True)
class Release:
    """Which client a server serves: `build` tells two of one version apart, `sha256` is the package's own."""

    version: str
    build: str
    sha256: str
    size: int
    url: str


def release(client: Path, *, api: str) -> dict[str, str | int]:
    """What `memfog update` asks before it downloads. Raises FileNotFoundError where there is no client."""
    body = tarball(client, api=api)
    version = str(json.loads((client / "package.json").read_text())["version"])
    digest = hashlib.sha256(body).hexdigest()
    return asdict(Release(version, _build(body), digest, len(body), f"{api}/memfog.tgz"))


def _build(body: bytes) -> str:
    """The first digits of a hash over the names and hashes of what is installed, as the client names its folder."""
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        hashes = {entry.name.removeprefix("package/"): _digest(tar, entry) for entry in tar.getmembers()}
    names = [name for part in INSTALLED for name in sorted(hashes, key=_by_folder) if _is_of(name, part)]
    return hashlib.sha256("".join(f"{name} {hashes[name]}\n" for name in names).encode()).hexdigest()[:8]


def _digest(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = tar.extractfile(entry)
    return hashlib.sha256(file.read() if file else b"").hexdigest()


def _is_of(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}/")


def _by_folder(name: str) -> list[str]:
    return name.split("/")


def pack(client: Path, *, api: str) -> bytes:
    """A gzipped tar of what `package.json` names under `files`. Raises FileNotFoundError without one."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for path in _shipped(client):
            name = path.relative_to(client).as_posix()
            body = _pointed_home(client, api) if name == "package.json" else path.read_bytes()
            _add(tar, name, body, executable=bool(path.stat().st_mode & stat.S_IXUSR))
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, body: bytes, *, executable: bool) -> None:
    entry = tarfile.TarInfo(f"package/{name}")
    entry.size, entry.mtime, entry.mode = len(body), MTIME, 0o755 if executable else 0o644
    tar.addfile(entry, io.BytesIO(body))


def _described(client: Path) -> Mapping[str, list[str]]:
    described: Mapping[str, list[str]] = json.loads((client / "package.json").read_text())
    return described


def _pointed_home(client: Path, api: str) -> bytes:
    return json.dumps({**_described(client), "memfog": {"api": api}}, indent=2).encode() + b"\n"


def _shipped(client: Path) -> list[Path]:
    named = [path for pattern in (*ALWAYS, *_described(client).get("files", ())) for path in client.glob(pattern)]
    return sorted({file for path in named for file in _files(path) if NEVER.isdisjoint(file.parts)})


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (below for below in path.rglob("*") if below.is_file())
