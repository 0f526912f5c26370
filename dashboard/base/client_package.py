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
ALWAYS_SHIPPED = ("package.json", "README*", "LICENSE*", "LICENCE*")
# And never these.
NEVER_SHIPPED = frozenset({"node_modules", ".git", ".DS_Store", ".npmrc"})
# The date npm itself puts on every file (npm pack, `portable`): 26 October 1985.
FILE_MTIME_S = 499_162_500

# What the client installs of itself, in the order in which it counts its build (client/lib/install.js).
INSTALLED_PARTS = ("bin", "hooks", "lib", "package.json")

_cached_tarballs: dict[tuple[Path, str], tuple[int, bytes]] = {}


def get_tarball(client: Path, *, api: str) -> bytes:
    """The package of a client folder; packed anew when a file in it is newer than the last time."""
    newest_mtime_ns = max((path.stat().st_mtime_ns for path in _list_shipped_files(client)), default=0)
    cached_mtime_ns, body = _cached_tarballs.get((client, api), (-1, b""))
    if cached_mtime_ns != newest_mtime_ns:
        body = pack_tarball(client, api=api)
        _cached_tarballs[client, api] = newest_mtime_ns, body
    return body


@dataclass(frozen=True, slots=True)
class Release:
    """Which client a server serves: `build` tells two of one version apart, `sha256` is the package's own."""

    version: str
    build: str
    sha256: str
    size: int
    url: str


def describe_release(client: Path, *, api: str) -> dict[str, str | int]:
    """What `memfog update` asks before it downloads. Raises FileNotFoundError where there is no client."""
    body = get_tarball(client, api=api)
    version = str(json.loads((client / "package.json").read_text())["version"])
    digest = hashlib.sha256(body).hexdigest()
    return asdict(Release(version, _compute_build_id(body), digest, len(body), f"{api}/memfog.tgz"))


def _compute_build_id(body: bytes) -> str:
    """The first digits of a hash over the names and hashes of what is installed, as the client names its folder."""
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        hashes = {entry.name.removeprefix("package/"): _hash_entry(tar, entry) for entry in tar.getmembers()}
    names = [name for part in INSTALLED_PARTS for name in sorted(hashes, key=_split_path) if _is_in_part(name, part)]
    return hashlib.sha256("".join(f"{name} {hashes[name]}\n" for name in names).encode()).hexdigest()[:8]


def _hash_entry(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = tar.extractfile(entry)
    return hashlib.sha256(file.read() if file else b"").hexdigest()


def _is_in_part(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}/")


def _split_path(name: str) -> list[str]:
    return name.split("/")


def pack_tarball(client: Path, *, api: str) -> bytes:
    """A gzipped tar of what `package.json` names under `files`. Raises FileNotFoundError without one."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as gzip_file,
        tarfile.open(fileobj=gzip_file, mode="w") as tar,
    ):
        for path in _list_shipped_files(client):
            name = path.relative_to(client).as_posix()
            body = _build_manifest(client, api) if name == "package.json" else path.read_bytes()
            _add_file(tar, name, body, executable=bool(path.stat().st_mode & stat.S_IXUSR))
    return buffer.getvalue()


def _add_file(tar: tarfile.TarFile, name: str, body: bytes, *, executable: bool) -> None:
    entry = tarfile.TarInfo(f"package/{name}")
    entry.size, entry.mtime, entry.mode = len(body), FILE_MTIME_S, 0o755 if executable else 0o644
    tar.addfile(entry, io.BytesIO(body))


def _load_manifest(client: Path) -> Mapping[str, list[str]]:
    manifest: Mapping[str, list[str]] = json.loads((client / "package.json").read_text())
    return manifest


def _build_manifest(client: Path, api: str) -> bytes:
    return json.dumps({**_load_manifest(client), "memfog": {"api": api}}, indent=2).encode() + b"\n"


def _list_shipped_files(client: Path) -> list[Path]:
    matches = [
        path for pattern in (*ALWAYS_SHIPPED, *_load_manifest(client).get("files", ())) for path in client.glob(pattern)
    ]
    return sorted({file for path in matches for file in _walk_files(path) if NEVER_SHIPPED.isdisjoint(file.parts)})


def _walk_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (below for below in path.rglob("*") if below.is_file())
