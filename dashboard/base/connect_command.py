"""The one command that connects a machine to this server."""

from dataclasses import dataclass

from django.conf import settings

HOME = "https://app.memfog.com"  # where the published client goes unless it is told otherwise


@dataclass(frozen=True, slots=True)
class Secret:
    """A text with a token in it: `clear` to copy, `masked` to look at."""

    clear: str
    masked: str


def secret(token: str) -> Secret:
    """The token; its last digits tell it from others."""
    return Secret(token, f"{token[:4]}{'•' * 12}{token[-4:]}")


def command(token: str) -> Secret:
    """What to paste into a terminal."""
    return Secret(_command(token), _command(secret(token).masked))


def _command(token: str) -> str:
    package = settings.CLIENT_PACKAGE or f"{settings.PUBLIC_URL}/memfog.tgz"
    elsewhere = not settings.CLIENT_PACKAGE or settings.PUBLIC_URL != HOME
    api = f" --api {settings.PUBLIC_URL}" if elsewhere else ""
    return f"npx -y {package} connect claude-code --token {token}{api}"
