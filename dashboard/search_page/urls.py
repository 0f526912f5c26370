from django.urls import path

from dashboard.search_page import views

urlpatterns = [
    path("search", views.search_view, name="search"),
]
