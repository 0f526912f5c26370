"""`/memfog.tgz` and `/memfog.json`: the npm package of the client, as this server serves it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dashboard.base import client_package

CLIENT_DIR = settings.BASE_DIR / "client"


@cache_control(public=True, max_age=60)
@require_safe
def client_package_view(request: HttpRequest) -> HttpResponse:
    try:
        body = client_package.get_tarball(CLIENT_DIR, api=settings.PUBLIC_URL)
    except FileNotFoundError as error:  # the server was installed without the client folder
        raise Http404 from error
    return HttpResponse(body, content_type="application/gzip")


@cache_control(public=True, max_age=60)
@require_safe
def client_release_view(request: HttpRequest) -> HttpResponse:
    try:
        return JsonResponse(client_package.describe_release(CLIENT_DIR, api=settings.PUBLIC_URL))
    except FileNotFoundError as error:
        raise Http404 from error
