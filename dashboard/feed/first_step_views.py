"""`/first-steps`: the first steps for the feed's script, and the mail about them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.mailer import outbox
from accounts.models import MailKind, User
from dashboard.base.current_user import get_user_id
from dashboard.feed import first_steps
from memory.projection import projector, reader_projection


@never_cache
@login_required
@require_safe
def first_steps_view(request: HttpRequest) -> HttpResponse:
    """Renders the first steps as they are now; 204 for a user who has taken them."""
    user_id = get_user_id(request)
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    steps = first_steps.load_first_steps(user_id)
    return render(request, "feed/_first_steps.html", {"steps": steps}) if steps else HttpResponse(status=204)


@never_cache
@login_required
@require_POST
def mail_steps(request: HttpRequest) -> HttpResponse:
    """Mails the user how to connect a machine, for the computer that is not at hand."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=get_user_id(request))
        if outbox.accepts(user, MailKind.CONNECT):
            outbox.add(user, MailKind.CONNECT)
            messages.success(request, f"Sent to {user.email}. Open the mail on your computer.")
        else:
            messages.error(request, "This mail was sent several times already. Look for it in your mailbox.")
    return redirect("home")
