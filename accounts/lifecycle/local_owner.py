"""The account of whoever runs Memfog on their own machine: made on its first start, signed in through a one-time link.

There is no password to invent and no address to prove: whoever may ask for a link can read the data directory, and
with it everything there is. So there is such an account only where `settings.PERSONAL` says that nothing but this
machine reaches the server. It may get an address and a password of its own like any other.
"""

from datetime import timedelta
from secrets import token_urlsafe

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.credentials import api_tokens
from accounts.crypto import keyed_hash
from accounts.mailer.signed_links import wrong
from accounts.models import LOCAL_ADDRESS, LocalAccount, Token, User

LASTS = timedelta(minutes=10)
# How long a browser stays signed in: nobody is to look for a link every other week.
SIGNED_IN = timedelta(days=365)


def owner() -> User | None:
    """Whose machine this is; their account is made when there is none yet.

    None where there can be none, or where people signed up before Memfog made accounts by itself.
    """
    if not settings.PERSONAL:
        return None
    # SQLite's transactions exclude each other from their start: of two first starts at once, one makes the account.
    with transaction.atomic():
        known = LocalAccount.objects.select_related("user").first()
        if known:
            return known.user
        if User.objects.exists():
            return None
        user = User.objects.create_user(LOCAL_ADDRESS, email_verified_at=timezone.now())
        LocalAccount.objects.create(user=user)
        return user


def write_link(user: User) -> str:
    """The secret of a new link for `owner()`. It works once, for ten minutes, and ends the link before it."""
    secret = token_urlsafe(32)
    digest = keyed_hash.digests("sign-in link", secret.encode())[0]
    LocalAccount.objects.filter(user=user).update(link_digest=digest, link_made_at=timezone.now())
    return secret


def holder(secret: str) -> User:
    """Whose link this is, without spending it. Raises Problem `invalid_token`."""
    found = _alive(secret).select_related("user").first()
    if found is None:
        raise wrong()
    return found.user


def spend(secret: str) -> None:
    """Ends this link, for whoever comes in by it. Raises Problem `invalid_token`."""
    # One statement: of two clicks at once, one finds the link still alive.
    if not _alive(secret).update(link_digest=None, link_made_at=None):
        raise wrong()


def is_owner(user: object) -> bool:
    """Whether this is the owner of this machine, and the machine one that has an owner."""
    return settings.PERSONAL and isinstance(user, User) and LocalAccount.objects.filter(user=user).exists()


def stays(user: User) -> timedelta | None:
    """How long a browser of this user stays signed in, if longer than anybody's."""
    return SIGNED_IN if is_owner(user) else None


def token(user: User) -> str | None:
    """The API token that the account began with, for this machine's own client; None when it was revoked."""
    first = Token.objects.of(user.id).filter(name=Token.FIRST).order_by("created_at").first()
    return api_tokens.sign(first.id) if first else None


def _alive(secret: str) -> QuerySet[LocalAccount]:
    digests = keyed_hash.digests("sign-in link", secret.encode(errors="replace"))
    young = LocalAccount.objects.filter(link_made_at__gt=timezone.now() - LASTS, user__is_active=True)
    return young.filter(link_digest__in=digests) if settings.PERSONAL else young.none()
