"""The one command that connects a machine to this server."""

from dataclasses import dataclass

from django.conf import settings

DEFAULT_SERVER_URL = "https://app.memfog.com"  # where the published client goes unless it is told otherwise


@dataclass(frozen=True, slots=True)
class MaskedSecret:
    """A text with a token in it: `clear` to copy, `masked` to look at."""

    clear: str
    masked: str


def mask_token(token: str) -> MaskedSecret:
    """The token; its last digits tell it from others."""
    return MaskedSecret(token, f"{token[:4]}{'•' * 12}{token[-4:]}")


def build_connect_command(token: str) -> MaskedSecret:
    """What to paste into a terminal."""
    return MaskedSecret(_format_command(token), _format_command(mask_token(token).masked))


def _format_command(token: str) -> str:
    package = settings.CLIENT_PACKAGE or f"{settings.PUBLIC_URL}/memfog.tgz"
    needs_api_option = not settings.CLIENT_PACKAGE or settings.PUBLIC_URL != DEFAULT_SERVER_URL
    api = f" --api {settings.PUBLIC_URL}" if needs_api_option else ""
    return f"npx -y {package} connect claude-code --token {token}{api}"
