"""Records the network use of programs: their system calls, and connections to a proxy that none of them should use."""

import re
import socket
import subprocess
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

DNS = 53
CALLS = "connect,bind,sendto,sendmsg,sendmmsg"
# An internet address as strace prints it. Addresses of files, of the kernel and of connected sockets do not match.
ADDRESS = re.compile(
    r'(\w+)\(.*?sa_family=AF_INET6?, sin6?_port=htons\((\d+)\).*?(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"'
)


@dataclass(frozen=True)
class Call:
    name: str
    address: str
    port: int

    def stays(self) -> bool:
        """Whether the call stays on this machine. DNS does not: a local resolver asks other machines."""
        return ip_address(self.address).is_loopback and self.port != DNS


class Wire:
    """The folder with the traces of all programs, one file for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def tap(self) -> list[str]:
        """Returns the command line that traces the command after it. It ends when all traced processes have ended."""
        notes = self.folder / str(len(list(self.folder.iterdir())))
        notes.touch()
        return ["strace", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(notes)]

    def calls(self) -> list[Call]:
        text = "\n".join(notes.read_text(errors="replace") for notes in sorted(self.folder.iterdir()))
        return [Call(name, address, int(port)) for name, port, address in ADDRESS.findall(text)]

    def run(
        self, *command: str, environment: dict[str, str], cwd: Path, stdin: str = "", codes: Container[int] = (0,)
    ) -> str:
        ran = subprocess.run(
            [*self.tap(), *command],
            env=environment,
            cwd=cwd,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert ran.returncode in codes, f"{command}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout


@dataclass
class Proxy:
    """Accepts connections, records their first bytes, and answers none."""

    url: str
    heard: list[bytes] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        names = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
        return {spelling: self.url for name in names for spelling in (name, name.upper())}


@contextmanager
def proxy() -> Iterator[Proxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Proxy(f"http://127.0.0.1:{listener.getsockname()[1]}")
        Thread(target=_note, args=[listener, made.heard], daemon=True).start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)


def _note(listener: socket.socket, heard: list[bytes]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(5)
            heard.append(connection.recv(1_000))
