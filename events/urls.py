from django.urls import path

from events.endpoints import sync_api

urlpatterns = [
    path("sync/push", sync_api.Push.as_view()),
    path("sync/pull", sync_api.Pull.as_view()),
    path("api/limits", sync_api.Limits.as_view()),
]
