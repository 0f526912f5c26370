"""Asks the other side for a token through its own approval page (RFC 8628), so that none has to be pasted."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sync.http_client import Wire, one_line
from sync.sync_errors import Halted, Later, Refused

SLOWER = 5.0  # seconds more for who was told to slow down


@dataclass(frozen=True, slots=True)
class Code:
    """What the person is shown: where to go, and what stands there."""

    user_code: str
    link: str


def token(wire: Wire, show: Callable[[Code], None]) -> str:
    """A token that may sync, once somebody has approved it over there. Raises what `sync.sync_errors` knows."""
    name = f"Memfog on {socket.gethostname()}"[:100]
    asked = _object(wire.post("/auth/device", json.dumps({"client_name": name, "scopes": ["sync"]}).encode()))
    device_code, interval = str(asked.get("device_code")), float(asked.get("interval") or SLOWER)
    show(Code(one_line(str(asked.get("user_code"))), one_line(str(asked.get("verification_uri_complete")))))
    until = time.monotonic() + float(asked.get("expires_in") or 0)
    while time.monotonic() < until:
        time.sleep(interval)
        try:
            answer = _object(wire.post("/auth/device/token", json.dumps({"device_code": device_code}).encode()))
        except Refused as refused:
            if refused.code not in WAITING:
                raise Halted(f"There is no token. {refused}") from None
            interval += WAITING[refused.code]
        else:
            return str(answer.get("token"))
    raise Halted("Nobody has approved it in time.")


WAITING = {"authorization_pending": 0.0, "slow_down": SLOWER}


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Later("What answers there does not answer as Memfog does.")
    return value
