"""Mail to users, from its cause to its delivery."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class MailKind(models.TextChoices):
    VERIFY = "verify"
    ALREADY_REGISTERED = "already_registered"
    RESET = "reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of a mail
    NEW_SIGN_IN = "new_sign_in"
    # Goes to the new address of an account; its link completes the change.
    NEW_EMAIL = "new_email"
    EMAIL_CHANGING = "email_changing"
    EMAIL_CHANGED = "email_changed"
    TWO_FACTOR_ON = "two_factor_on"
    TWO_FACTOR_OFF = "two_factor_off"
    # How to connect a machine, sent to oneself from a phone.
    CONNECT = "connect"
    # Sessions that wait: at once, or those of a day.
    NOTICE = "notice"
    NOTICE_DIGEST = "notice_digest"
    # For an address without an account: the same work as for an account, but nothing is sent.
    DECOY = "nothing"


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self) -> "OutgoingMailQuerySet":
        return self.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at")

    def given_up(self) -> "OutgoingMailQuerySet":
        return self.filter(next_attempt_at=None, sent_at=None).exclude(last_error="")


class OutgoingMail(models.Model):
    """A queued mail, written in the transaction that caused it. The row holds neither its text nor its link."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="mails")
    # The recipient if it is not the user's current address: the old or the new address of a change.
    to = models.EmailField(max_length=254, null=True, db_index=True)
    kind = models.CharField(max_length=30, choices=MailKind)
    # A keyed digest of the network that asked, as long as mails are counted by it: see `mail_limits`.
    network_digest = models.BinaryField(max_length=16, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Null when no attempt is left: sent, given up, or no longer wanted.
    next_attempt_at = models.DateTimeField(default=timezone.now, null=True, db_index=True)
    sent_at = models.DateTimeField(null=True)
    # The name of the error, never its text: a mail server quotes addresses and content.
    last_error = models.CharField(max_length=100, blank=True)

    objects: ClassVar[models.Manager["OutgoingMail"]] = models.Manager.from_queryset(OutgoingMailQuerySet)()

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"
