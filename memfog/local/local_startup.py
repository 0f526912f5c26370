"""What only a Memfog on somebody's own machine does at its start: there is an account, and a link that opens it."""

from urllib.parse import urlencode

from django.conf import settings
from django.db import connections
from django.urls import reverse

from accounts.lifecycle import local_owner
from memfog.local.server_file import OwnerCredentials


def issue_credentials(*, with_link: bool = True) -> OwnerCredentials:
    """Empty where people signed up before Memfog made accounts by itself. Raises DatabaseError for want of tables."""
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
