"""What each API token allows, cached for at most `CACHE_TTL_S` seconds, so that a revocation takes effect everywhere.

Tokens in use are loaded again before they expire, all of them by one statement. If each request of a busy server loaded
its own, a server that falls behind would find ever more of its grants expired, and never catch up.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Scope, Token

CACHE_TTL_S = 4.0  # the contract allows five seconds for a revocation
REFRESH_INTERVAL_S = 1.5  # shorter than the cache's time by a slow statement
# A request loads its own grant this often, to record the time of use and the client.
USE_INTERVAL_S = 60.0
MAX_CACHED_GRANTS = 10_000
REFRESH_BATCH_SIZE = 1_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows: its user and its scope."""

    user_id: UUID
    scope: Scope


@dataclass(slots=True)
class _CachedGrant:
    grant: Grant
    loaded_at: float  # by `time.monotonic()`, as `expires_at`
    expires_at: float
    is_used: bool = False  # since the last refresh


_cache: dict[UUID, _CachedGrant] = {}


def find_cached(token_id: UUID) -> Grant | None:
    """Returns the grant if it was loaded in the last `CACHE_TTL_S` seconds."""
    cached = _cache.get(token_id)
    if cached is None or time.monotonic() >= cached.expires_at:
        return None
    cached.is_used = True
    return cached.grant


def load(token_id: UUID, *, client: str = "") -> Grant | None:
    """Loads the grant of a token, and records its use; None if it is revoked or its owner is disabled or unverified."""
    return load_many({token_id: client}).get(token_id)


def load_many(clients: Mapping[UUID, str]) -> dict[UUID, Grant]:
    """Loads the grants of these tokens, and records that these clients used them; leaves out tokens without a grant."""
    started, now = time.monotonic(), timezone.now()
    rows = list(_select(clients).values_list("id", "user_id", "scope", "last_used_at"))
    grants = {id_: Grant(user_id, Scope(scope)) for id_, user_id, scope, _ in rows}
    if len(_cache) + len(grants) > MAX_CACHED_GRANTS:
        _cache.clear()
    evict(clients)
    _cache.update({id_: _CachedGrant(grant, started, started + CACHE_TTL_S) for id_, grant in grants.items()})
    known_use = now - timedelta(seconds=USE_INTERVAL_S)
    _record_use({id_: clients[id_] for id_, _, _, used_at in rows if not used_at or used_at < known_use}, now)
    return grants


def _record_use(clients: Mapping[UUID, str], now: datetime) -> None:
    for client in set(clients.values()):
        token_ids = [id_ for id_, name in clients.items() if name == client]
        Token.objects.filter(id__in=token_ids).update(last_used_at=now, client=client[:100] or None)


def refresh_used() -> None:
    """Loads the grants again that were used since the last call, and forgets those that are revoked or unused.

    A grant stays cached for `USE_INTERVAL_S`; then the next request loads it.
    """
    started = time.monotonic()
    cached = list(_cache.items())
    used = [id_ for id_, entry in cached if entry.is_used and started < entry.loaded_at + USE_INTERVAL_S]
    for first in range(0, len(used), REFRESH_BATCH_SIZE):
        _refresh(used[first : first + REFRESH_BATCH_SIZE])
    evict(id_ for id_, entry in cached if started >= entry.expires_at and _cache.get(id_) is entry)


def _refresh(token_ids: list[UUID]) -> None:
    started = time.monotonic()
    found = {id_: (user_id, scope) for id_, user_id, scope in _select(token_ids).values_list("id", "user_id", "scope")}
    for token_id in token_ids:
        entry, row = _cache.get(token_id), found.get(token_id)
        if entry and row:
            entry.grant, entry.expires_at, entry.is_used = Grant(row[0], Scope(row[1])), started + CACHE_TTL_S, False
        elif entry:
            evict([token_id])


def _select(token_ids: Iterable[UUID]) -> QuerySet[Token]:
    """Selects those of the tokens that are valid: not revoked, of an owner who is neither disabled nor unverified."""
    return Token.objects.filter(id__in=token_ids, user__is_active=True, user__email_verified_at__isnull=False)


def evict(token_ids: Iterable[UUID]) -> None:
    """Makes this process load these tokens again; other processes do so within `CACHE_TTL_S` seconds."""
    for token_id in token_ids:
        _cache.pop(token_id, None)
