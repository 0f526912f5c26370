"""Sentry's SDK without the data that it collects by default. Only `error_reports` loads it, if there is a DSN."""

import atexit
from collections.abc import Callable
from typing import Any

import sentry_sdk
from django.conf import settings

FLUSH_TIMEOUT_S = 2.0


def make_client(before_send: Callable[..., dict[str, Any]]) -> sentry_sdk.Client:
    """Makes the client of this process. Its integrations are off: they hook into requests, threads and exceptions."""
    client = sentry_sdk.Client(
        dsn=settings.SENTRY_DSN,
        release=f"memfog@{settings.VERSION}",
        before_send=before_send,  # type: ignore[arg-type]  # a report is a dictionary
        default_integrations=False,
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        auto_session_tracking=False,
        send_client_reports=False,
        enable_logs=False,
    )
    atexit.register(client.close, timeout=FLUSH_TIMEOUT_S)
    return client
