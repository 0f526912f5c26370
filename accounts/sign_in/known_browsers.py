"""Browsers that an owner has signed in with before.

Guessing at an account slows everybody down who is a stranger to it, but must not lock its owner out. So a browser
that has signed in keeps a signed cookie, and its guesses are counted apart. The cookie opens nothing by itself.
"""

from datetime import timedelta
from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User

COOKIE = "__Host-known" if settings.SECURE else "known"
LASTS = timedelta(days=365)
_SALT = "memfog.known-browser"


def remember(response: HttpResponseBase, user: User) -> None:
    response.set_cookie(
        COOKIE,
        # Random besides the user, so that each browser has its own count.
        signing.dumps([str(user.id), token_urlsafe(12)], salt=_SALT),
        max_age=LASTS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def name(request: HttpRequest, user: User | None) -> str:
    """The name of this browser if this user has signed in with it before, else nothing."""
    try:
        user_id, browser = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        return ""
    return str(browser) if user is not None and user_id == str(user.id) else ""
