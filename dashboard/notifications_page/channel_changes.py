"""Adds, changes, tests and deletes channels, and repeats deliveries."""

from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.api_base.problem import Problem
from accounts.models import User
from accounts.sign_in.user_agent import describe_browser
from dashboard.base.current_user import get_user_id
from dashboard.notifications_page import channel_forms
from dashboard.notifications_page.views import render_page
from memory.notifications import notice_outbox, notice_settings, notice_worker, web_push
from memory.notifications.notice_settings import MAIL, PUSH, WEBHOOK

SAVED_MESSAGE = "Saved."
TEST_MESSAGE = "A test is on its way. The log below says how it went."


@never_cache
@login_required
@require_POST
def subscribe_browser(request: HttpRequest) -> HttpResponse:
    form = channel_forms.PushForm(request.POST)
    if not web_push.is_offered():
        form.add_error(None, "This server offers no notifications in browsers.")
    if not form.is_valid():
        return render_page(request, error=_first_error(form), status=400)
    notice_settings.delete_subscription(get_user_id(request), form.cleaned_data["endpoint"])
    return _add(request, PUSH, describe_browser(request.headers.get("user-agent", "")), form.cleaned_data)


@never_cache
@login_required
@require_POST
def add_webhook(request: HttpRequest) -> HttpResponse:
    form = channel_forms.WebhookForm(request.POST)
    if not form.is_valid():
        return render_page(request, webhook_form=form, error=_first_error(form), status=400)
    values = form.cleaned_data
    return _add(
        request,
        WEBHOOK,
        form.channel_name,
        form.build_target(),
        format=values["format"],
        allows_private=values["allows_private"],
    )


@never_cache
@login_required
@require_POST
def add_mail(request: HttpRequest) -> HttpResponse:
    form = channel_forms.MailForm(request.POST)
    assert isinstance(request.user, User)  # noqa: S101  # `login_required` ensures this
    if not request.user.has_mailbox:
        return render_page(request, error="Your account has no mailbox.", status=400)
    if not form.is_valid():
        return render_page(request, error=_first_error(form), status=400)
    format_ = form.cleaned_data["format"]
    name = "Mail, at once" if format_ == notice_settings.NOW else "Mail, once a day"
    return _add(request, MAIL, name, {}, format=format_)


def _add(
    request: HttpRequest,
    kind: str,
    name: str,
    target: Mapping[str, str],
    *,
    format: str = "",
    allows_private: bool = False,
) -> HttpResponse:
    try:
        channel_id = notice_settings.add_channel(
            get_user_id(request), kind, name, target, format=format, allows_private=allows_private
        )
    except Problem as problem:
        return render_page(request, error=problem.detail, status=400)
    messages.success(request, "Added. Choose what it gets, and send a test.")
    return redirect(f"/settings/notifications#channel-{channel_id}")


@never_cache
@login_required
@require_POST
def change_channel(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Changes a channel; with `delete` or `test`, deletes it or sends a test there."""
    user_id = get_user_id(request)
    channel = notice_settings.load_channel(user_id, channel_id)
    if channel is None:
        raise Http404
    if "delete" in request.POST:
        notice_settings.delete_channel(user_id, channel_id)
        messages.success(request, "Deleted. Nothing is sent there anymore.")
    elif "test" in request.POST:
        notice_worker.start_delivery(user_id, notice_outbox.add_test(user_id, channel))
        messages.success(request, TEST_MESSAGE)
    else:
        form = channel_forms.ChannelForm(request.POST)
        if not form.is_valid():
            return render_page(request, error=_first_error(form), status=400)
        values = form.cleaned_data
        notice_settings.change_channel(
            user_id,
            channel_id,
            notice_kinds=values["kinds"],
            with_text=values["with_text"],
            enabled=values["enabled"],
        )
        messages.success(request, SAVED_MESSAGE)
    return redirect("notifications")


@never_cache
@login_required
@require_POST
def repeat_delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    user_id = get_user_id(request)
    if not notice_outbox.repeat_delivery(user_id, delivery_id):
        raise Http404
    notice_worker.start_delivery(user_id, delivery_id)
    messages.success(request, "Sent again.")
    return redirect("notifications")


def _first_error(form: forms.Form) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)
