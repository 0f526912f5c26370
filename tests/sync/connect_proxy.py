"""A proxy as in a company: it supports only CONNECT, and records its requests and the bytes that pass through it."""

import select
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

CHUNK = 65_536


class Proxy:
    """Connects every name to `behind`, a port of this machine, because the names in the tests do not exist."""

    def __init__(self, behind: int, *, wants: str = "") -> None:
        self.behind, self.wants = behind, wants
        self.asked: list[str] = []
        self.seen = b""
        self._server = ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.at = f"127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(self) -> type[StreamRequestHandler]:
        proxy = self

        class Handler(StreamRequestHandler):
            rbufsize = 0

            def handle(self) -> None:
                lines = iter(self.rfile.readline, b"\r\n")
                request, *headers = [line.decode().strip() for line in lines if line]
                proxy.asked.append(request)
                if proxy.wants and f"Proxy-Authorization: {proxy.wants}" not in headers:
                    self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                    return
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with create_connection(("127.0.0.1", proxy.behind)) as other:
                    proxy.pass_on(self.connection, other)

        return Handler

    def pass_on(self, one: socket, other: socket) -> None:
        while True:
            for ready in select.select([one, other], [], [])[0]:
                if not (piece := ready.recv(CHUNK)):
                    return
                self.seen += piece
                (other if ready is one else one).sendall(piece)


def certificate(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Makes a certificate for this host name. Returns its file and a TLS context of a server that uses it."""
    shown, key = folder / "shown.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += [
        "-keyout",
        str(key),
        "-out",
        str(shown),
        "-subj",
        f"/CN={name}",
        "-addext",
        f"subjectAltName=DNS:{name}",
    ]
    subprocess.run(command, check=True, capture_output=True)
    shows = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shows.load_cert_chain(shown, key)
    return shown, shows
