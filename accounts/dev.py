"""`/dev/mail`: the mails of a server without mail. Where mail is configured, there is nothing here."""

from collections.abc import Callable
from email.message import EmailMessage
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import mail, mailbox

# Our own mail, whose styles stand inline as mail programs want them. No script, no origin, nothing loaded.
MAIL_POLICY = "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src-attr 'unsafe-inline'"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _only_locally(view: View[P]) -> View[P]:
    @require_safe
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not mail.is_local():
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@_only_locally
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/dev_mails.html", {"mails": mailbox.newest()})


@_only_locally
def one(request: HttpRequest, name: str) -> HttpResponse:
    message = _find(name)
    context = {"name": name, "mail": message, "text": mailbox.part(message, "plain")}
    return render(request, "accounts/dev_mail.html", context)


@_only_locally
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part as a document of its own, since a policy that lets its styles in must not reach our pages."""
    page = mailbox.part(_find(name), "html")
    return HttpResponse(page, headers={"Content-Security-Policy": MAIL_POLICY})


def _find(name: str) -> EmailMessage:
    message = mailbox.find(name)
    if message is None:
        raise Http404
    return message
