"""What only a Memfog on somebody's own machine does at its start: there is an account, and a link that opens it."""

from urllib.parse import urlencode

from django.conf import settings
from django.db import connections
from django.urls import reverse

from accounts.lifecycle import local_owner
from memfog.local.server_file import Welcome


def welcome(*, with_link: bool = True) -> Welcome:
    """Empty where people signed up before Memfog made accounts by itself. Raises DatabaseError for want of tables."""
    try:
        owner = local_owner.owner()
        if owner is None:
            return Welcome()
        return Welcome(_address(local_owner.write_link(owner)) if with_link else None, local_owner.token(owner))
    finally:
        connections.close_all()


def _address(secret: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('sign-in-link')}?{urlencode({'token': secret})}"
