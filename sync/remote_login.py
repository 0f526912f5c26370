"""Requests a token by device login (RFC 8628) at the remote server, so that the user need not paste a token."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sync.http_client import HttpClient, one_line
from sync.sync_errors import RequestRejected, RetryLater, SyncHalted

SLOW_DOWN_S = 5.0  # added to the poll interval after a `slow_down` response


@dataclass(frozen=True, slots=True)
class ApprovalPrompt:
    """The address that the user opens, and the code that the page shows for comparison."""

    user_code: str
    verification_uri: str


def request_token(client: HttpClient, show_prompt: Callable[[ApprovalPrompt], None]) -> str:
    """Waits until the user approves, and returns a token of the scope `sync`. Raises errors of `sync.sync_errors`."""
    name = f"Memfog on {socket.gethostname()}"[:100]
    authorization = _parse_object(
        client.post("/auth/device", json.dumps({"client_name": name, "scopes": ["sync"]}).encode())
    )
    device_code, interval = str(authorization.get("device_code")), float(authorization.get("interval") or SLOW_DOWN_S)
    show_prompt(
        ApprovalPrompt(
            one_line(str(authorization.get("user_code"))), one_line(str(authorization.get("verification_uri_complete")))
        )
    )
    deadline = time.monotonic() + float(authorization.get("expires_in") or 0)
    while time.monotonic() < deadline:
        time.sleep(interval)
        try:
            answer = _parse_object(client.post("/auth/device/token", json.dumps({"device_code": device_code}).encode()))
        except RequestRejected as error:
            if error.code not in INTERVAL_INCREASES_S:
                raise SyncHalted(f"The other server issued no token. {error}") from None
            interval += INTERVAL_INCREASES_S[error.code]
        else:
            return str(answer.get("token"))
    raise SyncHalted("The code was not approved in time.")


INTERVAL_INCREASES_S = {"authorization_pending": 0.0, "slow_down": SLOW_DOWN_S}


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RetryLater("The other server's response is not a Memfog response.")
    return value
