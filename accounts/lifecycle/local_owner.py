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
from accounts.mailer.signed_links import invalid_link_problem
from accounts.models import LOCAL_EMAIL, LocalAccount, Token, User

LINK_LIFETIME = timedelta(minutes=10)
# How long a browser stays signed in: nobody is to look for a link every other week.
SESSION_LIFETIME = timedelta(days=365)


def get_or_create_owner() -> User | None:
    """Whose machine this is; their account is made when there is none yet.

    None where there can be none, or where people signed up before Memfog made accounts by itself.
    """
    if not settings.PERSONAL:
        return None
    # SQLite's transactions exclude each other from their start: of two first starts at once, one makes the account.
    with transaction.atomic():
        local_account = LocalAccount.objects.select_related("user").first()
        if local_account:
            return local_account.user
        if User.objects.exists():
            return None
        user = User.objects.create_user(LOCAL_EMAIL, email_verified_at=timezone.now())
        LocalAccount.objects.create(user=user)
        return user


def create_link_secret(user: User) -> str:
    """The secret of a new link for `get_or_create_owner()`. It works once, for ten minutes, and ends the link before
    it.
    """
    secret = token_urlsafe(32)
    digest = keyed_hash.compute_digests("sign-in link", secret.encode())[0]
    LocalAccount.objects.filter(user=user).update(link_digest=digest, link_created_at=timezone.now())
    return secret


def load_link_user(secret: str) -> User:
    """Whose link this is, without spending it. Raises Problem `invalid_token`."""
    local_account = _filter_active_links(secret).select_related("user").first()
    if local_account is None:
        raise invalid_link_problem()
    return local_account.user


def use_link(secret: str) -> None:
    """Ends this link, for whoever comes in by it. Raises Problem `invalid_token`."""
    # One statement: of two clicks at once, one finds the link still alive.
    if not _filter_active_links(secret).update(link_digest=None, link_created_at=None):
        raise invalid_link_problem()


def is_owner(user: object) -> bool:
    """Whether this is the owner of this machine, and the machine one that has an owner."""
    return settings.PERSONAL and isinstance(user, User) and LocalAccount.objects.filter(user=user).exists()


def get_session_lifetime(user: User) -> timedelta | None:
    """How long a browser of this user stays signed in, if longer than anybody's."""
    return SESSION_LIFETIME if is_owner(user) else None


def load_api_token(user: User) -> str | None:
    """The API token that the account began with, for this machine's own client; None when it was revoked."""
    default_token = Token.objects.for_user(user.id).filter(name=Token.DEFAULT_NAME).order_by("created_at").first()
    return api_tokens.sign(default_token.id) if default_token else None


def _filter_active_links(secret: str) -> QuerySet[LocalAccount]:
    digests = keyed_hash.compute_digests("sign-in link", secret.encode(errors="replace"))
    unexpired = LocalAccount.objects.filter(link_created_at__gt=timezone.now() - LINK_LIFETIME, user__is_active=True)
    return unexpired.filter(link_digest__in=digests) if settings.PERSONAL else unexpired.none()
