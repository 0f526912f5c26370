from django.urls import path

from dashboard.account_pages import (
    client_package_views,
    export_download,
    price_views,
    retention_views,
    sync_views,
)

urlpatterns = [
    path("export", export_download.reject_method, name="export"),
    path("settings/retention", retention_views.retention_view, name="retention"),
    path("settings/prices", price_views.prices_view, name="prices"),
    path("settings/prices/delete", price_views.delete_price, name="price-delete"),
    path("settings/sync", sync_views.sync_view, name="sync"),
    path("settings/sync/pause", sync_views.pause_sync, name="sync-pause"),
    path("settings/sync/resume", sync_views.resume_sync, name="sync-resume"),
    path("settings/sync/forget", sync_views.forget_link, name="sync-forget"),
    path("memfog.tgz", client_package_views.client_package_view, name="client-package"),
    path("memfog.json", client_package_views.client_release_view, name="client-release"),
]
