"""Builds the commands that connect a machine to this server."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import OutgoingMail

DEFAULT_SERVER_URL = "https://app.memfog.com"  # the default server of the published client


@dataclass(frozen=True, slots=True)
class MaskedSecret:
    """A text that contains a token: `clear` for copying, `masked` for display."""

    clear: str
    masked: str


def mask_token(token: str) -> MaskedSecret:
    """Masks a token; its last four characters distinguish it from others."""
    return MaskedSecret(token, f"{token[:4]}{'•' * 12}{token[-4:]}")


def build_connect_command(token: str) -> MaskedSecret:
    """Builds the command that the user pastes into a terminal."""
    return MaskedSecret(_format_command(token), _format_command(mask_token(token).masked))


def build_device_command() -> str:
    """Builds the command that holds no token: the machine prints a code, which its user approves at `/device`."""
    return _format_command("")


def build_mail_context(mail: OutgoingMail) -> dict[str, Any]:
    """Builds what a mail about connecting a machine says. `accounts.mailer` calls it."""
    return {"command": build_device_command()}


def _format_command(token: str) -> str:
    package = settings.CLIENT_PACKAGE or f"{settings.PUBLIC_URL}/memfog.tgz"
    needs_api_option = not settings.CLIENT_PACKAGE or settings.PUBLIC_URL != DEFAULT_SERVER_URL
    api = f" --api {settings.PUBLIC_URL}" if needs_api_option else ""
    return f"npx -y {package} connect claude-code{f' --token {token}' if token else ''}{api}"
