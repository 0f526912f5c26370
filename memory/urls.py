from django.urls import path

from memory import api, commit_api, file_api, hint_api, machine_api, price_api

urlpatterns = [
    path("api/context", api.ContextView.as_view()),
    path("api/hints", hint_api.HintsView.as_view()),
    path("api/search", api.SearchView.as_view()),
    path("api/observations", api.ObservationsView.as_view()),
    path("api/files", file_api.FilesView.as_view()),
    path("api/files/history", file_api.FileHistoryView.as_view()),
    path("api/commits", commit_api.CommitsView.as_view()),
    path("api/commits/<str:commit_hash>", commit_api.CommitView.as_view()),
    path("api/machines", machine_api.MachinesView.as_view()),
    path("api/prices", price_api.PricesView.as_view()),
    path("api/sessions", api.SessionsView.as_view()),
    path("api/sessions/<str:session_id>", api.SessionDetailView.as_view()),
    path("api/sessions/<str:session_id>/timeline", api.TimelineView.as_view()),
]
