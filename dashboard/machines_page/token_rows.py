"""The rows of the list of API tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.credentials import api_tokens, token_revocation
from accounts.models import MachineReport, RevokedToken, Token
from dashboard.base.connect_command import MaskedSecret, build_connect_command, mask_token
from dashboard.render.safe_text import one_line
from dashboard.render.shown_names import machine_label

MAX_NAME_CHARS = 100
FRESH_TIMEOUT = timedelta(hours=1)
MAX_SENDERS = 5


@dataclass(frozen=True, slots=True)
class Sender:
    """A machine that sent with a token, and when it last did."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An API token as its user sees it, with the machines that sent with it last."""

    token: Token
    name: str
    client: str
    secret: MaskedSecret
    command: MaskedSecret
    senders: Sequence[Sender] = ()

    @property
    def is_fresh(self) -> bool:
        """Whether the token was just made and is unused: then its user is about to copy it."""
        return self.token.last_used_at is None and self.token.created_at > timezone.now() - FRESH_TIMEOUT


def build_token_rows(rows: Iterable[Token], reports: Iterable[MachineReport] = ()) -> list[TokenRow]:
    """Builds the rows of the token list. Each token is signed again, because signed tokens are not stored."""
    known_reports = list(reports)
    return [_build_token_row(token, api_tokens.sign(token.id), known_reports) for token in rows]


def _build_token_row(token: Token, signed_token: str, reports: Iterable[MachineReport]) -> TokenRow:
    senders = [
        Sender(one_line(machine_label(one.name), MAX_NAME_CHARS), one.reported_at)
        for one in reports
        if one.token_id == token.id
    ]
    return TokenRow(
        token,
        one_line(token.name, MAX_NAME_CHARS),
        one_line(token.client or "", MAX_NAME_CHARS),
        mask_token(signed_token),
        build_connect_command(signed_token),
        senders[:MAX_SENDERS],
    )


@dataclass(frozen=True, slots=True)
class RevokedRow:
    """A token that can be restored, and for how many minutes more."""

    token: RevokedToken
    name: str
    minutes_left: int


def build_revoked_rows(rows: Iterable[RevokedToken]) -> list[RevokedRow]:
    now = timezone.now()
    return [RevokedRow(one, one_line(one.name, MAX_NAME_CHARS), _count_minutes(one.revoked_at, now)) for one in rows]


def _count_minutes(revoked_at: datetime, now: datetime) -> int:
    """Counts the minutes in which a token can be restored, rounded up."""
    left = revoked_at + token_revocation.UNDO_WINDOW - now
    return max(1, -(-int(left.total_seconds()) // 60))
