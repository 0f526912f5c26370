"""Every path that Django answers. The native ones stand in `memfog.asgi`."""

from django.contrib import admin
from django.urls import include, path

from memfog import health, openapi, overview, reference

handler500 = "accounts.problem.broken"

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("events.urls")),
    path("", include("memory.urls")),
    path("", include("dashboard.urls")),
    path("readyz", health.ready),
    path("openapi.json", openapi.serve, name="openapi"),
    path("docs/api", reference.page, name="reference"),
    path("status", health.status, name="status"),
    path("admin/overview", admin.site.admin_view(overview.overview), name="overview"),
    path("admin/", admin.site.urls),
]
