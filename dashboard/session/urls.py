from django.urls import path

from dashboard.session import session_export, views

urlpatterns = [
    path("events/<str:seq>/block", views.step_view, name="step"),
    path("sessions/<str:session_id>", views.timeline_view, name="session"),
    path("sessions/<str:session_id>/conversation", views.conversation_view, name="session-conversation"),
    path("sessions/<str:session_id>/files", views.files_view, name="session-files"),
    path("sessions/<str:session_id>/raw", views.raw_view, name="session-raw"),
    path("sessions/<str:session_id>/find", views.find_view, name="session-find"),
    path("sessions/<str:session_id>/failure", views.failure_view, name="session-failure"),
    path("sessions/<str:session_id>/map", views.map_view, name="session-map"),
    path("sessions/<str:session_id>/now", views.header_view, name="session-now"),
    path("export/session", session_export.reject_method, name="session-export"),
]
