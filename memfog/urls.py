"""Every path that Django answers. The native ones stand in `memfog.asgi`."""

from django.contrib import admin
from django.urls import include, path

from memfog import openapi, reference
from memfog.monitoring import health, operator_overview

handler500 = "accounts.api_base.problem.broken"

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("events.urls")),
    path("", include("memory.urls")),
    path("", include("dashboard.urls")),
    path("readyz", health.ready),
    path("openapi.json", openapi.serve, name="openapi"),
    path("docs/api", reference.page, name="reference"),
    path("status", health.status, name="status"),
    path("admin/overview", admin.site.admin_view(operator_overview.overview), name="overview"),
    path("admin/", admin.site.urls),
]
