"""The files by which a browser installs Memfog and shows its notices. They are the same for all users."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

ICON_SIZES = (192, 512)
INK, PAPER = "#16212b", "#fbfaf7"


@cache_control(no_cache=True)
@require_safe
def service_worker_view(request: HttpRequest) -> HttpResponse:
    """Serves the service worker at the root: it may act only for pages below its own address."""
    source = (settings.BASE_DIR / "static/js/service-worker.js").read_text(encoding="utf-8")
    return HttpResponse(source, content_type="text/javascript")


@cache_control(public=True, max_age=86_400)
@require_safe
def manifest_view(request: HttpRequest) -> JsonResponse:
    """Serves the manifest, with which a phone installs Memfog as an app."""
    icons = [
        {"src": static(f"icons/app-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in ICON_SIZES
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "name": "Memfog",
        "short_name": "Memfog",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": INK,
        "icons": icons,
    }
    return JsonResponse(manifest, content_type="application/manifest+json")
