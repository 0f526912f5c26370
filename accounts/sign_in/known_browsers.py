"""Recognizes the browsers that an owner has signed in with before.

Wrong passwords slow down every stranger to an account, but must not lock its owner out. So a browser that has signed in
keeps a signed cookie, and its attempts are counted separately. The cookie alone gives no access.
"""

from datetime import timedelta
from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User

COOKIE_NAME = "__Host-known" if settings.SECURE else "known"
COOKIE_LIFETIME = timedelta(days=365)
_SALT = "memfog.known-browser"


def remember_browser(response: HttpResponseBase, user: User) -> None:
    response.set_cookie(
        COOKIE_NAME,
        # The random part gives each browser its own count.
        signing.dumps([str(user.id), token_urlsafe(12)], salt=_SALT),
        max_age=COOKIE_LIFETIME,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def get_browser_id(request: HttpRequest, user: User | None) -> str:
    """Returns the id of this browser if this user has signed in with it before; otherwise an empty text."""
    try:
        user_id, browser_id = signing.loads(request.COOKIES.get(COOKIE_NAME, ""), salt=_SALT, max_age=COOKIE_LIFETIME)
    except (signing.BadSignature, ValueError):
        return ""
    return str(browser_id) if user is not None and user_id == str(user.id) else ""
