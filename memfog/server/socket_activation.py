"""Listening sockets that a service manager opened, and the message by which this server says that it is ready.

The protocols are systemd's: sd_listen_fds(3) and sd_notify(3). Such a socket outlives the web process. While one is
replaced, connections wait in the socket's backlog or go to another process on the same socket; none is refused.
"""

import os
import socket
from contextlib import suppress

FIRST_DESCRIPTOR = 3
LISTEN_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def has_sockets() -> bool:
    """Whether this process was started with listening sockets. A child inherits the variables, not the sockets."""
    return os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS", "0") != "0"


def take_sockets() -> list[socket.socket]:
    """Returns the sockets with which this process was started, once, and hides them from its children."""
    count = int(os.environ["LISTEN_FDS"]) if has_sockets() else 0
    for name in LISTEN_VARIABLES:
        os.environ.pop(name, None)
    sockets = [socket.socket(fileno=number) for number in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + count)]
    for one in sockets:
        one.set_inheritable(False)
    return sockets


def notify(state: str) -> None:
    """Sends a state, such as `READY=1`, to the service manager. Without one that listens it does nothing."""
    if not (address := os.environ.get("NOTIFY_SOCKET", "")):
        return
    # A leading @ stands for the zero byte of an abstract address.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
