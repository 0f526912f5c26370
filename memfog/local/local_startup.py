"""Creates the owner's account and a sign-in link when a local server starts."""

from urllib.parse import urlencode

from django.conf import settings
from django.db import connections
from django.urls import reverse

from accounts.lifecycle import local_owner
from memfog.local.server_file import OwnerCredentials


def issue_credentials(*, with_link: bool = True) -> OwnerCredentials:
    """Issues the owner's API token, and a sign-in link if `with_link`.

    The result is empty where accounts with passwords exist from before local servers created an owner.
    Raises DatabaseError if tables are missing.
    """
    try:
        owner = local_owner.get_or_create_owner()
        if owner is None:
            return OwnerCredentials()
        return OwnerCredentials(
            _build_sign_in_url(local_owner.create_link_secret(owner)) if with_link else None,
            local_owner.load_api_token(owner),
        )
    finally:
        connections.close_all()


def _build_sign_in_url(secret: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('sign-in-link')}?{urlencode({'token': secret})}"
