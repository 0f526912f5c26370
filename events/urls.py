from django.urls import path

from events.endpoints import sync_api

urlpatterns = [
    path("sync/push", sync_api.PushView.as_view()),
    path("sync/pull", sync_api.PullView.as_view()),
    path("api/limits", sync_api.LimitsView.as_view()),
]
