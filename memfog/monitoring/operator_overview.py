"""The operators' overview of accounts: the number of events and the time of the last capture, but no content."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from backups import backup_alarm
from events.models import Stream

PAGE_SIZE = 100


@never_cache
@require_safe
def overview_view(request: HttpRequest) -> HttpResponse:
    """Shows the overview. `admin.site.admin_view` wraps the view and admits only operators."""
    search_text = request.GET.get("q", "")
    page = Paginator(find_accounts(search_text), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {**admin.site.each_context(request), "title": "Accounts and their events", "page": page, "q": search_text}
    context["backups"] = backup_alarm.load_status()
    return TemplateResponse(request, "admin/overview.html", context)


def find_accounts(search_text: str) -> QuerySet[User]:
    """Returns the accounts whose address contains `search_text`, those with the most events first.

    The number of events is the head of the log, which counts every stored event and every deletion.
    """
    head = Stream.objects.filter(user=OuterRef("pk")).values("head")
    return (
        User.objects.filter(email__icontains=search_text)
        .annotate(
            events=Coalesce(Subquery(head), 0),
            captured_at=Max("tokens__last_used_at"),
        )
        .order_by(F("events").desc(), "-created_at", "id")
    )
