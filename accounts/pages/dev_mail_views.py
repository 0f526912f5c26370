"""`/dev/mail`: the mails of a server without a mail server. Where mail is configured, the pages do not exist.

A mail holds a link that opens an account, and every user of a machine reaches its loopback address. So the pages open
only for the signed-in owner of the machine, and by the secret link that the terminal prints (`settings.MAILBOX_KEY`).
"""

from collections.abc import Callable
from email.message import EmailMessage
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.crypto import keyed_hash
from accounts.lifecycle import local_owner
from accounts.mailer import dev_backend, dev_mailbox

# The policy for our own mails, which have inline styles for mail programs. No script, no origin, no loading.
MAIL_POLICY = "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src-attr 'unsafe-inline'"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _local_only(view: View[P]) -> View[P]:
    @require_safe
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not dev_backend.is_local():
            raise Http404
        if not _may_open_mailbox(request):
            return render(request, "accounts/dev_mail/mailbox_closed.html", status=403)
        return view(request, *args, **kwargs)

    return checked


# Session entry of a browser that used the link. It holds a digest of the key, so that a new key ends the access.
_MAILBOX_SESSION_KEY = "mailbox"


def _may_open_mailbox(request: HttpRequest) -> bool:
    if local_owner.is_owner(request.user):
        return True
    if constant_time_compare(request.GET.get("key", ""), settings.MAILBOX_KEY):
        request.session[_MAILBOX_SESSION_KEY] = _compute_key_digest()
    return constant_time_compare(request.session.get(_MAILBOX_SESSION_KEY, ""), _compute_key_digest())


def _compute_key_digest() -> str:
    return keyed_hash.compute_digests("mailbox", settings.MAILBOX_KEY.encode())[0].hex()


@_local_only
def list_mails(request: HttpRequest) -> HttpResponse:
    if "key" in request.GET:
        # Redirect, so that the key is in neither the history nor the address bar.
        return redirect("dev-mail")
    return render(request, "accounts/dev_mail/dev_mails.html", {"mails": dev_mailbox.list_mails()})


@_local_only
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    message = _load_mail(name)
    context = {"name": name, "mail": message, "text": dev_mailbox.get_part_text(message, "plain")}
    return render(request, "accounts/dev_mail/dev_mail.html", context)


@_local_only
def show_mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Returns the HTML part as a separate document: a policy that allows its styles must not apply to our pages."""
    page = dev_mailbox.get_part_text(_load_mail(name), "html")
    return HttpResponse(page, headers={"Content-Security-Policy": MAIL_POLICY})


def _load_mail(name: str) -> EmailMessage:
    message = dev_mailbox.load_mail(name)
    if message is None:
        raise Http404
    return message
