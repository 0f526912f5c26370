from django.urls import path

from dashboard.session_list import views

urlpatterns = [
    path("sessions", views.session_list_view, name="sessions"),
    path("sessions/<str:session_id>/choose", views.set_preference, name="session-choose"),
    path("sessions/<str:session_id>/delete", views.delete_session, name="session-delete"),
]
