"""The public pages, which describe Memfog. They need no account, and describe only what this version does."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.base.connect_command import build_connect_command


@require_safe
def docs_view(request: HttpRequest) -> HttpResponse:
    connect = build_connect_command("<YOUR_API_TOKEN>").clear
    return _render_page(
        request, "docs", {"connect": connect, "package": _client_package_spec(), "limits": settings.LIMITS}
    )


@require_safe
def public_page_view(request: HttpRequest, name: str) -> HttpResponse:
    return _render_page(request, name, {})


def _render_page(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    shared_context = {
        "site": settings.PUBLIC_URL,
        "support": settings.SUPPORT_EMAIL,
        "backed_up": bool(settings.BACKUP_URL),
    }
    return render(request, f"about/{name}.html", context | shared_context)


def _client_package_spec() -> str:
    """The package that npx runs; the same as in the connect command."""
    return settings.CLIENT_PACKAGE or f"{settings.PUBLIC_URL}/memfog.tgz"
