"""The forms of `/settings/notifications`."""

import base64
import secrets
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings

from dashboard.render.safe_text import one_line
from dashboard.render.shown_names import current_names, machine_label
from memory.notifications import channel_messages, notice_settings, outbound_http, web_push
from memory.notifications.channel_messages import FORMAT_LABELS
from memory.notifications.notice_kinds import KIND_LABELS
from memory.notifications.notice_rules import Rules
from memory.notifications.notice_settings import MAX_MINUTES, MAX_NAME_CHARS, MAX_NAMES
from memory.notifications.outbound_http import MAX_URL_CHARS, AddressRefused

SECRET_BYTES = 32
MAX_TOKEN_CHARS = 200
_CLOCK = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class RulesForm(forms.Form):
    turn_done_minutes = forms.IntegerField(label="Your turn: after minutes", min_value=0, max_value=MAX_MINUTES)
    silent_minutes = forms.IntegerField(label="Machine silent: after minutes", min_value=1, max_value=MAX_MINUTES)
    projects = forms.CharField(label="Only these projects", required=False, max_length=MAX_NAMES * MAX_NAME_CHARS)
    machines = forms.CharField(label="Only these machines", required=False, max_length=MAX_NAMES * MAX_NAME_CHARS)
    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=_CLOCK)
    quiet_until = forms.TimeField(label="Quiet until", required=False, widget=_CLOCK)
    zone = forms.CharField(label="Time zone", max_length=64)

    @classmethod
    def of(cls, rules: Rules) -> "RulesForm":
        values = {name: getattr(rules, name) for name in ("turn_done_minutes", "silent_minutes", "zone")}
        names = {"projects": ", ".join(rules.projects), "machines": ", ".join(map(machine_label, rules.machines))}
        quiet = {name: _to_time(getattr(rules, name)) for name in ("quiet_from", "quiet_until")}
        form = cls(initial={**values, **names, **quiet})
        if rules == Rules():
            # Nothing was saved yet: a script offers the time zone of the browser.
            form.fields["zone"].widget.attrs["data-own"] = ""
        return form

    def build_rules(self) -> Rules:
        values = self.cleaned_data
        return Rules(
            turn_done_minutes=values["turn_done_minutes"],
            silent_minutes=values["silent_minutes"],
            projects=_split(values["projects"]),
            machines=tuple(map(_find_machine, _split(values["machines"]))),
            quiet_from=_to_minute(values["quiet_from"]),
            quiet_until=_to_minute(values["quiet_until"]),
            zone=values["zone"],
        )


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _find_machine(name: str) -> str:
    """Finds the machine that the user calls by this name; returns the name itself if there is none."""
    named = current_names().machines.items()
    return next((machine for machine, shown in named if shown.casefold() == name.casefold()), name)


def _to_time(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def _to_minute(value: time | None) -> int | None:
    return None if value is None else value.hour * 60 + value.minute


class PushForm(forms.Form):
    """A subscription, which the script of the page fills in."""

    endpoint = forms.CharField(max_length=MAX_URL_CHARS)
    p256dh = forms.CharField(max_length=200)
    auth = forms.CharField(max_length=100)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        try:
            outbound_http.check_url(values.get("endpoint", ""), allow_private=settings.PUSH_TO_LOOPBACK)
        except AddressRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        if not web_push.is_subscription(values.get("p256dh", ""), values.get("auth", "")):
            raise forms.ValidationError("This is not a subscription of a browser.")
        return values


class WebhookForm(forms.Form):
    format = forms.ChoiceField(label="Form", choices=list(FORMAT_LABELS.items()))
    url = forms.CharField(label="Address", max_length=MAX_URL_CHARS)
    token = forms.CharField(label="Access token (ntfy, if it needs one)", required=False, max_length=MAX_TOKEN_CHARS)
    allows_private = forms.BooleanField(label="This address is on my own machine or network", required=False)

    def clean(self) -> dict[str, Any]:
        """Checks the address as far as that is possible without a request; a delivery checks where it leads."""
        values = self.cleaned_data
        values["allows_private"] = settings.LOCAL and values.get("allows_private", False)
        url, token = values.get("url", ""), values.get("token", "")
        try:
            outbound_http.check_url(url, allow_private=values["allows_private"])
        except AddressRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        if values.get("format") == "ntfy" and not channel_messages.is_ntfy_url(url):
            raise forms.ValidationError("Enter the address of the topic, such as https://ntfy.sh/my-topic")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise forms.ValidationError("This is not a valid access token.")
        return values

    def build_target(self) -> dict[str, str]:
        """Returns the address and its secrets. A webhook of the standard form gets a new secret."""
        values = self.cleaned_data
        target = {"url": values["url"]}
        if values["format"] == "standard":
            secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
            target["secret"] = f"{channel_messages.SECRET_PREFIX}{secret}"
        elif values["format"] == "ntfy" and values["token"]:
            target["token"] = values["token"]
        return target

    @property
    def channel_name(self) -> str:
        host = urlsplit(self.cleaned_data["url"]).hostname or ""
        return f"{FORMAT_LABELS[self.cleaned_data['format']]}, {one_line(host, 100)}"


class MailForm(forms.Form):
    format = forms.ChoiceField(
        label="When", choices=[(notice_settings.NOW, "At once"), (notice_settings.DAILY, "Once a day")]
    )


class ChannelForm(forms.Form):
    kinds = forms.MultipleChoiceField(choices=list(KIND_LABELS.items()), required=False)
    with_text = forms.BooleanField(required=False)
    enabled = forms.BooleanField(required=False)
