"""Packs this server's client from the checkout as `npm pack` does, so that `npx -y BASE/memfog.tgz` works.

The same files give the same bytes. The packed `package.json` names this server (`memfog.api`).
"""

import gzip
import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

# npm always ships these files, even if `files` in `package.json` does not list them.
ALWAYS_SHIPPED = ("package.json", "README*", "LICENSE*", "LICENCE*")
# npm never ships these files.
NEVER_SHIPPED = frozenset({"node_modules", ".git", ".DS_Store", ".npmrc"})
# The date that `npm pack` gives every file (`portable`): 26 October 1985.
FILE_MTIME_S = 499_162_500

# The parts that the client installs, in the order in which it computes its build id (client/lib/install/install.js).
INSTALLED_PARTS = ("bin", "hooks", "lib", "package.json")

_cached_tarballs: dict[tuple[Path, str], tuple[int, bytes]] = {}


def get_tarball(client: Path, *, api: str) -> bytes:
    """Returns the package of a client folder; packs it again if a file is newer than the cached package."""
    newest_mtime_ns = max((path.stat().st_mtime_ns for path in _list_shipped_files(client)), default=0)
    cached_mtime_ns, body = _cached_tarballs.get((client, api), (-1, b""))
    if cached_mtime_ns != newest_mtime_ns:
        body = pack_tarball(client, api=api)
        _cached_tarballs[client, api] = newest_mtime_ns, body
    return body


@dataclass(frozen=True, slots=True)
class Release:
    """The client that a server serves: `build` distinguishes builds of one version, `sha256` is its digest."""

    version: str
    build: str
    sha256: str
    size: int
    url: str


def describe_release(client: Path, *, api: str) -> dict[str, str | int]:
    """Describes the release that `memfog update` compares before a download.

    Raises FileNotFoundError if the folder holds no client.
    """
    return asdict(_read_release(get_tarball(client, api=api), api))


def find_release(client: Path, *, api: str) -> Release | None:
    """Returns the release that this server serves; None if the folder holds no client."""
    try:
        return _read_release(get_tarball(client, api=api), api)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=2)
def _read_release(body: bytes, api: str) -> Release:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        manifest = tar.extractfile("package/package.json")
        version = str(json.loads(manifest.read() if manifest else b"{}")["version"])
    return Release(version, _compute_build_id(body), hashlib.sha256(body).hexdigest(), len(body), f"{api}/memfog.tgz")


def _compute_build_id(body: bytes) -> str:
    """Computes the first digits of a hash over the names and hashes of the installed files.

    The client names its installation folder by the same digits.
    """
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
    """Packs the `files` of `package.json` into a gzipped tar. Raises FileNotFoundError without a `package.json`."""
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
