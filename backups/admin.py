"""Shows the backup runs to operators, read-only."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import list_date_lookups
from backups.models import Run

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Run]
else:
    _Admin = admin.ModelAdmin


@admin.register(Run)
class RunAdmin(_Admin):
    ordering = ("-started_at",)
    list_display = (
        "name",
        "night",
        "state",
        "attempts",
        "started_at",
        "sealed_bytes",
        "verified_at",
        "rehearsed_at",
        "error",
    )
    list_filter = ("state", "rehearsed_well")
    date_hierarchy = "started_at"
    lookups = frozenset(
        {"state__exact", "rehearsed_well__exact", "rehearsed_well__isnull", *list_date_lookups("started_at")}
    )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
