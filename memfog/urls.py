"""The URL configuration of Django. Native routes are listed in `memfog.asgi`."""

from django.contrib import admin
from django.urls import include, path

from memfog import openapi, reference
from memfog.monitoring import health, operator_overview

handler500 = "accounts.api_base.problem.server_error"

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("events.urls")),
    path("", include("memory.urls")),
    path("", include("dashboard.urls")),
    path("readyz", health.readiness_view),
    path("openapi.json", openapi.document_view, name="openapi"),
    path("docs/api", reference.reference_view, name="reference"),
    path("status", health.status_view, name="status"),
    path("admin/overview", admin.site.admin_view(operator_overview.overview_view), name="overview"),
    path("admin/", admin.site.urls),
]
