from django.urls import path

from dashboard.notifications_page import app_files, channel_changes, views

CHANNEL = "settings/notifications/channels"
urlpatterns = [
    path("settings/notifications", views.notifications_view, name="notifications"),
    path(f"{CHANNEL}/push", channel_changes.subscribe_browser, name="notification-push"),
    path(f"{CHANNEL}/webhook", channel_changes.add_webhook, name="notification-webhook"),
    path(f"{CHANNEL}/mail", channel_changes.add_mail, name="notification-mail"),
    path(f"{CHANNEL}/<uuid:channel_id>", channel_changes.change_channel, name="notification-channel"),
    path(
        "settings/notifications/deliveries/<uuid:delivery_id>",
        channel_changes.repeat_delivery,
        name="notification-repeat",
    ),
    path("service-worker.js", app_files.service_worker_view, name="service-worker"),
    path("manifest.webmanifest", app_files.manifest_view, name="manifest"),
]
