"""The pages that say what Memfog is and does. They need no account, and say what this version does, nothing else."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.base.connect_command import command


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    connect = command("<YOUR_API_TOKEN>").clear
    return _show(request, "docs", {"connect": connect, "package": _package(), "limits": settings.LIMITS})


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    return _show(request, name, {})


def _show(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    everywhere = {
        "site": settings.PUBLIC_URL,
        "support": settings.SUPPORT_EMAIL,
        "backed_up": bool(settings.BACKUP_URL),
    }
    return render(request, f"about/{name}.html", context | everywhere)


def _package() -> str:
    """What npx runs: the same as in the connect command."""
    return settings.CLIENT_PACKAGE or f"{settings.PUBLIC_URL}/memfog.tgz"
