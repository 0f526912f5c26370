"""The addresses of all pages; each package has its own."""

from django.urls import include, path

PACKAGES = (
    "account_pages",
    "base",
    "commits_page",
    "demo",
    "feed",
    "files_page",
    "insights",
    "machines_page",
    "memory_page",
    "navigation",
    "notifications_page",
    "public",
    "search_page",
    "session",
    "session_list",
)
urlpatterns = [path("", include(f"dashboard.{package}.urls")) for package in PACKAGES]
