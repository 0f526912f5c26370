from django.urls import path

from memory import api

urlpatterns = [
    path("api/context", api.Context.as_view()),
    path("api/search", api.Search.as_view()),
    path("api/observations", api.Observations.as_view()),
    path("api/sessions", api.Sessions.as_view()),
    path("api/sessions/<str:session_id>", api.Session.as_view()),
    path("api/sessions/<str:session_id>/timeline", api.Timeline.as_view()),
]
