from django.urls import path

from events import api

urlpatterns = [
    path("sync/push", api.Push.as_view()),
    path("sync/pull", api.Pull.as_view()),
    path("api/limits", api.Limits.as_view()),
]
