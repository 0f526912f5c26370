"""An empty Debian 12 in a folder, and commands run in it."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from script.deploy_check import apart, machine_settings

SUITE = "bookworm"
# A cached root holds packages of a week ago at most.
CACHE_AGE_S = 7 * 86_400
# What apt and pip downloaded is kept for the next run: both compare digests with what they ask the network for.
DOWNLOADS = {"archives": "/var/cache/apt/archives", "pip": "/var/cache/pip"}
ROOM_KB = 6 << 20
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_CACHE_DIR": DOWNLOADS["pip"],
}


class DebianRoot:
    """The root of an empty Debian. `log` gets the output of all commands."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "root"
        self.log = folder / "log"
        self.settings = machine_settings.load_settings()

    def make(self) -> None:
        cache = _load_cache(self.settings)
        self.path.mkdir()
        if _has_room_in_memory():
            self._mount("tmpfs", "/", "-t", "tmpfs", "-o", "mode=755")
        subprocess.run(["tar", "-xf", cache / "root.tar", "-C", self.path], check=True)
        self._mount("proc", "/proc", "-t", "proc")
        self._mount("tmpfs", "/dev/shm", "-t", "tmpfs")  # noqa: S108  # Debian's own
        for name, path in DOWNLOADS.items():
            (cache / name).mkdir(exist_ok=True)
            self._mount(str(cache / name), path, "--bind")
        # Keep what was installed for the next run, and leave out what takes time and no user of this root needs.
        self.write("/etc/apt/apt.conf.d/90check", f'APT::Keep-Downloaded-Packages "1";\n{self.settings.apt}')
        self.write("/etc/dpkg/dpkg.cfg.d/90check", "force-unsafe-io\npath-exclude /usr/share/man/*\n")
        self.write("/etc/apt/sources.list", self.settings.sources)
        for path in self.settings.files:
            self.bind(Path(path), path)
        if self.settings.bundle:
            self.bind(Path(self.settings.bundle), machine_settings.BUNDLE_PATH)

    def bind(self, source: Path, path: str) -> None:
        """Shows a file or folder of the machine in the root, where it cannot be changed."""
        target = self.path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        elif not target.exists():
            target.touch()
        self._mount(str(source), path, "--bind")
        subprocess.run(["mount", "-o", "remount,bind,ro", target], check=True)

    def _mount(self, source: str, path: str, *options: str) -> None:
        target = self.path / path.lstrip("/")
        if not target.exists():
            target.mkdir(parents=True)
        subprocess.run(["mount", *options, source, target], check=True)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def run(self, commands: str, *, network: bool = False, **environment: str) -> str:
        """Runs shell commands as root, up to the first that fails. Returns their output; raises RuntimeError."""
        words = ["chroot", str(self.path), "bash", "-euo", "pipefail", "-c", commands]
        done = subprocess.run(
            [*(apart.enter_network() if network else ()), *words],
            env={**ENVIRONMENT, **(self.settings.environment if network else {}), **environment},
            pass_fds=[apart.network_file()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        with self.log.open("a") as log:
            log.write(f"{commands}\n{done.stdout}\n")
        if done.returncode:
            raise RuntimeError(f"exit code {done.returncode}\n{done.stdout[-4_000:]}")
        return done.stdout


def _has_room_in_memory() -> bool:
    """Whether the root fits into memory, where creating and removing it is faster."""
    found = re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return found is not None and int(found[1]) > ROOM_KB


def _load_cache(settings: "machine_settings.MachineSettings") -> Path:
    """Returns the folder with `root.tar`; makes an empty Debian if there is none, or an old one."""
    cache = Path(tempfile.gettempdir()) / f"memfog-debian-{SUITE}-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    archive = cache / "root.tar"
    if not archive.exists() or time.time() - archive.stat().st_mtime > CACHE_AGE_S:
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _bootstrap(Path(folder, "root"), settings)
            subprocess.run(["tar", "-cf", Path(folder, "root.tar"), "-C", Path(folder, "root"), "."], check=True)
            Path(folder, "root.tar").rename(archive)
            shutil.rmtree(Path(folder, "root"))
    return cache


def _bootstrap(root: Path, settings: "machine_settings.MachineSettings") -> None:
    command = [*apart.enter_network(), "debootstrap", "--variant=minbase", SUITE, str(root), settings.mirror]
    environment: Mapping[str, str] = {**os.environ, **settings.environment}
    done = subprocess.run(
        command, env=environment, pass_fds=[apart.network_file()], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"debootstrap failed\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
