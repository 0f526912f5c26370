from django.urls import path

from dashboard.commits_page import views

urlpatterns = [
    path("commits", views.commits_view, name="commits"),
    path("commits/<str:commit_hash>", views.commit_view, name="commit"),
]
