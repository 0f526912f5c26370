from django.urls import path

from dashboard.insights import views

urlpatterns = [
    path("insights", views.insights_view, name="insights"),
]
