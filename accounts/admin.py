"""The admin for operators: accounts, tokens by name, mail by kind. Never captured data, never a credential.

Operators cannot set a password or an address: with either they could sign in as the owner and read. Their actions are
recorded in `OperatorAction`, because Django's own log would keep the addresses of deleted accounts.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.credentials import browser_sessions, token_grants, token_revocation
from accounts.lifecycle import registration
from accounts.models import OperatorAction, OutgoingMail, Token, User
from accounts.sign_in import operator_access, two_factor

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
    _Users = QuerySet[User]
else:
    _Admin = admin.ModelAdmin


# Permissions are given to single users, because those changes are recorded.
admin.site.unregister(Group)


def list_date_lookups(field: str) -> tuple[str, ...]:
    """Returns the lookups of a `date_hierarchy`."""
    return tuple(f"{field}__{part}" for part in ("year", "month", "day", "gte", "lt"))


class AuditedAdmin(_Admin):
    """Records actions, adds and deletes nothing, and filters and sorts only by `lookups`."""

    # Django would accept every field and relation, and filtering letter by letter would reveal a secret.
    lookups: frozenset[str] = frozenset()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field == self.opts.pk.name

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"accounts.change_{self.opts.model_name}")

    def record_action(self, request: HttpRequest, action: str, row: Model) -> None:
        assert isinstance(request.user, User)  # noqa: S101  # the admin admits only users
        target_user = row if isinstance(row, User) else getattr(row, "user", None)
        operator_access.record_action(request.user, action, model=self.opts.model_name or "", target_user=target_user)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return form.changed_data

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self.record_action(request, f"changed {', '.join(message) or 'nothing'}", obj)


class ReadOnlyAdmin(AuditedAdmin):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(AuditedAdmin):
    ordering = ("-created_at",)
    list_display = ("email", "display_name", "is_verified", "is_active", "has_two_factor", "is_staff", "created_at")
    list_filter = (("email_verified_at", admin.EmptyFieldListFilter), "is_active", "is_staff")
    lookups = frozenset({"email_verified_at__isempty", "is_active__exact", "is_staff__exact"})
    list_select_related = ("second_factor",)
    search_fields = ("email", "display_name")
    filter_horizontal = ("user_permissions",)
    fieldsets = (
        (None, {"fields": ("id", "email", "display_name")}),
        ("State", {"fields": ("email_verified_at", "is_active", "has_two_factor", "created_at", "last_login")}),
        ("Operator", {"fields": ("is_staff", "is_superuser", "user_permissions")}),
    )
    actions = ("disable", "enable", "send_verification", "end_sessions", "revoke_tokens", "switch_off_two_factor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        always_readonly = (
            "id",
            "email",
            "display_name",
            "email_verified_at",
            "is_active",
            "has_two_factor",
            "created_at",
        )
        can_make_operators = request.user.is_superuser
        return (*always_readonly, "last_login", *(() if can_make_operators else self.fieldsets[2][1]["fields"]))

    @admin.display(boolean=True, description="verified", ordering="email_verified_at")
    def is_verified(self, user: User) -> bool:
        return user.email_verified

    @admin.display(boolean=True, description="two-factor")
    def has_two_factor(self, user: User) -> bool:
        factor = getattr(user, "second_factor", None)
        return factor is not None and factor.confirmed_at is not None

    @admin.action(description="Disable: block sign-in and tokens", permissions=["act"])
    def disable(self, request: HttpRequest, users: "_Users") -> None:
        for user in users.exclude(email=request.user.get_username()):
            User.objects.filter(id=user.id).update(is_active=False)
            browser_sessions.sign_out(user.id)
            token_grants.evict(user.tokens.values_list("id", flat=True))
            self.record_action(request, "disabled", user)

    @admin.action(description="Enable again", permissions=["act"])
    def enable(self, request: HttpRequest, users: "_Users") -> None:
        for user in users.filter(is_active=False):
            User.objects.filter(id=user.id).update(is_active=True)
            self.record_action(request, "enabled", user)

    @admin.action(description="Resend verification mail", permissions=["act"])
    def send_verification(self, request: HttpRequest, users: "_Users") -> None:
        for user in users.filter(email_verified_at=None):
            registration.request_link(user.email)
            self.record_action(request, "resent the verification mail", user)

    @admin.action(description="End all sessions", permissions=["act"])
    def end_sessions(self, request: HttpRequest, users: "_Users") -> None:
        for user in users:
            browser_sessions.sign_out(user.id)
            self.record_action(request, "ended all sessions", user)

    @admin.action(description="Revoke all API tokens", permissions=["act"])
    def revoke_tokens(self, request: HttpRequest, users: "_Users") -> None:
        for user in users:
            token_revocation.revoke_all(user.id)
            self.record_action(request, "revoked all tokens", user)

    @admin.action(description="Turn off two-factor (deletes authenticator and recovery codes)", permissions=["act"])
    def switch_off_two_factor(self, request: HttpRequest, users: "_Users") -> None:
        # Not for operators, who could give each other access: an operator is recreated on the command line.
        for user in users.filter(is_staff=False, second_factor__confirmed_at__isnull=False):
            two_factor.switch_off(user)
            self.record_action(request, "turned off two-factor", user)


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    """Lets an operator revoke a token, but not create, change or read it."""

    list_display = ("name", "user", "scope", "created_at", "last_used_at", "client")
    list_filter = ("scope",)
    lookups = frozenset({"scope__exact"})
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    fields = ("id", "user", "name", "scope", "created_at", "last_used_at", "client")
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, rows: "QuerySet[Token]") -> None:
        for token in rows:
            token_revocation.revoke(token.user_id, token.id, restorable=False)
            self.record_action(request, f"revoked the token {token.name}", token)


class MailOutcomeFilter(admin.SimpleListFilter):
    title = parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("sent", "sent"), ("queued", "queued"), ("given_up", "failed after five attempts")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        mails = OutgoingMail.objects
        matching = {
            "sent": mails.filter(sent_at__isnull=False),
            "queued": mails.filter(next_attempt_at__isnull=False),
            "given_up": mails.all().given_up(),
        }.get(self.value() or "")
        return rows if matching is None else rows & matching


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = ("kind", "user", "created_at", "attempts", "next_attempt_at", "sent_at", "last_error")
    list_filter = (MailOutcomeFilter, "kind")
    lookups = frozenset({"outcome", "kind__exact", *list_date_lookups("created_at")})
    list_select_related = ("user",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"
    actions = ("retry",)

    @admin.action(description="Retry failed mails", permissions=["act"])
    def retry(self, request: HttpRequest, rows: "QuerySet[OutgoingMail]") -> None:
        for mail in rows & OutgoingMail.objects.all().given_up():
            OutgoingMail.objects.filter(id=mail.id).update(attempts=0, next_attempt_at=timezone.now())
            self.record_action(request, f"retried the mail {mail.kind}", mail)
        messages.info(request, "Failed mails are retried within a minute.")


@admin.register(OperatorAction)
class OperatorActionAdmin(ReadOnlyAdmin):
    list_display = ("at", "operator", "action", "model", "target_user")
    list_filter = ("model",)
    lookups = frozenset({"model", "model__exact", *list_date_lookups("at")})
    list_select_related = ("operator", "target_user")
    search_fields = ("action", "operator__email", "target_user__email")
    date_hierarchy = "at"
