"""The account of a personal machine's owner: created on its first start, signed in by a one-time link.

It needs no password and no verified address: a person who may ask for a link can read the data directory, and with it
all data. So the account exists only where `settings.PERSONAL` guarantees that only this machine reaches the server. Its
owner may set an address and a password.
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
# A browser stays signed in this long, so that the owner does not need a new link every two weeks.
SESSION_LIFETIME = timedelta(days=365)


def get_or_create_owner() -> User | None:
    """Returns the owner of this machine; creates their account if there is none yet.

    None if the server is not personal, or if users signed up before Memfog created such accounts.
    """
    if not settings.PERSONAL:
        return None
    # SQLite's transactions exclude each other from their start: of two simultaneous first starts, one creates the row.
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
    """Returns the secret of a new link for the user of `get_or_create_owner`.

    The link works once, for ten minutes, and ends the previous link.
    """
    secret = token_urlsafe(32)
    digest = keyed_hash.compute_digests("sign-in link", secret.encode())[0]
    LocalAccount.objects.filter(user=user).update(link_digest=digest, link_created_at=timezone.now())
    return secret


def load_link_user(secret: str) -> User:
    """Loads the user of this link and leaves the link valid. Raises Problem `invalid_token`."""
    local_account = _filter_active_links(secret).select_related("user").first()
    if local_account is None:
        raise invalid_link_problem()
    return local_account.user


def use_link(secret: str) -> None:
    """Ends this link when its user signs in by it. Raises Problem `invalid_token`."""
    # One statement: if two clicks arrive at once, only one update finds the link.
    if not _filter_active_links(secret).update(link_digest=None, link_created_at=None):
        raise invalid_link_problem()


def is_owner(user: object) -> bool:
    """Whether this user owns this machine, and the machine is personal."""
    return settings.PERSONAL and isinstance(user, User) and LocalAccount.objects.filter(user=user).exists()


def get_session_lifetime(user: User) -> timedelta | None:
    """Returns how long a browser of this user stays signed in; None for the default."""
    return SESSION_LIFETIME if is_owner(user) else None


def load_api_token(user: User) -> str | None:
    """Returns the API token that the account started with, for this machine's client; None if it was revoked."""
    default_token = Token.objects.for_user(user.id).filter(name=Token.DEFAULT_NAME).order_by("created_at").first()
    return api_tokens.sign(default_token.id) if default_token else None


def _filter_active_links(secret: str) -> QuerySet[LocalAccount]:
    digests = keyed_hash.compute_digests("sign-in link", secret.encode(errors="replace"))
    unexpired = LocalAccount.objects.filter(link_created_at__gt=timezone.now() - LINK_LIFETIME, user__is_active=True)
    return unexpired.filter(link_digest__in=digests) if settings.PERSONAL else unexpired.none()
